"""Advice on when to use which adapter, and crossovers, from speed-ups at several sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import exp, log
from typing import Literal

from paragon_tui.engine.messages.figures import Interval, Ratio

LEAST_POINTS = 3
"""Fewer sizes show no trend."""

Key = tuple[str, str, str, str, str]
"""Suite, operation, dtype, variant and adapter: each combination has its own advice."""

_HOST = "NumPy"
_Direction = Literal["faster", "slower", "no clear difference"]


@dataclass(frozen=True, slots=True)
class Point:
    """A speed-up over NumPy at one size of an operation.

    ``case`` is the name of the size; ``size`` its operations, above zero; the ratio is above 1 where NumPy is slower.
    """

    case: str
    size: float
    ratio: Ratio


@dataclass(frozen=True, slots=True)
class Advice:
    """Advice drawn from the measurements of an adapter, in words, and as figures where there is exactly one crossover.

    ``between`` are the two cases around it, ``interval`` their sizes in operations: nothing between two cases was
    measured, so no narrower interval can be claimed. ``crossover`` is the interpolated size at which both take about
    the same time; it alone is ``None`` where the speed-ups in between cross 1 more than once.
    """

    suite: str
    operation: str
    dtype: str
    variant: str
    adapter: str
    words: str
    crossover: float | None = None
    interval: Interval | None = None
    between: tuple[str, str] | None = None


def advise(points_by_key: Mapping[Key, Sequence[Point]]) -> tuple[Advice, ...]:
    """Return advice for each adapter whose measurements allow any, in the order given.

    The caller leaves out results that broke their claim of identity: a wrong answer must not be recommended, however
    fast. Points without an interval are ignored. Relies on ``verdict``: what is faster has its whole interval above 1,
    what is slower below.
    """
    all_advice = (_advise(key, points) for key, points in points_by_key.items())
    return tuple(advice for advice in all_advice if advice is not None)


def _advise(key: Key, points: Sequence[Point]) -> Advice | None:
    measured = sorted((point for point in points if point.ratio.interval is not None), key=lambda point: point.size)
    if len(measured) < LEAST_POINTS:
        return None
    uniform = _uniform(measured)
    if uniform:
        return Advice(*key, uniform)
    clear = [index for index, point in enumerate(measured) if _direction(point) != "no clear difference"]
    changes = [(i, k) for i, k in pairwise(clear) if _direction(measured[i]) != _direction(measured[k])]
    if not clear:
        return None
    if len(changes) == 1:
        return _single_crossover(key, measured, *changes[0])
    text = _one_sided(measured, key[-1]) if not changes else None
    return Advice(*key, text or f"no clear crossover: {_stretches(measured)}")


def _direction(point: Point) -> _Direction:
    judgement = point.ratio.judgement
    return judgement if judgement in ("faster", "slower") else "no clear difference"


def _uniform(measured: Sequence[Point]) -> str | None:
    """Return the words for one and the same verdict at every size; ``None`` for different or unclear verdicts."""
    judgements = {point.ratio.judgement for point in measured}
    if len(judgements) > 1 or judgements == {"unclear"}:
        return None
    than = {"faster": "faster than", "slower": "slower than", "same": "as fast as"}[judgements.pop()]
    return f"{than} {_HOST} at every size measured, {_span(measured)}"


def _one_sided(measured: Sequence[Point], adapter: str) -> str | None:
    """Return the words for a winner at one end and no clear difference at the other; ``None`` where these alternate."""
    stretches = [(direction, list(group)) for direction, group in groupby(measured, key=_direction)]
    if len(stretches) != 2:
        return None
    (first, below), (_, above) = stretches
    if first == "no clear difference":
        nearest, rest = above[0], below
        text = f"{_winner(nearest, adapter)} from {nearest.case} on; any crossover is at {nearest.case} or below"
    else:
        nearest, rest = below[-1], above
        text = f"{_winner(nearest, adapter)} up to {nearest.case}; any crossover is at {nearest.case} or above"
    return f"{text}; no clear difference at {_span(rest)}"


def _single_crossover(key: Key, measured: Sequence[Point], i: int, k: int) -> Advice:
    """Return the advice for a single crossover, between the clear points ``i`` and ``k``; those in between are unclear.

    Its place is interpolated linearly on the logarithms of sizes and ratios, from all points between ``i`` and ``k``.
    """
    below, above = measured[i], measured[k]
    zeros = list(_zeros([(log(point.size), log(point.ratio.value)) for point in measured[i : k + 1]]))
    crossover = exp(zeros[0]) if len(zeros) == 1 else None
    parts = [
        f"{_winner(below, key[-1])} {_winning_range(measured[: i + 1], f'up to {below.case}')}, "
        f"{_winner(above, key[-1])} {_winning_range(measured[k:], f'from {above.case} on')}"
    ]
    beyond = [point.case for point in (*measured[:i], *measured[k + 1 :]) if _direction(point) == "no clear difference"]
    if beyond:
        parts.append(f"no clear difference at {_enumeration(beyond)}")
    about = f", at about {_operations_text(crossover)}" if crossover is not None else ""
    parts.append(
        f"the crossover is between {below.case} ({_operations_text(below.size)} operations) and "
        f"{above.case} ({_operations_text(above.size)}){about}"
    )
    sizes = Interval(below.size, above.size)
    return Advice(*key, "; ".join(parts), crossover, sizes, (below.case, above.case))


def _winning_range(side: Sequence[Point], whole_range: str) -> str:
    """Return where the winner on this side of the crossover wins: in ``whole_range``, or at the clear cases only."""
    clear = [point.case for point in side if _direction(point) != "no clear difference"]
    return whole_range if len(clear) == len(side) else f"at {_enumeration(clear)}"


def _enumeration(cases: Sequence[str]) -> str:
    """Return names as text: ``S1, S3 and M1``."""
    *others, last = cases
    return f"{', '.join(others)} and {last}" if others else last


def _zeros(curve: Sequence[tuple[float, float]]) -> Iterator[float]:
    """Yield each place where the line through the points crosses zero."""
    for (x0, y0), (x1, y1) in pairwise(curve):
        if (y0 < 0) != (y1 < 0):
            yield x0 + (x1 - x0) * y0 / (y0 - y1)


def _operations_text(operations: float) -> str:
    """Return a number of operations as text: ``7.1 M``."""
    units = ((1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k"))
    # 999.9 k rounds to 1 M, not to 1000 k.
    rounded = float(f"{operations:.2g}")
    unit, name = next(((unit, name) for unit, name in units if rounded >= unit), (1.0, ""))
    return f"{rounded / unit:g}{name}"


def _winner(point: Point, adapter: str) -> str:
    return adapter if _direction(point) == "faster" else _HOST


def _stretches(measured: Sequence[Point]) -> str:
    return ", ".join(f"{direction} at {_span(list(group))}" for direction, group in groupby(measured, key=_direction))


def _span(points: Sequence[Point]) -> str:
    return points[0].case if len(points) == 1 else f"{points[0].case} to {points[-1].case}"
