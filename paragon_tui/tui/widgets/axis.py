"""Axes of plots: where a value lies, and round values to mark, in steps of 1, 2 and 5."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_MOST = 40  # ticks that a set is made of: no terminal has room for more
_FEW_DECADES = 4.0  # the ratio of the ends below which 1, 2 and 5 times a power of ten leave too few ticks
_FEW_ROWS = 8
_SHORT = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis counts, and how the value of a tick is written, with its unit unless the title has it."""

    title: str
    label: Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Scale:
    """The dots of an axis from ``low`` to ``high``; of a logarithmic one both are above 0."""

    low: float
    high: float
    dots: int
    logarithmic: bool = True

    def dot(self, value: float) -> int:
        """Return the dot of a value, the nearest end for one beyond."""
        place, low, high = value, self.low, self.high
        if self.logarithmic:
            place, low, high = math.log(place), math.log(low), math.log(high)
        return min(max(round((place - low) / ((high - low) or 1.0) * (self.dots - 1)), 0), self.dots - 1)


def ticks(scale: Scale, fits: Callable[[Sequence[float]], bool]) -> list[float]:
    """Return the most round values on a scale that have room, in ascending order; none where two would not fit."""
    sets = _powers(scale.low, scale.high) if scale.logarithmic else _steps(scale.low, scale.high)
    return next((values for values in sets if len(values) <= _MOST and fits(values)), [])


def _powers(low: float, high: float) -> Iterator[list[float]]:
    """Yield sets of 1, 2 and 5 times powers of ten, then of powers alone, from the densest on."""
    if high / low < _FEW_DECADES:
        yield from _steps(low, high)
        return
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1, 2, 5), (1,)):
        yield [value for decade in decades for factor in factors if low <= (value := factor * 10.0**decade) <= high]
    for every in (2, 3, 4, 6, 8):
        yield [value for decade in decades if decade % every == 0 and low <= (value := 10.0**decade) <= high]


def _steps(low: float, high: float) -> Iterator[list[float]]:
    """Yield sets of the multiples of 1, 2 and 5 times a power of ten, from the densest on."""
    if high <= low:
        return
    first = math.floor(math.log10(high - low)) - 2
    for decade in range(first, first + 4):
        for factor in (1, 2, 5):
            step = factor * 10.0**decade
            yield [count * step for count in range(math.ceil(low / step), math.floor(high / step) + 1)]


def along(scale: Scale, axis: Axis, across: int) -> tuple[dict[int, str], str]:
    """Return the ticks of an axis along the bottom, and their labels.

    The ticks are texts by their columns, of ``across``; the labels are one line, each in the middle below its tick,
    which begins a column to the left of the axis.
    """

    def laid(values: Sequence[float]) -> list[tuple[int, str, int]]:
        placed = []
        for value in values:
            column, text = scale.dot(value) * across // scale.dots, axis.label(value)
            placed.append((column, text, max(0, min(column + 1 - len(text) // 2, across + 1 - len(text)))))
        return placed

    def fits(values: Sequence[float]) -> bool:
        end = -2
        for _, text, start in laid(values):
            if start < end + 2:
                return False
            end = start + len(text)
        return True

    placed = laid(ticks(scale, fits))
    line = ""
    for _, text, start in placed:
        line = f"{line.ljust(start)}{text}"
    return {column: text for column, text, _ in placed}, line


def upwards(scale: Scale, axis: Axis, rows: int) -> dict[int, str]:
    """Return the labels of an axis along the left by their rows from the top, of ``rows``.

    Two are neighbours only where there are few rows.
    """
    apart = 1 if rows < _FEW_ROWS else 2

    def row(value: float) -> int:
        return (scale.dots - 1 - scale.dot(value)) * rows // scale.dots

    def fits(values: Sequence[float]) -> bool:
        places = [row(value) for value in values]
        return all(below - above >= apart for above, below in pairwise(sorted(places)))

    return {row(value): axis.label(value) for value in ticks(scale, fits)}


def short(value: float) -> str:
    """Format a count in few characters: ``1.2M``."""
    for limit, ending in _SHORT:
        if value >= limit:
            return f"{value / limit:.2g}{ending}" if value < 99.5 * limit else f"{value / limit:.0f}{ending}"
    return f"{value:.6g}"
