"""The vectors of one result: bars of reference and adapter, and the values index by index."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from paragon_tui.formatting import bits
from paragon_tui.formatting.columns import number
from paragon_tui.tui.widgets.text_panel import TextPanel
from paragon_tui.tui.widgets.titles import panel_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from paragon_tui.arithmetic.comparison import Difference
    from paragon_tui.engine.results.result import Result

_EIGHTHS = " ▏▎▍▌▋▊▉"
_WIDE = 69  # columns besides the index that one line per index needs
_SHORT = 3  # fewest digits of an index that has a line of its own in a narrow panel
_BARS_SHOWN = 64


class Bars(VerticalScroll, can_focus=False):
    """Two bars per index, the reference's and the adapter's: a network's softmax, or other values around zero."""

    _painted: tuple[object, ...] | None = None

    def compose(self) -> ComposeResult:
        """Yield one text."""
        yield TextPanel(id="bars-text")

    def show(self, result: Result | None) -> None:
        """Paint the vectors of a result, or say why there are none."""
        if self._painted == (state := _state(result, self.size.width)):
            return
        self._painted = state
        name = "Softmax" if result is None or bits.has_softmax(result) else "Values"
        self.border_title = panel_title(self, name, str(result.id)) if result else name
        if result is not None and (pairs := _softmax_pairs(result)):
            lines = softmax(result.id.adapter, pairs, self.size.width)
        elif (
            result is not None
            and result.bits.values is not None
            and not bits.has_softmax(result)
            and bits.reference_known(result)
        ):
            lines = around_zero(result.id.adapter, list(bits.beside_reference(result)), self.outer_size.width)
        else:
            lines = [Text(_why_empty(result), style="dim")]
        self.query_one(TextPanel).show_text(Text("\n").join(lines), layout=True)


class Differences(VerticalScroll, can_focus=True):
    """The values beside the reference's: index, both, Δ, ULP and bit patterns."""

    _painted: tuple[object, ...] | None = None

    def compose(self) -> ComposeResult:
        """Yield one text."""
        yield TextPanel(id="differences-text")

    def show(self, result: Result | None) -> None:
        """Paint the differences of a result, or say why there are none."""
        if self._painted == (state := _state(result, self.size.width)):
            return
        self._painted = state
        self.border_title = f"{bits.values_name(result)}, index by index"
        text = self.query_one(TextPanel)
        if result is None or result.bits.comparison is None:
            text.show_text(Text(_why_empty(result), style="dim"), layout=True)
            return
        digits = max((len(str(row.index)) for row in result.bits.differences), default=0)
        fits = self.size.width >= _WIDE + max(digits, _SHORT)
        lines = wide(result.bits.differences, digits) if fits else narrow(result.bits.differences, digits)
        text.show_text(Text("\n").join([Text(bits.describe_bits(result), style=_style(result)), *lines]), layout=True)


def _softmax_pairs(result: Result) -> list[tuple[float, float]]:
    """Return the reference's softmax beside the result's; empty where one of them is not known."""
    reference, softmax = result.bits.reference_output, result.bits.softmax
    return [] if reference is None or softmax is None else list(zip(reference, softmax, strict=True))


