"""Convolution on every real adapter, in every plan, has the bits of the canonical reference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from paragon_tui.arithmetic.rounding import half
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.operators.convolution import Convolve2D
from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.lowering import Site
from paragon_tui.operators.numerics.forms import canonical
from paragon_tui.operators.products import MatMul
from paragon_tui.operators.tensor import Tensor
from tests.support.floats import assert_same_bits
from tests.support.graphs import planned, run
from tests.support.kernels import as_gpu, edited, language_of, opened

pytestmark = pytest.mark.device

IMAGES: dict[tuple[int, int], list[tuple[int, int]]] = {
    (3, 3): [(3, 3), (4, 65), (65, 67), (66, 131), (19, 4097), (4097, 10)],
    (7, 7): [(7, 7), (23, 135), (70, 64)],
    (9, 8): [(9, 8), (24, 140)],  # more products than there are lanes
    (1, 1): [(1, 1), (17, 129)],
}
"""Of each kernel: a compiler sees its size."""


def operands(image: tuple[int, int], kernel: tuple[int, int], dtype: str) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(sum(image))
    x, w = (random.uniform(-1, 1, shape).astype(np.float32) for shape in (image, kernel))
    return (half(x), half(w)) if dtype == "f16" else (x, w)


def graph_of(x: np.ndarray, w: np.ndarray, dtype: str) -> Graph:
    return Graph.of(Convolve2D(), Tensor(x.shape, dtype), Tensor(w.shape, dtype))


def results(
    device: Any, x: np.ndarray, w: np.ndarray, dtype: str, adapter: Adapter, guard: int
) -> Iterator[tuple[str, np.ndarray]]:
    for candidate in planned(graph_of(x, w, dtype), {"x": x, "w": w}, adapter):
        yield candidate.plan.name, run(device, candidate, {}, guard, runs=2)["y"]


def assert_right_bits(device: Any, x: np.ndarray, w: np.ndarray, dtype: str, adapter: Adapter, guard: int) -> None:
    expected = canonical(graph_of(x, w, dtype), {"x": x, "w": w})["y"]
    assert not (expected.view(np.uint32) == 0x80000000).any()
    for name, actual in results(device, x, w, dtype, adapter, guard):
        assert_same_bits(actual, expected, (name, dtype, x.shape, w.shape))


def kinds(adapter: Adapter) -> list[Adapter]:
    """The adapter, and where its plans would be others, the same taken for a GPU."""
    return [adapter, as_gpu(adapter)] if adapter.api == "opencl" else [adapter]


@pytest.mark.parametrize(("kernel", "dtype"), [*((kernel, "f32") for kernel in IMAGES), ((3, 3), "f16")])
def test_every_plan_has_the_references_bits(kernel: tuple[int, int], dtype: str, device: Any, guard: int) -> None:
    for adapter in kinds(device.adapter):
        for image in IMAGES[kernel]:
            assert_right_bits(device, *operands(image, kernel, dtype), dtype, adapter, guard)


@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_ties_zeros_and_far_magnitudes_have_the_references_bits(dtype: str, device: Any, guard: int) -> None:
    """Sums that cancel, zeros with and without a sign, and magnitudes up to what keeps clear of the ends."""
    x, w = operands((40, 140), (3, 3), dtype)
    w[0], w[1] = 1.0, -1.0  # with equal rows of the image they cancel
    x[:10] = x[0]
    x[10:20, ::2], x[10:20, 1::2] = 0.0, -0.0
    largest, least = (127, 2.0**-24) if dtype == "f16" else (2.0**60, 2.0**-60)
    x[20:30] = np.float32(largest) * np.sign(x[20:30])
    x[30:] = np.float32(least) * np.sign(x[30:])
    if dtype == "f16":
        x, w = half(x), half(w)
    for adapter in kinds(device.adapter):
        assert_right_bits(device, x, w, dtype, adapter, guard)


@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_convolutions_between_products_have_the_references_bits(dtype: str, device: Any, guard: int) -> None:
    """Images that are computed, of an odd number of elements, and a kernel that is computed."""
    random = np.random.default_rng(11)
    shapes = {"a": (21, 5), "b": (5, 33), "c": (3, 4), "d": (4, 3), "e": (31, 2)}
    nodes = [
        Node(MatMul(), ("a", "b"), ("image",)),
        Node(MatMul(), ("c", "d"), ("kernel",)),
        Node(Convolve2D(), ("image", "kernel"), ("once",)),
        Node(Convolve2D(), ("once", "kernel"), ("twice",)),
        Node(MatMul(), ("once", "e"), ("y",)),
    ]
    if dtype == "f32":
        nodes.append(Node(Elementwise("relu"), ("twice",), ("activated",)))
    names = ("once", "twice", "y", *(("activated",) if dtype == "f32" else ()))
    graph = Graph({name: Tensor(shape, dtype) for name, shape in shapes.items()}, tuple(nodes), names)
    values = {name: half(random.uniform(-1, 1, shape).astype(np.float32)) for name, shape in shapes.items()}
    right = canonical(graph, values)
    for adapter in kinds(device.adapter):
        for fed in ((), ("a", "c")):
            for candidate in planned(graph, values, adapter, fed):
                actual = run(device, candidate, values, guard, runs=2)
                for name in names:
                    assert_same_bits(actual[name], right[name], (candidate.plan.name, name, fed))


def test_what_workgroup_memory_cannot_hold_is_refused(device_adapter: Adapter) -> None:
    small = replace(as_gpu(device_adapter), local_memory_bytes=2**13)
    image = Tensor((99, 99))
    room = r"7\.0" if device_adapter.api == "opencl" else r"8\.0"  # OpenCL's drivers may keep some for themselves
    with pytest.raises(Unsupported, match=rf"work-group memory.* has {room} KiB"):
        Convolve2D().lowerings(Site({"x": image, "w": Tensor((31, 31))}, small))
    with pytest.raises(Unsupported, match="4,096 elements"):
        Convolve2D().lowerings(Site({"x": image, "w": Tensor((65, 65))}, device_adapter))


MUTATIONS = {
    "cl": [("LEVEL(two_lanes, lane, 32)", "LEVEL(two_lanes, lane, 33)"), ("l / KW * STRIDE", "l / KH * STRIDE")],
    "wgsl": [("lane(first, l + 32u)", "lane(first, l + 33u)"), ("k / KW * STRIDE", "k / KH * STRIDE")],
}


@pytest.mark.parametrize("edit", [0, 1])
def test_a_changed_kernel_loses_its_bits(edit: int, device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = MUTATIONS[language_of(device_adapter)][edit]
    x, w = operands((20, 30), (7, 5), "f32")
    expected = canonical(graph_of(x, w, "f32"), {"x": x, "w": w})["y"]
    with edited(monkeypatch, before, after), opened(device_adapter) as device:
        for _, actual in results(device, x, w, "f32", device_adapter, guard=0):
            assert actual.tobytes() != expected.tobytes()
