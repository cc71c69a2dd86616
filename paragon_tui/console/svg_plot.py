"""A plot of time against size as SVG: logarithmic axes, a curve and a mark for each adapter, intervals as bars."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from paragon_tui.formatting.columns import time_parts

WIDTH, HEIGHT = 720, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 74, 16, 12, 46
_MARK = 5.0
_MOST_LABELS = 8  # a label for each decade is too much where there are more

_SHAPES = (
    '<circle r="4.4"/>',
    '<rect x="-4" y="-4" width="8" height="8"/>',
    '<path d="M0-5.4 5 4H-5z"/>',
    '<path d="M0-5.8 5 0 0 5.8-5 0z"/>',
    '<path d="M0 5.4 5-4H-5z"/>',
    '<path d="M-4-4 4 4M4-4-4 4" class="open"/>',
    '<path d="M0-5V5M-5 0H5" class="open"/>',
    '<circle r="4.2" class="open"/>',
)
COLOURS = len(_SHAPES)
"""The number of colours that a style sheet has to give: ``.c0`` to ``.c7``."""


@dataclass(frozen=True, slots=True)
class Point:
    """A size, its time in milliseconds with its interval, and the words that a pointer over it shows."""

    size: float
    ms: float
    low: float
    high: float
    words: str


@dataclass(frozen=True, slots=True)
class Curve:
    """The points of an adapter, by size."""

    name: str
    points: tuple[Point, ...]


def plot(curves: Sequence[Curve], what: str, sizes: str) -> str:
    """Return an ``<svg>`` of the curves; ``what`` describes it for those who do not see it, ``sizes`` names its x axis.

    Everything in it is above 0, and there are at least two sizes.
    """
    points = [point for curve in curves for point in curve.points]
    across = _Axis(min(p.size for p in points), max(p.size for p in points), _LEFT, WIDTH - _RIGHT)
    up = _Axis(min(p.low for p in points), max(p.high for p in points), HEIGHT - _BOTTOM, _TOP)
    parts = [
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(what)}">',
        *_grid(across, up, sizes),
        *(part for number, curve in enumerate(curves) for part in _curve(curve, number, across, up)),
        "</svg>",
    ]
    return "".join(parts)


def legend(curves: Sequence[Curve]) -> str:
    """Return the names of the curves beside their marks."""
    keys = (
        f'<li><svg class="key c{number % COLOURS}" viewBox="-14 -8 28 16" aria-hidden="true">'
        f'<path class="line" d="M-13 0H13"/>{_SHAPES[number % COLOURS]}</svg>{escape(curve.name)}</li>'
        for number, curve in enumerate(curves)
    )
    return f'<ul class="legend">{"".join(keys)}</ul>'


class _Axis:
    """A logarithmic axis from ``least`` to ``most``, drawn between two places with some room at both ends."""

    def __init__(self, least: float, most: float, start: float, end: float) -> None:
        low, high = math.log10(least), math.log10(most)
        room = 0.06 * (high - low) or 0.2
        self._low, self._high = low - room, high + room
        self._start, self._end = start, end

    def at(self, value: float) -> float:
        """Return the place of a value."""
        share = (math.log10(value) - self._low) / (self._high - self._low)
        return self._start + share * (self._end - self._start)

    def labels(self) -> list[float]:
        """Return round values on the axis: powers of ten, or 1, 2 and 5 times those where there are few of them."""
        decades = range(math.floor(self._low), math.ceil(self._high) + 1)
        for steps in ((1.0,), (1.0, 2.0, 5.0), tuple(map(float, range(1, 10)))):
            values = [step * 10.0**decade for decade in decades for step in steps]
            shown = [value for value in values if self._low <= math.log10(value) <= self._high]
            if len(shown) >= 3:
                break
        return shown[:: -(-len(shown) // _MOST_LABELS)]


def _grid(across: _Axis, up: _Axis, sizes: str) -> Iterator[str]:
    bottom = HEIGHT - _BOTTOM
    for value in across.labels():
        x = f"{across.at(value):.1f}"
        yield f'<path class="grid" d="M{x} {_TOP}V{bottom}"/>'
        yield f'<text x="{x}" y="{bottom + 18}" text-anchor="middle">{_count(value)}</text>'
    for value in up.labels():
        y = up.at(value)
        yield f'<path class="grid" d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_round_time(value)}</text>'
    yield f'<path class="axis" d="M{_LEFT} {_TOP}V{bottom}H{WIDTH - _RIGHT}"/>'
    middle = (_LEFT + WIDTH - _RIGHT) / 2
    yield f'<text class="title" x="{middle:.0f}" y="{HEIGHT - 6}" text-anchor="middle">{escape(sizes)}</text>'
    height = (_TOP + bottom) / 2
    yield f'<text class="title" transform="translate(14 {height:.0f}) rotate(-90)" text-anchor="middle">time</text>'


def _curve(curve: Curve, number: int, across: _Axis, up: _Axis) -> Iterator[str]:
    places = [(across.at(point.size), up.at(point.ms), point) for point in curve.points]
    yield f'<g class="c{number % COLOURS}">'
    yield f'<path class="line" d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y, _ in places)}"/>'
    for x, y, point in places:
        high, low = up.at(point.high), up.at(point.low)
        if low - high > 2 * _MARK:  # a shorter bar is hidden by its mark
            yield f'<path class="bar" d="M{x - 4:.1f} {high:.1f}h8m-4 0V{low:.1f}m-4 0h8"/>'
        words = escape(point.words)
        yield f'<g transform="translate({x:.1f} {y:.1f})"><title>{words}</title>{_SHAPES[number % COLOURS]}</g>'
    yield "</g>"


def _count(value: float) -> str:
    """Format a power of ten or a small multiple of one: ``1k``, ``20M``, ``5G``."""
    for divisor, ending in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= divisor * 0.9999:
            return f"{value / divisor:.0f}{ending}"
    return f"{value:g}"


def _round_time(ms: float) -> str:
    whole, rest, unit = time_parts(ms)
    return f"{whole}{rest.rstrip('0').rstrip('.')} {unit}".rstrip()
