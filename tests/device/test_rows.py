"""Softmax, its logarithm and layernorm have the reference's bits in every plan, f32 and f16, on every adapter."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from paragon_tui.arithmetic.rounding import half
from paragon_tui.backends.adapter import Adapter
from paragon_tui.operators.dropout import Dropout
from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.layernorm import LayerNorm
from paragon_tui.operators.movement import Concat, Transpose
from paragon_tui.operators.numerics.forms import canonical
from paragon_tui.operators.numerics.layouts import pack
from paragon_tui.operators.products import MatMul
from paragon_tui.operators.softmax import Softmax
from paragon_tui.operators.tensor import Tensor
from tests.support.floats import assert_same_bits, first_difference
from tests.support.graphs import planned, run
from tests.support.kernels import as_gpu, as_kind, edited, opened, run_plan

pytestmark = pytest.mark.device

OPERATIONS = {"softmax": Softmax(), "log_softmax": Softmax(logarithm=True), "layernorm": LayerNorm()}
SHAPES = [(1, 1), (3, 63), (7, 64), (2, 65), (1, 4095), (7, 4097), (1, 70_001)]
SHARED = (1, 4096 * 65 + 3)  # more blocks than there are lanes


@cache
def matrix(rows: int, n: int, dtype: str) -> np.ndarray:
    """Ordinary values, ties, zeros of both signs, equal ones, differences that underflow, both ways sorted."""
    rng = np.random.default_rng(rows * n)
    x = rng.uniform(-3, 3, (rows, n)).astype(np.float32)
    kinds = (
        lambda row: row,
        np.rint,
        lambda row: np.where(row > 0, np.float32(-0.0), np.float32(0)),
        lambda row: np.full_like(row, -7.25),
        lambda row: row * np.float32(100),
        lambda row: np.linspace(20, -110, row.size, dtype=np.float32),
        lambda row: np.linspace(-110, 20, row.size, dtype=np.float32),
    )
    for line in range(rows):
        x[line] = kinds[(line + n) % len(kinds)](x[line])
    return half(x) if dtype == "f16" else x


@cache
def vectors(n: int, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(n)
    gamma, beta = rng.uniform(-2, 2, (2, n)).astype(np.float32)
    gamma[::7], beta[::5] = 0, 0
    return (half(gamma), half(beta)) if dtype == "f16" else (gamma, beta)


def operands(operation: str, rows: int, n: int, dtype: str) -> dict[str, np.ndarray]:
    x = matrix(rows, n, dtype)
    return {"x": x, **dict(zip(("gamma", "beta"), vectors(n, dtype), strict=True))} if "norm" in operation else {"x": x}


def graph_of(operation: str, rows: int, n: int, dtype: str) -> Graph:
    values = operands(operation, rows, n, dtype)
    return Graph.of(OPERATIONS[operation], *(Tensor(array.shape, dtype) for array in values.values()))


@cache
def expected(operation: str, rows: int, n: int, dtype: str) -> np.ndarray:
    values = operands(operation, rows, n, dtype)
    return canonical(graph_of(operation, rows, n, dtype), values)["y"]


def difference(device: Any, operation: str, rows: int, n: int, dtype: str, adapter: Adapter) -> str | None:
    """Compare all words of the result, padding included."""
    right = expected(operation, rows, n, dtype)
    values = operands(operation, rows, n, dtype)
    for candidate in planned(graph_of(operation, rows, n, dtype), values, adapter):
        (result,) = candidate.results
        words = run_plan(device, candidate.plan, result.buffer, runs=2)[result.buffer]
        if different := first_difference(words, pack(result.layout, right)):
            return f"{candidate.plan.name}: {different}"
    return None


@pytest.mark.parametrize("dtype", ["f32", "f16"])
@pytest.mark.parametrize("kind", ["as it is", "as a GPU"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_rows_have_the_references_bits(
    operation: str, kind: str, dtype: str, device_adapter: Adapter, device: Any
) -> None:
    if device_adapter.api != "opencl" and kind == "as a GPU":
        pytest.skip("wgpu runs these kernels as it is")
    adapter = as_kind(kind, device_adapter)
    for shape in [*SHAPES, SHARED]:
        assert difference(device, operation, *shape, dtype, adapter) is None, shape


def test_padding_that_is_not_zero_is_noticed(device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that moves words may take the half that pads an odd row for an element."""
    declared = "float second = 0.0f;" if device_adapter.api == "opencl" else "var second = 0.0;"
    assert difference_of_padding(device_adapter) is None
    with edited(monkeypatch, declared, declared.replace("0.0", "1.0")):
        assert difference_of_padding(device_adapter)


def difference_of_padding(adapter: Adapter) -> str | None:
    with opened(adapter) as device:
        return difference(device, "softmax", 3, 63, "f16", as_gpu(adapter))


