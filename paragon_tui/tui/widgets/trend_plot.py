"""The times of a result over sessions: a dot for each with its interval, and the levels between its change points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from statistics import geometric_mean
from typing import TYPE_CHECKING

from rich.text import Text

from paragon_tui.formatting.columns import tick_time
from paragon_tui.tui.widgets.axis import Axis, Scale, upwards
from paragon_tui.tui.widgets.braille import Canvas

if TYPE_CHECKING:
    from paragon_tui.engine.analysis.change_point import ChangePoint
    from paragon_tui.engine.messages.figures import Summary

_LABEL = 8  # columns of the labels on the left
_MARGIN = 0.08  # of the range, above and below
_LEAST_RANGE = 0.02  # of the time: no scatter looks like a change


@dataclass(frozen=True, slots=True)
class Styles:
    """The styles of the times, of their intervals, of the levels, and of the lines at change points."""

    time: str
    interval: str
    level: str
    change: str


def trend_plot(
    times: Sequence[Summary],
    changes: Sequence[ChangePoint],
    ends: tuple[str, str],
    size: tuple[int, int],
    styles: Styles,
) -> list[Text]:
    """Draw ``times``, oldest left, in ``size`` columns and rows, labels included.

    ``ends`` are the labels of the first and the last of them. The vertical axis is linear, and begins near the least.
    Returns nothing where there is no room, or no time.
    """
    across, down = size[0] - _LABEL - 1, size[1] - 2
    if not times or across < 8 or down < 3:
        return []
    low, high = _range(times)
    canvas = Canvas(across, down)
    places = Scale(0, max(1, len(times) - 1), canvas.across, logarithmic=False)
    scale = Scale(low, high, canvas.down, logarithmic=False)
    column = places.dot

    def row(ms: float) -> int:
        return canvas.down - 1 - scale.dot(ms)

    for first, end in pairwise((0, *(change.place for change in changes), len(times))):
        level = row(geometric_mean(time.median for time in times[first:end]))
        for dots in range(column(first), column(end - 1) + 1, 2):
            canvas.dot(dots, level, styles.level)
    for change in changes:
        for dots in range(0, canvas.down, 2):
            canvas.dot(column(change.place - 0.5), dots, styles.change)
    for place, time in enumerate(times):
        if time.interval is not None:
            for dots in range(row(time.interval.high), row(time.interval.low) + 1):
                canvas.dot(column(place), dots, styles.interval)
    for place, time in enumerate(times):
        for across_dots, down_dots in product((0, 1), (0, 1)):
            at = min(column(place) + across_dots, canvas.across - 1), min(row(time.median) + down_dots, canvas.down - 1)
            canvas.dot(*at, styles.time)
    labels = upwards(scale, Axis("time", tick_time), down)
    lines = []
    for line in range(down):
        text = Text.assemble((f"{labels.get(line, ''):>{_LABEL}}{'┤' if line in labels else '│'}", "dim"))
        for character, style in canvas.styled(line):
            text.append(character, style)
        lines.append(text)
    oldest, latest = ends
    axis = f"{'':>{_LABEL}}└{'─' * across}"
    below = f"{'':>{_LABEL + 1}}{oldest}{latest:>{max(1, across - len(oldest))}}"
    return [*lines, Text(axis, "dim"), Text(below, "dim")]


def _range(times: Sequence[Summary]) -> tuple[float, float]:
    """Return the least and the largest time of the axis, milliseconds: medians are all within, of intervals most."""
    medians = [time.median for time in times]
    low, high = min(medians), max(medians)
    margin = max(_MARGIN * (high - low), _LEAST_RANGE * high)
    return max(0.0, low - margin), high + margin
