"""When to use which: from speed-ups at several sizes to the sizes at which an adapter is worth its while."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import exp, log
from typing import Literal

from paragon_tui.engine.messages.figures import Interval, Ratio

LEAST_POINTS = 3
"""Fewer sizes show no tendency."""

Key = tuple[str, str, str, str, str]
"""Suite, operation, dtype, variant and adapter: what is advised about apart."""

_HOST = "NumPy"
_Said = Literal["faster", "slower", "no clear difference"]


@dataclass(frozen=True, slots=True)
class Point:
    """A speed-up over NumPy at one size of an operation.

    ``case`` is what the size is called; ``size`` its operations, above zero; the ratio is above 1 where NumPy loses.
    """

    case: str
    size: float
    ratio: Ratio


@dataclass(frozen=True, slots=True)
class Advice:
    """What the measurements of an adapter carry, in words, and as figures where there is exactly one crossover.

    ``between`` are the two cases around it, ``interval`` their sizes in operations: what lies between two cases was
    not measured, so no narrower one can be claimed. ``crossover`` is about where both take the same time, interpolated;
    it alone is ``None`` where the speed-ups in between waver around 1.
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
    """The one crossover, between the points ``i`` and ``k``, which are clear; what is between them is not.

    About where it lies is interpolated linearly on the logarithms of sizes and ratios, from all that was measured
    between them.
    """
    below, above = known[i], known[k]
    zeros = list(_zeros([(log(point.size), log(point.ratio.value)) for point in known[i : k + 1]]))
    crossover = exp(zeros[0]) if len(zeros) == 1 else None
    words = [
        f"{_winner(below, key[-1])} {_reach(known[: i + 1], f'up to {below.case}')}, "
        f"{_winner(above, key[-1])} {_reach(known[k:], f'from {above.case} on')}"
    ]
    beyond = [point.case for point in (*known[:i], *known[k + 1 :]) if _said(point) == "no clear difference"]
    if beyond:
        words.append(f"no clear difference at {_listed(beyond)}")
    about = f", at about {_count(crossover)}" if crossover is not None else ""
    words.append(
        f"equal somewhere between {below.case} ({_count(below.size)} operations) and "
        f"{above.case} ({_count(above.size)}){about}"
    )
    sizes = Interval(below.size, above.size)
    return Advice(*key, "; ".join(words), crossover, sizes, (below.case, above.case))


def _reach(side: Sequence[Point], everywhere: str) -> str:
    """Where the winner on this side of the turn wins: in all of it, or at the cases where the difference is clear."""
    clear = [point.case for point in side if _said(point) != "no clear difference"]
    return everywhere if len(clear) == len(side) else f"at {_listed(clear)}"


def _listed(cases: Sequence[str]) -> str:
    """``S1, S3 and M1``."""
    *others, last = cases
    return f"{', '.join(others)} and {last}" if others else last


def _zeros(curve: Sequence[tuple[float, float]]) -> Iterator[float]:
    """Where a line through points crosses zero."""
    for (x0, y0), (x1, y1) in pairwise(curve):
        if (y0 < 0) != (y1 < 0):
            yield x0 + (x1 - x0) * y0 / (y0 - y1)


def _count(operations: float) -> str:
    """``7.1 M``."""
    units = ((1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k"))
    # What rounds to a thousand of a unit is one of the next.
    rounded = float(f"{operations:.2g}")
    unit, name = next(((unit, name) for unit, name in units if rounded >= unit), (1.0, ""))
    return f"{rounded / unit:g}{name}"


def _winner(point: Point, adapter: str) -> str:
    return adapter if _said(point) == "faster" else _HOST


def _stretches(known: Sequence[Point]) -> str:
    return ", ".join(f"{said} at {_span(list(group))}" for said, group in groupby(known, key=_said))


def _span(points: Sequence[Point]) -> str:
    return points[0].case if len(points) == 1 else f"{points[0].case} to {points[-1].case}"
