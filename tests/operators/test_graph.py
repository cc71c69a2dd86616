"""Graphs: what they refuse, what they know of their tensors, and what they cost."""

from __future__ import annotations

import pytest

from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.movement import Transpose
from paragon_tui.operators.operator import Cost
from paragon_tui.operators.products import MatMul
from paragon_tui.operators.softmax import Softmax
from paragon_tui.operators.tensor import Tensor, WrongOperands
from paragon_tui.operators.training import Momentum

X, W = Tensor((3, 5)), Tensor((5, 7))
ADD, RELU = Elementwise("add"), Elementwise("relu")


def test_every_tensor_has_the_type_that_its_node_gives():
    nodes = (Node(MatMul(), ("x", "w"), ("h",)), Node(Transpose(), ("h",), ("y",)))
    graph = Graph({"x": X, "w": W}, nodes, ("y",))
    assert graph.tensors == {"x": X, "w": W, "h": Tensor((3, 7)), "y": Tensor((7, 3))}


def test_one_operator_is_a_graph_under_its_own_names():
    graph = Graph.of(MatMul(), X, W)
    assert (dict(graph.operands), graph.results) == ({"a": X, "b": W}, ("y",))


def test_the_cost_is_all_operations_but_only_what_enters_and_leaves_moves():
    nodes = (Node(MatMul(), ("x", "w"), ("h",)), Node(RELU, ("h",), ("y",)))
    graph = Graph({"x": X, "w": W}, nodes, ("y",))
    assert graph.cost == Cost(2 * 3 * 5 * 7 + 3 * 7, 4 * (3 * 5 + 5 * 7 + 3 * 7))


def test_the_tier_is_the_weakest_of_all_nodes():
    halves = {"x": Tensor((3, 5), "f16"), "w": Tensor((5, 7), "f16")}
    product, softmax = Node(MatMul(), ("x", "w"), ("h",)), Node(Softmax(), ("h",), ("y",))
    transpose = Node(Transpose(), ("h",), ("t",))
    assert Graph(halves, (product, transpose), ("t",)).tier == "exact"
    assert Graph(halves, (product, softmax), ("y",)).tier == "guarded"
    assert Graph({"h": X}, (transpose,), ("t",)).tier == "integer"


REFUSED = {
    "an unknown operand": ((Node(RELU, ("z",), ("y",)),), ("y",), "takes z, which nothing before it gives"),
    "a later operand": (
        (Node(RELU, ("h",), ("y",)), Node(RELU, ("x",), ("h",))),
        ("y",),
        "takes h, which nothing before it gives",
    ),
    "a name given twice": (
        (Node(RELU, ("x",), ("y",)), Node(RELU, ("x",), ("y",))),
        ("y",),
        "gives y, which exists already",
    ),
    "an operand overwritten": ((Node(RELU, ("x",), ("x",)),), ("x",), "gives x, which exists already"),
    "an unknown result": ((Node(RELU, ("x",), ("y",)),), ("z",), "nothing gives the results z"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_graph_that_does_not_hold_together_is_refused(case):
    nodes, results, words = REFUSED[case]
    with pytest.raises(ValueError, match=words):
        Graph({"x": X}, nodes, results)


def test_operands_that_do_not_fit_are_refused_with_both_named():
    with pytest.raises(WrongOperands, match=r"f32 \(3, 5\).*f32 \(5, 7\)"):
        Graph({"x": X, "w": W}, (Node(ADD, ("x", "w"), ("y",)),), ("y",))


def momentum(*results: str, **states: Tensor) -> Graph:
    operands = {"gradients": Tensor((6,)), "other": Tensor((6,))}
    node = Node(Momentum(rate=0.5, momentum=0.9), ("gradients", "parameters", "velocities", "step"), results)
    return Graph(operands, (node,), ("parameters",), states)


STATES = {"parameters": Tensor((6,)), "velocities": Tensor((6,)), "step": Tensor((1,), "u32")}


def test_what_an_operator_replaces_must_be_that_state():
    assert momentum("parameters", "velocities", "step", **STATES).states == STATES
    with pytest.raises(ValueError, match="must be that state"):
        momentum("fresh", "velocities", "step", **STATES)
    with pytest.raises(ValueError, match="must be that state"):
        momentum("velocities", "parameters", "step", **STATES)


def test_a_name_is_an_operand_or_a_state():
    with pytest.raises(ValueError, match="share a name"):
        Graph({"x": X}, (Node(RELU, ("x",), ("y",)),), ("y",), {"x": X})
