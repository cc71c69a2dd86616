"""Sorting on every real adapter gives every key, and every place of a key, where the canonical order has it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from paragon_tui.arithmetic.rounding import half
from paragon_tui.arithmetic.sorting import argsort, sort
from paragon_tui.backends.adapter import Adapter
from paragon_tui.operators import sorting
from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.integers import Fibonacci
from paragon_tui.operators.lowering import Site
from paragon_tui.operators.movement import Broadcast, Concat
from paragon_tui.operators.numerics.forms import canonical
from paragon_tui.operators.operator import Operator
from paragon_tui.operators.products import MatMul, MatVec
from paragon_tui.operators.sorting import Argsort, Sort
from paragon_tui.operators.tensor import Tensor
from tests.support.floats import first_difference
from tests.support.graphs import planned, run
from tests.support.kernels import as_gpu, edited, opened

pytestmark = pytest.mark.device

OPERATIONS = ["sort", "sort-u32", "argsort", "argsort-u32"]
COUNTS = [1, 2, 63, 1000, 1024, 1025, 4097, 5000]
FAR = 9000  # beyond blocks of 1024, over four distances
LARGEST = 2**32 - 1
KINDS = ["any", "many equal", "all equal", "sorted", "reversed", "at the ends"]


def keys_of(operation: str, count: int, kind: str) -> np.ndarray:
    """f32 or u32 keys; those at the ends are infinite, zeros of both signs, or the least and the largest u32."""
    random = np.random.default_rng(count)
    whole = operation.endswith("u32")
    bits = random.integers(0, LARGEST, count, dtype=np.uint32, endpoint=True)
    keys: NDArray[Any] = bits if whole else (bits.astype(np.float64) - 2**31).astype(np.float32) / np.float32(2**20)
    if kind == "many equal":
        keys = keys & np.uint32(0xC0000000) if whole else np.rint(keys / np.float32(500))
    elif kind == "all equal":
        keys = np.full_like(keys, keys[0])
    elif kind in ("sorted", "reversed"):
        keys = np.sort(keys)[:: 1 if kind == "sorted" else -1].copy()
    elif kind == "at the ends":
        ends = [0, 1, 2**31 - 1, 2**31, LARGEST] if whole else [-np.inf, np.inf, -0.0, 0.0, -1e-38, 3e38]
        keys = random.choice(np.array(ends, dtype=keys.dtype), count)
    return keys


def operator_of(operation: str) -> Operator:
    return Argsort() if operation.startswith("arg") else Sort()


def difference(device: Any, adapter: Adapter, operation: str, keys: np.ndarray) -> str | None:
    graph = Graph.of(operator_of(operation), Tensor(keys.shape, "u32" if keys.dtype == np.uint32 else "f32"))
    (candidate,) = planned(graph, {"x": keys}, adapter)
    actual = run(device, candidate, {}, runs=2)["y"]
    return first_difference(actual, (argsort if operation.startswith("arg") else sort)(keys))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_keys_of_every_kind_are_sorted(operation: str, kind: str, device_adapter: Adapter, device: Any) -> None:
    for count in COUNTS if kind == "many equal" else COUNTS[-1:]:
        assert difference(device, device_adapter, operation, keys_of(operation, count, kind)) is None


@pytest.mark.parametrize("operation", ["sort", "argsort-u32"])
def test_the_kernels_of_gpus_sort_them_too(operation: str, device_adapter: Adapter, device: Any) -> None:
    for count, kind in [(63, "any"), (5000, "many equal"), (FAR, "at the ends")]:
        assert difference(device, as_gpu(device_adapter), operation, keys_of(operation, count, kind)) is None


@pytest.mark.parametrize("block", [64, 128, 256])
@pytest.mark.parametrize("operation", ["sort", "argsort"])
def test_blocks_may_be_of_any_size(
    operation: str, block: int, device_adapter: Adapter, device: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that small numbers of keys are compared over every number of distances that there can be."""
    if device_adapter.api != "opencl":
        pytest.skip("elsewhere a block is what a work-group has")
    monkeypatch.setattr(sorting, "_STREAM_BLOCK", block)
    for count in (block + 1, 5000):
        assert difference(device, device_adapter, operation, keys_of(operation, count, "many equal")) is None


