"""One dense layer on every real adapter has the reference's bits. (`test_dense` has every shape of its kernels.)"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from paragon_tui.arithmetic.rounding import half
from paragon_tui.backends.adapter import Adapter
from paragon_tui.suites.operations.dense import canonical
from paragon_tui.suites.product_lowering import vector_plans
from tests.support.floats import first_difference
from tests.support.kernels import as_kind, edited, opened, run_plan

pytestmark = pytest.mark.device

SHAPES = [(1, 1), (64, 64), (65, 130)]  # inputs and outputs; longer rows are those of `test_dense`
DTYPES = ["f32", "f16"]


def difference(device: Any, guard: int, planned: Adapter, shape: tuple[int, int], dtype: str) -> str | None:
    depth, rows = shape
    random = np.random.default_rng(depth * rows)
    w, x, b = (random.uniform(-2, 2, extents).astype(np.float32) for extents in ((rows, depth), depth, rows))
    if dtype == "f16":
        w, x = half(w), half(x)
    b[-1] = -10 * depth  # an output that relu stops
    plan, *_ = vector_plans(rows, depth, lambda: w, lambda: x, dtype, planned, lambda: b)
    actual = run_plan(device, plan.with_constant("GUARD", guard), "y")["y"]
    return first_difference(actual, canonical(w, x, b, dtype))


@pytest.mark.parametrize("kind", ["as it is", "as a GPU"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_layer_has_the_references_bits(
    dtype: str, kind: str, device_adapter: Adapter, device: Any, guard: int
) -> None:
    if kind == "as a GPU" and dtype == "f16" and device_adapter.api != "opencl":
        pytest.skip("at f32 its kernel of GPUs runs")
    for shape in SHAPES:
        assert difference(device, guard, as_kind(kind, device_adapter), shape, dtype) is None, shape


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_layer_without_relu_is_noticed(
    dtype: str, device_adapter: Adapter, guard: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit = (
        ("sum > 0.0f ? sum : 0.0f", "sum") if device_adapter.api == "opencl" else ("select(0.0, sum, sum > 0.0)", "sum")
    )
    with edited(monkeypatch, *edit), opened(device_adapter) as device:
        assert difference(device, guard, device_adapter, (64, 64), dtype) is not None
