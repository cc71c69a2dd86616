"""Plans of graphs: which lowerings they take, where they convert, and which buffers share memory."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from paragon_tui.backends.plan import Buffer, Plan
from paragon_tui.operators.dense import Activation, Dense
from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.layernorm import LayerNorm
from paragon_tui.operators.movement import Transpose
from paragon_tui.operators.numerics.transfers import packed
from paragon_tui.operators.planning import Candidate, Given, candidates
from paragon_tui.operators.products import MatMul
from paragon_tui.operators.softmax import Softmax
from paragon_tui.operators.tensor import Tensor, WrongOperands
from tests.support.examples import GPU, LLVMPIPE, POCL

RELU = Elementwise("relu")


def filled(buffer: Buffer) -> NDArray[Any]:
    assert buffer.fill is not None
    return buffer.fill()


def planned(graph: Graph, adapter=GPU, fed=(), fetched=False) -> list[Candidate]:
    fills = {name: partial(np.zeros, x.shape, np.float32) for name, x in graph.operands.items() if name not in fed}
    return list(candidates(graph, adapter, Given(fills, fetched)))


def chain(length: int, count: int = 100) -> Graph:
    """Return a graph of ``length`` functions, each of the result of the one before."""
    names = ["x", *(f"h{index}" for index in range(1, length)), "y"]
    nodes = tuple(Node(RELU, (a,), (b,)) for a, b in pairwise(names))
    return Graph({"x": Tensor((count,))}, nodes, ("y",))


def roles(plan: Plan) -> dict[str, str]:
    return {buffer.name: buffer.role for buffer in plan.buffers}


def test_a_chain_needs_two_buffers_between_its_ends():
    (candidate,) = planned(chain(9))
    assert roles(candidate.plan) == {"x": "weight", "h1": "scratch", "h2": "scratch", "y": "result"}
    taken = [step.buffers for step in candidate.plan.steps]
    assert taken[:4] == [("x", "h1"), ("h1", "h2"), ("h2", "h1"), ("h1", "h2")]


def test_what_is_needed_later_keeps_its_buffer():
    nodes = (
        Node(RELU, ("x",), ("a",)),
        Node(RELU, ("a",), ("b",)),
        Node(RELU, ("b",), ("c",)),
        Node(Elementwise("add"), ("a", "c"), ("y",)),
    )
    (candidate,) = planned(Graph({"x": Tensor((10,))}, nodes, ("y",)))
    assert [step.buffers for step in candidate.plan.steps] == [("x", "a"), ("a", "b"), ("b", "c"), ("a", "c", "y")]


def test_results_and_operands_keep_theirs():
    graph = chain(4)
    kept = Graph(graph.operands, graph.nodes, ("h1", "y"))
    (candidate,) = planned(kept, fed=("x",), fetched=True)
    assert roles(candidate.plan) == {"x": "input", "h1": "output", "h2": "scratch", "h3": "scratch", "y": "output"}
    assert [bound.name for bound in candidate.inputs] == ["x"]
    assert [bound.name for bound in candidate.results] == ["h1", "y"]


def test_neighbours_of_one_layout_need_no_conversion():
    nodes = (
        Node(MatMul(), ("x", "w"), ("h",)),
        Node(RELU, ("h",), ("r",)),
        Node(Softmax(), ("r",), ("p",)),
        Node(MatMul(), ("p", "w"), ("y",)),
    )
    graph = Graph({"x": Tensor((64, 64)), "w": Tensor((64, 64))}, nodes, ("y",))
    for candidate in planned(graph):
        assert all(step.entry != "relayout" for step in candidate.plan.steps)


def test_a_conversion_stands_where_two_neighbours_disagree_and_is_used_again():
    nodes = (
        Node(RELU, ("x",), ("h",)),
        Node(Transpose(), ("h",), ("t",)),
        Node(Elementwise("exp"), ("h",), ("e",)),
        Node(Transpose(), ("h",), ("u",)),
    )
    graph = Graph({"x": Tensor((3, 5))}, nodes, ("t", "e", "u"))
    for candidate in planned(graph):
        entries = [step.entry for step in candidate.plan.steps]
        assert entries.count("relayout") == 1
        assert entries.index("relayout") == entries.index("transpose_tiles") - 1


def test_each_choice_that_some_node_has_is_a_candidate():
    nodes = (Node(RELU, ("x",), ("h",)), Node(MatMul(), ("h", "w"), ("y",)))
    graph = Graph({"x": Tensor((64, 64)), "w": Tensor((64, 64))}, nodes, ("y",))
    assert [candidate.plan.name for candidate in planned(graph)] == ["tiles 8", "tiles 16"]
    assert len(planned(graph, POCL)) == 1


def network(**changed: Dense) -> Graph:
    operands = {"x": Tensor((8,)), "w0": Tensor((6, 8)), "b0": Tensor((6,)), "w1": Tensor((4, 6)), "b1": Tensor((4,))}
    hidden = changed.get("hidden", Dense(Activation.RELU))
    nodes = (
        Node(hidden, ("x", "w0", "b0"), ("h",)),
        Node(Dense(widens=True), ("h", "w1", "b1"), ("z",)),
        Node(Softmax(), ("z",), ("y",)),
    )
    return Graph(operands, nodes, ("z", "y"))


def test_a_network_is_one_launch_where_that_kernel_runs():
    fused, layered = planned(network(), POCL, fed=("x",))
    assert ([step.entry for step in fused.plan.steps], fused.plan.name) == (["forward"], "forward")
    assert [step.entry for step in layered.plan.steps] == ["rows", "rows", "softmax"]
    (only,) = planned(network(), LLVMPIPE, fed=("x",))
    assert [step.entry for step in only.plan.steps] == ["rows", "rows", "softmax"]


def test_the_fused_weights_are_those_of_all_layers():
    graph = network()
    arrays = {name: np.full(x.shape, number, np.float32) for number, (name, x) in enumerate(graph.operands.items())}
    fills = {name: partial(np.asarray, array) for name, array in arrays.items() if name != "x"}
    fused, _ = candidates(graph, POCL, Given(fills))
    buffers = {buffer.name: buffer for buffer in fused.plan.buffers}
    weights, biases = (filled(buffers[name]) for name in ("weights", "biases"))
    assert weights.size == buffers["weights"].items == 6 * 16 + 4 * 16
    assert weights.view(np.float32).reshape(10, 16)[:6, :8].tolist() == arrays["w0"].tolist()
    assert weights.view(np.float32).reshape(10, 16)[6:, :6].tolist() == arrays["w1"].tolist()
    assert biases.tolist() == [2.0] * 6 + [4.0] * 4


def test_names_of_a_graph_do_not_meet_those_of_a_fused_kernel():
    names = {"x": "weights", "w0": "table", "b0": "scratch", "z": "counters", "y": "biases"}
    graph = network()
    renamed = Graph(
        {names.get(name, name): tensor for name, tensor in graph.operands.items()},
        tuple(
            Node(node.operator, *(tuple(names.get(name, name) for name in of) for of in (node.operands, node.results)))
            for node in graph.nodes
        ),
        ("counters", "biases"),
    )
    usual, other = (planned(each, POCL, fed)[0] for each, fed in ((graph, ("x",)), (renamed, ("weights",))))
    step, same = usual.plan.steps[0], other.plan.steps[0]
    assert len(set(same.buffers)) == len(step.buffers) and same.parameters == step.parameters
    roles_of = [
        [buffer.role for name in of.buffers for buffer in plan.buffers if buffer.name == name]
        for of, plan in ((step, usual.plan), (same, other.plan))
    ]
    assert roles_of[0] == roles_of[1]


def test_the_plan_of_all_nodes_is_a_candidate_beside_the_fused_one():
    graph = network()
    normalised = Node(LayerNorm(), ("x", "gamma", "beta"), ("n",))
    first = Node(graph.nodes[0].operator, ("n", "w0", "b0"), ("h",))
    operands = {**graph.operands, "gamma": Tensor((8,)), "beta": Tensor((8,))}
    fused, layered = planned(Graph(operands, (normalised, first, *graph.nodes[1:]), ("z", "y")), POCL, fed=("x",))
    assert [step.entry for step in fused.plan.steps] == ["layernorm", "relayout", "forward"]
    assert [step.entry for step in layered.plan.steps] == ["layernorm", "relayout", "rows", "rows", "softmax"]


def test_values_of_another_shape_or_kind_do_not_travel():
    (candidate,) = planned(chain(1, 6), fed=("x",))
    for values in (np.zeros((2, 3), np.float32), np.zeros(5, np.float32), np.zeros(6, np.int32)):
        with pytest.raises(WrongOperands, match=r"x is f32 \(6\), not"):
            packed(candidate.inputs, {"x": values})


UNLIKE = {
    "another activation": (network(hidden=Dense()), ("x",)),
    "weights that travel": (network(), ("x", "w1")),
    "a layer that is a result": (Graph(network().operands, network().nodes, ("h", "y")), ("x",)),
}


@pytest.mark.parametrize("case", UNLIKE)
def test_what_is_no_plain_network_is_not_fused(case):
    graph, fed = UNLIKE[case]
    assert all(candidate.plan.name != "forward" for candidate in planned(graph, POCL, fed))
