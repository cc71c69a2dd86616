"""What a cell of the results says: one time with its unit, one ratio in words people use, one mark for its bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from paragon_tui.formatting.columns import NOT_RUN, bits_mark, factor, time_parts
from paragon_tui.formatting.timings import VERDICT_MARKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from paragon_tui.engine.messages.figures import Ratio, Verdict
    from paragon_tui.engine.results.result import Result


def legend(baseline: str) -> str:
    """Return what the marks of cells mean, in a line."""
    return f"↑faster ↓slower than {baseline} =same ?unclear ★fastest · bits ✓≠ · ~rough !doubtful"


Style = Literal["right", "wrong", "muted"]
"""Bits that are as claimed, that are not, and those of which nothing is claimed."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The texts of one result. ``whole`` and ``rest`` are the number before and after its decimal point.

    ``note`` stands in place of figures; ``mark`` follows the unit; ``style`` is that of the bits. ``value`` is the
    figure itself, by which rows are sorted.
    """

    whole: str = ""
    rest: str = ""
    unit: str = ""
    mark: str = " "
    ratio: str = ""
    verdict: Verdict | None = None
    bits: str = ""
    style: Style = "muted"
    note: str = ""
    best: bool = False
    value: float | None = None

    @property
    def text(self) -> str:
        """The cell in one line: ``203 µs 1.8×↓ ✓``."""
        figures = f"{self.whole}{self.rest} {self.unit.strip()}{self.mark.strip()}" if self.whole else self.note
        return " ".join(filter(None, (figures, self.ratio, "★" if self.best else "", self.bits)))


WAITING = Cell(note="·")


@dataclass(frozen=True, slots=True)
class Figure:
    """What of a result is shown: a value with its digits (before and after the point, unit), and a ratio."""

    value: float | None
    parts: Callable[[float], tuple[str, str, str]]
    ratio: Ratio | None


def latency(result: Result) -> Figure:
    """Return a result's latency, so far as it is known, and its speedup."""
    times = result.timings
    value = times.latency_ms.median if times.latency_ms else times.interim_ms
    return Figure(value, time_parts, None if result.bits.broken_claim else times.speedup)


def cell(result: Result, figure: Figure, best: bool = False) -> Cell:
    """Return the cell of a result: its ``figure``, or why there is none. ``best``: the fastest of its row."""
    if result.status == "waiting":
        return WAITING
    if result.status == "running" and result.bits.comparison is None:
        return Cell(note="◌")
    if result.failed:
        return Cell(note=f"✗ {result.status}", style="wrong")
    if result.status == "unsupported":
        return Cell(note="– n/a")
    if result.bits.comparison is None:
        return Cell(note=NOT_RUN)
    value, ratio = figure.value, figure.ratio
    bits, mark = bits_mark(result), result.conditions.mark or " "
    if value is None:
        return Cell("…" if result.status == "running" else NOT_RUN, bits=bits, style=_style(result))
    return Cell(
        *(*figure.parts(value), mark),
        ratio=ratio_words(ratio) if ratio else "",
        verdict=ratio.judgement if ratio else None,
        bits=bits,
        style=_style(result),
        best=best,
        value=value,
    )


def busy(what: str, seconds: float) -> Cell:
    """Return the cell of a result for which something is done that takes its time."""
    return Cell(note=f"◌ {seconds:.0f} s {what}" if seconds >= 1 else f"◌ {what}")


def _style(result: Result) -> Style:
    if result.bits.broken_claim:
        return "wrong"
    right = result.bits.claims_identity and not result.bits.differs
    return "right" if right else "muted"


def ratio_words(speedup: Ratio) -> str:
    """Return a ratio as ``2.5×↑``, ``14×↓``, ``1.0×=``: how many times faster or slower than the baseline it is."""
    return f"{factor(speedup.value)}×{VERDICT_MARKS[speedup.judgement]}"
