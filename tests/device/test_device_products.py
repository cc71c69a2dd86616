"""Every plan of a matrix product has the reference's bits, at f32 and f16, on every adapter."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from math import prod
from typing import Any

import numpy as np
import pytest

from paragon_tui import shaders
from paragon_tui.arithmetic.constants import BLOCK
from paragon_tui.arithmetic.products import matmul
from paragon_tui.arithmetic.reduction import matvec
from paragon_tui.arithmetic.rounding import half
from paragon_tui.backends.adapter import Adapter
from paragon_tui.operators import contractions
from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.numerics import forms
from paragon_tui.operators.planning import Candidate
from paragon_tui.operators.products import MatMul, MatVec
from paragon_tui.operators.tensor import Tensor
from tests.support import graphs
from tests.support.floats import assert_same_bits, of_many_magnitudes
from tests.support.graphs import planned, run
from tests.support.kernels import PRAGMA, edited, language_of, opened, opened_to_flush, skip_unless_contracting

pytestmark = pytest.mark.device

DTYPES = ["f32", "f16"]
EXTENTS = [1, 63, 64, 65, 4095, 4097]
RAGGED = [(3, depth, 5) for depth in EXTENTS] + [(1, 65, 1), (63, 64, 65), (65, 7, 63), (33, 130, 17), (2, 8193, 3)]
RAGGED += [(4097, 2, 1), (1, 2, 4095)]
VECTORS = [(3, 1), (3, 4097), (63, 65), (65, 64), (4097, 3)]
Matrix = np.ndarray[Any, np.dtype[np.float32]]


@cache
def factors(first: tuple[int, ...], second: tuple[int, ...], dtype: str) -> tuple[Matrix, Matrix]:
    random = np.random.default_rng(sum(first) + sum(second))
    a, b = (of_many_magnitudes(random, shape, dtype == "f16") for shape in (first, second))
    return a, b


def canonical(a: Matrix, b: Matrix, dtype: str) -> Matrix:
    y = matvec(a, b) if b.ndim == 1 else matmul(a, b)
    return half(y) if dtype == "f16" else y


def graph_of(a: Matrix, b: Matrix, dtype: str, transposed: bool = False) -> tuple[Graph, dict[str, Matrix]]:
    """The graph of the product, and its operands as they are stored."""
    stored = np.ascontiguousarray(b.T) if transposed else b
    operator = MatVec() if b.ndim == 1 else MatMul(transposed)
    values = dict(zip(operator.operands, (a, stored), strict=True))
    return Graph.of(operator, *(Tensor(factor.shape, dtype) for factor in values.values())), values


def candidates_of(a: Matrix, b: Matrix, dtype: str, adapter: Adapter, transposed: bool = False) -> list[Candidate]:
    return planned(*graph_of(a, b, dtype, transposed), adapter)


def everywhere(a: Matrix, b: Matrix, dtype: str, adapter: Adapter, transposed: bool = False) -> list[Candidate]:
    """The candidates for the adapter, and those for a GPU."""
    return graphs.everywhere(*graph_of(a, b, dtype, transposed), adapter)


def result(device: Any, candidate: Candidate, guard: int, runs: int = 1) -> Matrix:
    return run(device, candidate, {}, guard, runs)["y"]


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_plan_of_a_product_has_the_references_bits(dtype: str, guard: int, device: Any) -> None:
    for rows, depth, columns in RAGGED:
        a, b = factors((rows, depth), (depth, columns), dtype)
        expected = canonical(a, b, dtype)
        candidates = everywhere(a, b, dtype, device.adapter)
        for candidate in candidates if depth <= BLOCK else candidates[:-1]:  # the last differs in its work-group alone
            name = (candidate.plan.name, rows, depth, columns)
            assert_same_bits(result(device, candidate, guard, runs=2), expected, name)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_transposed_factor_gives_the_same_bits(dtype: str, guard: int, device: Any) -> None:
    for rows, depth, columns in [(33, 130, 17), (70, 65, 1), (1, 1, 1)]:
        a, b = factors((rows, depth), (depth, columns), dtype)
        for candidate in everywhere(a, b, dtype, device.adapter, transposed=True):
            name = (candidate.plan.name, rows, depth, columns)
            assert_same_bits(result(device, candidate, guard), canonical(a, b, dtype), name)


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_matrix_of_a_batch_has_the_bits_that_it_has_alone(
    dtype: str, transposed: bool, guard: int, device: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of odd extents, so that matrices of halves begin within a word; all in one launch, and cut by MOST_OPERATIONS."""
    for batch, (rows, depth, columns) in [((2, 3), (1, 1, 1)), ((5,), (7, 67, 3)), ((3,), (37, 5, 70))]:
        count = prod(batch)
        a, b = factors((count * rows, depth), (count * columns, depth), dtype)
        a, b = a.reshape(*batch, rows, depth), b.reshape(*batch, columns, depth)
        stored = b if transposed else np.ascontiguousarray(b.swapaxes(-1, -2))
        graph = Graph.of(MatMul(transposed), Tensor(a.shape, dtype), Tensor(stored.shape, dtype))
        pairs = zip(a.reshape(-1, rows, depth), b.reshape(-1, columns, depth), strict=True)
        expected = np.stack([canonical(x, z.T, dtype) for x, z in pairs]).reshape(*batch, rows, columns)
        for most in (2**33, 4 * max(rows, 32) * depth * columns, 1):  # all in one launch, two or more, rows of one
            monkeypatch.setattr(contractions, "MOST_OPERATIONS", most)
            for candidate in graphs.everywhere(graph, {"a": a, "b": stored}, device.adapter):
                launches = len(candidate.plan.steps) - 1
                assert launches >= count if most == 1 else launches <= 2 * count
                assert launches == 1 or most != 2**33
                name = (candidate.plan.name, batch, rows, depth, columns, most)
                assert_same_bits(result(device, candidate, guard), expected, name)


