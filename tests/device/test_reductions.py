"""Every reduction, of rows and of columns, in every shape of its kernels, has the reference's bits on every adapter."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np
import pytest
from kernels import edited, opened

from backends.adapter import Adapter
from paragon_tui.suites.operations.reducing import Extent
from paragon_tui.suites.operations.reductions import _REDUCTIONS, canonical, plan

pytestmark = pytest.mark.device

NAMES = tuple(_REDUCTIONS)
ROWS = [(1, 1), (3, 63), (2, 64), (5, 65), (1, 4095), (2, 4097), (1, 70_001)]
COLUMNS = [(1, 1), (7, 63), (9, 64), (65, 65), (63, 4097), (130, 70)]  # columns, then elements of each
LONG = (1, 4096 * 65 + 3)  # more blocks than there are lanes


@cache
def matrix(lines: int, n: int) -> np.ndarray:
    """Lines of ordinary values, then with ties, zeros of both signs, what nearly cancels, and large and small ones."""
    rng = np.random.default_rng(lines * n)
    x = rng.uniform(-8, 8, (lines, n)).astype(np.float32)
    kinds = (
        lambda row: row,
        np.rint,
        lambda row: np.where(row > 0, np.float32(-0.0), np.float32(0)),
        lambda row: np.float32(1000) + row / np.float32(4096),
        lambda row: row * np.float32(2.0**50) ** np.sign(row),
        lambda row: -np.abs(np.rint(row)),
        lambda row: np.full_like(row, -0.0),
    )
    for line in range(lines):
        x[line] = kinds[(line + n) % len(kinds)](x[line])
    return x


@cache
def expected(name: str, lines: int, n: int) -> np.ndarray:
    x = matrix(lines, n)
    if name != "dot":
        return canonical(name, x)
    return canonical(name, x.reshape(1, -1), x[:, ::-1].copy())


def first_difference(device: Any, name: str, along: str, lines: int, n: int, adapter: Adapter) -> str | None:
    x = matrix(lines, n)
    laid = np.ascontiguousarray(x if along == "rows" else x.T)
    fills = {"x": partial(np.ravel, laid)}
    extent = Extent(along, lines, n)
    if name == "dot":
        fills["w"] = partial(np.ravel, x[:, ::-1].copy())
        extent = Extent(along, 1, lines * n)
    program = device.prepare(plan(name, extent, fills, adapter))
    program.run({})
    program.run({})
    found, right = program.read(("y",))["y"], expected(name, lines, n)
    program.close()
    wrong = np.flatnonzero(found.view(np.uint32) != right.view(np.uint32))
    if not wrong.size:
        return None
    return f"{name} of {lines} {along} of {n}: {wrong.size} differ, {found[wrong[0]]!r}, not {right[wrong[0]]!r}"


@pytest.mark.parametrize("kind", ["as it is", "as a GPU"])
@pytest.mark.parametrize("name", NAMES)
def test_reductions_have_the_references_bits(name: str, kind: str, device_adapter: Adapter, device: Any) -> None:
    planned = device_adapter if kind == "as it is" else replace(device_adapter, type="discrete-gpu")
    shapes = [("rows", shape) for shape in (*ROWS, LONG)]
    if name != "dot":
        shapes += [("columns", shape) for shape in COLUMNS]
    if device_adapter.api != "opencl" and kind == "as a GPU":
        pytest.skip("wgpu's kernels are the same there")
    for along, shape in shapes:
        assert first_difference(device, name, along, *shape, planned) is None
