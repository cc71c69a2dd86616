"""Quality flags: reasons to doubt a result's figures. Needs numpy, so it runs in workers only."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from paragon_tui.engine.analysis.modes import two_modes
from paragon_tui.engine.analysis.trend import trend
from paragon_tui.engine.messages.figures import MAD_TO_SIGMA, Conditions, Flag, Visit

NOISY = 0.05  # 1.4826·MAD over the median
FAR_TAIL = 2.0  # the 95th percentile over the median: a scheduler's interruptions stay below it on a machine at rest …
_TAIL_SAMPLES = 100  # … and in fewer samples this tail is only a few samples
DRIFT = 0.03  # from the first round to the last
FIRST_RUN = 3.0  # over the median …
_FIRST_RUN_NS = 1_000_000  # … and by no less than that, since the driver's first call always costs something
TICKS = 100  # a median of fewer clock steps is too coarse
THROTTLED = 1.10  # a fixed piece of work over its best in the session
OTHER_CORES = 0.25
PROCESSES = 0.05  # between the medians of the slowest and the fastest process, over the median
_CHANCE = 0.005  # that they lie as far apart by chance …
_SHUFFLES, _SEED = 2000, 1935  # … in so many random assignments of the visits
_MS = 1_000_000  # nanoseconds


def quality_flags(
    latency: Sequence[Visit],
    conditions: Sequence[Conditions],
    first_run_ns: int | None,
    best_spin_ns: int | None,
    on_cpu: bool,
) -> tuple[Flag, ...]:
    """Return the quality flags of the samples of ``latency``, in the order of ``FlagName``; none for no samples.

    ``conditions`` are those of the visits; ``first_run_ns`` is the first run's time, ``best_spin_ns`` the shortest
    time of the conditions' fixed piece of work so far in this session; both ``None`` where unknown. ``on_cpu``: the
    adapter computes on the processor, whose clock rate ``best_spin_ns`` shows.
    """
    visits = [visit for visit in latency if visit.values_ns]
    if not visits:
        return ()
    # A clock counts whole nanoseconds: a time of 0 may be up to 1.
    values = np.maximum(1.0, [value for visit in visits for value in visit.values_ns])
    median = float(np.median(values))
    flags = (
        _noisy(values, median),
        _bimodal(values, visits, conditions),
        _drifting(visits),
        _first_run_slow(first_run_ns, median),
        _too_short(conditions, median),
        _throttled(conditions, best_spin_ns) if on_cpu else None,
        _other_load(conditions),
        _processes_differ(visits, median),
    )
    return tuple(flag for flag in flags if flag is not None)


def _noisy(values: NDArray[np.float64], median: float) -> Flag | None:
    deviation = float(np.median(np.abs(values - median)))
    if MAD_TO_SIGMA * deviation > NOISY * median:
        return Flag("noisy", f"only half of the samples are within ±{_percent(deviation / median)} of the median")
    tail = float(np.quantile(values, 0.95))
    if tail > FAR_TAIL * median and len(values) >= _TAIL_SAMPLES:
        return Flag("noisy", f"1 sample in 20 takes at least {_significant(tail / median)} times the median")
    return None


def _bimodal(values: NDArray[np.float64], visits: Sequence[Visit], conditions: Sequence[Conditions]) -> Flag | None:
    sizes = [len(visit.values_ns) for visit in visits]
    groupings = [np.repeat(units, sizes) for units in (range(len(visits)), [visit.process for visit in visits])]
    modes = two_modes(values, groupings, max((condition.tick_ns for condition in conditions), default=1))
    if modes is None:
        return None
    places = f"at {_significant(modes.low / _MS, 3)} and {_significant(modes.high / _MS, 3)} ms"
    return Flag("bimodal", f"two modes, {places}, the second with {_percent(modes.high_share)} of the samples")


def _drifting(visits: Sequence[Visit]) -> Flag | None:
    change = trend(list(_medians(visits).values()))
    if abs(change) <= DRIFT:
        return None
    return Flag(
        "drifting", f"{'rises' if change > 0 else 'falls'} by {_percent(abs(change))} from the first round to the last"
    )


def _first_run_slow(first_run_ns: int | None, median: float) -> Flag | None:
    if first_run_ns is None or first_run_ns <= FIRST_RUN * median or first_run_ns - median <= _FIRST_RUN_NS:
        return None
    times = f"{_significant(first_run_ns / median)} times the median ({_significant(first_run_ns / _MS)} ms)"
    return Flag("first run slow", f"the first run took {times}")


def _too_short(conditions: Sequence[Conditions], median: float) -> Flag | None:
    ticks = median / max((condition.tick_ns for condition in conditions), default=1)
    if ticks >= TICKS:
        return None
    return Flag("too short", f"a sample is only {_significant(ticks)} clock ticks long")


def _throttled(conditions: Sequence[Conditions], best_spin_ns: int | None) -> Flag | None:
    if best_spin_ns is None or not conditions:
        return None
    slower = statistics.median(condition.spin_ns for condition in conditions) / best_spin_ns
    if slower <= THROTTLED:
        return None
    return Flag("throttled", f"a calibration loop took {_percent(slower - 1)} longer than at its best in this session")


def _other_load(conditions: Sequence[Conditions]) -> Flag | None:
    loads = [condition.other_cores for condition in conditions if condition.other_cores is not None]
    if not loads or (cores := sum(loads) / len(loads)) <= OTHER_CORES:
        return None
    return Flag("other load", f"{_significant(cores)} cores were busy with other work")


def _processes_differ(visits: Sequence[Visit], median: float) -> Flag | None:
    """Compare with random assignments of the visits to the processes: a permutation test at 0.5 %."""
    medians = [[visit_median for _, visit_median in process] for process in _medians(visits).values()]
    ends = np.cumsum([len(process) for process in medians])[:-1]
    observed = np.concatenate(medians)[None]
    (spread,) = _spreads(observed, ends)
    if spread <= PROCESSES * median:
        return None
    shuffled = np.random.default_rng(_SEED).permuted(np.repeat(observed, _SHUFFLES, axis=0), axis=1)
    if np.mean(_spreads(shuffled, ends) >= spread) > _CHANCE:
        return None
    return Flag("processes differ", f"the medians of {len(medians)} processes differ by {_percent(spread / median)}")


def _spreads(visit_medians: NDArray[np.float64], ends: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the range of the processes' medians in each row, whose processes are split at ``ends``."""
    medians = [np.median(process, axis=1) for process in np.split(visit_medians, ends, axis=1)]
    return np.asarray(np.ptp(medians, axis=0), np.float64)


def _medians(visits: Sequence[Visit]) -> dict[int, list[tuple[int, float]]]:
    """Return (round, median) of the visits of each process, in the order of the rounds."""
    medians: dict[int, list[tuple[int, float]]] = {}
    for visit in sorted(visits, key=lambda visit: (visit.process, visit.round)):
        medians.setdefault(visit.process, []).append((visit.round, max(1.0, statistics.median(visit.values_ns))))
    return medians


def _percent(share: float) -> str:
    return f"{_significant(100 * share)} %"


def _significant(value: float, digits: int = 2) -> str:
    """Return ``value`` (above 0) to ``digits`` significant digits, and at least to the unit."""
    return f"{value:.{max(0, digits - 1 - math.floor(math.log10(value)))}f}"
