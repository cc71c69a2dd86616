"""The vectors of one result: softmax bars of reference and adapter, and the logits index by index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from paragon_tui import wording
from paragon_tui.tui.format import number
from paragon_tui.tui.widgets.text_panel import TextPanel

if TYPE_CHECKING:
    from paragon_tui.arithmetic.comparison import Difference
    from paragon_tui.engine.results import Result

_EIGHTHS = " ▏▎▍▌▋▊▉"
_WIDE = 76
_BARS_SHOWN = 64


class Softmax(VerticalScroll, can_focus=False):
    """Two bars an index, the reference's and the adapter's, the largest of all filling its column."""

    _painted: tuple[object, ...] | None = None

    def compose(self) -> ComposeResult:
        """One text."""
        yield TextPanel(id="softmax-text")

    def show(self, result: Result | None) -> None:
        """Paint the softmax of a result, or say why there is none."""
        if self._painted == (state := _state(result, self.size.width)):
            return
        self._painted = state
        text = self.query_one(TextPanel)
        if result is None or result.output is None or result.reference_output is None:
            text.show_text(Text(_why_not(result), style="dim"), layout=True)
            return
        width = max(4, (max(self.size.width, 30) - 18) // 2)
        adapter = result.id.adapter[: width + 7]
        lines = [Text(f"{'':3}{'reference':<{width + 8}}{adapter}", style="dim")]
        pairs = list(zip(result.reference_output, result.output, strict=True))[:_BARS_SHOWN]
        full = max(max(pair) for pair in pairs)
        for index, (reference, value) in enumerate(pairs):
            lines.append(
                Text.assemble(
                    (f"{index:>2} ", "dim"),
                    (bar(reference / full, width), "cyan"),
                    f" {reference:.4f} ",
                    (bar(value / full, width), "cyan" if reference == value else "yellow"),
                    f" {value:.4f}",
                )
            )
        text.show_text(Text("\n").join(lines), layout=True)


class Differences(VerticalScroll, can_focus=True):
    """The logits beside the reference's: index, values, Δ, ULP and bit patterns."""

    _painted: tuple[object, ...] | None = None

    def compose(self) -> ComposeResult:
        """One text."""
        yield TextPanel(id="differences-text")

    def show(self, result: Result | None) -> None:
        """Paint the differences of a result, or say why there are none."""
        if self._painted == (state := _state(result, self.size.width)):
            return
        self._painted = state
        text = self.query_one(TextPanel)
        if result is None or result.comparison is None:
            text.show_text(Text(_why_not(result), style="dim"), layout=True)
            return
        lines = wide(result.differences) if self.size.width >= _WIDE else narrow(result.differences)
        text.show_text(Text("\n").join([Text(wording.bits(result), style=_style(result)), *lines]), layout=True)


def bar(share: float, width: int) -> str:
    """A bar for a share of ``width`` columns, in eighths of a column."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(width)


def narrow(rows: tuple[Difference, ...]) -> list[Text]:
    """Two lines an index, the reference above the adapter, so that digits and bits line up."""
    lines = [
        Text(f"{'':3}{'reference':<12} {'hex':<8} Δ", style="dim"),
        Text(f"{'':3}{'adapter':<12} {'':<8} ULP", style="dim"),
    ]
    for row in rows:
        mark = "" if row.ulp == 0 and row.hex == row.reference_hex else "bold red"
        lines.append(
            Text.assemble(
                (f"{row.index:>2} ", "dim"),
                f"{number(row.reference, 7):<12} ",
                (f"{row.reference_hex} ", "dim"),
                f"{row.delta:.2g}",
            )
        )
        lines.append(
            Text.assemble(f"   {number(row.value, 7):<12} ", (f"{row.hex} ", mark or "dim"), (str(row.ulp), mark))
        )
    return lines


def wide(rows: tuple[Difference, ...]) -> list[Text]:
    """One line an index."""
    head = f"{'idx':>3}  {'reference':>15}  {'adapter':>15}  {'Δ':>9}  {'ULP':>6}  {'hex':<8} {'':<8}"
    lines = [Text(head, style="dim")]
    for row in rows:
        mark = "" if row.hex == row.reference_hex else "bold red"
        lines.append(
            Text.assemble(
                (f"{row.index:>3}  ", "dim"),
                f"{number(row.reference, 8):>15}  {number(row.value, 8):>15}  {row.delta:>9.2e}  ",
                (f"{row.ulp:>6}  ", mark),
                (f"{row.reference_hex} ", "dim"),
                (row.hex, mark or "dim"),
            )
        )
    return lines


def _state(result: Result | None, width: int) -> tuple[object, ...]:
    """What the painted vectors depend on: while samples come in, none of it changes."""
    if result is None:
        return (None, width)
    return (result.id, result.progress, result.error, result.output, result.differences, width)


def _style(result: Result) -> str:
    if result.broken_claim:
        return "bold red"
    return "bold green" if result.comparison is not None and result.comparison.bit_identical else "dim"


def _why_not(result: Result | None) -> str:
    if result is None:
        return "Nothing measured yet."
    if result.error:
        return f"{result.progress}: {result.error}"
    if result.progress == "ok":
        return "Over 1,024 values: only the digest is kept."
    return {"running": "Being prepared…", "waiting": "Waiting for its turn."}.get(result.progress, "No values.")