def softmax(adapter: str, pairs: Sequence[tuple[float, float]], columns: int) -> list[Text]:
    """Draw a line per index: both bars, each before its value; the largest value of all fills its column."""
    width = max(4, (max(columns, 30) - 18) // 2)
    lines = [Text(f"{'':3}{'reference':<{width + 8}}{adapter[: width + 7]}", style="dim")]
    shown = pairs[:_BARS_SHOWN]
    largest = max(max(pair) for pair in shown)
    for index, (reference, value) in enumerate(shown):
        lines.append(
            Text.assemble(
                (f"{index:>2} ", "dim"),
                (bar(reference / largest, width), "cyan"),
                f" {reference:.4f} ",
                (bar(value / largest, width), "cyan" if reference == value else "yellow"),
                f" {value:.4f}",
            )
        )
    return lines + _left_out(pairs)


def around_zero(adapter: str, pairs: Sequence[tuple[float, float]], columns: int) -> list[Text]:
    """Draw a line per index: both bars on one scale with a common zero, then the adapter's value."""
    width = max(4, (max(columns, 30) - 17) // 2)  # one of the 17 columns is for the scrollbar
    shown = pairs[:_BARS_SHOWN]
    scale = Scale.of([value for pair in shown for value in pair], width)
    lines = [Text(f"{'':4}{'reference' if width > 8 else 'ref.':<{width + 1}}{adapter[: width + 11]}", style="dim")]
    for index, (reference, value) in enumerate(shown):
        lines.append(
            Text.assemble(
                (f"{index:>3} ", "dim"),
                (scale.bar(reference), "cyan"),
                " ",
                (scale.bar(value), "cyan" if str(reference) == str(value) else "yellow"),
                f" {number(value, 4):>10}",
            )
        )
    return lines + _left_out(pairs)


def _left_out(pairs: Sequence[tuple[float, float]]) -> list[Text]:
    if len(pairs) <= _BARS_SHOWN:
        return []
    return [Text(f"the first {_BARS_SHOWN} of {len(pairs):,}", style="dim")]


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale of ``width`` columns from ``low`` to ``high``, which include 0, ``zero`` columns from the left."""

    low: float
    high: float
    width: int
    zero: int

    @classmethod
    def of(cls, values: Iterable[float], width: int) -> Scale:
        """Build a scale for these values. Values that are not finite are drawn up to the edge."""
        finite = [value for value in values if math.isfinite(value)]
        low, high = min([0.0, *finite]), max([0.0, *finite])
        return cls(low, high, width, round(width * -low / (high - low)) if low < high else 0)

    def bar(self, value: float) -> str:
        """Draw a bar from zero to the value: to the right in eighths of a column, to the left in halves."""
        below, above = self.zero, self.width - self.zero
        if math.isnan(value):
            return " " * self.width
        if value >= 0:
            return " " * below + bar(value / self.high if self.high else 0.0, above)
        halves = round(min(1.0, value / self.low if self.low else 0.0) * below * 2)
        return ("▐" * (halves % 2) + "█" * (halves // 2)).rjust(below) + " " * above


def bar(share: float, width: int) -> str:
    """Draw a bar for a share of ``width`` columns, in eighths of a column."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(width)


def narrow(rows: tuple[Difference, ...], digits: int) -> list[Text]:
    """Return two lines per index, the reference above the adapter, aligned; a long index gets a line of its own."""
    lines = [
        Text(f"{'':3}{'reference':<12} {'hex':<8} Δ", style="dim"),
        Text(f"{'':3}{'adapter':<12} {'':<8} ULP", style="dim"),
    ]
    for row in rows:
        mark = "" if row.ulp == 0 and row.hex == row.reference_hex else "bold red"
        if digits >= _SHORT:
            lines.append(Text(f"{row.index:,}", style="dim"))
        lines.append(
            Text.assemble(
                (f"{row.index if digits < _SHORT else '':>2} ", "dim"),
                f"{number(row.reference, 7):<12} ",
                (f"{row.reference_hex} ", "dim"),
                f"{row.delta:.2g}",
            )
        )
        lines.append(
            Text.assemble(f"   {number(row.value, 7):<12} ", (f"{row.hex} ", mark or "dim"), (str(row.ulp), mark))
        )
    return lines


def wide(rows: tuple[Difference, ...], digits: int) -> list[Text]:
    """Return one line per index."""
    digits = max(digits, _SHORT)
    head = f"{'idx':>{digits}}  {'reference':>14}  {'adapter':>14}  {'Δ':>8}  {'ULP':>6}  {'hex':<8} {'':<8}"
    lines = [Text(head, style="dim")]
    for row in rows:
        mark = "" if row.hex == row.reference_hex else "bold red"
        lines.append(
            Text.assemble(
                (f"{row.index:>{digits}}  ", "dim"),
                f"{number(row.reference, 8):>14}  {number(row.value, 8):>14}  {row.delta:>8.2e}  ",
                (f"{row.ulp:>6}  ", mark),
                (f"{row.reference_hex} ", "dim"),
                (row.hex, mark or "dim"),
            )
        )
    return lines


def _state(result: Result | None, width: int) -> tuple[object, ...]:
    """Return everything that the painted vectors depend on; none of it changes while samples arrive."""
    if result is None:
        return (None, width)
    shown = result.bits
    return (result.id, result.status, result.error, shown.values, shown.differences, shown.unlike, width)


def _style(result: Result) -> str:
    if result.bits.broken_claim:
        return "bold red"
    return "bold green" if result.bits.bit_identical else "dim"


def _why_empty(result: Result | None) -> str:
    if result is None:
        return "Nothing measured yet."
    if result.error:
        return f"{result.status}: {result.error}"
    if result.bits.comparison is not None:
        return bits.why_no_values(result)
    return {"running": "Preparing…", "waiting": "Waiting for its turn."}.get(result.status, "No values.")
