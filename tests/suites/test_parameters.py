"""The data of f32, f16 and i8 against the contract written once more in plain Python."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt

import numpy as np
import pytest

from paragon_tui.suites.case import DTYPES
from paragon_tui.suites.data.parameters import network_input, parameters
from tests.support.contract import f16_layer, i8_input, i8_layer, section_4, section_4_pixels, to_f16, to_f32

SMALL = (13, 7, 20, 3)
REAL = (784, 64, 10)
KINDS = {"f32": ("float32", "float32"), "f16": ("float32", "float32"), "i8": ("int8", "int32")}


@pytest.mark.parametrize("dtype", DTYPES)
def test_layers_have_the_widths_and_types_that_are_promised(dtype):
    layers = parameters(SMALL, dtype)
    assert [weights.shape for weights, _ in layers] == [(7, 13), (20, 7), (3, 20)]
    assert [bias.shape for _, bias in layers] == [(7,), (20,), (3,)]
    for weights, bias in layers:
        assert (weights.dtype.name, bias.dtype.name) == KINDS[dtype]


@pytest.mark.parametrize("widths", [SMALL, REAL])
def test_f32_layers_are_the_contracts(widths):
    for layer, (weights, bias) in enumerate(parameters(widths, "f32")):
        o, k = weights.shape
        scales = to_f32(sqrt(6 / k)), to_f32(1 / sqrt(k))
        assert weights.ravel().tolist() == [to_f32(u * scales[0]) for u in section_4(42, 2 * layer, o * k)]
        assert bias.tolist() == [to_f32(u * scales[1]) for u in section_4(42, 2 * layer + 1, o)]


@pytest.mark.parametrize("widths", [SMALL, REAL])
def test_f16_layers_are_the_contracts(widths):
    for layer, (weights, bias) in enumerate(parameters(widths, "f16")):
        o, k = weights.shape
        assert (weights.ravel().tolist(), bias.tolist()) == f16_layer(layer, k, o)


@pytest.mark.parametrize("widths", [SMALL, REAL])
def test_i8_layers_are_the_contracts(widths):
    for layer, (weights, bias) in enumerate(parameters(widths, "i8")):
        o, k = weights.shape
        assert (weights.ravel().tolist(), bias.tolist()) == i8_layer(layer, k, o)


def test_f16_weights_are_halves_of_which_the_small_ones_are_subnormal():
    weights, plain = parameters(REAL, "f16")[0][0], parameters(REAL, "f32")[0][0]
    assert weights.astype(np.float16).astype(np.float32).tobytes() == weights.tobytes()
    small = (np.abs(plain) < 2.0**-14) & (plain != 0)
    assert small.sum() > 10
    assert (np.abs(weights - plain)[small] <= 2.0**-25).all()
    assert (np.abs(weights)[small] > 0).any() and (np.abs(weights)[small] < 2.0**-14).any()


def test_no_zero_is_negative():
    for dtype in ("f32", "f16"):
        for values in (*parameters(REAL, dtype)[0], network_input(784, dtype)):
            assert not (values.view(np.uint32) == 0x80000000).any()


def test_i8_weights_reach_both_ends_and_are_symmetric():
    weights = parameters(REAL, "i8")[0][0]
    assert (weights.min(), weights.max()) == (-127, 127)


def test_i8_rounds_the_exact_product_to_even():
    """127·u is exact in binary64; Python's Fractions round half to even."""
    weights = parameters(REAL, "i8")[0][0].ravel()
    for u, w in zip(section_4(42, 0, 5000), weights, strict=False):
        assert w == round(127 * Fraction(u))


@pytest.mark.parametrize("count", [1, 13, 784])
def test_inputs_are_the_contracts(count):
    x = section_4_pixels(count)
    assert network_input(count, "f32").tolist() == x
    assert network_input(count, "f16").tolist() == [to_f16(value) for value in x]
    assert network_input(count, "i8").tolist() == i8_input(count)
    assert [network_input(count, dtype).dtype.name for dtype in DTYPES] == ["float32", "float32", "int32"]


@pytest.mark.parametrize("dtype", DTYPES)
def test_another_seed_gives_other_parameters(dtype):
    ours, others = parameters(SMALL, dtype), parameters(SMALL, dtype, 43)
    assert all((a != b).any() for a, b in zip(sum(ours, ()), sum(others, ()), strict=True))
