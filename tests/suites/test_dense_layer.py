"""One dense layer on the host: against binary64, the libraries' forms, and what a case says of itself."""

from __future__ import annotations

import numpy as np
import pytest

from paragon_tui.arithmetic.rounding import half
from paragon_tui.suites.case import Case, Cost
from paragon_tui.suites.operations import dense
from tests.support.host_forms import host_values, skip_without

SHAPES = [(1, 1), (64, 64), (100, 37), (1024, 512)]


def case(shape: tuple[int, int]) -> Case:
    return Case("parallel", "dense-test", "dense", shape)


@pytest.mark.parametrize("implementation", ["reference", "numpy", "torch"])
@pytest.mark.parametrize("dtype", ["f32", "f16"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_layer_is_what_binary64_makes_of_it(shape, dtype, implementation):
    skip_without(implementation)
    it = case(shape)
    inputs = dense.inputs(it, dtype)
    w, x, b = (inputs[name].astype(np.float64) for name in "wxb")
    right = np.maximum(w @ x + b, 0)
    y = host_values(it, dtype, implementation)
    assert y.dtype == np.float32 and y.shape == (shape[1],)
    assert np.abs(y - right).max() <= (2**-10 if dtype == "f16" else 2**-18) * max(1, right.max())
    assert not (y.view(np.uint32) == 0x80000000).any()
    if dtype == "f16" and implementation == "reference":
        assert (half(y) == y).all()


def test_operands_of_f16_are_rounded_to_it_and_the_bias_is_not():
    inputs = dense.inputs(case((64, 64)), "f16")
    assert (half(inputs["w"]) == inputs["w"]).all() and (half(inputs["x"]) == inputs["x"]).all()
    assert (half(inputs["b"]) != inputs["b"]).any()


def test_what_a_case_costs_and_is_called():
    it = case((64, 32))
    assert dense.cost(it, "f32") == Cost(2 * 2048 + 64, 4 * (2048 + 64) + 8 * 32)
    assert dense.cost(it, "f16").bytes == 2 * (2048 + 64) + 8 * 32
    assert dense.megabytes(it) == dense.cost(it, "f32").bytes / 2**20
    assert dense.describe(it) == "64 → 32"
    assert dense.variants("f16") == ("default",) and dense.variants("i8") == ()
    assert (dense.tier("f32", "default"), dense.tier("f16", "default")) == ("guarded", "exact")
