"""Convolution on every real adapter, in every plan, has the bits of the canonical reference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from paragon_tui.arithmetic.rounding import half
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.engine.worker.device_session import DeviceSession
from paragon_tui.suites.operations import convolution
from tests.support.floats import assert_same_bits, zeros
from tests.support.kernels import as_gpu, edited, language_of, opened, run_plan

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


def results(
    opened: DeviceSession, x: np.ndarray, w: np.ndarray, dtype: str, planned: Adapter
) -> Iterator[tuple[str, np.ndarray]]:
    shape = (*x.shape, *w.shape)
    for plan in convolution.plans_of(shape, dtype, partial(np.asarray, x), partial(np.asarray, w), planned):
        yield plan.name, run_plan(opened.device, opened.guarded(plan), "y", runs=2)["y"]


def assert_right_bits(opened: DeviceSession, x: np.ndarray, w: np.ndarray, dtype: str, planned: Adapter) -> None:
    expected = convolution.canonical(dtype, x, w)["y"]
    assert not (expected.view(np.uint32) == 0x80000000).any()
    for name, actual in results(opened, x, w, dtype, planned):
        assert_same_bits(actual, expected, (name, dtype, x.shape, w.shape))


def kinds(adapter: Adapter) -> list[Adapter]:
    """The adapter, and where its plans would be others, the same taken for a GPU."""
    return [adapter, as_gpu(adapter)] if adapter.api == "opencl" else [adapter]


@pytest.mark.parametrize(("kernel", "dtype"), [*((kernel, "f32") for kernel in IMAGES), ((3, 3), "f16")])
def test_every_plan_has_the_references_bits(kernel: tuple[int, int], dtype: str, guarded: DeviceSession) -> None:
    for planned in kinds(guarded.device.adapter):
        for image in IMAGES[kernel]:
            assert_right_bits(guarded, *operands(image, kernel, dtype), dtype, planned)


@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_ties_zeros_and_far_magnitudes_have_the_references_bits(dtype: str, guarded: DeviceSession) -> None:
    """Sums that cancel, zeros with and without a sign, and magnitudes up to what keeps clear of the ends."""
    x, w = operands((40, 140), (3, 3), dtype)
    w[0], w[1] = 1.0, -1.0  # with equal rows of the image they cancel
    x[:10] = x[0]
    x[10:20, ::2], x[10:20, 1::2] = 0.0, -0.0
    largest, least = (127, 2.0**-14) if dtype == "f16" else (2.0**60, 2.0**-60)
    x[20:30] = np.float32(largest) * np.sign(x[20:30])
    x[30:] = np.float32(least) * np.sign(x[30:])
    if dtype == "f16":
        x, w = half(x), half(w)
    for planned in kinds(guarded.device.adapter):
        assert_right_bits(guarded, x, w, dtype, planned)


def test_what_workgroup_memory_cannot_hold_is_refused(device_adapter: Adapter) -> None:
    small = replace(as_gpu(device_adapter), local_memory_bytes=2**13)
    fill = partial(zeros, 1, 1)
    with pytest.raises(Unsupported, match=r"workgroup memory.* has 8\.0 KiB"):
        convolution.plans_of((99, 99, 31, 31), "f32", fill, fill, small)
    with pytest.raises(Unsupported, match="4,096 elements"):
        convolution.plans_of((99, 99, 65, 65), "f32", fill, fill, device_adapter)


MUTATIONS = {
    "cl": [("LEVEL(two_lanes, lane, 32)", "LEVEL(two_lanes, lane, 33)"), ("l / KW * STRIDE", "l / KH * STRIDE")],
    "wgsl": [("lane(first, l + 32u)", "lane(first, l + 33u)"), ("k / KW * STRIDE", "k / KH * STRIDE")],
}


@pytest.mark.parametrize("edit", [0, 1])
def test_a_changed_kernel_loses_its_bits(edit: int, device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = MUTATIONS[language_of(device_adapter)][edit]
    x, w = operands((20, 30), (7, 5), "f32")
    expected = convolution.canonical("f32", x, w)["y"]
    with edited(monkeypatch, before, after), opened(device_adapter) as device:
        for _, actual in results(DeviceSession(device, None), x, w, "f32", device_adapter):
            assert actual.tobytes() != expected.tobytes()
