"""The samples of a result by their times: bars upwards, with the median, its interval and the 95th percentile."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from rich.text import Text
from textual.worker import Worker

from paragon_tui.formatting.columns import tick_time
from paragon_tui.formatting.quantities import counted
from paragon_tui.tui.widgets.axis import Axis, Scale, along, upwards
from paragon_tui.tui.widgets.looks import looks
from paragon_tui.tui.widgets.text_panel import TextPanel

if TYPE_CHECKING:
    from paragon_tui.engine.messages.figures import Summary
    from paragon_tui.engine.results.result import Result
    from paragon_tui.tui.model import Model

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_TIME, _COUNT = Axis("time", tick_time), Axis("samples", "{:g}".format)
_LEAST_ROWS, _LEAST_COLUMNS = 5, 24
_COUNTED = 10  # rows from which the counts have an axis
_LEAST_BINS = 6
_TRIES = 20  # to read what may still be on its way to the store; an earlier session has what was measured in it
_FEW = 20  # samples, of which none is called an outlier


@dataclass(frozen=True, slots=True)
class Bins:
    """How many samples lie in each of as many equal parts from ``low`` to ``high``, and how many ``beyond``."""

    low: float
    high: float
    counts: tuple[int, ...]
    beyond: int


def binned(values: Sequence[float], most: int) -> Bins:
    """Count finite ``values`` in at most so many bins, whose width follows Freedman and Diaconis (1981).

    A tail of a hundredth of the samples that is longer than all the rest is left out, and counted as beyond.
    """
    ordered = sorted(values)
    n, low, high = len(ordered), ordered[0], ordered[-1]
    usual = ordered[min(n - 1, math.ceil(0.99 * n) - 1)]
    if n >= _FEW and high - usual > usual - low > 0:
        high = usual
    if high <= low:
        low, high = 0.99 * low, 1.01 * low or 1.0
    inside = [value for value in ordered if value <= high]
    width = 2 * (ordered[3 * n // 4] - ordered[n // 4]) / n ** (1 / 3)
    wished = round((high - low) / width) if width > 0 else most
    bins = max(1, min(max(wished, _LEAST_BINS), most))
    counts = [0] * bins
    for value in inside:
        counts[min(int((value - low) / (high - low) * bins), bins - 1)] += 1
    return Bins(low, high, tuple(counts), n - len(inside))


def histogram(values: Sequence[float], columns: int, rows: int, style: str, figures: Summary | None) -> list[Text]:
    """Draw finite ``values`` (milliseconds) in so many columns and rows; ``figures`` are marked above and below.

    Returns nothing where there is no sample, or no room.
    """
    if not values or rows < _LEAST_ROWS or columns < _LEAST_COLUMNS:
        return []
    left = len(f"{len(values)}") if rows >= _COUNTED else 0
    across = columns - left - 1
    bins = binned(values, across)
    scale = Scale(bins.low, bins.high, across, logarithmic=False)
    above = _marks(figures, bins, scale)[-max(1, rows // 4) :]
    down = rows - len(above) - 2
    most = max(bins.counts)
    labels = upwards(Scale(0, most, 8 * down, logarithmic=False), _COUNT, down) if left else {}
    lines = [Text(f"{'':>{left + 1}}{line}") for line in above]
    heights = [max(1, round(count / most * 8 * down)) if count else 0 for count in bins.counts]
    across_heights = [heights[column * len(heights) // across] for column in range(across)]
    for row in range(down):
        bars = "".join(_EIGHTHS[min(max(height - 8 * (down - 1 - row), 0), 8)] for height in across_heights)
        axis = f"{labels.get(row, ''):>{left}}{'┤' if row in labels else '│'}"
        lines.append(Text.assemble((axis, "dim"), (bars, style)))
    return [*lines, *_axis(figures, bins, scale, left)]


def _axis(figures: Summary | None, bins: Bins, scale: Scale, left: int) -> list[Text]:
    """Return the lines of the horizontal axis, on which the interval of the median is heavy."""
    ticks, below = along(scale, _TIME, scale.dots)
    ruled = ["┬" if column in ticks else "─" for column in range(scale.dots)]
    if figures is not None and figures.interval is not None and figures.interval.low <= bins.high:
        for column in range(scale.dot(figures.interval.low), scale.dot(figures.interval.high) + 1):
            ruled[column] = "┳" if column in ticks else "━"
    return [Text(f"{'':>{left}}└{''.join(ruled)}", style="dim"), Text(f"{'':>{left}}{below}", style="dim")]


def _marks(figures: Summary | None, bins: Bins, scale: Scale) -> list[str]:
    """Return lines that point to the median and the 95th percentile, and count what lies beyond."""
    marks = []
    if figures is not None:
        marks = [("median", figures.median), ("p95", figures.p95)]
    places = [(scale.dot(value), f"{name} {tick_time(float(f'{value:.4g}'))}") for name, value in marks]
    if bins.beyond:
        places.append((scale.dots - 1, f"{bins.beyond} beyond"))
    lines: list[str] = []  # from below
    for column, text in places:
        to_the_right = column + len(text) + 2 <= scale.dots
        label = f"▼ {text}" if to_the_right else f"{text} ▼"
        start = column if to_the_right else max(0, column + 1 - len(label))
        end = start + len(label)
        free = (index for index, line in enumerate(lines) if not line[max(0, start - 1) : end + 1].strip())
        if (place := next(free, len(lines))) == len(lines):
            lines.append("")
        lines[place] = f"{lines[place][:start].ljust(start)}{label}{lines[place][end:]}"
    return lines[::-1]


class Histogram(TextPanel):
    """The samples of the selected result: those that arrive while it runs, afterwards those of the store."""

    _key: tuple[object, ...] | None = None
    _ms: tuple[float, ...] = ()
    _taken = 0
    _tries = 0
    _reading: Worker[None] | None = None
    _painted: tuple[object, ...] | None = None

    def show(self, model: Model, result: Result | None) -> None:
        """Paint a result; what is not at hand is read in a thread, and painted when it is there."""
        if not self.size.width:
            return
        if result is None:
            self._key, self._ms, self._taken = None, (), 0
        elif result.status == "running":
            self._key, self._taken = None, result.timings.samples
            self._ms = tuple(value for value in model.live_ms.get(result.id, ()) if math.isfinite(value))
        elif self._is_to_be_read(key := (model.session.id, result.id), result):
            if key != self._key:
                self._key, self._ms, self._taken, self._tries = key, (), 0, 0
            self._tries += 1
            self._reading = self.run_worker(partial(self._read, model, result), group="samples", exclusive=True)
        self._paint(model, result)

    def _is_to_be_read(self, key: tuple[object, ...], result: Result) -> bool:
        """Return whether it is another result, or one of which more may have been written since it was read."""
        if key != self._key:
            return True
        idle = self._reading is None or self._reading.is_finished
        return idle and self._taken < result.timings.samples and self._tries < _TRIES

    async def _read(self, model: Model, result: Result) -> None:
        from paragon_tui.sessions.samples import result_samples  # late: the first paint must not wait for the database
        from paragon_tui.sessions.store import StoreError

        try:
            read = await asyncio.to_thread(result_samples, model.database, model.session.id, result.id)
        except StoreError as error:
            self.show_text(Text(str(error), style="dim"))
            return
        self._ms, self._taken = read.ms, read.taken
        self._paint(model, result)

    def _paint(self, model: Model, result: Result | None) -> None:
        dark, earlier = self.app.current_theme.dark, self._tries == _TRIES
        shown = None if result is None else (result.id, result.timings.latency_ms)
        state = (self.size, dark, shown, self._ms, earlier)
        if state == self._painted:
            return
        self._painted = state
        self.border_title = "Samples"
        if result is None or not self._ms:
            words = "They are in the session in which it was measured." if earlier else "No samples yet."
            self.show_text(Text(words, style="dim"))
            return
        visits = f" in {counted(result.timings.rounds, 'visit')}" if result.timings.rounds else ""
        self.border_title = f"Samples · {counted(self._taken, 'sample')}{visits}"
        look = looks(model.session.listed_adapters, dark).get(result.id.adapter)
        style = look.style if look else ""
        lines = histogram(self._ms, *self.size, style, result.timings.latency_ms)
        self.show_text(Text("\n").join(lines))
