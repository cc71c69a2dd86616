"""The measurements of one result in words, for the console and the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paragon_tui.formatting import rates
from paragon_tui.formatting.quantities import (
    NOT_MEASURED,
    UNKNOWN,
    counted,
    interval,
    joules,
    milliseconds,
    multiple,
    significant,
    size,
    table_figure,
)
from paragon_tui.suites.case import USUAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from paragon_tui.engine.messages.figures import LaunchCost, Ratio, Summary, Verdict
    from paragon_tui.engine.results.result import Result
    from paragon_tui.engine.results.session import Session

VERDICT_MARKS: dict[Verdict, str] = {"faster": "↑", "slower": "↓", "same": "=", "unclear": "?"}


def median(summary: Summary | None) -> str:
    """Format the median and its 95 % interval: ``4.809 ms [4.7, 4.91]``."""
    return NOT_MEASURED if summary is None else milliseconds(summary.median) + interval(summary.interval)


def half_width(summary: Summary) -> str:
    """Format half the interval as ``±1.2 %``; ``–`` without an interval."""
    if summary.interval is None or summary.median <= 0:
        return "–"
    return f"±{100 * summary.interval.half_width(summary.median):.1f} %"


def spread(summary: Summary) -> str:
    """Format all statistics but the median; a single value has no spread."""
    parts = (
        ("min", summary.min),
        ("Q1", summary.q1),
        ("Q3", summary.q3),
        ("p95", summary.p95),
        ("max", summary.max),
        ("MAD", summary.mad),
    )
    figures = " · ".join(f"{name} {significant(value)}" for name, value in parts if value is not None)
    deviation = f" ± {significant(summary.stdev)}" if summary.stdev is not None else ""
    total = f" · total {milliseconds(summary.total)}" if summary.total is not None else ""
    return f"{figures} · mean {significant(summary.mean)}{deviation} · n {summary.n}{total}"


SPREAD_TITLE = "Spread of the samples, ms"
SPREAD_HEADING = ("result", "samples", "median", "mean ± standard deviation", "minimum", "maximum", "total")


def spread_rows(results: Iterable[Result]) -> Iterator[tuple[str, ...]]:
    """Yield a row of ``SPREAD_HEADING`` per measured result: a few slow samples change all but median and minimum."""
    for result in results:
        if result.measured and (latency := result.timings.latency_ms):
            yield (
                str(result.id),
                f"{latency.n:,}",
                table_figure(latency.median),
                table_figure(latency.mean) + (f" ± {table_figure(latency.stdev)}" if latency.stdev is not None else ""),
                table_figure(latency.min),
                UNKNOWN if latency.max is None else table_figure(latency.max),
                UNKNOWN if latency.total is None else table_figure(latency.total),
            )


def memory(result: Result) -> str | None:
    """Return the peak memory of the worker, and what was allocated on the device."""
    parts = [("peak on the host", result.resources.host_peak_bytes), ("on the device", result.resources.device_bytes)]
    return ", ".join(f"{size(value)} {where}" for where, value in parts if value is not None) or None


def sensors(result: Result) -> str | None:
    """Return what the device's sensors told: ``clock 3.25 GHz, at most 71 °C, 45.1 W, 12.3 mJ per run``."""
    told = result.conditions.sensors
    if told is None:
        return None
    parts = (
        ("clock {} GHz", told.clock_mhz / 1000 if told.clock_mhz is not None else None),
        ("at most {} °C", told.temperature_c),
        ("{} W", told.power_w),
    )
    texts = [text.format(significant(value)) for text, value in parts if value is not None]
    if told.joules_per_run is not None:
        texts.append(f"{joules(told.joules_per_run)} per run")
    return ", ".join(texts)


def determinism(result: Result) -> str | None:
    """Return whether the adapter computes the same bits every time, which is checked once per visit."""
    if result.bits.deterministic is None:
        return None
    if not result.bits.deterministic:
        return "≠ bits changed from run to run"
    rounds = result.timings.rounds
    return f"same bits every time (checked {'once' if rounds == 1 else f'{rounds} times'})"


def overhead(result: Result) -> str | None:
    """Return the parts of a sample that are not the driver's work."""
    measured = result.resources.overhead
    if measured is None:
        return None
    parts = [f"sampling loop {measured.loop_ns / 1e3:.1f} µs"]
    if measured.host_ns is not None:
        parts.append(f"harness code around driver calls {measured.host_ns / 1e3:.1f} µs")
    if measured.round_trip_ns is not None:
        parts.append(f"empty round trip {measured.round_trip_ns / 1e3:.1f} µs")
    ratio = over_round_trip(result)
    return ", ".join(parts) + (f"; latency minus device time is {ratio:.2f} round trips" if ratio is not None else "")


def over_round_trip(result: Result) -> float | None:
    """Return (latency − device time) / empty round trip; ``None`` if one of them was not measured."""
    measured, latency, device = result.resources.overhead, result.timings.latency_ms, result.timings.device_ms
    if measured is None or not measured.round_trip_ns or latency is None or device is None:
        return None
    return (latency.median - device.median) * 1e6 / measured.round_trip_ns


def verdict(ratio: Ratio) -> str:
    """Return the verdict, and why nothing can be concluded from a disturbed measurement."""
    return f"{ratio.judgement}: the machine was busy" if ratio.busy else ratio.judgement


def ratio_and_verdict(ratio: Ratio) -> str:
    """Format for lists: ``0.42× [0.41, 0.43] slower``."""
    return f"{multiple(ratio.value)}{interval(ratio.interval)} {verdict(ratio)}"


