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
    "an unknown result": ((Node(RELU, ("x",), ("y",)),), ("z",), "no node gives the results z"),
    "an operand as a result": ((Node(RELU, ("x",), ("y",)),), ("x", "y"), "no node gives the results x"),
    "no nodes": ((), (), "at least one node"),
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
    with pytest.raises(ValueError, match="replaces its parameters: parameters must be a state, and the result"):
        momentum("fresh", "velocities", "step", **STATES)
    with pytest.raises(ValueError, match="replaces its parameters: parameters must be a state, and the result"):
        momentum("velocities", "parameters", "step", **STATES)
    with pytest.raises(ValueError, match="gives a new y: the state step cannot be its name"):
        Graph({"x": X}, (Node(RELU, ("x",), ("step",)),), ("step",), {"step": X})


def test_what_is_replaced_is_no_other_operand_of_the_same_node():
    node = Node(Momentum(rate=0.5, momentum=0.9), ("p", "p", "v", "step"), ("p", "v", "step"))
    states = {"p": Tensor((6,)), "v": Tensor((6,)), "step": Tensor((1,), "u32")}
    with pytest.raises(ValueError, match="replaces p, which is another of its operands too"):
        Graph({}, (node,), ("p",), states)


def test_a_node_has_a_name_for_each_operand_and_each_result():
    with pytest.raises(WrongOperands, match="has the operands a, b; got x"):
        Node(ADD, ("x",), ("y",))
    with pytest.raises(WrongOperands, match="has the results y; got y, z"):
        Node(RELU, ("x",), ("y", "z"))
    with pytest.raises(WrongOperands, match="takes a, b, not 1 operands"):
        Graph.of(ADD, X)


@pytest.mark.parametrize("shape", [(0,), (3, 0), (-1,), (2.0,), (True,), [3]], ids=str)
def test_extents_are_whole_numbers_of_at_least_one(shape):
    with pytest.raises(WrongOperands, match="whole numbers of at least 1"):
        Tensor(shape)


def test_a_tensor_has_a_known_dtype():
    with pytest.raises(WrongOperands, match="there is no dtype f64; there are f32, f16"):
        Tensor((3,), "f64")


def test_a_name_is_an_operand_or_a_state():
    with pytest.raises(ValueError, match="share a name"):
        Graph({"x": X}, (Node(RELU, ("x",), ("y",)),), ("y",), {"x": X})
