"""Softmax, its logarithm and layernorm have the reference's bits in every plan, f32 and f16, on every adapter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np
import pytest

from paragon_tui.arithmetic.rounding import half
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Plan
from paragon_tui.suites.operations import layernorm, softmax
from paragon_tui.suites.operations.rows import packed_rows, unpacked_rows
from tests.support.floats import first_difference
from tests.support.kernels import as_kind, edited, opened, run_plan

pytestmark = pytest.mark.device

OPERATIONS = ("softmax", "log_softmax", "layernorm")
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


@cache
def expected(operation: str, rows: int, n: int, dtype: str) -> np.ndarray:
    x = matrix(rows, n, dtype)
    if operation == "layernorm":
        return layernorm.canonical(x, *vectors(n, dtype), dtype)
    return softmax.canonical(operation, x, dtype)


def plans(operation: str, rows: int, n: int, dtype: str, adapter: Adapter) -> Iterator[Plan]:
    x = partial(packed_rows, matrix(rows, n, dtype), dtype)
    if operation != "layernorm":
        yield from softmax.row_plans(operation, rows, n, dtype, x, adapter)
        return
    gamma, beta = (partial(packed_rows, values[np.newaxis], dtype) for values in vectors(n, dtype))
    yield layernorm.plan(rows, n, dtype, {"x": x, "gamma": gamma, "beta": beta}, adapter)


def difference(device: Any, operation: str, rows: int, n: int, dtype: str, adapter: Adapter) -> str | None:
    right = expected(operation, rows, n, dtype)
    for plan in plans(operation, rows, n, dtype, adapter):
        actual = unpacked_rows(run_plan(device, plan, "y", runs=2)["y"], n, dtype)
        if different := first_difference(actual, right):
            return f"{plan.name}: {different}"
    return None


@pytest.mark.parametrize("dtype", ["f32", "f16"])
@pytest.mark.parametrize("kind", ["as it is", "as a GPU"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_rows_have_the_references_bits(
    operation: str, kind: str, dtype: str, device_adapter: Adapter, device: Any
) -> None:
    if device_adapter.api != "opencl" and kind == "as a GPU":
        pytest.skip("wgpu runs these kernels as it is")
    planned = as_kind(kind, device_adapter)
    for shape in [*SHAPES, SHARED]:
        assert difference(device, operation, *shape, dtype, planned) is None, shape


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
        planned = replace(device_adapter, type="cpu")
        assert any(difference(device, operation, *shape, "f32", planned) for shape in [(3, 63), (7, 70_001)])