@pytest.mark.parametrize("variant", ["vector", "for-loop"])
def test_a_batch_has_the_same_bits_in_every_variant(variant: str, guard: int, device: Any) -> None:
    a, b = factors((3 * 5, 70), (3 * 66, 70), "f32")
    a, b = a.reshape(3, 5, 70), b.reshape(3, 66, 70)
    graph = Graph.of(MatMul(transposed=True), Tensor(a.shape), Tensor(b.shape))
    for candidate in graphs.everywhere(graph, {"a": a, "b": b}, device.adapter, variant=variant):
        expected = np.stack([canonical(x, z.T, "f32") for x, z in zip(a, b, strict=True)])
        assert_same_bits(result(device, candidate, guard), expected, candidate.plan.name)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_matrix_and_a_vector_have_the_references_bits(dtype: str, guard: int, device: Any) -> None:
    """The kernels of `dense`, which has tests of its own for all its shapes."""
    for rows, depth in VECTORS:
        a, b = factors((rows, depth), (depth,), dtype)
        expected = canonical(a, b, dtype)
        candidates = everywhere(a, b, dtype, device.adapter)
        for candidate in candidates[: 2 if depth == 65 else 1]:
            assert_same_bits(result(device, candidate, guard), expected, (candidate.plan.name, rows, depth))


