"""The cost of a launch, from runs that were chained in one submission. Needs numpy, so it runs in workers only."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from paragon_tui.engine.analysis.student import student_t
from paragon_tui.engine.messages.figures import Interval, LaunchCost

_REPLICATES = 1000  # the standard error of a standard error is then 2 %
_SEED = 20150507  # the same samples always have the same interval
_LEAST_SERIES = 4  # fewer give intervals too wide to be of use: t of 1 degree is 12.7, of 2 still 4.3
_NS = 1e6  # in a millisecond


def fit_launch_cost(series: Sequence[Sequence[tuple[int, int]]]) -> LaunchCost | None:
    """Fit ``T(n) = a + b·n`` to series of [(n, nanoseconds), ...], cut to the shortest, each of the same n.

    Least squares of relative errors, on the median of each n over the series; a synchronisation cannot take negative
    time, so where ``a`` would be negative, the line goes through 0. The intervals are a bootstrap of whole series
    (Davison & Hinkley 1997), widened by Student's t for few of them, and ``None`` for fewer than four. Returns ``None``
    where no line has a ``b`` above 0. Raises ``ValueError`` for unequal n.
    """
    shortest = min(map(len, series), default=0)  # one process may have fitted fewer into a submission than another
    lengths = [n for n, _ in series[0][:shortest]] if series else []
    if any([n for n, _ in each[:shortest]] != lengths for each in series):
        raise ValueError("every series must have the same lengths")
    if len(set(lengths)) < 2:
        return None
    times = np.array([[ns for _, ns in each[:shortest]] for each in series], np.float64) / _NS
    if times.min() <= 0:
        return None
    n, typical = np.array(lengths, np.float64), np.median(times, axis=0)
    start, slope = (float(figure) for figure in _line(n, typical))
    if start < 0:
        start, slope = 0.0, float((n / typical).sum() / ((n / typical) ** 2).sum())
    if slope <= 0:
        return None
    starts = slopes = None
    if (count := len(series)) >= _LEAST_SERIES:
        drawn = np.random.default_rng(_SEED).integers(count, size=(_REPLICATES, count))
        replicates = _line(n, np.median(times[drawn], axis=1))
        # With k units a bootstrap sees only (k-1)/k of the variance (Hesterberg 2015, 5).
        widening = student_t(count - 1) * math.sqrt(count / (count - 1))
        starts, slopes = (
            _interval_above_0(figure, widening * float(spread.std()))
            for figure, spread in zip((start, slope), replicates, strict=True)
        )
    return LaunchCost(start, starts, slope, slopes, max(lengths))


def _line(n: NDArray[np.float64], times: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return start and slope of the line through ``times`` (..., len(n)) over ``n``, each weighted by 1/time²."""
    weight = times**-2
    sums = [(weight * part).sum(axis=-1) for part in (n**0, n, n * n, times, n * times)]
    all_, over_n, over_nn, over_t, over_nt = sums
    determinant = all_ * over_nn - over_n**2
    return (over_nn * over_t - over_n * over_nt) / determinant, (all_ * over_nt - over_n * over_t) / determinant


def _interval_above_0(figure: float, margin: float) -> Interval:
    return Interval(max(0.0, figure - margin), figure + margin)
