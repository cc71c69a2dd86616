"""Every reduction, of rows and of columns, in every shape of its kernels, has the reference's bits on every adapter."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import numpy as np
import pytest

from paragon_tui.backends.adapter import Adapter
from paragon_tui.suites.operations.reducing import Extent
from paragon_tui.suites.operations.reductions import BY_NAME, canonical, plan
from tests.support.floats import first_difference
from tests.support.kernels import as_kind, edited, opened, run_plan

pytestmark = pytest.mark.device

NAMES = tuple(BY_NAME)
OF_GROUPS = (
    "dot",
    "mean",
    "norm_l2",
    "norm_linf",
    "argmin",
    "logsumexp",
)  # every part of the kernels that wgpu runs too
ROWS = [(1, 1), (7, 63), (7, 64), (5, 65), (1, 4095), (3, 4097)]
COLUMNS = [(1, 1), (7, 63), (65, 64), (130, 65), (19, 4097)]  # columns, then elements of each
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


def difference(device: Any, name: str, along: str, lines: int, n: int, adapter: Adapter) -> str | None:
    x = matrix(lines, n)
    laid = np.ascontiguousarray(x if along == "rows" else x.T)
    fills = {"x": partial(np.ravel, laid)}
    extent = Extent(along, lines, n)
    if name == "dot":
        fills["w"] = partial(np.ravel, x[:, ::-1].copy())
        extent = Extent(along, 1, lines * n)
    actual = run_plan(device, plan(name, extent, fills, adapter), "y", runs=2)["y"]
    return first_difference(actual, expected(name, lines, n))


@pytest.mark.parametrize("kind", ["as it is", "as a GPU"])
@pytest.mark.parametrize("name", NAMES)
def test_reductions_have_the_references_bits(name: str, kind: str, device_adapter: Adapter, device: Any) -> None:
    planned = as_kind(kind, device_adapter)
    shapes = [("rows", shape) for shape in (*ROWS, LONG)]
    if name != "dot":
        shapes += [("columns", shape) for shape in COLUMNS]
    if kind == "as a GPU" and (device_adapter.api != "opencl" or name not in OF_GROUPS):
        pytest.skip("wgpu runs these kernels as it is")
    for along, shape in shapes:
        assert difference(device, name, along, *shape, planned) is None, (along, shape)


def test_the_values_of_these_tests_reach_what_they_are_about() -> None:
    """Ties, a largest value that is -0, and more blocks than there are lanes."""
    x = matrix(7, 64)
    assert any((row == row.max()).sum() > 1 for row in x)
    assert any((row.view(np.uint32) == 0x80000000).all() for row in x)
    assert LONG[1] > 4096 * 64


# One change a kernel each, in the words of each language: it must be noticed.
MUTATIONS = {
    "ties go to the last": (
        "argmax",
        ("while (k + 1 < n && x[k] != best) ++k;", "for (uint last = k; ++last < n;) k = x[last] == best ? last : k;"),
        ("b.place < a.place", "b.place > a.place"),
    ),
    "a row ends early": (
        "sum",
        ("const int left = (int)n - ", "const int left = (int)n - 1 - "),
        ("k < end; k += 64u", "k + 1u < end; k += 64u"),
    ),
    "the mean of another count": ("mean", ("as_float(count)", "as_float(count + 1)"), ("x, count)", "x, count + 1.0)")),
    "a zero keeps its sign": ("max", ("== 0x80000000u ? 0u", "== 0x80000001u ? 0u"), ("bits == 0x80000000u", "false")),
    "exponentials of the values themselves": (
        "logsumexp",
        ("exp_or_zero(sub(x, base)", "exp_or_zero(sub(x, 0.0f)"),
        ("canonical_exp(sub(x, base))", "canonical_exp(x)"),
    ),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_changed_kernel_loses_its_bits(
    mutation: str, device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, *edits = MUTATIONS[mutation]
    before, after = edits[device_adapter.api != "opencl"]
    with edited(monkeypatch, before, after), opened(device_adapter) as device:
        assert difference(device, name, "rows", 7, 63, device_adapter)