def panels_of(lines: Matrix, width: int) -> Matrix:
    """``lines`` (count, depth) as `panels` lays them out, one after another."""
    count, depth = lines.shape
    places = -(-depth // 64) * 64
    whole = np.zeros((-(-count // width), width, places), dtype=np.float32)
    whole.reshape(-1, places)[:count, :depth] = lines
    order = [
        start + int(f"{leaf:06b}"[::-1], 2) + 64 * term
        for start in range(0, places, BLOCK)
        for leaf in range(64)
        for term in range(min(BLOCK, places - start) // 64)
    ]
    return whole[:, :, order].transpose(0, 2, 1).ravel()


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
def test_panels_hold_every_element_in_the_order_of_the_walk(
    dtype: str, transposed: bool, guard: int, device: Any
) -> None:
    """And +0 wherever there is no such row, column or k."""
    for rows, depth, columns in [(33, 130, 17), (2, 4161, 3)]:
        a, b = factors((rows, depth), (depth, columns), dtype)
        plan = candidates_of(a, b, dtype, device.adapter, transposed)[0].plan
        buffers = tuple(replace(buffer, role="result") if buffer.fill is None else buffer for buffer in plan.buffers)
        widths, names = dict(plan.steps[0].constants), plan.steps[0].buffers[-2:]
        program = device.prepare(replace(plan, buffers=buffers, steps=plan.steps[:1]).with_constant("GUARD", guard))
        program.run({})
        panels = program.read(names)
        program.close()
        np.testing.assert_array_equal(panels[names[0]], panels_of(a, widths["ROWS"]))
        np.testing.assert_array_equal(panels[names[1]], panels_of(b.T, widths["COLUMNS"]))


@pytest.mark.parametrize("dtype", DTYPES)
def test_launches_of_few_panels_give_the_same_bits(
    dtype: str, guard: int, device: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large product is cut into such launches; a test has no time for one."""
    a, b = factors((133, 70), (70, 37), dtype)
    monkeypatch.setattr(contractions, "MOST_OPERATIONS", 2 * 70 * 37 * 48)
    for candidate in everywhere(a, b, dtype, device.adapter):
        assert len(candidate.plan.steps) > 2
        assert_same_bits(result(device, candidate, guard), canonical(a, b, dtype), candidate.plan.name)


def test_the_edges_of_what_f32_may_hold(guard: int, device: Any) -> None:
    """Sums just below the largest f32, products just above the smallest normal one, and what cancels to zero."""
    a = np.zeros((6, 192), dtype=np.float32)
    a[0], a[1, ::2], a[2] = 2.0**60, 2.0**-63, 1 - 2.0**-24
    a[3, :96], a[3, 96:] = 3.0, -3.0
    a[4, ::64] = -1.0
    a[5] = -0.0
    b = np.ones((192, 3), dtype=np.float32)
    b[:, 0], b[:, 1] = 2.0**60, 2.0**-63
    b[:, 2] = 1 + 2.0**-23
    expected = canonical(a, b, "f32")
    assert np.isfinite(expected).all() and not (expected.view(np.uint32) == 0x80000000).any()
    for candidate in everywhere(a, b, "f32", device.adapter):
        assert_same_bits(result(device, candidate, guard), expected, candidate.plan.name)


def test_halves_at_the_ends_of_their_range_stay_exact(guard: int, device: Any) -> None:
    """The largest and smallest halves as factors; results that round to ties, to 2^-24, and to +0."""
    least = 2.0**-24
    pool = np.array([65504, -65504, least, -least, 1 + 2.0**-10, 0.0, 3 * least, 2048, 1 - 2.0**-11], np.float32)
    a = np.diag(pool).astype(np.float32)
    b = np.stack([np.resize(np.array(row, np.float32), 9) for row in ([1.0], [0.5], [-0.25], [1 - 2.0**-11])], axis=1)
    expected = canonical(a, b, "f16")
    assert (expected == 0).any() and not (expected.view(np.uint32) == 0x80000000).any()
    for candidate in everywhere(a, b, "f16", device.adapter):
        assert_same_bits(result(device, candidate, guard), expected, candidate.plan.name)
    for values, right in zip(b.T.copy(), expected.T, strict=True):
        for candidate in candidates_of(a, values, "f16", device.adapter):
            assert_same_bits(result(device, candidate, guard), right, candidate.plan.name)


def test_every_half_times_one_is_itself(guard: int, device: Any) -> None:
    assert_halves_are_themselves(device, guard)


@pytest.mark.parametrize("guard", [0, shaders.EVERY_GUARD])
def test_every_half_times_one_is_itself_where_subnormals_are_flushed(
    guard: int, device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened_to_flush(device_adapter, monkeypatch) as device:
        assert_halves_are_themselves(device, guard)


def assert_halves_are_themselves(device: Any, guard: int) -> None:
    """Assert it of all finite halves as weights, in both halves of a word, and as factors of a matrix product."""
    bits = np.arange(1, 0x7C00, dtype=np.uint16)
    every = np.concatenate([bits, bits | np.uint16(0x8000)]).view(np.float16).astype(np.float32)
    weights = np.zeros((every.size, 65), np.float32)
    weights[:, 0], weights[:, 64] = every, every[::-1]
    for column in (0, 64):
        one = np.zeros(65, np.float32)
        one[column] = 1
        for candidate in candidates_of(weights, one, "f16", device.adapter):
            assert_same_bits(result(device, candidate, guard), weights[:, column].copy(), (candidate.plan.name, column))
    column_of_all = every[:, np.newaxis].copy()
    for candidate in candidates_of(column_of_all, np.ones((1, 1), np.float32), "f16", device.adapter)[:1]:
        assert_same_bits(result(device, candidate, guard), column_of_all, candidate.plan.name)


@pytest.mark.parametrize("dtype", DTYPES)
def test_products_of_products_have_the_references_bits(dtype: str, guard: int, device: Any) -> None:
    """Factors of odd extents: computed ones, and operands that stay or travel. A constant matrix has another kernel."""
    random = np.random.default_rng(3)
    shapes = {"a": (5, 33), "b": (33, 7), "c": (9, 7), "d": (5, 9), "v": (9,)}
    values = {name: random.uniform(-1, 1, shape).astype(np.float32) for name, shape in shapes.items()}
    values = {name: half(factor) if dtype == "f16" else factor for name, factor in values.items()}
    nodes = (
        Node(MatMul(), ("a", "b"), ("first",)),
        Node(MatMul(transposed=True), ("c", "first"), ("second",)),
        Node(MatMul(), ("d", "second"), ("third",)),
        Node(MatMul(transposed=True, widens=True), ("third", "second"), ("wide",)),
        Node(Elementwise("relu"), ("wide",), ("positive",)),
        Node(MatVec(), ("d", "v"), ("w",)),
        Node(MatVec(), ("third", "w"), ("y",)),
    )
    operands = {name: Tensor(shape, dtype) for name, shape in shapes.items()}
    graph = Graph(operands, nodes, ("third", "positive", "y"))
    right = forms.canonical(graph, values)
    for fed in ((), ("d", "v"), tuple(shapes)):
        for candidate in graphs.everywhere(graph, values, device.adapter, fed):
            results = run(device, candidate, values, guard, runs=2)
            for name in graph.results:
                assert_same_bits(results[name], right[name], (candidate.plan.name, name, fed))


MUTATIONS = {
    "cl": [("leaf & 1) << 5", "leaf & 1) << 4"), ("level < LEVELS", "level < 5"), ("k += 64", "k += 63")],
    "wgsl": [
        ("leaf & 1u) << 5u", "leaf & 1u) << 4u"),
        ("level < LEVELS", "level < 5u"),
        ("/ ROWS * 64u", "/ ROWS * 63u"),
    ],
}


@pytest.mark.parametrize("edit", [0, 1, 2])
def test_a_changed_kernel_loses_its_bits(edit: int, device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = MUTATIONS[language_of(device_adapter)][edit]
    a, b = factors((33, 130), (130, 17), "f32")
    with edited(monkeypatch, before, after), opened(device_adapter) as device:
        actual = result(device, candidates_of(a, b, "f32", device_adapter)[0], 3)
    assert actual.tobytes() != canonical(a, b, "f32").tobytes()


def test_without_the_pragma_products_are_fused(device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    skip_unless_contracting(device_adapter)
    a, b = factors((33, 130), (130, 17), "f32")
    with edited(monkeypatch, PRAGMA, "#pragma OPENCL FP_CONTRACT ON"), opened(device_adapter) as device:
        actual = result(device, candidates_of(a, b, "f32", device_adapter)[0], 0)
    assert actual.tobytes() != canonical(a, b, "f32").tobytes()
