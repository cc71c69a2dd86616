"""Figures of timing samples, with intervals. Needs numpy, so it runs in workers only."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from paragon_tui.engine.analysis.margin import LEAST_VISITS, processes_margin, visits_margin
from paragon_tui.engine.analysis.verdict import LEAST_PROCESSES, verdict
from paragon_tui.engine.messages.figures import Interval, Measured, Ratio, Samples, Summary, Visit

_NS = 1e6  # in a millisecond
_WIDEST = math.log(4)  # a margin beyond says nothing that anybody could use


def summarise(samples: Samples, disturbed: bool = False) -> Summary:
    """Return figures in milliseconds of all samples.

    The median is that of the visits' medians. Its interval (``margin``) is of processes where there are at least three,
    else of visits; ``None`` for fewer than ten visits, whose correlation cannot be told, where it would reach beyond
    four times the median, and where they were ``disturbed``, since nothing then says how far. It is symmetric on the
    log scale. Meant to cover the median of undisturbed runs in 95 of 100 runs (``benchmarks/verdicts.py`` shows in how
    many it does). A single sample has no deviations.
    """
    values = kept_values(samples.visits)
    q1, middle, q3, p95 = np.percentile(values, [25, 50, 75, 95])
    value = _median_ns(samples.visits) / _NS
    margin = None if disturbed else _margin(_logs(samples.visits))
    return Summary(
        median=value,
        interval=_interval(value, margin),
        min=samples.min_ns / _NS,
        q1=float(q1) / _NS,
        q3=float(q3) / _NS,
        p95=float(p95) / _NS,
        mad=float(np.median(np.abs(values - middle))) / _NS if samples.n > 1 else None,
        mean=samples.mean_ns / _NS,
        stdev=samples.stdev_ns / _NS if samples.stdev_ns is not None else None,
        n=samples.n,
        max=samples.max_ns / _NS,
        total=samples.mean_ns * samples.n / _NS,
    )


def ratio(baseline: Measured, other: Measured) -> Ratio | None:
    """Return the median of ``baseline`` over that of ``other``, sampled interleaved: above 1 ``other`` is faster.

    The baseline counts in the visits (process and round) that both have: what it took after the other had ended is of
    other conditions. The interval is of the visits side by side, so that what disturbs both cancels. ``None`` where
    they share too few visits for an interval, or a median is 0: what cannot be judged is not shown. A disturbed side
    leaves a value without an interval. Beside other programs that keep the share s of the cores busy, the interval
    reaches further by the factor 1 + s: waiting for a core, which no system counts, may weigh on one side alone.
    """
    shared = {_key(visit) for visit in baseline.latency.visits} & {_key(visit) for visit in other.latency.visits}
    beside, own = ([visit for visit in side.latency.visits if _key(visit) in shared] for side in (baseline, other))
    margin = _margin(_logs(beside), _logs(own))
    baseline_ms = _median_ns(beside) / _NS if beside else 0.0
    other_ms = _median_ns(other.latency.visits) / _NS
    if margin is None or not (baseline_ms > 0 and other_ms > 0):
        return None
    value = baseline_ms / other_ms
    if baseline.disturbed or other.disturbed:
        return Ratio(value, None, verdict(None), baseline_ms, busy=True)
    # Visits of the other that the baseline lacks count in its time, so the interval must reach from there.
    beyond = abs(math.log(other_ms * _NS / _median_ns(own)))
    beyond += math.log1p(max(baseline.load, other.load))
    interval = _interval(value, margin + beyond, max(_WIDEST, abs(math.log(value))))  # a wide one may still decide
    return Ratio(value, interval, verdict(interval), baseline_ms)


def kept_values(visits: Sequence[Visit]) -> NDArray[np.float64]:
    """Return the kept values of all visits, nanoseconds, in order."""
    return np.array([value for visit in visits for value in visit.values_ns], np.float64)


_Logs = dict[int, list[float]]  # of the visits' medians, by process


def _logs(visits: Iterable[Visit]) -> _Logs:
    logs: _Logs = {}
    for visit in sorted(visits, key=_key):
        # A clock counts whole nanoseconds: a time of 0 may be up to 1.
        logs.setdefault(visit.process, []).append(math.log(max(1.0, visit.median_ns)))
    return logs


def _margin(first: _Logs, against: _Logs | None = None) -> float | None:
    """Return the margin of the median of ``first``, or of its difference from that of ``against``, whose visits match.

    ``None`` where there are too few.
    """
    if len(first) >= LEAST_PROCESSES:
        others = [median(logs) for logs in against.values()] if against else [0.0] * len(first)
        return processes_margin([median(logs) - other for logs, other in zip(first.values(), others, strict=True)])
    visits = [log for logs in first.values() for log in logs]
    if len(visits) < LEAST_VISITS:
        return None
    return visits_margin(visits, [log for logs in against.values() for log in logs] if against else None)


def _median_ns(visits: Sequence[Visit]) -> float:
    """Return the median of the visits' medians, between two the geometric mean: intervals are of logarithms."""
    ordered = sorted(visit.median_ns for visit in visits)
    lower, upper = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return lower if lower == upper else math.sqrt(lower * upper)


def _interval(value: float, margin: float | None, widest: float = _WIDEST) -> Interval | None:
    if margin is None or margin > widest or value <= 0:
        return None
    return Interval(value * math.exp(-margin), value * math.exp(margin))


def _key(visit: Visit) -> tuple[int, int]:
    return visit.process, visit.round
