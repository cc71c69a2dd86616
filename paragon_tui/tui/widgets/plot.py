"""Curves on two logarithmic axes, drawn in braille characters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rich.text import Text

from paragon_tui.formatting.columns import time_parts
from paragon_tui.tui.widgets.braille import Canvas

_LABEL = 7  # columns of the labels on the left
_LEAST_LABELLED = 12  # columns from one label of the x axis to the next
_SHORT = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True, slots=True)
class Series:
    """Points (size, milliseconds), both above 0, joined in order of their sizes, and the name at their end."""

    name: str
    style: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class _Axis:
    low: float
    high: float
    dots: int

    def dot(self, value: float) -> int:
        span = math.log(self.high / self.low) or 1.0
        return round(math.log(value / self.low) / span * (self.dots - 1))

    def value(self, dot: float) -> float:
        return self.low * math.exp(math.log(self.high / self.low) * dot / max(1, self.dots - 1))


def plot(series: Sequence[Series], columns: int, rows: int, unit: str) -> list[Text]:
    """Draw the series in so many columns and rows, labels included; ``unit`` names what the x axis counts.

    Returns nothing where there are fewer than two sizes, or no room.
    """
    points = [point for each in series for point in each.points]
    names = max(len(unit), *(len(each.name) for each in series)) if series else 0
    across, down = columns - _LABEL - 1 - names - 1, rows - 2
    if len({size for size, _ in points}) < 2 or across < 8 or down < 3:
        return []
    sizes, times = [size for size, _ in points], [time for _, time in points]
    x, y = _Axis(min(sizes), max(sizes), 2 * across), _padded(min(times), max(times), 4 * down)
    canvas = Canvas(across, down)
    for each in series:
        for column, row in _path(each, x, y):
            canvas.dot(column, row, each.style)
    ends = _ends(series, y, down)
    marks = {row: y.value(4 * (down - 1 - row) + 2) for row in range(0, down, 3 if down > 6 else 2)}
    lines = []
    for row in range(down):
        label = _time(marks[row]) if row in marks else ""
        line = Text.assemble((f"{label:>{_LABEL}}{'┤' if label else '│'}", "dim"))
        for character, style in canvas.styled(row):
            line.append(character, style=style)
        if row in ends:
            line.append(f" {ends[row].name}", style=ends[row].style)
        lines.append(line)
    return [*lines, Text(f"{'':>{_LABEL}}└{'─' * across}", style="dim"), Text(_x_labels(x, across, unit), style="dim")]


def _padded(low: float, high: float, dots: int) -> _Axis:
    return _Axis(low / 1.1, high * 1.1, dots)


def _path(series: Series, x: _Axis, y: _Axis) -> list[tuple[int, int]]:
    """Return the dots (column, row from the top) of the lines from point to point."""
    places = [(x.dot(size), y.dots - 1 - y.dot(time)) for size, time in sorted(series.points)]
    dots = places[:1]
    for (column, row), (to_column, to_row) in pairwise(places):
        steps = max(abs(to_column - column), abs(to_row - row), 1)
        for step in range(1, steps + 1):
            share = step / steps
            dots.append((round(column + share * (to_column - column)), round(row + share * (to_row - row))))
    return dots


def _ends(series: Sequence[Series], y: _Axis, rows: int) -> dict[int, Series]:
    """Return the rows of the names: each where its curve ends, or in the nearest row that is free."""
    taken: dict[int, Series] = {}
    for each in series:
        if not each.points:
            continue
        wished = (y.dots - 1 - y.dot(max(each.points)[1])) // 4
        free = [row for row in range(rows) if row not in taken]
        if free:
            taken[min(free, key=lambda row: abs(row - wished))] = each
    return taken


def _time(ms: float) -> str:
    whole, rest, unit = time_parts(ms)
    return f"{whole}{rest if len(whole) == 1 else ''} {unit.strip()}"


def _x_labels(x: _Axis, across: int, unit: str) -> str:
    line = " " * (_LABEL + 1)
    for column in range(0, across - _LEAST_LABELLED // 2, _LEAST_LABELLED):
        line = line.ljust(_LABEL + 1 + column) + short(x.value(2 * column))
    return f"{line.ljust(_LABEL + 1 + across)} {unit}"


def short(value: float) -> str:
    """Format a size in few characters: ``1.2M``."""
    for limit, ending in _SHORT:
        if value >= limit:
            return f"{value / limit:.2g}{ending}" if value < 99.5 * limit else f"{value / limit:.0f}{ending}"
    return f"{value:.0f}"
