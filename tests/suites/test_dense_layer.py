"""One dense layer on the host: against binary64, the libraries' forms, and what a case says of itself."""

from __future__ import annotations

import numpy as np
import pytest

from paragon_tui.arithmetic.rounding import half
from paragon_tui.operators.dense import Activation, Dense
from paragon_tui.operators.operator import Cost
from paragon_tui.suites.case import Case
from paragon_tui.suites.computation import computation
from paragon_tui.suites.data.parameters import parameters
from paragon_tui.suites.data.streams import stream
from paragon_tui.suites.workloads.registry import workload
from tests.support.host_forms import host_values, skip_without

SHAPES = [(1, 1), (64, 64), (100, 37), (1024, 512)]
LAYER = workload("dense")


def case(shape: tuple[int, int]) -> Case:
    return Case("parallel", "dense-test", "dense", shape)


@pytest.mark.parametrize("implementation", ["reference", "numpy", "torch"])
@pytest.mark.parametrize("dtype", ["f32", "f16"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_layer_is_what_binary64_makes_of_it(shape, dtype, implementation):
    skip_without(implementation)
    operands = computation(case(shape), dtype).operands
    w, x, b = (operands[name].astype(np.float64) for name in "wxb")
    right = np.maximum(w @ x + b, 0)
    y = host_values(case(shape), dtype, implementation)
    assert y.dtype == np.float32 and y.shape == (shape[1],)
    assert np.abs(y - right).max() <= (2**-10 if dtype == "f16" else 2**-18) * max(1, right.max())
    assert not (y.view(np.uint32) == 0x80000000).any()
    if dtype == "f16" and implementation == "reference":
        assert (half(y) == y).all()


def test_operands_are_the_networks_parameters_and_the_stream_behind_them():
    operands = computation(case((64, 32)), "f32").operands
    ((w, b),) = parameters((64, 32))
    assert operands["w"].tobytes() == w.tobytes() and operands["b"].tobytes() == b.tobytes()
    assert operands["x"].tobytes() == stream(2, 64).tobytes()


def test_operands_of_f16_are_rounded_to_it_and_the_bias_is_not():
    operands = computation(case((64, 64)), "f16").operands
    assert (half(operands["w"]) == operands["w"]).all() and (half(operands["x"]) == operands["x"]).all()
    assert (half(operands["b"]) != operands["b"]).any()


def test_what_a_case_costs_and_is_called():
    layer = case((64, 32))
    assert LAYER.cost(layer, "f32") == Cost(2 * 2048 + 64, 4 * (2048 + 64) + 8 * 32)
    assert LAYER.cost(layer, "f16").bytes == 2 * (2048 + 64) + 8 * 32
    assert LAYER.megabytes(layer) == LAYER.cost(layer, "f32").bytes / 2**20
    assert LAYER.describe(layer) == "64 → 32"
    assert LAYER.variants("f16") == ("default",) and LAYER.variants("i8") == ()
    assert (LAYER.tier(layer, "f32", "default"), LAYER.tier(layer, "f16", "default")) == ("guarded", "exact")
    (node,) = LAYER.graph(layer, "f16").nodes
    assert node.operator == Dense(Activation.RELU)
