"""Every variant of a contraction has the reference's bits: strides, offsets, what follows the dot, ragged extents."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any, get_args

import numpy as np
import pytest

from paragon_tui.arithmetic.activations import leaky_relu, leaky_slope, relu
from paragon_tui.arithmetic.products import matmul
from paragon_tui.arithmetic.rounding import half
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Buffer, Plan
from paragon_tui.operators.contractions import Contraction, Epilogue, Operand, Variant, contraction
from tests.support.floats import assert_same_bits, of_many_magnitudes
from tests.support.kernels import edited, opened, run_plan

pytestmark = pytest.mark.device

VARIANTS: tuple[Variant, ...] = get_args(Variant)
DTYPES = ["f32", "f16"]
Matrix = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class Layout:
    """The layout of factors: transposed or not, with a gap of words after each line and an offset before all."""

    a_transposed: bool = False
    b_transposed: bool = False
    gap: int = 0
    offset: int = 0


def drawn(shape: tuple[int, ...], seed: int, rounded: bool) -> Matrix:
    return of_many_magnitudes(np.random.default_rng(seed), shape, rounded)


def laid_out(values: Matrix, transposed: bool, gap: int, offset: int) -> Matrix:
    """``values`` (lines, terms) in a buffer whose other words are 7."""
    stored = values.T if transposed else values
    wide = np.full((stored.shape[0], stored.shape[1] + gap), 7, dtype=np.float32)
    wide[:, : stored.shape[1]] = stored
    return np.concatenate([np.full(offset, 7, dtype=np.float32), wide.ravel()])


def operand(name: str, lines: int, terms: int, transposed: bool, layout: Layout) -> Operand:
    width = (lines if transposed else terms) + layout.gap
    return Operand(name, 1 if transposed else width, width if transposed else 1, layout.offset)


def expected_of(a: Matrix, b: Matrix, extra: Matrix | None, c: Contraction) -> Matrix:
    """``a`` (rows, depth), ``b`` (columns, depth)."""
    wide = np.concatenate([b, np.ones((1, c.depth), dtype=np.float32)]) if c.ones else b
    y = matmul(a, wide.T)
    if c.epilogue == "slope":
        assert extra is not None
        y = leaky_slope(y, extra)
    elif extra is not None:
        y = y + extra
        y = {"relu": relu, "leaky": leaky_relu}.get(c.epilogue, np.asarray)(y)
    y = half(y) if c.half else y
    if c.flush:
        y = np.where(np.abs(y) < 2.0**-100, np.float32(0), y)
    return y + np.float32(0)


def check_bits(
    device: Any,
    guard: int,
    extents: tuple[int, int, int],
    dtype: str,
    variant: Variant,
    epilogue: Epilogue = "plain",
    layout: Layout = Layout(),
    scale: float = 1.0,
    kinds: tuple[str, ...] = ("",),
    **flags: bool,
) -> None:
    """One contraction on the adapter, and on what it would be if it were a GPU; nothing is written between results."""
    rows, depth, columns = extents
    a, b = (drawn((lines, depth), 7 * lines + depth, dtype == "f16") * np.float32(scale) for lines in (rows, columns))
    shape = (rows, columns) if epilogue == "slope" else (columns,)
    extra = None if epilogue == "plain" else drawn(shape, 3, False)
    across = columns + flags.get("ones", False)
    y = Operand("y", across + layout.gap, 1, layout.offset)
    c = Contraction(
        rows,
        depth,
        columns,
        operand("a", rows, depth, layout.a_transposed, layout),
        operand("b", columns, depth, layout.b_transposed, layout),
        y,
        epilogue,
        None if extra is None else Operand("extra", columns if epilogue == "slope" else 1, 1),
        **flags,
    )
    held = {
        "a": laid_out(a, layout.a_transposed, layout.gap, layout.offset),
        "b": laid_out(b, layout.b_transposed, layout.gap, layout.offset),
    }
    if extra is not None:
        held["extra"] = extra.ravel()
    right = laid_out(expected_of(a, b, extra, c), False, layout.gap, layout.offset)
    right[right == 7] = 0  # what nobody writes is zero
    for kind_of_adapter in kinds:
        adapter = replace(device.adapter, type=kind_of_adapter) if kind_of_adapter else device.adapter
        scratch, steps = contraction("layer", c, dtype, variant, adapter)
        weights = tuple(Buffer(n, v.shape, "f32", "weight", partial(np.asarray, v)) for n, v in held.items())
        plan = Plan("one", (*weights, *scratch, Buffer("y", right.shape, "f32", "result")), steps)
        actual = run_plan(device, plan.with_constant("GUARD", guard), "y")["y"]
        assert_same_bits(actual, right, (variant, epilogue, extents, layout, flags, kind_of_adapter))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_ragged_extents_have_the_references_bits(dtype: str, variant: Variant, guard: int, device: Any) -> None:
    both = ("", "discrete-gpu") if dtype == "f32" else ("",)
    for extents in [(1, 1, 1), (3, 63, 65), (65, 64, 3), (257, 3, 33), (64, 65, 1), (1, 257, 64)]:
        check_bits(device, guard, extents, dtype, variant, kinds=both)
    check_bits(device, guard, (3, 4097, 5), dtype, variant)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_what_follows_a_dot_has_the_references_bits(dtype: str, variant: Variant, guard: int, device: Any) -> None:
    both = ("", "discrete-gpu") if dtype == "f32" else ("",)
    for epilogue in get_args(Epilogue):
        check_bits(device, guard, (33, 70, 37), dtype, variant, epilogue, kinds=both, half=dtype == "f16")


@pytest.mark.parametrize("variant", VARIANTS)
def test_factors_may_lie_anyhow(variant: Variant, guard: int, device: Any) -> None:
    for layout in [
        Layout(a_transposed=True, gap=1),
        Layout(b_transposed=True, offset=3),
        Layout(a_transposed=True, b_transposed=True, gap=3, offset=5),
        Layout(gap=2, offset=1),
    ]:
        check_bits(device, guard, (35, 67, 37), "f32", variant, "bias", layout, kinds=("", "discrete-gpu"))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_column_of_ones_has_the_sums_of_rows(dtype: str, variant: Variant, guard: int, device: Any) -> None:
    for extents in [(65, 66, 64), (5, 129, 15), (4, 3, 16)]:
        layout = Layout(a_transposed=True, b_transposed=True)
        both = ("", "discrete-gpu") if dtype == "f32" else ("",)
        check_bits(device, guard, extents, dtype, variant, layout=layout, ones=True, kinds=both)
    check_bits(device, guard, (2, 4097, 3), dtype, variant, ones=True)


@pytest.mark.parametrize("variant", VARIANTS)
def test_small_results_are_flushed_where_they_should_be(variant: Variant, guard: int, device: Any) -> None:
    for flush in (False, True):
        check_bits(device, guard, (19, 5, 33), "f32", variant, scale=2.0**-50, flush=flush)


def test_a_changed_kernel_loses_its_bits(device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("leaf / 64", "leaf % 64") if device_adapter.api == "opencl" else ("leaf / 64u", "leaf % 64u")
    with edited(monkeypatch, words[1], words[0]), opened(device_adapter) as device, pytest.raises(AssertionError):
        check_bits(device, 3, (33, 130, 17), "f32", "for-loop")
