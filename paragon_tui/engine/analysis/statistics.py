"""Figures of timing samples, with intervals. Needs numpy, so it runs in workers only."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from paragon_tui.engine.analysis import bootstrap
from paragon_tui.engine.analysis.verdict import LEAST_PROCESSES, verdict
from paragon_tui.engine.messages.figures import Interval, LaunchCost, Ratio, Summary, Visit

_LEAST_VISITS = 4  # fewer give intervals too wide to be of use: t of 1 degree is 12.7, of 2 still 4.3
_MOST_UNITS = 100
_NS = 1e6  # in a millisecond


def summarise(visits: Sequence[Visit]) -> Summary:
    """Return figures in milliseconds of all samples of ``visits``. Raises ``ValueError`` for no samples.

    The median's interval is a bootstrap of whole units (``bootstrap``): processes where there are at least three, else
    visits; ``None`` for fewer than four visits, since Student's t turns a difference between two into millions of
    percent, or where the clock did not move. It is symmetric on the log scale. Meant to cover the true median in 95 of
    100 runs, it does in 94 to 98 (1,000 trials each; 3, 5 and 10 processes; 4 to 25 visits of 1 to 50 samples; normal,
    lognormal, bimodal and with outliers, with and without differences between visits or processes). A single sample
    has no deviations.
    """
    values = _pooled(visits)
    minimum, q1, median, q3, p95 = np.percentile(values, [0, 25, 50, 75, 95])
    return Summary(
        median=float(median) / _NS,
        interval=_interval(float(median) / _NS, _units(visits)),
        min=float(minimum) / _NS,
        q1=float(q1) / _NS,
        q3=float(q3) / _NS,
        p95=float(p95) / _NS,
        mad=float(np.median(np.abs(values - median))) / _NS if len(values) > 1 else None,
        mean=float(values.mean()) / _NS,
        stdev=float(values.std(ddof=1)) / _NS if len(values) > 1 else None,
        n=len(values),
    )


def ratio(baseline: Sequence[Visit], other: Sequence[Visit]) -> Ratio:
    """Return the median of ``baseline`` over that of ``other``, sampled interleaved: above 1 ``other`` is faster.

    Value and interval are of the visits (process and round) that both have: samples that one side took after the other
    had ended are of other conditions. The interval draws the same units for both, so that disturbances that hit both
    cancel; ``None`` where there are too few (``summarise``). Raises ``ValueError`` where they share no visit or a
    median is 0.
    """
    shared = set.intersection(*({_visit_key(visit) for visit in side if visit.values_ns} for side in (baseline, other)))
    if not shared:
        raise ValueError("a ratio needs visits that both sides have")
    sides = [[visit for visit in side if _visit_key(visit) in shared] for side in (baseline, other)]
    above, below = (float(np.median(_pooled(side))) for side in sides)
    if not (above > 0 and below > 0):
        raise ValueError("a ratio needs times above 0")
    interval = _interval(above / below, *(_units(side) for side in sides))
    return Ratio(above / below, interval, verdict(interval))


def fit_launch_cost(series: Sequence[Sequence[tuple[int, int]]]) -> LaunchCost | None:
    """Fit ``T(n) = a + b·n`` to repetitions of [(n, nanoseconds), ...], each of the same n.

    Least squares of relative errors, on the median of each n over the repetitions; a synchronisation cannot take
    negative time, so where ``a`` would be negative, the line goes through 0. The intervals are a bootstrap of the
    repetitions, and ``None`` for fewer than four. Returns ``None`` where no line has a ``b`` above 0. Raises
    ``ValueError`` for unequal n.
    """
    lengths = [n for n, _ in series[0]] if series else []
    if any([n for n, _ in repetition] != lengths for repetition in series):
        raise ValueError("every repetition must have the same lengths")
    times = np.array([[ns for _, ns in repetition] for repetition in series], np.float64) / _NS
    if len(set(lengths)) < 2 or times.min() <= 0:
        return None
    n, typical = np.array(lengths, np.float64), np.median(times, axis=0)
    start, slope = (float(figure) for figure in _line(n, typical))
    if start < 0:
        start, slope = 0.0, float((n / typical).sum() / ((n / typical) ** 2).sum())
    if slope <= 0:
        return None
    starts = slopes = None
    if (repetitions := len(series)) >= _LEAST_VISITS:
        drawn = bootstrap.draws(repetitions)
        replicates = np.stack([bootstrap.medians(list(column[:, None]), drawn) for column in times.T], axis=1)
        starts, slopes = (
            _interval_above_0(figure, bootstrap.margin(spread, repetitions))
            for figure, spread in zip((start, slope), _line(n, replicates), strict=True)
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


def _interval(value: float, *sides: Sequence[NDArray[np.float64]]) -> Interval | None:
    """Return the 95 % interval of ``value``: the median of one side's units, or the ratio of two sides' medians."""
    if not sides[0] or value <= 0:
        return None
    units = len(sides[0])
    drawn = bootstrap.draws(units)
    # A clock counts whole nanoseconds: a time of 0 may be up to 1.
    logs = [np.log(np.maximum(bootstrap.medians(side, drawn), 1.0)) for side in sides]
    margin = bootstrap.margin(np.subtract.reduce(logs), units)
    return Interval(value * math.exp(-margin), value * math.exp(margin))


def _pooled(visits: Sequence[Visit]) -> NDArray[np.float64]:
    values = [value for visit in visits for value in visit.values_ns]
    if not values:
        raise ValueError("no samples to summarise")
    return np.array(values, np.float64)


def _units(visits: Sequence[Visit]) -> list[NDArray[np.float64]]:
    """Return the samples of each independent unit: a process where there are enough of them, else a visit.

    Empty where there are too few visits as well. Very many visits are joined with their neighbours, since more units
    add no information and the bootstrap's memory is samples times units.
    """
    by_process = len({visit.process for visit in visits if visit.values_ns}) >= LEAST_PROCESSES
    units: dict[tuple[int, ...], list[int]] = {}
    for visit in sorted(visits, key=_visit_key):
        if visit.values_ns:
            units.setdefault((visit.process,) if by_process else _visit_key(visit), []).extend(visit.values_ns)
    if not by_process and len(units) < _LEAST_VISITS:
        return []
    blocks: dict[int, list[int]] = {}
    for index, values in enumerate(units.values()):
        blocks.setdefault(index * min(len(units), _MOST_UNITS) // len(units), []).extend(values)
    return [np.array(values, np.float64) for values in blocks.values()]


def _visit_key(visit: Visit) -> tuple[int, int]:
    return visit.process, visit.round