def graph_between_others(dtype: str) -> tuple[Graph, dict[str, np.ndarray]]:
    """Return rows of odd lengths, computed by other operators and taken by other operators, and the operands."""
    rng = np.random.default_rng(7)
    shapes = {"a": (5, 33), "b": (33, 7), "gamma": (7 if dtype == "f32" else 11,)}
    shapes |= {"beta": shapes["gamma"], "c": (5, 7) if dtype == "f32" else (5, 4), "d": (5, 3)}
    nodes = [Node(MatMul(), ("a", "b"), ("product",)), Node(Softmax(), ("product",), ("p",))]
    if dtype == "f32":
        nodes += [
            Node(Elementwise("add"), ("p", "c"), ("sum",)),
            Node(LayerNorm(), ("sum", "gamma", "beta"), ("normal",)),
            Node(Softmax(logarithm=True), ("normal",), ("q",)),
            Node(Elementwise("mul"), ("p", "q"), ("product of both",)),
            Node(Transpose(), ("product of both",), ("turned",)),
        ]
    else:
        nodes += [
            Node(Concat(), ("p", "c"), ("both",)),  # puts its second operand in the padding of p
            Node(LayerNorm(), ("both", "gamma", "beta"), ("normal",)),
            Node(Concat(), ("normal", "p"), ("all",)),
            Node(Softmax(logarithm=True), ("all",), ("q",)),
            Node(Dropout(0.25, 1, 2), ("q",), ("dropped",)),
            Node(Transpose(), ("dropped",), ("turned",)),
        ]
    nodes.append(Node(MatMul(), ("turned", "d"), ("y",)))
    values = {name: rng.uniform(-2, 2, shape).astype(np.float32) for name, shape in shapes.items()}
    if dtype == "f16":
        values = {name: half(array) for name, array in values.items()}
    graph = Graph({name: Tensor(shape, dtype) for name, shape in shapes.items()}, tuple(nodes), ("q", "y"))
    return graph, values


@pytest.mark.parametrize("dtype", ["f32", "f16"])
@pytest.mark.parametrize("kind", ["as it is", "as a GPU"])
def test_rows_between_other_operators_have_the_references_bits(
    kind: str, dtype: str, device_adapter: Adapter, device: Any
) -> None:
    if device_adapter.api != "opencl" and kind == "as a GPU":
        pytest.skip("wgpu runs these kernels as it is")
    graph, values = graph_between_others(dtype)
    right = canonical(graph, values)
    for candidate in planned(graph, values, as_kind(kind, device_adapter)):
        results = run(device, candidate, values, runs=2)
        for name in graph.results:
            assert_same_bits(results[name], right[name], (candidate.plan.name, name))


def test_rows_are_those_of_the_last_axis(device_adapter: Adapter, device: Any) -> None:
    shape = (2, 3, 65)
    x = matrix(6, 65, "f32").reshape(shape)
    gamma, beta = vectors(65, "f32")
    for operator, values in (
        (Softmax(), {"x": x}),
        (Softmax(logarithm=True), {"x": x[0, 0]}),
        (LayerNorm(), {"x": x, "gamma": gamma, "beta": beta}),
    ):
        graph = Graph.of(operator, *(Tensor(array.shape) for array in values.values()))
        for candidate in planned(graph, values, device_adapter):
            assert_same_bits(run(device, candidate, values)["y"], canonical(graph, values)["y"], operator)


def test_the_rows_of_these_tests_reach_what_they_are_about() -> None:
    """Exponentials that vanish, halves that do, variances of zero, and sums of more blocks than there are lanes."""
    usual = expected("softmax", 7, 4097, "f32")
    assert (usual == 0).any() and (usual > 0).any()
    assert (expected("softmax", 7, 4097, "f16") == 0).sum() > (usual == 0).sum()
    assert (np.ptp(matrix(7, 64, "f32"), axis=1) == 0).any()
    assert SHARED[1] > 4096 * 64


# One change a kernel each, of OpenCL C: it must be noticed.
MUTATIONS = {
    "a probability of another place": ("softmax", "vector_of(z, first + k, 8, zero)", "vector_of(z, first, 8, zero)"),
    "a gamma of another place": ("layernorm", "vector_of(gamma, k, left, zero)", "vector_of(gamma, 0, left, zero)"),
    "what pads a sum counts": ("layernorm", "(there ? t : 0.0f)", "t"),
    "a vector is left out": ("log_softmax", "k + 64 <= n; k += 64", "k + 64 <= n; k += 72"),
    "blocks go to one lane": ("softmax", "(float *)a + j % 64", "(float *)a"),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_changed_kernel_loses_its_bits(
    mutation: str, device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    if device_adapter.api != "opencl":
        pytest.skip("these edits are OpenCL C's")
    operation, before, after = MUTATIONS[mutation]
    with edited(monkeypatch, before, after), opened(device_adapter) as device:
        adapter = replace(device_adapter, type="cpu")
        assert any(difference(device, operation, *shape, "f32", adapter) for shape in [(3, 63), (7, 70_001)])
