"""Quality flags: what a reader of a result's figures must know. Needs numpy, so it runs in workers only."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from paragon_tui.engine.analysis.modes import two_modes
from paragon_tui.engine.analysis.statistics import kept_values
from paragon_tui.engine.analysis.trend import trend
from paragon_tui.engine.messages.figures import Flag, Measured, Summary, Visit

IMPRECISE = 0.05  # half the interval, over the median
DRIFT = 0.05  # from the first round to the last: where it ends, the figure no longer holds
SECOND_MODE = 0.25  # the least share of samples in a mode that could hold the median in another run
FIRST_RUN = 3.0  # over the median …
_FIRST_RUN_NS = 1_000_000  # … and by no less than that, since the driver's first call always costs something
TICKS = 100  # a median of fewer clock steps is too coarse
THROTTLED = 1.10  # a fixed piece of work over its best in the session
PROCESSES = 0.05  # between the medians of the slowest and the fastest process, over the median
_CHANCE = 0.005  # that they lie as far apart by chance …
_SHUFFLES, _SEED = 2000, 1935  # … in so many random assignments of the visits
_MS = 1_000_000  # nanoseconds


def quality_flags(
    measured: Measured, latency: Summary, first_run_ns: int | None, on_cpu: bool, clipped: bool
) -> tuple[Flag, ...]:
    """Return the quality flags of a result, in the order of ``FlagName``.

    ``latency`` is the summary of what was ``measured``, ``first_run_ns`` the first run's time, ``None`` if unknown.
    ``on_cpu``: the adapter computes on the processor, whose clock rate the calibration
    loop shows where no sensor tells of throttling. ``clipped``: a time
    limit ended sampling before the least number of rounds.
    """
    visits = measured.latency.visits
    median_ns = max(1.0, latency.median * _MS)
    flags = (
        _imprecise(latency),
        _disturbed(measured),
        _bimodal(measured, latency),
        _drifting(visits),
        Flag("clipped", "a time limit ended sampling early") if clipped else None,
        _first_run_slow(first_run_ns, median_ns),
        _too_short(measured.tick_ns, median_ns),
        _throttled(measured, on_cpu),
        _processes_differ(visits, median_ns),
    )
    return tuple(flag for flag in flags if flag is not None)


def _imprecise(latency: Summary) -> Flag | None:
    if latency.interval is None or latency.median <= 0:
        return None
    half_width = latency.interval.half_width(latency.median)
    return Flag("imprecise", f"the median is known to ±{_percent(half_width)}") if half_width > IMPRECISE else None


def _disturbed(measured: Measured) -> Flag | None:
    if not measured.disturbed:
        return None
    busy = f"{_significant(measured.other_cores)} cores" if measured.other_cores else "cores"
    return Flag("disturbed", f"the machine was busy: other programs kept {busy} at work")


def _bimodal(measured: Measured, latency: Summary) -> Flag | None:
    """Two modes matter where the interval holds one of them and the median could as well be in the other."""
    visits = [visit for visit in measured.latency.visits if visit.values_ns]
    # A clock counts whole nanoseconds: a time of 0 may be up to 1.
    values = np.maximum(1.0, kept_values(visits))
    sizes = [len(visit.values_ns) for visit in visits]
    groupings = [np.repeat(units, sizes) for units in (range(len(visits)), [visit.process for visit in visits])]
    modes = two_modes(values, groupings, measured.tick_ns)
    if modes is None or not SECOND_MODE <= modes.high_share <= 1 - SECOND_MODE:
        return None
    low, high = modes.low / _MS, modes.high / _MS
    if latency.interval is not None and latency.interval.low <= low and high <= latency.interval.high:
        return None
    places = f"at {_significant(low, 3)} and {_significant(high, 3)} ms"
    return Flag("bimodal", f"two modes, {places}, the second with {_percent(modes.high_share)} of the samples")


def _drifting(visits: Sequence[Visit]) -> Flag | None:
    change = trend(list(_medians(visits).values()))
    if abs(change) <= DRIFT:
        return None
    return Flag(
        "drifting", f"{'rises' if change > 0 else 'falls'} by {_percent(abs(change))} from the first round to the last"
    )


def _first_run_slow(first_run_ns: int | None, median_ns: float) -> Flag | None:
    if first_run_ns is None or first_run_ns <= FIRST_RUN * median_ns or first_run_ns - median_ns <= _FIRST_RUN_NS:
        return None
    times = f"{_significant(first_run_ns / median_ns)} times the median ({_significant(first_run_ns / _MS)} ms)"
    return Flag("first run slow", f"the first run took {times}")


def _too_short(tick_ns: int, median_ns: float) -> Flag | None:
    ticks = median_ns / tick_ns
    return Flag("too short", f"a sample is only {_significant(ticks)} clock ticks long") if ticks < TICKS else None


def _throttled(measured: Measured, on_cpu: bool) -> Flag | None:
    """Return what the device reports; of a processor that reports nothing, what its clock rate suggests."""
    reported = [reading.throttled for reading in measured.readings if reading.throttled is not None]
    if reported:
        return _reported_throttling(reported, "processor" if on_cpu else "device")
    if not on_cpu or not measured.best_spin_ns or measured.spin_ns is None:
        return None
    slower = measured.spin_ns / measured.best_spin_ns
    if slower <= THROTTLED:
        return None
    loop = f"a calibration loop took {_percent(slower - 1)} longer than at its best in this session"
    return Flag("slow clock", f"{loop}, so the processor may have been throttled")


def _reported_throttling(reported: Sequence[tuple[str, ...]], device: str) -> Flag | None:
    visits = sum(1 for reasons in reported if reasons)
    if not visits:
        return None
    reasons = ", ".join(dict.fromkeys(reason for reasons in reported for reason in reasons))
    return Flag(
        "throttled", f"the {device} reports that it was throttled ({reasons}) in {visits} of {len(reported)} visits"
    )


def _processes_differ(visits: Sequence[Visit], median_ns: float) -> Flag | None:
    """Compare with random assignments of the visits to the processes: a permutation test at 0.5 %."""
    medians = [[median for _, median in process] for process in _medians(visits).values()]
    ends = np.cumsum([len(process) for process in medians])[:-1]
    observed = np.concatenate(medians)[None]
    (spread,) = _spreads(observed, ends)
    if spread <= PROCESSES * median_ns:
        return None
    shuffled = np.random.default_rng(_SEED).permuted(np.repeat(observed, _SHUFFLES, axis=0), axis=1)
    if np.mean(_spreads(shuffled, ends) >= spread) > _CHANCE:
        return None
    return Flag("processes differ", f"the medians of {len(medians)} processes differ by {_percent(spread / median_ns)}")


def _spreads(visit_medians: NDArray[np.float64], ends: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the range of the processes' medians in each row, whose processes are split at ``ends``."""
    medians = [np.median(process, axis=1) for process in np.split(visit_medians, ends, axis=1)]
    return np.asarray(np.ptp(medians, axis=0), np.float64)


def _medians(visits: Sequence[Visit]) -> dict[int, list[tuple[int, float]]]:
    """Return (round, median) of the visits of each process, in the order of the rounds."""
    medians: dict[int, list[tuple[int, float]]] = {}
    for visit in sorted(visits, key=lambda visit: (visit.process, visit.round)):
        medians.setdefault(visit.process, []).append((visit.round, max(1.0, visit.median_ns)))
    return medians


def _percent(share: float) -> str:
    return f"{_significant(100 * share)} %"


def _significant(value: float, digits: int = 2) -> str:
    """Return ``value`` (above 0) to ``digits`` significant digits, and at least to the unit."""
    return f"{value:.{max(0, digits - 1 - math.floor(math.log10(value)))}f}"