def test_every_distance_is_compared_over(device_adapter: Adapter) -> None:
    """From run to block, each once, whatever is merged in a launch."""
    for kind in (device_adapter, as_gpu(device_adapter)):
        (lowering,) = Sort().lowerings(Site({"x": Tensor((2**20,))}, kind))
        runs: list[list[int]] = []
        for step in lowering.steps:
            given = dict(step.parameters)
            if given["flipped"]:
                runs.append([])
            if step.entry == "merge_far":
                runs[-1] += [given["apart"] << level for level in reversed(range(given["levels"]))]
        block = 2**20 >> len(runs)
        assert runs == [[block << d for d in reversed(range(run + 1))] for run in range(len(runs))]
        assert [dict(step.parameters)["last"] for step in lowering.steps] == [0] * (len(lowering.steps) - 1) + [1]


def assert_right(
    device: Any, guard: int, graph: Graph, values: dict[str, np.ndarray], fed: tuple[str, ...] = ()
) -> None:
    """Assert the canonical bits of every candidate, also in a second run on the buffers of the first."""
    right = canonical(graph, values)
    for adapter in (device.adapter, as_gpu(device.adapter)):
        for candidate in planned(graph, values, adapter, fed):
            results = run(device, candidate, values, guard, runs=2)
            for name, expected in right.items():
                assert first_difference(results[name], expected) is None, (adapter.type, candidate.plan.name, name)


@pytest.mark.parametrize("count", [1, 64, 700, 1024])
@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_keys_that_are_computed_are_sorted_between_other_operators(
    dtype: str, count: int, device: Any, guard: int
) -> None:
    """Of a power of two, which needs no padding, and of others; a sorted vector is sorted once more as it lies."""
    nodes = [
        Node(MatVec(), ("a", "v"), ("keys",)),
        Node(Sort(), ("keys",), ("sorted",)),
        Node(Argsort(), ("keys",), ("places",)),
        Node(Sort(), ("sorted",), ("again",)),
        Node(Concat(), ("again", "keys"), ("both",)),
        Node(Broadcast(3), ("places",), ("rows",)),
        Node(Broadcast(2), ("sorted",), ("pair",)),
        Node(MatMul(), ("pair", "a"), ("product",)),
    ]
    if dtype == "f32":
        nodes.append(Node(Elementwise("add"), ("sorted", "keys"), ("sum",)))
    results = ("sorted", "again", "places", "both", "rows", "product", *(("sum",) if dtype == "f32" else ()))
    graph = Graph({"a": Tensor((count, 3), dtype), "v": Tensor((3,), dtype)}, tuple(nodes), results)
    random = np.random.default_rng(count)
    values = {
        name: half(np.rint(random.uniform(-9, 9, t.shape)).astype(np.float32)) for name, t in graph.operands.items()
    }
    assert_right(device, guard, graph, values)
    assert_right(device, guard, graph, values, fed=("a",))


def test_whole_numbers_that_are_computed_are_sorted(device: Any, guard: int) -> None:
    nodes = (
        Node(Fibonacci(200), (), ("numbers",)),
        Node(Concat(), ("numbers", "x"), ("keys",)),
        Node(Sort(), ("keys",), ("sorted",)),
        Node(Argsort(), ("keys",), ("places",)),
    )
    graph = Graph({"x": Tensor((9,), "u32")}, nodes, ("sorted", "places"))
    values: dict[str, np.ndarray] = {"x": np.array([0, 1, 1, 2, LARGEST, LARGEST, 2**31, 5, 5], dtype=np.uint32)}
    assert_right(device, guard, graph, values)
    assert_right(device, guard, graph, values, fed=("x",))


# One change a kernel each, in the words of each language: it must be noticed.
MUTATIONS = {
    "ties go to the higher place": (
        "argsort",
        "many equal",
        ("(p[j] < p[i])", "(p[j] > p[i])"),
        ("a.place > b.place", "a.place < b.place"),
    ),
    "zeros of either sign differ": (
        "sort",
        "at the ends",
        ("? (whole)(0) : bits", "? bits : bits"),
        ("select(key, 0, key == i32(-MAGNITUDE - 1))", "key"),
    ),
    "a half is not flipped": (
        "sort",
        "any",
        ("mirrored = flipped ?", "mirrored = 0 ?"),
        ("2u * distance - 1u - low, flipped", "distance + low, flipped"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_changed_kernel_sorts_wrongly(
    mutation: str, device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation, kind, *edits = MUTATIONS[mutation]
    before, after = edits[device_adapter.api != "opencl"]
    with edited(monkeypatch, before, after), opened(device_adapter) as device:
        assert difference(device, device_adapter, operation, keys_of(operation, 1000, kind)) is not None
