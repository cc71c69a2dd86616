"""Margins of medians of visits, which are correlated, and of ratios of two such medians. Pure Python, for the parent.

What disturbs one visit often disturbs the next: a neighbour at work, a clock that falls. So visits are no independent
values, and an interval that takes them for that covers 75 % at a lag-1 correlation of 0.5 where it says 95 %. And most
disturbances only lengthen a time, some of them much, so that a standard deviation says little. Two estimates are made
from the order of the visits' medians, and the wider one counts:

- for what fades within a few visits: the ranks between which a median of independent values lies, moved apart as the
  correlation demands (of the normal scores of the ranks, at the upper end of what the visits allow, since a point
  estimate from a dozen of them is often too low), with Student's t of as many degrees as the visits are worth;
- for what lasts, such as a step in the middle: the medians of the sixths of the visits, all of which it covers. Of six
  independent values all lie on the same side of their median in 3 of 100 cases.

``benchmarks/verdicts.py`` shows how often they cover.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from statistics import NormalDist, median, stdev

from paragon_tui.engine.analysis.student import student_t

LEAST_VISITS = 10
"""Fewer visits do not show how they are correlated."""

_PARTS = 6
_BEYOND = 2.0  # times the distance of the outermost visit, the most that an interval reaches
_MOST_UNITS = 96  # more visits are joined with their neighbours: they add no information, and the work stays bounded
_OF_MEDIAN = math.sqrt(math.pi / 2)  # a median's standard error over a mean's, of normal values
_STANDARD_ERRORS = 0.5  # above the estimated correlation
_MOST_CORRELATION = 0.97
_LEAST_VARIANCE = 0.05  # of the estimated correlation, before division by the number of visits
_NORMAL = NormalDist()


def visits_margin(logs: Sequence[float], against: Sequence[float] | None = None) -> float:
    """Return half the width of the 95 % interval of the median of ``logs``, logarithms of visits' times in their order.

    With ``against``, of the difference of the medians of ``logs`` and ``against``, whose visits were taken side by side
    (as many): what disturbs both cancels. Needs at least ``LEAST_VISITS``.
    """
    first, second = _joined(logs), _joined(against if against is not None else [0.0] * len(logs))
    differences = [a - b for a, b in zip(first, second, strict=True)]
    middle = median(differences)
    parts = [median(first[start:stop]) - median(second[start:stop]) for start, stop in _parts(len(first), _PARTS)]
    lasting = max(abs(part - middle) for part in parts)
    # The median of differences is the better one of the two; the interval covers what either of them would say.
    disagreement = abs(median(first) - median(second) - middle)
    return disagreement + max(_by_ranks(differences), lasting)


def processes_margin(medians: Sequence[float]) -> float:
    """Return the margin of a median over processes, from the logarithms of their medians (or of their ratios).

    Fresh processes are independent, and few. Needs at least two.
    """
    return _OF_MEDIAN * student_t(len(medians) - 1) * stdev(medians) / math.sqrt(len(medians))


def _by_ranks(values: Sequence[float]) -> float:
    """Return the greater distance from the median to the ranks that bound it, were the values as many as they count."""
    n, ordered = len(values), sorted(values)
    inflation = _inflation(values, ordered)
    reach = student_t(n / inflation - 1) * math.sqrt(n * inflation) / 2
    half = (n - 1) / 2
    low, high = _at_rank(ordered, max(half - reach, 0.0)), _at_rank(ordered, min(half + reach, n - 1.0))
    middle = _at_rank(ordered, half)
    # Beyond the outermost ranks, but not for ever: a dozen visits that only ever rise are worth less than one.
    return max(middle - low, high - middle) * min(max(1.0, reach / half), _BEYOND)


def _inflation(values: Sequence[float], ordered: Sequence[float]) -> float:
    """Return how much greater correlation makes the variance of a mean: that of a first-order autoregression."""
    n = len(values)
    scores = [_NORMAL.inv_cdf((bisect_left(ordered, value) + bisect_right(ordered, value)) / 2 / n) for value in values]
    squares = sum(score * score for score in scores)
    if squares == 0:
        return 1.0
    lagged = sum(score * following for score, following in pairwise(scores)) / squares
    unbiased = lagged + (1 + 3 * lagged) / n  # Kendall 1954, "Note on bias in the estimation of autocorrelation"
    error = math.sqrt(max(1 - min(unbiased, 1.0) ** 2, _LEAST_VARIANCE) / n)
    correlation = min(max(unbiased + _STANDARD_ERRORS * error, 0.0), _MOST_CORRELATION)
    return (1 + correlation) / (1 - correlation)


def _at_rank(ordered: Sequence[float], rank: float) -> float:
    """Return the value at a rank from 0 on, on the line between two neighbours."""
    lower = int(rank)
    part = rank - lower
    return ordered[lower] if part == 0 else (1 - part) * ordered[lower] + part * ordered[lower + 1]


def _joined(logs: Sequence[float]) -> list[float]:
    """Return at most ``_MOST_UNITS`` values: medians of neighbours where there are more."""
    if len(logs) <= _MOST_UNITS:
        return list(logs)
    return [median(logs[start:stop]) for start, stop in _parts(len(logs), _MOST_UNITS)]


def _parts(length: int, parts: int) -> list[tuple[int, int]]:
    """Return the bounds of ``parts`` nearly equal parts of ``length``."""
    ends = [length * part // parts for part in range(parts + 1)]
    return list(pairwise(ends))
