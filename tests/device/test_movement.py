"""Transposes, broadcasts and concatenations on every real adapter move every bit to where it belongs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from paragon_tui.backends.adapter import Adapter
from paragon_tui.suites.case import Case
from paragon_tui.suites.operations import movement
from paragon_tui.suites.operations.words import PER_WORD
from tests.support.kernels import as_gpu, edited, language_of, opened, run_plan

pytestmark = pytest.mark.device

SHAPES = [(1, 2), (2, 3), (63, 64), (64, 63), (65, 4095), (4097, 66), (129, 131)]
OPERATIONS = ["transpose", "broadcast", "concat"]
DTYPES = list(PER_WORD)


def operands(operation: str, shape: tuple[int, int], dtype: str) -> dict[str, np.ndarray]:
    """Any bits at all: nothing looks at them. Words of nothing but ones and zeros are there too."""
    rows, columns = shape
    random = np.random.default_rng(rows * columns)
    kind: Any = np.float32 if dtype == "f32" else np.float16

    def bits(*extents: int) -> np.ndarray:
        unsigned: Any = np.uint32 if dtype == "f32" else np.uint16
        values = random.integers(0, np.iinfo(unsigned).max, extents, dtype=unsigned, endpoint=True)
        values[random.random(extents) < 0.1] = 0
        values[random.random(extents) < 0.1] = np.iinfo(unsigned).max
        return values.view(kind)

    if operation == "concat":
        return {"left": bits(rows, columns // 2), "right": bits(rows, columns - columns // 2)}
    return {"x": bits(rows, columns) if operation == "transpose" else bits(columns)}


def expected(operation: str, shape: tuple[int, int], given: dict[str, np.ndarray]) -> np.ndarray:
    if operation == "transpose":
        return np.ascontiguousarray(given["x"].T)
    if operation == "broadcast":
        return np.ascontiguousarray(np.broadcast_to(given["x"], shape))
    return np.hstack([given["left"], given["right"]])


def assert_moved(device: Any, planned: Adapter, operation: str, shape: tuple[int, int], dtype: str) -> None:
    given = operands(operation, shape, dtype)
    right = expected(operation, shape, given)
    fills: dict[str, Callable[[], NDArray[Any]]] = {name: partial(np.asarray, x) for name, x in given.items()}
    for plan in movement.plans_of(Case("layers", "test", operation, shape), dtype, fills, planned):
        words = run_plan(device, plan, "y")["y"]
        rows, columns = right.shape
        unsigned: Any = np.uint32 if dtype == "f32" else np.uint16
        actual = words.view(unsigned)
        np.testing.assert_array_equal(
            actual[:rows, :columns], right.view(unsigned), err_msg=f"{plan.name} {shape} {dtype} differ"
        )
        assert not actual[rows:].any() and not actual[:, columns:].any(), f"{plan.name} {shape} {dtype}: padding"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_plan_moves_every_bit(operation: str, dtype: str, device_adapter: Adapter, device: Any) -> None:
    for planned in (device_adapter, as_gpu(device_adapter)):
        for shape in SHAPES:
            assert_moved(device, planned, operation, shape, dtype)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_rows_of_work_groups_may_be_more_than_are_needed(operation: str, device_adapter: Adapter) -> None:
    """As where there are more than a dimension holds: 131 rows and 15 tiles are folded into rows of 4."""
    with opened(replace(device_adapter, max_groups_per_dimension=4)) as device:
        for planned in (device_adapter, as_gpu(device_adapter)):
            assert_moved(device, planned, operation, (131, 70), "f32")


# One change a kernel, in the words of each language: it must be noticed.
MUTATIONS = {
    ("transpose", "cl"): ("(lower << 16)", "(lower << 15)"),
    ("transpose", "wgsl"): ("(lower << 16u)", "(lower << 15u)"),
    ("broadcast", "cl"): ("i < words", "i + 1 < words"),
    ("broadcast", "wgsl"): ("i < parameters.words;", "i + 1u < parameters.words;"),
    ("concat", "cl"): ("lefts[whole] | (rights[0] << 16)", "lefts[whole]"),
    ("concat", "wgsl"): ("left[lefts + whole] | (right[rights] << 16u)", "left[lefts + whole]"),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_changed_kernel_is_noticed(operation: str, device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    change = MUTATIONS[operation, language_of(device_adapter)]
    with (
        edited(monkeypatch, *change),
        opened(device_adapter) as device,
        pytest.raises(AssertionError, match="differ"),
    ):
        assert_moved(device, device_adapter, operation, (129, 131), "f16")
