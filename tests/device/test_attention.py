"""Attention on every real adapter, in every plan, has the bits of the canonical reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from paragon_tui.arithmetic.rounding import half
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.operators.attention import Attention
from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.lowering import Lowering, Site
from paragon_tui.operators.movement import Transpose
from paragon_tui.operators.numerics.forms import canonical
from paragon_tui.operators.products import MatMul
from paragon_tui.operators.tensor import Tensor
from tests.support.floats import assert_same_bits
from tests.support.graphs import planned, run
from tests.support.kernels import as_gpu, edited, language_of, opened

pytestmark = pytest.mark.device

Operands = Mapping[str, np.ndarray]
RAGGED = [(3, 1, 1), (2, 63, 33), (1, 64, 64), (2, 65, 65), (3, 5, 7), (1, 60, 32), (1, 1100, 3)]
KINDS = ["as it is", "as a GPU", "as a GPU of little memory"]


def as_kind(adapter: Adapter, kind: str, n: int) -> Adapter:
    """An adapter that the plans take for another one. With little memory there is room for one row of scores."""
    if kind == "as it is":
        return adapter
    a_row = 4 * (64 << ((n - 1) // 64).bit_length()) + 256
    gpu = as_gpu(adapter)
    if kind == "as a GPU" or adapter.local_memory_bytes is None or adapter.group_limit_bytes is None:
        return gpu
    kept = adapter.local_memory_bytes - adapter.group_limit_bytes  # by its driver
    return replace(gpu, local_memory_bytes=a_row + kept)


@cache
def ordinary(shape: tuple[int, int, int], dtype: str) -> Operands:
    random = np.random.default_rng(sum(shape))
    operands = (random.uniform(-1, 1, shape).astype(np.float32) for _ in "qkv")
    return {name: half(x) if dtype == "f16" else x for name, x in zip("qkv", operands, strict=True)}


def graph_of(shape: tuple[int, ...], dtype: str, causal: bool = False) -> Graph:
    return Graph.of(Attention(causal), *[Tensor(shape, dtype)] * 3)


def lowerings(shape: tuple[int, ...], adapter: Adapter) -> tuple[Lowering, ...]:
    return Attention().lowerings(Site(dict.fromkeys("qkv", Tensor(shape)), adapter))


def results(
    device: Any, operands: Operands, dtype: str, adapter: Adapter, guard: int, causal: bool = False
) -> Iterator[tuple[str, np.ndarray]]:
    for candidate in planned(graph_of(operands["q"].shape, dtype, causal), operands, adapter):
        yield candidate.plan.name, run(device, candidate, {}, guard, runs=2)["y"]


@cache
def right(operands: tuple[bytes, ...], shape: tuple[int, int, int], dtype: str) -> np.ndarray:
    values = {name: np.frombuffer(x, dtype=np.float32).reshape(shape) for name, x in zip("qkv", operands, strict=True)}
    return canonical(graph_of(shape, dtype), values)["y"]


def assert_right_bits(device: Any, operands: Operands, dtype: str, adapter: Adapter, guard: int) -> None:
    expected = right(tuple(x.tobytes() for x in operands.values()), operands["q"].shape, dtype)
    assert not (expected.view(np.uint32) == 0x80000000).any()
    for name, actual in results(device, operands, dtype, adapter, guard):
        assert_same_bits(actual, expected, (name, dtype))


OF_EACH = [("f32", "as it is"), ("f16", "as it is"), ("f16", "as a GPU"), ("f32", "as a GPU of little memory")]
REST = [(dtype, kind) for dtype in ("f32", "f16") for kind in KINDS if (dtype, kind) not in OF_EACH]
COMBINED = pytest.mark.parametrize(
    ("dtype", "kind"), [*OF_EACH, *(pytest.param(*pair, marks=pytest.mark.exhaustive) for pair in REST)]
)


@COMBINED
def test_every_plan_has_the_references_bits(dtype: str, kind: str, device: Any, guard: int) -> None:
    """At ragged lengths and widths, heads of more elements than there are lanes, and of fewer than eight."""
    for shape in RAGGED if (dtype, kind) == OF_EACH[0] else RAGGED[:4]:
        assert_right_bits(device, ordinary(shape, dtype), dtype, as_kind(device.adapter, kind, shape[1]), guard)


CAUSAL = [(2, 1, 3), (3, 64, 5), (2, 70, 33), (1, 131, 64), (1, 1100, 3)]


@COMBINED
def test_a_causal_row_has_the_bits_that_it_has_without_later_keys(
    dtype: str, kind: str, device: Any, guard: int
) -> None:
    """At lengths beyond a group's rows, a tile's keys and a lane's term; the last row is that without a mask."""
    for shape in CAUSAL if (dtype, kind) == OF_EACH[0] else CAUSAL[:4]:
        operands, adapter = ordinary(shape, dtype), as_kind(device.adapter, kind, shape[1])
        expected = canonical(graph_of(shape, dtype, causal=True), operands)["y"]
        for name, actual in results(device, operands, dtype, adapter, guard, causal=True):
            assert_same_bits(actual, expected, (name, dtype, shape))
            for i in {0, min(2, shape[1] - 1), shape[1] // 2, shape[1] - 1}:
                no_later = {key: np.ascontiguousarray(x[:, : i + 1]) for key, x in operands.items()}
                whole = right(tuple(x.tobytes() for x in no_later.values()), no_later["q"].shape, dtype)
                assert_same_bits(actual[:, i].copy(), whole[:, i].copy(), (name, dtype, shape, i))


@COMBINED
def test_masked_scores_of_any_size_have_no_influence(dtype: str, kind: str, device: Any, guard: int) -> None:
    """Later keys whose scores are thousands higher, and values as large as the dtype holds."""
    shape, largest = (2, 70, 9), 65504 if dtype == "f16" else 2.0**100
    operands = {name: x.copy() for name, x in ordinary(shape, dtype).items()}
    expected = canonical(graph_of(shape, dtype, causal=True), operands)["y"][:, :67]
    operands["k"][:, 67:] = np.sign(operands["q"][:, 66:67]) * np.float32(4096)
    operands["v"][:, 67:] = np.float32(-largest)
    for name, actual in results(device, operands, dtype, as_kind(device.adapter, kind, 70), guard, causal=True):
        assert_same_bits(actual[:, :67].copy(), expected.copy(), (name, dtype))


@pytest.mark.exhaustive
def test_halves_of_the_other_lengths_and_widths_have_the_references_bits(device: Any, guard: int) -> None:
    for shape in RAGGED[4:]:
        assert_right_bits(device, ordinary(shape, "f16"), "f16", device.adapter, guard)


@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_attention_to_what_is_computed_has_the_references_bits(dtype: str, device: Any, guard: int) -> None:
    """Of one head, with an operand of each kind: computed one per word, computed in padded rows, and constant."""
    random = np.random.default_rng(13)
    shapes = {"a": (21, 5), "b": (5, 9), "c": (9, 21), "v": (21, 9), "e": (9, 3)}
    nodes = [
        Node(MatMul(), ("a", "b"), ("q",)),
        Node(Transpose(), ("c",), ("k",)),
        Node(Attention(), ("q", "k", "v"), ("mixed",)),
        Node(MatMul(), ("mixed", "e"), ("y",)),
    ]
    if dtype == "f32":
        nodes.append(Node(Elementwise("add"), ("q", "mixed"), ("residual",)))
    names = ("mixed", "y", *(("residual",) if dtype == "f32" else ()))
    graph = Graph({name: Tensor(shape, dtype) for name, shape in shapes.items()}, tuple(nodes), names)
    values = {name: half(random.uniform(-1, 1, shape).astype(np.float32)) for name, shape in shapes.items()}
    expected = canonical(graph, values)
    for fed in ((), ("c", "v")):
        for candidate in planned(graph, values, device.adapter, fed):
            actual = run(device, candidate, values, guard, runs=2)
            for name in names:
                assert_same_bits(actual[name], expected[name], (candidate.plan.name, name, fed))


def test_heads_may_have_more_axes(device: Any, guard: int) -> None:
    operands = ordinary((2, 63, 33), "f32")
    values = {name: x.reshape(2, 1, 63, 33) for name, x in operands.items()}
    expected = right(tuple(x.tobytes() for x in operands.values()), (2, 63, 33), "f32")
    for _, actual in results(device, values, "f32", device.adapter, guard):
        assert_same_bits(actual, expected.reshape(2, 1, 63, 33))


def test_the_longest_row_is_one_block_and_no_more(device: Any, guard: int) -> None:
    adapter = device.adapter
    if adapter.api == "opencl":  # llvmpipe takes seconds for as many rows, of kernels that 1100 rows have run
        assert_right_bits(device, ordinary((1, 4095, 1), "f32"), "f32", adapter, guard)
    for shape in [(1, 4097, 1), (1, 1, 4097)]:
        with pytest.raises(Unsupported, match="4,096"):
            lowerings(shape, adapter)
    room = r"7\.0" if adapter.api == "opencl" else r"8\.0"  # OpenCL's drivers may keep some for themselves
    with pytest.raises(Unsupported, match=rf"1 rows of 4,000 scores take 16\.2 KiB .* has {room} KiB"):
        lowerings((1, 4000, 8), replace(as_gpu(adapter), local_memory_bytes=2**13))


@COMBINED
def test_ties_zeros_and_far_magnitudes_have_the_references_bits(dtype: str, kind: str, device: Any, guard: int) -> None:
    """Equal scores, zeros with and without a sign, scores thousands apart, and what f16 can just hold."""
    shape = (4, 65, 33)
    operands = {name: x.copy() for name, x in ordinary(shape, dtype).items()}
    operands["k"][0] = operands["k"][0, 0]  # all scores of a row are equal
    for x in operands.values():
        x[1, ::2], x[1, 1::3] = 0.0, -0.0
    operands["q"][2] *= np.float32(4096)  # but for the largest few, exp is +0
    operands["v"][2] = np.sign(operands["v"][2]) + (operands["v"][2] == 0)
    largest, least = (65504, 2.0**-24) if dtype == "f16" else (2.0**40, 2.0**-40)
    operands["k"][3], operands["v"][3] = np.float32(least), np.float32(largest) * np.sign(operands["v"][3])
    if dtype == "f16":
        operands = {name: half(x) for name, x in operands.items()}
    assert_right_bits(device, operands, dtype, as_kind(device.adapter, kind, shape[1]), guard)


MUTATIONS = {
    "as it is": {
        "cl": [("four_lanes(q + 3, k + 1", "four_lanes(q + 2, k + 1"), ("(lane_of(place) >> (6 - bits)) +", "place +")],
        "wgsl": [
            ("dots(block * dot_words, key) *", "dots(block * dot_words, key) +"),
            ("(lane_of(place) >> (6u - p.bits)) +", "place +"),
        ],
    },
    "as a GPU": {
        "cl": [("(eight & 1u) << 2 |", "(eight & 1u) << 1 |"), ("canonical_half(x.w, zero)", "x.w")],
        "wgsl": [("p + 8u, v + 256u", "p + 9u, v + 256u"), ("canonical_half(x.w)", "x.w")],
    },
}


@pytest.mark.parametrize("edit", [0, 1])
@pytest.mark.parametrize("kind", list(MUTATIONS))
def test_a_changed_kernel_loses_its_bits(
    kind: str, edit: int, device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = MUTATIONS[kind][language_of(device_adapter)][edit]
    operands = ordinary((2, 65, 65), "f16")
    expected = canonical(graph_of((2, 65, 65), "f16"), operands)["y"]
    with edited(monkeypatch, before, after), opened(device_adapter) as device:
        for _, actual in results(device, operands, "f16", as_kind(device_adapter, kind, 65), guard=0):
            assert actual.tobytes() != expected.tobytes()