def verdict_phrase(ratio: Ratio | None) -> str:
    """Format as ``1.32× [1.25, 1.4], faster``."""
    return NOT_MEASURED if ratio is None else f"{multiple(ratio.value)}{interval(ratio.interval)}, {verdict(ratio)}"


def speedup_phrase(speedup: Ratio, baseline: Summary | None) -> str:
    """Format as ``verdict_phrase``, with NumPy's time if it is of fewer rounds than the one shown for NumPy."""
    phrase = verdict_phrase(speedup)
    if speedup.baseline_ms is None or (baseline is not None and baseline.median == speedup.baseline_ms):
        return phrase
    return f"{phrase}; NumPy {milliseconds(speedup.baseline_ms)} in the same rounds"


def variant_ratios(session: Session, result: Result) -> str | None:
    """Return ``tiled 1, vector 0.42× [0.41, 0.43] slower, for-loop unsupported``: each against the first, the default.

    ``None`` if no other variant was compared with it.
    """
    variants = session.variants(result)
    if not any(variant.timings.variant_speedup for variant in variants):
        return None
    return ", ".join(f"{variant.id.variant} {_ratio_to_default(variant)}" for variant in variants)


def library_and_threads(result: Result | None) -> str:
    """Return ``OpenBLAS 0.3.31 SkylakeX, 2 threads``; empty if the library does not say."""
    if result is None or result.resources.library is None:
        return ""
    library, threads = result.resources.library, result.resources.threads
    return library + (f", {counted(threads, 'thread')}" if threads else "")


def launch_cost(result: Result) -> str | None:
    """Return the cost of a synchronisation and of a run, and which of them dominates.

    One dominates only if its whole interval lies above the other's; its minimum share is the smallest that both
    intervals allow.
    """
    cost = result.timings.launch_cost
    if cost is None:
        return None
    return (
        f"{_synchronisation(cost)} per synchronisation + "
        f"{milliseconds(cost.forward_ms)}{interval(cost.forward_interval)} per run, up to "
        f"{cost.longest} runs per submission: {_dominant(cost)}"
    )


def timing_rows(session: Session, result: Result) -> list[tuple[str, str]]:
    """Return (name, text) rows of everything measured for a result except its medians; empty rows are left out."""
    times = result.timings
    if times.latency_ms is None:
        return []
    setup = (
        ("library" if session.adapter(result).is_host else "device", times.init_ms),
        ("compile", times.compile_ms),
        ("upload", times.upload_ms),
        ("first run", times.first_run_ms),
    )
    rows = (
        ("Samples", spread(times.latency_ms)),
        ("Measured in", _visits_and_processes(result)),
        ("Setup", " · ".join(f"{name} {milliseconds(ms)}" for name, ms in setup if ms is not None)),
        ("Throughput", rates.work_rate(session.rate(result))),
        ("Roofline", rates.roofline_line(session.roofline(result), rates.operations_unit(result))),
        ("Variants", variant_ratios(session, result)),
        ("Cold caches", _cold(result)),
        ("Chained", launch_cost(result)),
        ("Overhead", overhead(result)),
        ("Memory", memory(result)),
        ("Determinism", determinism(result)),
        ("Sensors", sensors(result)),
        ("Dropped", result.conditions.dropped.words if result.conditions.dropped else None),
        ("Not measured", "; ".join(result.conditions.not_measured)),
        *((f"{flag.mark or '·'} {flag.name}", flag.words) for flag in result.conditions.flags),
    )
    return [(name, text) for name, text in rows if text]


def _ratio_to_default(result: Result) -> str:
    """Return a variant's ratio to the default one; none for wrong bits, since a wrong result is not fast."""
    if result.bits.broken_claim:
        return "≠"
    if result.timings.variant_speedup is not None:
        return ratio_and_verdict(result.timings.variant_speedup)
    return result.status if result.status != "ok" else "1" if result.id.variant in USUAL else NOT_MEASURED


def _synchronisation(cost: LaunchCost) -> str:
    """Format the cost of a synchronisation; if the fit clipped it to 0, only its upper bound is known."""
    if cost.synchronisation_ms > 0:
        return milliseconds(cost.synchronisation_ms) + interval(cost.synchronisation_interval)
    if cost.synchronisation_interval is None or cost.synchronisation_interval.high <= 0:
        return "too little to measure"
    return f"below {milliseconds(cost.synchronisation_interval.high)}"


def _dominant(cost: LaunchCost) -> str:
    waiting, computing = cost.synchronisation_interval, cost.forward_interval
    if waiting is not None and computing is not None:
        for activity, winner, other in (
            ("waiting for the device", waiting, computing),
            ("computing", computing, waiting),
        ):
            if winner.low > other.high:
                return f"{activity} dominates (at least {100 * winner.low / (winner.low + other.high):.0f} %)"
    return "neither clearly dominates"


def _cold(result: Result) -> str | None:
    """Format the time with flushed caches, and with warm ones right after it, by the same clock."""
    cold, warm = result.timings.cold_ms, result.timings.warm_ms
    if cold is None or warm is None:
        return None
    clock = "device time" if result.timings.device_ms else "end to end"
    return f"{median(cold)}, then {milliseconds(warm.median)} warm; {clock}, n {cold.n}"


def _visits_and_processes(result: Result) -> str:
    times = result.timings
    text = f"{counted(times.rounds, 'visit')}, {counted(times.processes, 'process', 'processes')}"
    if times.preempted:
        text += f"; {counted(times.preempted, 'sample')} left out: other programs took a core"
    return text
