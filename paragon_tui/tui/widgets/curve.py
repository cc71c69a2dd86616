"""A curve drawn in braille characters, each two dots wide and four high."""

from __future__ import annotations

import math
from collections.abc import Sequence

from paragon_tui.tui.widgets.braille import Canvas


def curve(values: Sequence[float], length: int, columns: int, rows: int) -> list[str]:
    """Draw ``values`` on a logarithmic scale in ``rows`` lines of ``columns`` characters.

    ``length`` is the number of values that the width stands for, of which ``values`` are the first. Each column of dots
    covers the range from its least to its largest value; values that are not finite or not above 0 are left out. The
    largest value is at the top, the least at the bottom.
    """
    canvas = Canvas(columns, rows)
    logs = [math.log(value) if math.isfinite(value) and value > 0 else None for value in values]
    known = [value for value in logs if value is not None]
    if known:
        top, span = max(known), (max(known) - min(known)) or 1.0
        for column, (low, high) in _extents(logs, length, canvas.across).items():
            first, last = (round((top - value) / span * (canvas.down - 1)) for value in (high, low))
            for dot in range(first, last + 1):
                canvas.dot(column, dot)
    return [canvas.line(row) for row in range(rows)]


def _extents(logs: Sequence[float | None], length: int, across: int) -> dict[int, tuple[float, float]]:
    """Return the least and the largest value of each column of dots that has any; neighbouring ranges touch."""
    extents: dict[int, tuple[float, float]] = {}
    before: float | None = None
    for index, value in enumerate(logs):
        if value is None:
            continue
        column = index * across // max(length, 1)
        low, high = extents.get(column, (value, value))
        if column not in extents and before is not None:  # start where the previous column ended
            low, high = min(low, before), max(high, before)
        extents[column] = (min(low, value), max(high, value))
        before = value
    return extents
