"""Every reduction, of rows and of columns, in every shape of its kernels, has the reference's bits on every adapter."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from paragon_tui.arithmetic.rounding import half
from paragon_tui.backends.adapter import Adapter
from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.numerics.forms import canonical
from paragon_tui.operators.products import MatMul
from paragon_tui.operators.reductions import Dot, Reduce, Statistic
from paragon_tui.operators.softmax import Softmax
from paragon_tui.operators.tensor import Tensor
from tests.support.floats import assert_same_bits, first_difference
from tests.support.graphs import planned, run
from tests.support.kernels import as_kind, edited, opened

pytestmark = pytest.mark.device

NAMES = ("dot", *(statistic.value for statistic in Statistic))
OF_GROUPS = (
    "dot",
    "mean",
    "norm_l2",
    "norm_linf",
    "argmin",
    "logsumexp",
)  # every part of the kernels that wgpu runs too
ROWS = [(1, 1), (7, 63), (7, 64), (5, 65), (1, 4095), (3, 4097)]
COLUMNS = [(1, 1), (7, 63), (65, 64), (130, 65), (19, 4097)]  # columns, then elements of each
LONG = (1, 4096 * 65 + 3)  # more blocks than there are lanes


@cache
def matrix(lines: int, n: int, dtype: str = "f32") -> np.ndarray:
    """Lines of ordinary values, then with ties, zeros of both signs, what nearly cancels, and large and small ones."""
    far = np.float32(2.0**50 if dtype == "f32" else 2.0**12)  # from 2^-24 to 2^15, what f16 holds
    rng = np.random.default_rng(lines * n)
    x = rng.uniform(-8, 8, (lines, n)).astype(np.float32)
    kinds = (
        lambda row: row,
        np.rint,
        lambda row: np.where(row > 0, np.float32(-0.0), np.float32(0)),
        lambda row: np.float32(1000) + row / np.float32(4096),
        lambda row: row * far ** np.sign(row),
        lambda row: -np.abs(np.rint(row)),
        lambda row: np.full_like(row, -0.0),
    )
    for line in range(lines):
        x[line] = kinds[(line + n) % len(kinds)](x[line])
    return half(x) if dtype == "f16" else x


@cache
def reduced(name: str, along: str, lines: int, n: int, dtype: str = "f32") -> tuple[Graph, dict[str, np.ndarray]]:
    """Return the graph of one reduction and its operands; ``along`` is all, rows or columns."""
    x = matrix(lines, n, dtype)
    if name == "dot":
        return Graph.of(Dot(), Tensor(x.shape, dtype), Tensor(x.shape, dtype)), {"x": x, "w": x[:, ::-1].copy()}
    axis = {"all": None, "rows": 1, "columns": 0}[along]
    x = np.ascontiguousarray(x.T) if along == "columns" else x
    return Graph.of(Reduce(Statistic(name), axis), Tensor(x.shape, dtype)), {"x": x}


@cache
def expected(name: str, along: str, lines: int, n: int, dtype: str) -> np.ndarray:
    graph, values = reduced(name, along, lines, n, dtype)
    return canonical(graph, values)["y"]


def difference(
    device: Any, name: str, along: str, lines: int, n: int, adapter: Adapter, dtype: str = "f32"
) -> str | None:
    graph, values = reduced(name, along, lines, n, dtype)
    (candidate,) = planned(graph, values, adapter)
    actual = run(device, candidate, values, runs=2)["y"]
    right = expected(name, along, lines, n, dtype)
    assert (actual.shape, actual.dtype) == (right.shape, right.dtype)
    return first_difference(actual.reshape(-1), right.reshape(-1))


@pytest.mark.parametrize("kind", ["as it is", "as a GPU"])
@pytest.mark.parametrize("name", NAMES)
def test_reductions_have_the_references_bits(name: str, kind: str, device_adapter: Adapter, device: Any) -> None:
    adapter = as_kind(kind, device_adapter)
    shapes = [("rows", shape) for shape in (*ROWS, LONG)]
    if name != "dot":
        shapes += [*(("columns", shape) for shape in COLUMNS), ("all", (7, 4097))]
    if kind == "as a GPU" and (device_adapter.api != "opencl" or name not in OF_GROUPS):
        pytest.skip("wgpu runs these kernels as it is")
    for along, shape in shapes:
        assert difference(device, name, along, *shape, adapter) is None, (along, shape)


@pytest.mark.parametrize("kind", ["as it is", "as a GPU"])
@pytest.mark.parametrize("name", NAMES)
def test_reductions_of_halves_have_the_references_bits(
    name: str, kind: str, device_adapter: Adapter, device: Any
) -> None:
    """Rows that begin in the middle of a word, too."""
    shapes = [("rows", shape) for shape in ((1, 1), (7, 63), (3, 4097), LONG)]
    if name != "dot":
        shapes += [("columns", (7, 63)), ("columns", (65, 64)), ("columns", (19, 4097)), ("all", (7, 4097))]
    if kind == "as a GPU" and (device_adapter.api != "opencl" or name not in OF_GROUPS):
        pytest.skip("wgpu runs these kernels as it is")
    adapter = as_kind(kind, device_adapter)
    for along, shape in shapes:
        assert difference(device, name, along, *shape, adapter, "f16") is None, (along, shape)


def graph_between_others() -> tuple[Graph, dict[str, np.ndarray]]:
    """Return reductions of what other operators compute, taken by other operators, and the operands."""
    rng = np.random.default_rng(7)
    shapes = {"a": (5, 33), "b": (33, 70)}
    nodes = (
        Node(MatMul(), ("a", "b"), ("product",)),
        Node(Reduce(Statistic.LOGSUMEXP, axis=0), ("product",), ("logarithms",)),
        Node(Reduce(Statistic.MAX, axis=0), ("product",), ("largest",)),
        Node(Elementwise("sub"), ("logarithms", "largest"), ("differences",)),
        Node(Dot(), ("differences", "largest"), ("dot",)),
        Node(Reduce(Statistic.NORM_L2), ("product",), ("norm",)),
        Node(Reduce(Statistic.ARGMIN, axis=-1), ("product",), ("places",)),
        Node(Softmax(), ("places",), ("p",)),
        Node(Reduce(Statistic.MEAN, axis=-1), ("product",), ("means",)),
        Node(Elementwise("mul"), ("p", "means"), ("weighted",)),
        Node(Reduce(Statistic.SUM), ("weighted",), ("sum",)),
    )
    values = {name: rng.uniform(-2, 2, shape).astype(np.float32) for name, shape in shapes.items()}
    graph = Graph({name: Tensor(shape) for name, shape in shapes.items()}, nodes, ("dot", "norm", "places", "sum"))
    return graph, values


@pytest.mark.parametrize("kind", ["as it is", "as a GPU"])
def test_reductions_between_other_operators_have_the_references_bits(
    kind: str, device_adapter: Adapter, device: Any
) -> None:
    if device_adapter.api != "opencl" and kind == "as a GPU":
        pytest.skip("wgpu runs these kernels as it is")
    graph, values = graph_between_others()
    right = canonical(graph, values)
    for candidate in planned(graph, values, as_kind(kind, device_adapter)):
        results = run(device, candidate, values, runs=2)
        for name in graph.results:
            actual, expected_value = (np.atleast_1d(array) for array in (results[name], right[name]))
            assert_same_bits(actual, expected_value, (candidate.plan.name, name))


def test_the_first_and_the_last_of_three_axes_are_reduced(device_adapter: Adapter, device: Any) -> None:
    x = matrix(6, 65).reshape(2, 3, 65)
    for statistic in (Statistic.NORM_L1, Statistic.ARGMAX):
        for axis in (0, 2, -3, -1):
            graph = Graph.of(Reduce(statistic, axis), Tensor(x.shape))
            (candidate,) = planned(graph, {"x": x}, device_adapter)
            right = canonical(graph, {"x": x})["y"]
            assert right.shape == np.sum(x, axis=axis).shape
            assert_same_bits(run(device, candidate, {"x": x})["y"], right, (statistic, axis))


def test_the_values_of_these_tests_reach_what_they_are_about() -> None:
    """Ties, a largest value that is -0, and more blocks than there are lanes."""
    x = matrix(7, 64)
    assert any((row == row.max()).sum() > 1 for row in x)
    assert any((row.view(np.uint32) == 0x80000000).all() for row in x)
    assert LONG[1] > 4096 * 64


# One change a kernel each, in the words of each language: it must be noticed.
MUTATIONS = {
    "ties go to the last": (
        "argmax",
        ("for (uint i = 0; i < 8 && any(found); ++i)", "for (uint i = 8; i-- > 0 && any(found);)"),
        ("b.place < a.place", "b.place > a.place"),
    ),
    "a row ends early": (
        "sum",
        ("const int left = (int)n - ", "const int left = (int)n - 1 - "),
        ("k < end; k += 64u", "k + 1u < end; k += 64u"),
    ),
    "the mean of another count": ("mean", ("as_float(count)", "as_float(count + 1)"), ("x, count)", "x, count + 1.0)")),
    "a zero keeps its sign": ("max", ("== 0x80000000u ? 0u", "== 0x80000001u ? 0u"), ("bits == 0x80000000u", "false")),
    "exponentials of the values themselves": (
        "logsumexp",
        ("exp_or_zero(sub(x, base)", "exp_or_zero(sub(x, 0.0f)"),
        ("canonical_exp(sub(x, base))", "canonical_exp(x)"),
    ),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_changed_kernel_loses_its_bits(
    mutation: str, device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, *edits = MUTATIONS[mutation]
    before, after = edits[device_adapter.api != "opencl"]
    with edited(monkeypatch, before, after), opened(device_adapter) as device:
        assert difference(device, name, "rows", 7, 63, device_adapter)
