"""Integer operators: their attributes and operands, and the forms of libraries for operands that are computed."""

from __future__ import annotations

import numpy as np
import pytest

from paragon_tui.arithmetic.constants import MOST_PRODUCTS
from paragon_tui.backends.device import Unsupported
from paragon_tui.operators.dense_fixed import DenseFixed
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.integers import Fibonacci, FibonacciTree, TreeSum
from paragon_tui.operators.lowering import Site
from paragon_tui.operators.movement import Concat, Transpose
from paragon_tui.operators.numerics.forms import canonical, host_form
from paragon_tui.operators.operator import Cost
from paragon_tui.operators.tensor import Tensor, WrongOperands
from tests.support.examples import GPU, LLVMPIPE, POCL
from tests.support.host_forms import skip_without


def i32(*shape: int) -> Tensor:
    return Tensor(shape, "i32")


def test_results_follow_from_attributes_and_operands():
    assert TreeSum(10).infer() == (Tensor((1,), "u32"),) and TreeSum(10).cost() == Cost(2047, 4)
    assert Fibonacci(21).infer() == (Tensor((21,), "u32"),) and Fibonacci(21).cost() == Cost(21, 84)
    assert FibonacciTree(20).infer() == (Tensor((1,), "u32"),)
    assert FibonacciTree(20).calls == 21891 and FibonacciTree(20).cost() == Cost(10945, 4)
    layer = (i32(64), i32(32, 64), i32(32))
    assert DenseFixed().infer(*layer) == (i32(32),)
    assert DenseFixed().cost(*layer) == Cost(2 * 2048 + 4 * 32, 4 * (2048 + 64 + 64))
    assert TreeSum(1).tier() == Fibonacci(1).tier() == DenseFixed().tier(*layer) == "integer"


def test_sizes_without_a_result_are_refused():
    with pytest.raises(ValueError, match="-1"):
        TreeSum(-1)
    with pytest.raises(ValueError, match="0 Fibonacci"):
        Fibonacci(0)
    for n in (-1, 48):
        with pytest.raises(ValueError, match=f"not for {n}"):
            FibonacciTree(n)


@pytest.mark.parametrize("adapter", [POCL, LLVMPIPE, GPU], ids=["pocl", "llvmpipe", "gpu"])
@pytest.mark.parametrize("n", [0, 1, 2, 7, 8, 20, 30, 47])
def test_the_subtrees_of_all_work_items_are_the_whole_tree(n, adapter):
    calls, sums = FibonacciTree(n).lowerings(Site({}, adapter))[0].steps
    given = dict(calls.parameters)
    leaves = [1, 1]
    while len(leaves) <= n:
        leaves.append(leaves[-1] + leaves[-2])
    smaller = given["n"] - given["larger"]
    assert given["argument"] <= min(n, 33) and (given["argument"] > 0 or smaller == 0)
    below = leaves[given["argument"] - 1] if smaller else 0
    assert given["larger"] * leaves[given["argument"]] + smaller * below == leaves[n]
    assert (calls.groups - 1) * calls.group_items < given["n"] <= calls.groups * calls.group_items < 2**32
    assert dict(sums.parameters)["n"] == calls.groups


@pytest.mark.parametrize("adapter", [POCL, GPU], ids=["pocl", "gpu"])
@pytest.mark.parametrize("operator", [TreeSum(32), Fibonacci(2**32)])
def test_more_numbers_than_kernels_can_count_are_refused(operator, adapter):
    with pytest.raises(Unsupported, match="at most 4,294,967,295 numbers"):
        operator.lowerings(Site({}, adapter))


@pytest.mark.parametrize(
    "operands",
    [
        (i32(4), i32(3, 5), i32(3)),
        (i32(5), i32(3, 5), i32(4)),
        (i32(5), i32(15), i32(3)),
        (Tensor((5,)), i32(3, 5), i32(3)),
        (i32(5), Tensor((3, 5)), i32(3)),
    ],
)
def test_a_layer_of_other_operands_is_refused_by_their_shapes(operands):
    with pytest.raises(WrongOperands) as refused:
        DenseFixed().infer(*operands)
    assert all(str(operand) in str(refused.value) for operand in operands)


def test_a_layer_whose_sums_might_not_fit_is_refused():
    most = MOST_PRODUCTS
    assert DenseFixed().infer(i32(most), i32(1, most), i32(1)) == (i32(1),)
    with pytest.raises(WrongOperands, match="may not fit 32 bits"):
        DenseFixed().infer(i32(most + 1), i32(1, most + 1), i32(1))


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_libraries_compute_layers_of_what_is_computed(library):
    """Of weights that never change, which are widened once, and of weights that are computed or given."""
    skip_without(library)
    random = np.random.default_rng(2)
    shapes = {"x": (5,), "m": (5, 3), "b": (3,), "v": (3, 6)}
    nodes = (
        Node(Transpose(), ("m",), ("w",)),
        Node(DenseFixed(), ("x", "w", "b"), ("h",)),
        Node(Concat(), ("h", "b"), ("both",)),
        Node(DenseFixed(), ("both", "v", "b"), ("y",)),
    )
    graph = Graph({name: i32(*shape) for name, shape in shapes.items()}, nodes, ("y", "h"))
    values = {name: random.integers(-1000, 1001, shape).astype(np.int32) for name, shape in shapes.items()}
    right = canonical(graph, values)
    for held in (values, {}, {"v": values["v"]}):
        form = host_form(graph, library, held)
        results = form(**{name: x for name, x in values.items() if name not in held})
        for name, expected in right.items():
            assert results[name].dtype == np.int32
            assert results[name].tolist() == expected.tolist()


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_libraries_begin_graphs_with_numbers(library):
    skip_without(library)
    nodes = (
        Node(Fibonacci(60), (), ("numbers",)),
        Node(TreeSum(11), (), ("sum",)),
        Node(FibonacciTree(13), (), ("called",)),
        Node(Concat(), ("numbers", "called"), ("both",)),
        Node(Concat(), ("both", "sum"), ("y",)),
    )
    graph = Graph({}, nodes, ("y",))
    expected = canonical(graph, {})["y"]
    assert expected.dtype == np.uint32 and expected[47] == 2971215073
    assert list(expected[-2:]) == [233, 2**10 * 13]
    assert host_form(graph, library, {})()["y"].view(np.uint32).tolist() == expected.tolist()
