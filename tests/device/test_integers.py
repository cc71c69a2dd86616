"""Integer workloads on every real adapter: layers in thousandths, a tree's leaves, Fibonacci's numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from paragon_tui.arithmetic import integers
from paragon_tui.arithmetic.constants import MOST_PRODUCTS
from paragon_tui.backends.adapter import Adapter
from paragon_tui.operators.dense_fixed import DenseFixed
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.integers import Fibonacci, FibonacciTree, TreeSum
from paragon_tui.operators.movement import Concat, Transpose
from paragon_tui.operators.numerics.forms import canonical
from paragon_tui.operators.sorting import Argsort
from paragon_tui.operators.tensor import Tensor
from tests.support.floats import first_difference
from tests.support.graphs import Arrays, planned, run
from tests.support.kernels import as_kind, edited, opened

pytestmark = pytest.mark.device

LAYERS = [(1, 1), (3, 5), (64, 64), (65, 63), (1024, 17), (MOST_PRODUCTS, 9)]  # inputs and outputs
DEPTHS = [1, 2, 3, 10, 13, 16]
COUNTS = [1, 2, 21, 31, 33, 4097, 70_000]
KINDS = ["as it is", "as a GPU"]


def layer(shape: tuple[int, int]) -> dict[str, NDArray[np.int32]]:
    """Any thousandths; the first rows are what gives the largest and the least sums, and halves that are rounded."""
    inputs, outputs = shape
    random = np.random.default_rng(inputs * outputs)
    w, x, b = (
        random.integers(-1000, 1001, extents).astype(np.int32) for extents in ((outputs, inputs), inputs, outputs)
    )
    x[:] = np.where(np.abs(x) > 500, np.sign(x) * 1000, x)
    if outputs > 4:
        w[0], w[1] = 1000 * np.sign(x), -1000 * np.sign(x)
        w[2:4], x[0] = 0, 500
        w[2:4, 0] = -1, 1
        b[:4] = 1000
    return {"w": w, "x": x, "b": b}


def assert_layers(device: Any, adapter: Adapter) -> None:
    for shape in LAYERS:
        operands = layer(shape)
        right = integers.dense_thousandths(operands["w"], operands["x"], operands["b"])
        graph = Graph.of(DenseFixed(), *(Tensor(operands[name].shape, "i32") for name in DenseFixed().operands))
        for candidate in planned(graph, operands, adapter):
            actual = run(device, candidate, {}, runs=2)["y"]
            assert actual.dtype == np.int32
            assert first_difference(actual, right) is None, (shape, candidate.plan.name)


@pytest.mark.parametrize("kind", KINDS)
def test_layers_in_thousandths_are_exact(kind: str, device_adapter: Adapter, device: Any) -> None:
    assert_layers(device, as_kind(kind, device_adapter))


def assert_right(device: Any, adapter: Adapter, graph: Graph, operands: Arrays, fed: tuple[str, ...] = ()) -> None:
    right = canonical(graph, operands)
    for candidate in planned(graph, operands, adapter, fed):
        results = run(device, candidate, operands, runs=2)
        for name, expected in right.items():
            assert results[name].dtype == expected.dtype
            assert first_difference(results[name], expected) is None, (candidate.plan.name, name)


@pytest.mark.parametrize("kind", KINDS)
def test_layers_of_what_is_computed_are_exact(kind: str, device_adapter: Adapter, device: Any) -> None:
    """Weights that are computed, and samples whose own layout has other padding: places of 60 keys, in 64 words."""
    random = np.random.default_rng(5)
    nodes = (
        Node(Transpose(), ("m",), ("w",)),
        Node(Argsort(), ("keys",), ("x",)),
        Node(DenseFixed(), ("x", "w", "b"), ("h",)),
        Node(Concat(), ("h", "x"), ("longer",)),
        Node(DenseFixed(), ("longer", "v", "h"), ("y",)),
    )
    for count, hidden in ((60, 5), (128, 64)):
        shapes = {"m": (count, hidden), "b": (hidden,), "v": (hidden, hidden + count)}
        operands = {name: Tensor(shape, "i32") for name, shape in shapes.items()}
        graph = Graph({**operands, "keys": Tensor((count,))}, nodes, ("y", "x"))
        values: dict[str, NDArray[Any]] = {
            name: random.integers(-100, 100, shape).astype(np.int32) for name, shape in shapes.items()
        }
        values["keys"] = random.uniform(-1, 1, count).astype(np.float32)
        assert_right(device, as_kind(kind, device_adapter), graph, values)
        assert_right(device, as_kind(kind, device_adapter), graph, values, fed=("m", "b"))


def assert_workload(device: Any, adapter: Adapter, operator: TreeSum | Fibonacci | FibonacciTree) -> None:
    if isinstance(operator, TreeSum):
        expected = integers.tree_sum(operator.depth)
    elif isinstance(operator, Fibonacci):
        expected = integers.fibonacci(operator.count)
    else:
        expected = integers.fibonacci_tree(operator.n)
    (candidate,) = planned(Graph.of(operator), {}, adapter)
    actual = run(device, candidate, {}, runs=2)["y"]
    assert actual.dtype == np.uint32
    assert first_difference(actual, expected) is None, operator


@pytest.mark.parametrize("kind", KINDS)
def test_leaves_add_up(kind: str, device_adapter: Adapter, device: Any) -> None:
    for depth in DEPTHS:
        assert_workload(device, as_kind(kind, device_adapter), TreeSum(depth))


@pytest.mark.parametrize("kind", KINDS)
def test_fibonaccis_numbers_are_right(kind: str, device_adapter: Adapter, device: Any) -> None:
    for count in COUNTS:
        assert_workload(device, as_kind(kind, device_adapter), Fibonacci(count))


@pytest.mark.parametrize("kind", KINDS)
def test_trees_of_calls_are_evaluated(kind: str, device_adapter: Adapter, device: Any) -> None:
    for n in (0, 1, 2, 3, 6, 7, 8, 9, 20, 25):
        assert_workload(device, as_kind(kind, device_adapter), FibonacciTree(n))


def test_a_call_that_does_not_wait_is_missed(device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    edit = ("waiting |= 1u << (k - 2)", "waiting |= (k != 4 ? 1u : 0u) << (k - 2)")
    if device_adapter.api != "opencl":
        edit = ("waiting |= 1u << (k - 2u)", "waiting |= select(0u, 1u, k != 4u) << (k - 2u)")
    with edited(monkeypatch, *edit), opened(device_adapter) as device, pytest.raises(AssertionError):
        assert_workload(device, device_adapter, FibonacciTree(20))


def test_other_leaves_have_another_sum(device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    edit = (
        ("1, 2, 2, 3)", "1, 2, 2, 2)")
        if device_adapter.api == "opencl"
        else ("countOneBits(i)", "countOneBits(i / 2u)")
    )
    with edited(monkeypatch, *edit), opened(device_adapter) as device, pytest.raises(AssertionError):
        assert_workload(device, device_adapter, TreeSum(10))


def test_numbers_that_begin_elsewhere_are_noticed(device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    edit = ("even = a * (2 * b - a)", "even = a * (2 * b + a)")
    if device_adapter.api != "opencl":
        edit = ("even = a * (2u * b - a)", "even = a * (2u * b + a)")
    with edited(monkeypatch, *edit), opened(device_adapter) as device, pytest.raises(AssertionError):
        assert_workload(device, device_adapter, Fibonacci(4097))


def test_halves_that_are_rounded_down_are_noticed(device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    edit = ("sum + 500 +", "sum + 499 +") if device_adapter.api == "opencl" else ("+ 500u +", "+ 499u +")
    with edited(monkeypatch, *edit), opened(device_adapter) as device, pytest.raises(AssertionError):
        assert_layers(device, device_adapter)
