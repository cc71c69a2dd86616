"""Graphs that no suite has, with the reference's bits in every way to run them on every adapter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from paragon_tui.backends.adapter import Adapter
from paragon_tui.operators.dense import Activation, Dense
from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.layernorm import LayerNorm
from paragon_tui.operators.movement import Broadcast, Concat, Transpose
from paragon_tui.operators.numerics.forms import canonical
from paragon_tui.operators.products import MatMul, MatVec
from paragon_tui.operators.softmax import Softmax
from paragon_tui.operators.sorting import Sort
from paragon_tui.operators.tensor import Tensor
from tests.support.floats import first_difference
from tests.support.graphs import Arrays, everywhere, run
from tests.support.random_graphs import Given, graphs, values

pytestmark = pytest.mark.device


def block(rows: int, width: int, columns: int) -> Graph:
    """Return layernorm(gelu(x·w + b) + r), its softmax, and the transpose of that: b is one row, r a residual."""
    operands = {
        "x": Tensor((rows, width)),
        "w": Tensor((width, columns)),
        "b": Tensor((columns,)),
        "r": Tensor((rows, columns)),
        "gamma": Tensor((columns,)),
        "beta": Tensor((columns,)),
    }
    nodes = (
        Node(MatMul(), ("x", "w"), ("product",)),
        Node(Broadcast(rows), ("b",), ("bias",)),
        Node(Elementwise("add"), ("product", "bias"), ("sum",)),
        Node(Elementwise("gelu"), ("sum",), ("activated",)),
        Node(Elementwise("add"), ("activated", "r"), ("residual",)),
        Node(LayerNorm(), ("residual", "gamma", "beta"), ("normalised",)),
        Node(Softmax(), ("normalised",), ("probabilities",)),
        Node(Transpose(), ("probabilities",), ("y",)),
    )
    return Graph(operands, nodes, ("y", "normalised"))


def halves(rows: int, width: int) -> Graph:
    """Return a graph of f16 whose neighbours want their operands in different layouts, with rows of an odd length."""
    operands = {
        "x": Tensor((rows, width), "f16"),
        "w": Tensor((width, width), "f16"),
        "gamma": Tensor((width,), "f16"),
        "beta": Tensor((width,), "f16"),
        "v": Tensor((2 * width,), "f16"),
    }
    nodes = (
        Node(MatMul(), ("x", "w"), ("h",)),
        Node(Softmax(), ("h",), ("p",)),
        Node(LayerNorm(), ("h", "gamma", "beta"), ("n",)),
        Node(Concat(), ("p", "n"), ("both",)),
        Node(MatVec(), ("both", "v"), ("products",)),
        Node(Transpose(), ("both",), ("turned",)),
        Node(MatMul(transposed=True), ("turned", "turned"), ("square",)),
    )
    return Graph(operands, nodes, ("products", "square"))


def network_between(width: int) -> Graph:
    """Return a network whose sample and weights are computed, so that no layout of a constant fits."""
    operands = {
        "x": Tensor((width,)),
        "a": Tensor((width, width)),
        "b": Tensor((width,)),
    }
    nodes = (
        Node(Elementwise("tanh"), ("x",), ("sample",)),
        Node(Transpose(), ("a",), ("weights",)),
        Node(Dense(Activation.RELU), ("sample", "weights", "b"), ("h",)),
        Node(Dense(widens=True), ("h", "weights", "b"), ("logits",)),
        Node(Sort(), ("logits",), ("ordered",)),
        Node(Softmax(), ("ordered",), ("y",)),
    )
    return Graph(operands, nodes, ("y", "logits"))


def assert_right(device: Any, adapter: Adapter, guard: int, graph: Graph, operands: Arrays, *fed: str) -> None:
    """Assert that every candidate has the canonical bits, also in a second run on the buffers of the first."""
    right = canonical(graph, operands)
    for candidate in everywhere(graph, operands, adapter, fed):
        results = run(device, candidate, operands, guard, runs=2)
        for name, expected in right.items():
            assert first_difference(results[name], expected) is None, (candidate.plan.name, name)


@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 65, 3), (33, 70, 129), (3, 4097, 7)], ids=str)
def test_a_block_with_a_residual(device, device_adapter, guard, shape):
    graph = block(*shape)
    assert_right(device, device_adapter, guard, graph, values(graph, 1))
    assert_right(device, device_adapter, guard, graph, values(graph, 2), "x", "r")


@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (8, 64), (31, 33)], ids=str)
def test_halves_between_neighbours_of_other_layouts(device, device_adapter, guard, shape):
    graph = halves(*shape)
    assert_right(device, device_adapter, guard, graph, values(graph, 3))
    assert_right(device, device_adapter, guard, graph, values(graph, 4), "x", "w")


@pytest.mark.parametrize("width", [1, 17, 130])
def test_layers_whose_weights_are_computed(device, device_adapter, guard, width):
    graph = network_between(width)
    assert_right(device, device_adapter, guard, graph, values(graph, 5))
    assert_right(device, device_adapter, guard, graph, values(graph, 6), "x")


@pytest.mark.parametrize("dtype", ["f32", "f16", "i8"])
def test_a_hidden_layer_can_be_a_result(device, device_adapter, guard, dtype):
    integer = dtype == "i8"
    layer = Dense(Activation.RELU, shift=7 if integer else 0)
    operands = {
        **{"x": Tensor((70,), dtype), "w": Tensor((33, 70), dtype), "b": Tensor((33,), "i32" if integer else "f32")},
        **{"v": Tensor((5, 33), dtype), "c": Tensor((5,), "i32" if integer else "f32")},
    }
    nodes = (Node(layer, ("x", "w", "b"), ("h",)), Node(Dense(widens=True), ("h", "v", "c"), ("y",)))
    graph = Graph(operands, nodes, ("h", "y"))
    random = np.random.default_rng(7)
    numbers: dict[str, Any] = dict(values(graph, 7))
    if integer:
        numbers = {name: random.integers(-90, 91, x.shape).astype(np.int8) for name, x in operands.items()}
        numbers |= {name: numbers[name].astype(np.int32) for name in ("b", "c")}
        numbers["x"] = np.abs(numbers["x"].astype(np.int32))
    assert_right(device, device_adapter, guard, graph, numbers)


@pytest.mark.parametrize("shift", [1, 24, 31])
def test_the_largest_integer_sums_are_rounded_alike(device, device_adapter, guard, shift):
    inputs = 7
    most = 2**31 - 1 - inputs * 127**2
    operands = {"x": Tensor((inputs,), "i8"), "w": Tensor((4, inputs), "i8"), "b": Tensor((4,), "i32")}
    graph = Graph.of(Dense(Activation.RELU, shift=shift), *operands.values())
    numbers: Arrays = {
        "x": np.full(inputs, 127, np.int32),
        "w": np.full((4, inputs), 127, np.int8),
        "b": np.array([most, most - 1, 0, -most], np.int32),
    }
    assert_right(device, device_adapter, guard, graph, numbers)


SAME_DEVICE = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]  # examples share the open device on purpose


@settings(max_examples=15, suppress_health_check=SAME_DEVICE, derandomize=True)
@given(drawn=graphs())
def test_random_graphs(device, device_adapter, guard, drawn: Given):
    assert_right(device, device_adapter, guard, drawn.graph, drawn.values, *drawn.fed)


@pytest.mark.exhaustive
@settings(max_examples=400, suppress_health_check=SAME_DEVICE)
@given(drawn=graphs())
def test_many_random_graphs(device, device_adapter, guard, drawn: Given):
    assert_right(device, device_adapter, guard, drawn.graph, drawn.values, *drawn.fed)


def test_every_value_of_a_block_is_told_apart(device, device_adapter, guard):
    """The comparison above would notice one wrong bit: another operand gives other bits."""
    graph = block(5, 65, 3)
    right = canonical(graph, values(graph, 1))
    other = values(graph, 1)
    other["x"] = np.nextafter(other["x"], np.float32(2))
    candidate, *_ = everywhere(graph, other, device_adapter)
    results = run(device, candidate, other, guard)
    assert first_difference(results["normalised"], right["normalised"]) is not None
