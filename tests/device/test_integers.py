"""Integer workloads on every real adapter: layers in thousandths, a tree's leaves, Fibonacci's numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from paragon_tui.arithmetic import integers
from paragon_tui.backends.adapter import Adapter
from paragon_tui.suites.case import Case
from paragon_tui.suites.operations import dense_fixed
from paragon_tui.suites.operations import integers as workloads
from tests.support.kernels import as_kind, edited, opened, run_plan

pytestmark = pytest.mark.device

LAYERS = [(1, 1), (3, 5), (64, 64), (65, 63), (1024, 17), (integers.MOST_PRODUCTS, 9)]  # inputs and outputs
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


def assert_layers(device: Any, planned: Adapter) -> None:
    for shape in LAYERS:
        given = layer(shape)
        right = integers.dense_thousandths(given["w"], given["x"], given["b"])
        fills: dict[str, Callable[[], NDArray[np.int32]]] = {name: partial(np.asarray, x) for name, x in given.items()}
        for plan in dense_fixed.plans_of(Case("", "", "dense-fixed", shape), fills, planned):
            actual = run_plan(device, plan, "y", runs=2)["y"]
            assert actual.dtype == np.int32
            assert actual.tolist() == right.tolist(), (shape, plan.name)


@pytest.mark.parametrize("kind", KINDS)
def test_layers_in_thousandths_are_exact(kind: str, device_adapter: Adapter, device: Any) -> None:
    assert_layers(device, as_kind(kind, device_adapter))


def assert_workload(device: Any, planned: Adapter, name: str, extent: int) -> None:
    right = (integers.tree_sum if name == "tree-sum" else integers.fibonacci)(extent)
    (plan,) = workloads.plans(Case("", "", name, (extent,)), "f32", "default", planned)
    assert run_plan(device, plan, "y", runs=2)["y"].tolist() == right.tolist(), extent


@pytest.mark.parametrize("kind", KINDS)
def test_leaves_add_up(kind: str, device_adapter: Adapter, device: Any) -> None:
    for depth in DEPTHS:
        assert_workload(device, as_kind(kind, device_adapter), "tree-sum", depth)


@pytest.mark.parametrize("kind", KINDS)
def test_fibonaccis_numbers_are_right(kind: str, device_adapter: Adapter, device: Any) -> None:
    for count in COUNTS:
        assert_workload(device, as_kind(kind, device_adapter), "fibonacci", count)


def test_other_leaves_have_another_sum(device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    edit = (
        ("1, 2, 2, 3)", "1, 2, 2, 2)")
        if device_adapter.api == "opencl"
        else ("countOneBits(i)", "countOneBits(i / 2u)")
    )
    with edited(monkeypatch, *edit), opened(device_adapter) as device, pytest.raises(AssertionError):
        assert_workload(device, device_adapter, "tree-sum", 10)


def test_numbers_that_begin_elsewhere_are_noticed(device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    edit = ("even = a * (2 * b - a)", "even = a * (2 * b + a)")
    if device_adapter.api != "opencl":
        edit = ("even = a * (2u * b - a)", "even = a * (2u * b + a)")
    with edited(monkeypatch, *edit), opened(device_adapter) as device, pytest.raises(AssertionError):
        assert_workload(device, device_adapter, "fibonacci", 4097)


def test_halves_that_are_rounded_down_are_noticed(device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    edit = ("sum + 500 +", "sum + 499 +") if device_adapter.api == "opencl" else ("+ 500u +", "+ 499u +")
    with edited(monkeypatch, *edit), opened(device_adapter) as device, pytest.raises(AssertionError):
        assert_layers(device, device_adapter)
