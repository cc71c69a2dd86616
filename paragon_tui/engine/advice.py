"""When to use which: from speed-ups at several sizes to the sizes at which an adapter is worth its while."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import exp, log
from typing import Literal

from paragon_tui.engine.figures import Interval, Ratio

LEAST_POINTS = 3
"""Fewer sizes show no tendency."""

Key = tuple[str, str, str, str]
"""Suite, dtype, variant and adapter: what is advised about apart."""

_HOST = "NumPy"
_Said = Literal["faster", "slower", "no clear difference"]


@dataclass(frozen=True, slots=True)
class Point:
    """A case's speed-up over NumPy. ``size``: operations, above zero; the ratio is above 1 where NumPy loses."""

    case: str
    size: float
    ratio: Ratio


@dataclass(frozen=True, slots=True)
class Advice:
    """What the measurements of an adapter carry, in words, and as figures where there is exactly one crossover.

    ``crossover`` is the size in operations at which both take the same time, ``interval`` where it can lie, ``between``
    the two cases around it. ``crossover`` alone is ``None`` where it is known to be there, but not well enough where.
    """

    suite: str
    dtype: str
    variant: str
    adapter: str
    words: str
    crossover: float | None = None
    interval: Interval | None = None
    between: tuple[str, str] | None = None


def advice(points_by_key: Mapping[Key, Sequence[Point]]) -> tuple[Advice, ...]:
    """Advice for each adapter whose measurements carry any, in the order given.

    The caller leaves out results that broke their claim of identity: a wrong answer is not advised, however fast.
    Points without an interval count for nothing. Relies on ``judge``: what is faster has its whole interval above 1,
    what is slower below.
    """
    found = (_advise(key, points) for key, points in points_by_key.items())
    return tuple(one for one in found if one is not None)


def _advise(key: Key, points: Sequence[Point]) -> Advice | None:
    known = sorted((point for point in points if point.ratio.interval is not None), key=lambda point: point.size)
    if len(known) < LEAST_POINTS:
        return None
    everywhere = _everywhere(known)
    if everywhere:
        return Advice(*key, everywhere)
    clear = [index for index, point in enumerate(known) if _said(point) != "no clear difference"]
    turns = [(i, k) for i, k in pairwise(clear) if _said(known[i]) != _said(known[k])]
    if not clear:
        return None
    if len(turns) == 1:
        return _crossed(key, known, *turns[0])
    words = _one_sided(known, key[-1]) if not turns else None
    return Advice(*key, words or f"no clear crossover: {_stretches(known)}")


def _said(point: Point) -> _Said:
    judgement = point.ratio.judgement
    return judgement if judgement in ("faster", "slower") else "no clear difference"


def _everywhere(known: Sequence[Point]) -> str | None:
    """What holds at every size, where one thing does."""
    judgements = {point.ratio.judgement for point in known}
    if len(judgements) > 1 or judgements == {"unclear"}:
        return None
    than = {"faster": "faster than", "slower": "slower than", "same": "as fast as"}[judgements.pop()]
    return f"{than} {_HOST} at every size measured, {_span(known)}"


def _one_sided(known: Sequence[Point], adapter: str) -> str | None:
    """One wins at one end, and at the other there is no clear difference; ``None`` where these alternate."""
    stretches = [(said, list(group)) for said, group in groupby(known, key=_said)]
    if len(stretches) != 2:
        return None
    (first, below), (_, above) = stretches
    if first == "no clear difference":
        nearest, rest = above[0], below
        words = f"{_winner(nearest, adapter)} from {nearest.case} on; a crossover, if any, is not above {nearest.case}"
    else:
        nearest, rest = below[-1], above
        words = f"{_winner(nearest, adapter)} up to {nearest.case}; a crossover, if any, is not below {nearest.case}"
    return f"{words}; no clear difference at {_span(rest)}"


def _crossed(key: Key, known: Sequence[Point], i: int, k: int) -> Advice:
    """The one crossover, between the points ``i`` and ``k``: from all that was measured between them.

    Sizes and ratios are interpolated linearly on logarithms, the bounds of the ratios as well: equality comes at the
    earliest where the first of them reaches 1, at the latest where the second has.
    """
    below, above = known[i], known[k]
    sign = 1 if _said(above) == "faster" else -1
    values, lows, highs = [], [], []
    for point in known[i : k + 1]:
        values.append((log(point.size), sign * log(point.ratio.value)))
        if bounds := point.ratio.interval:
            low, high = sorted((sign * log(bounds.low), sign * log(bounds.high)))
            lows.append((log(point.size), low))
            highs.append((log(point.size), high))
    interval = Interval(exp(next(_zeros(highs))), exp(list(_zeros(lows))[-1]))
    zeros = list(_zeros(values))
    crossover = exp(zeros[0]) if len(zeros) == 1 else None
    words = f"{_winner(below, key[-1])} up to {below.case}, {_winner(above, key[-1])} from {above.case} on"
    beyond = [point for point in (*known[:i], *known[k + 1 :]) if _said(point) == "no clear difference"]
    if beyond:
        words += f" (no clear difference at {', '.join(point.case for point in beyond)})"
    return Advice(*key, f"{words}; {_equal(crossover, interval)}", crossover, interval, (below.case, above.case))


def _zeros(curve: Sequence[tuple[float, float]]) -> Iterator[float]:
    """Where a line through points crosses zero."""
    for (x0, y0), (x1, y1) in pairwise(curve):
        if (y0 < 0) != (y1 < 0):
            yield x0 + (x1 - x0) * y0 / (y0 - y1)


def _equal(crossover: float | None, interval: Interval) -> str:
    unit, name = next(
        ((unit, name) for unit, name in ((1e12, "T "), (1e9, "G "), (1e6, "M "), (1e3, "k ")) if interval.high >= unit),
        (1.0, ""),
    )
    low, high = (f"{float(f'{value / unit:.2g}'):g}" for value in (interval.low, interval.high))
    if crossover is None:
        return f"equal somewhere from {low} to {high} {name}operations"
    return f"equal at about {float(f'{crossover / unit:.2g}'):g} {name}operations [{low}, {high}]"


def _winner(point: Point, adapter: str) -> str:
    return adapter if _said(point) == "faster" else _HOST


def _stretches(known: Sequence[Point]) -> str:
    return ", ".join(f"{said} at {_span(list(group))}" for said, group in groupby(known, key=_said))


def _span(points: Sequence[Point]) -> str:
    return points[0].case if len(points) == 1 else f"{points[0].case} to {points[-1].case}"
