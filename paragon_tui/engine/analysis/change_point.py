"""Change points: whether a series of medians, one of each session, has a step upward at its end. Pure Python.

The series is split before each of its latest sessions in turn. A split is a step where the mean of the logarithms
after it exceeds the mean before it by more than the scatter within both parts allows, as in Student's two-sample test.
Three things make it fit for series of sessions, which are few, and whose scatter is unknown and may have heavy tails:

- A part of k sessions is credited with no more than 4k - 1 degrees of freedom, since a single session far off may be
  an accident of a machine, and five of them are not. So the level holds, too, where sessions scatter as Student's t
  with 3 degrees does (``benchmarks/change_points.py``), with which the usual degrees would raise dozens of times as
  many false alarms for k = 1.
- The scatter is at least what the intervals of the medians themselves say.
- A step must explain the series better than a straight line, so that a drift is none.

Of the methods for long series, E-divisive means (Matteson & James 2014; Daly et al. 2020 for performance tests) and
its successors with Student's t (Fleming et al. 2023, "Hunter") look for steps anywhere, and need several sessions
after one. Here only the end of the series counts, which decides about the newest session.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from paragon_tui.engine.analysis.student import exceeded
from paragon_tui.engine.messages.figures import Interval, Summary

LEAST_EARLIER = 3
"""Fewer sessions before a step say nothing about their scatter."""

LATEST = 5
"""A step is looked for before each of so many sessions at the end; what came up before them is the usual level."""

WINDOW = 50
"""Sessions longer ago say little about those of today, and cost time to look at."""

LEVEL = 5e-4
"""The probability of a false alarm for a series without a step, over all splits."""

_HINT = 10 * LEVEL  # the same, of what is told as a hint: steps that normal scatter does not explain
_NORMAL_95 = 1.96
_LEAST_SCATTER = 1e-3  # no machine repeats a session better
_LARGEST = 700.0  # of a logarithm: e to this power is still a number


@dataclass(frozen=True, slots=True)
class Step:
    """A step at the end of a series: the latest ``sessions`` lie above those before them.

    The levels are geometric means of medians, in milliseconds. It is ``confirmed`` where it is beyond what heavy-tailed
    scatter allows; else only beyond normal scatter, which one more session can tell apart.
    """

    sessions: int
    before_ms: float
    after_ms: float
    confirmed: bool

    @property
    def size(self) -> float:
        """How much longer it takes since then, as a share of the time before."""
        return self.after_ms / self.before_ms - 1


def step_up(series: Sequence[Summary], least: float = 0.0) -> Step | None:
    """Return the step at the end of ``series``, oldest session first, that explains it best; ``None`` without one.

    Steps of a size up to ``least`` are none. The newest session itself must be nearer to the upper level than to the
    lower. Series of fewer than ``LEAST_EARLIER`` + 1 sessions have no steps. Raises ``ValueError`` for a median that is
    not above 0.
    """
    splits = [split for split in _splits(series) if split.rise > math.log1p(least) and split.holds_to_the_end]
    for confirmed in (True, False):
        beyond = [split for split in splits if split.rise > split.limit(confirmed)]
        if beyond:
            best = min(beyond, key=lambda split: split.residual)
            return Step(best.latest, math.exp(best.before), math.exp(best.before + best.rise), confirmed)
    return None


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """A confirmed step anywhere in a series, up or down: from ``place`` on (counted from 0) it has another level.

    The levels are geometric means of medians, in milliseconds, as they were when the step was confirmed.
    """

    place: int
    before_ms: float
    after_ms: float


def change_points(series: Sequence[Summary]) -> tuple[ChangePoint, ...]:
    """Return the steps of ``series``, oldest session first: those that were confirmed at some session of it.

    The series is read on from each step, as somebody would who looked after every session; of what lies before, the
    latest ``WINDOW`` sessions count. Raises ``ValueError`` for a median that is not above 0.
    """
    down = [_mirrored(summary) for summary in series]
    found: list[ChangePoint] = []
    begin = 0
    for end in range(1, len(series) + 1):
        first = max(begin, end - WINDOW)
        for sign, part in ((1, series[first:end]), (-1, down[first:end])):
            step = step_up(part)
            if step is not None and step.confirmed:
                begin = end - step.sessions
                found.append(ChangePoint(begin, step.before_ms**sign, step.after_ms**sign))
                break
    return tuple(found)


def _mirrored(summary: Summary) -> Summary:
    """Return a summary of which each step down is one up: with the inverse of the median and of its interval."""
    interval = summary.interval
    if interval is not None and interval.low > 0:
        interval = Interval(1 / interval.high, 1 / interval.low)
    if not summary.median > 0:
        raise ValueError("a series needs times above 0")
    return replace(summary, median=1 / summary.median, interval=interval)


def smallest_steps(series: Sequence[Summary]) -> tuple[float, float] | None:
    """Return the sizes from which steps would be confirmed, at the scatter of ``series``: at once, and at the latest.

    At once is in the newest session alone, at the latest when ``LATEST`` sessions have the new level. ``None`` where
    the series is too short for any.
    """
    splits = _splits(series)
    if not splits:
        return None
    at_once, at_the_latest = (math.expm1(min(split.limit(True), _LARGEST)) for split in (splits[0], splits[-1]))
    return at_once, at_the_latest


@dataclass(frozen=True, slots=True)
class _Split:
    """A series of ``count`` sessions in two parts, the second of the ``latest``. All figures are of logarithms.

    ``before`` is the mean of the first part, ``rise`` what the second's is above it, ``newest`` what the newest session
    is above it. ``residual`` is the sum of squares around both means, ``variance`` that of a session.
    """

    count: int
    latest: int
    before: float
    rise: float
    newest: float
    residual: float
    variance: float
    is_no_drift: bool

    @property
    def holds_to_the_end(self) -> bool:
        """True if the newest session has the upper level, and a straight line does not explain the series better."""
        return self.newest > self.rise / 2 and self.is_no_drift

    def limit(self, confirmed: bool) -> float:
        """Return what a rise must exceed: of a confirmed step whatever the tails of the scatter are, else if normal."""
        degrees = self.count - 2
        t = (
            exceeded(min(degrees, 4 * self.latest - 1), LEVEL / LATEST)
            if confirmed
            else exceeded(degrees, _HINT / LATEST)
        )
        return t * math.sqrt(self.variance * (1 / self.latest + 1 / (self.count - self.latest)))


def _splits(series: Sequence[Summary]) -> list[_Split]:
    """Return the splits before each of the latest sessions, as far as enough sessions are before it, newest first."""
    logs = [_log(summary.median) for summary in series]
    own = _mean([_own_variance(summary) for summary in series]) if series else 0.0
    line = _residual_of_line(logs) if len(logs) > LEAST_EARLIER else 0.0
    splits = []
    for latest in range(1, min(LATEST, len(logs) - LEAST_EARLIER) + 1):
        first, second = logs[:-latest], logs[-latest:]
        before, after = _mean(first), _mean(second)
        residual = _squares(first, before) + _squares(second, after)
        variance = max(residual / (len(logs) - 2), own, _LEAST_SCATTER**2)
        splits.append(
            _Split(len(logs), latest, before, after - before, logs[-1] - before, residual, variance, residual <= line)
        )
    return splits


def _log(median: float) -> float:
    if not median > 0:
        raise ValueError("a series needs times above 0")
    return math.log(median)


def _own_variance(summary: Summary) -> float:
    """Return the variance of a median's logarithm by its own interval; 0 where it has none."""
    if summary.interval is None or not summary.interval.low > 0:
        return 0.0
    return (math.log(summary.interval.high / summary.interval.low) / (2 * _NORMAL_95)) ** 2


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _squares(values: Sequence[float], mean: float) -> float:
    return sum((value - mean) ** 2 for value in values)


def _residual_of_line(values: Sequence[float]) -> float:
    """Return the sum of squares around the straight line through ``values``."""
    middle, mean = (len(values) - 1) / 2, _mean(values)
    along = sum((place - middle) * (value - mean) for place, value in enumerate(values))
    return _squares(values, mean) - along**2 / sum((place - middle) ** 2 for place in range(len(values)))
