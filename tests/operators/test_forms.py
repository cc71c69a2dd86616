"""Graphs on the host: canonical, and as NumPy and PyTorch compute them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from paragon_tui.arithmetic.products import matmul_at
from paragon_tui.arithmetic.rounding import half
from paragon_tui.operators.dense import Activation, Dense
from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.numerics.forms import can_sample, canonical, canonical_at, host_form
from paragon_tui.operators.products import MatMul
from paragon_tui.operators.softmax import Softmax
from paragon_tui.operators.tensor import Tensor
from paragon_tui.operators.training import Momentum
from tests.support.floats import assert_same_bits
from tests.support.host_forms import skip_without
from tests.support.random_graphs import Given, graphs, values

CHAIN = Graph(
    {"x": Tensor((9, 70)), "w": Tensor((70, 5))},
    (
        Node(MatMul(), ("x", "w"), ("h",)),
        Node(Elementwise("gelu"), ("h",), ("g",)),
        Node(Softmax(), ("g",), ("y",)),
    ),
    ("y", "h"),
)


def of_nodes(graph: Graph, operands: dict[str, Any]) -> dict[str, Any]:
    """Return all tensors, each computed by the canonical graph of its one node."""
    known = dict(operands)
    for node in graph.nodes:
        alone = Graph.of(node.operator, *graph.operands_of(node))
        known |= zip(
            node.results,
            canonical(alone, dict(zip(alone.operands, (known[name] for name in node.operands), strict=True))).values(),
            strict=True,
        )
    return known


@settings(max_examples=50)
@given(drawn=graphs())
def test_a_graph_is_its_nodes_one_after_another(drawn: Given):
    expected = of_nodes(drawn.graph, drawn.values)
    for name, result in canonical(drawn.graph, drawn.values).items():
        assert_same_bits(result, expected[name], name)


@pytest.mark.parametrize("library", ["numpy", "torch"])
@settings(max_examples=50)
@given(drawn=graphs())
def test_a_library_computes_the_same_graph(library: str, drawn: Given):
    skip_without(library)
    right = canonical(drawn.graph, drawn.values)
    tolerance = 0.05 if next(iter(drawn.graph.operands.values())).dtype == "f16" else 1e-3
    held = {name: values for name, values in drawn.values.items() if name not in drawn.fed}
    form = host_form(drawn.graph, library, held)
    for name, result in form(**{name: drawn.values[name] for name in drawn.fed}).items():
        scale = max(1.0, float(np.abs(right[name]).max(initial=0)))
        np.testing.assert_allclose(result.astype(np.float64), right[name], atol=tolerance * scale, err_msg=name)


def test_what_is_given_in_a_call_is_used_in_that_call():
    held = values(CHAIN, 1)
    form = host_form(CHAIN, "reference", {"w": held["w"]})
    for seed in (1, 2, 1):
        x = values(CHAIN, seed)["x"]
        assert_same_bits(form(x=x)["y"], canonical(CHAIN, {"x": x, "w": held["w"]})["y"])


@pytest.mark.parametrize("library", ["reference", "numpy", "torch"])
def test_a_step_takes_what_it_does_not_hold(library: str):
    skip_without(library)
    states = {"p": Tensor((6,)), "v": Tensor((6,)), "step": Tensor((1,), "u32")}
    node = Node(Momentum(rate=0.5, momentum=0.5), ("g", "p", "v", "step"), ("p", "v", "step"))
    form = host_form(Graph({"g": Tensor((6,))}, (node,), ("p",), states), library, {"p": np.ones(6, np.float32)})
    for gradient, expected in ((2.0, 0.0), (1.0, -1.0), (0.0, -1.5)):
        assert form(g=np.full(6, gradient, np.float32))["p"].tolist() == [expected] * 6


def test_a_graph_keeps_the_results_that_it_names():
    nodes = (Node(Elementwise("neg"), ("x",), ("n",)), Node(Elementwise("abs"), ("n",), ("y",)))
    graph = Graph({"x": Tensor((2,))}, nodes, ("n",))
    assert list(host_form(graph, "numpy", {"x": np.ones(2, np.float32)})()) == ["n"]


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_a_network_of_samples_in_several_axes_is_computed_layer_by_layer(library: str):
    skip_without(library)
    operands = {
        **{"x": Tensor((2, 3, 20)), "w": Tensor((5, 20)), "b": Tensor((5,))},
        **{"v": Tensor((4, 5)), "c": Tensor((4,))},
    }
    nodes = (
        Node(Dense(Activation.RELU), ("x", "w", "b"), ("h",)),
        Node(Dense(widens=True), ("h", "v", "c"), ("z",)),
        Node(Softmax(), ("z",), ("y",)),
    )
    graph = Graph(operands, nodes, ("z", "y"))
    arrays = values(graph, 1)
    form = host_form(graph, library, {name: array for name, array in arrays.items() if name != "x"})
    np.testing.assert_allclose(form(x=arrays["x"])["y"], canonical(graph, arrays)["y"], atol=1e-5)


def test_values_of_one_product_can_be_computed_alone():
    graph = Graph.of(MatMul(), Tensor((9, 70), "f16"), Tensor((70, 5), "f16"))
    operands, indices = values(graph, 3), np.array([0, 7, 44])
    assert can_sample(graph)
    assert_same_bits(canonical_at(graph, operands, indices), canonical(graph, operands)["y"].ravel()[indices])
    assert_same_bits(canonical_at(graph, operands, indices), half(matmul_at(operands["a"], operands["b"], indices)))


def test_of_several_nodes_all_or_nothing():
    assert not can_sample(CHAIN)
    softmax = Graph.of(Softmax(), Tensor((3, 4)))
    assert not can_sample(softmax)
    with pytest.raises(ValueError, match="all of its values or none"):
        canonical_at(softmax, values(softmax, 1), np.array([0]))
