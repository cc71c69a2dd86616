"""What was measured of one result, in words that the console and the screen share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paragon_tui.engine.results.rates import rate
from paragon_tui.formatting import rates
from paragon_tui.formatting.quantities import (
    NOT_MEASURED,
    counted,
    interval,
    milliseconds,
    multiple,
    significant,
    size,
)
from paragon_tui.suites.case import USUAL

if TYPE_CHECKING:
    from paragon_tui.engine.messages.figures import Flag, LaunchCost, Ratio, Summary, Verdict
    from paragon_tui.engine.results.result import Result
    from paragon_tui.engine.results.session import Session

VERDICT_MARKS: dict[Verdict, str] = {"faster": "▲", "slower": "▼", "same": "=", "unclear": "?"}


def median(summary: Summary | None) -> str:
    """``4.809 ms [4.7, 4.91]``: the median and its 95 % interval."""
    return NOT_MEASURED if summary is None else milliseconds(summary.median) + interval(summary.interval)


def half_width(summary: Summary) -> str:
    """``±1.2 %``: how far the wider side of the interval reaches; ``–`` where there is none.

    Less than four visits have none: they show too little of how much they differ.
    """
    if summary.interval is None or summary.median <= 0:
        return "–"
    reach = max(summary.median - summary.interval.low, summary.interval.high - summary.median)
    return f"±{100 * reach / summary.median:.1f} %"


def spread(summary: Summary) -> str:
    """Everything else that a sample has to say; one value alone has no spread."""
    parts = (
        ("min", summary.min),
        ("Q1", summary.q1),
        ("Q3", summary.q3),
        ("p95", summary.p95),
        ("MAD", summary.mad),
    )
    figures = " · ".join(f"{name} {significant(value)}" for name, value in parts if value is not None)
    deviation = f" ± {significant(summary.stdev)}" if summary.stdev is not None else ""
    return f"{figures} · mean {significant(summary.mean)}{deviation} · n {summary.n}"


def memory(result: Result) -> str | None:
    """The most memory that the worker held, and what was allocated on the device."""
    parts = [("on the host at most", result.host_peak_bytes), ("on the device", result.device_bytes)]
    return ", ".join(f"{size(value)} {where}" for where, value in parts if value is not None) or None


def determinism(result: Result) -> str | None:
    """Whether the same adapter computes the same bits twice, which is looked at once a visit."""
    if result.deterministic is None:
        return None
    looks = "once" if result.rounds == 1 else f"{result.rounds} times"
    same = f"the same bits each time it was looked at ({looks})"
    return same if result.deterministic else "≠ bits changed from run to run"


def overhead(result: Result) -> str | None:
    """What a sample holds besides the driver's work."""
    seen = result.overhead
    if seen is None:
        return None
    parts = [f"the sampling loop {seen.loop_ns / 1e3:.1f} µs"]
    if seen.host_ns is not None:
        parts.append(f"our code around the driver's calls {seen.host_ns / 1e3:.1f} µs")
    if seen.round_trip_ns is not None:
        parts.append(f"an empty round trip {seen.round_trip_ns / 1e3:.1f} µs")
    ratio = over_round_trip(result)
    return ", ".join(parts) + (f"; latency beyond device time is {ratio:.2f} of that" if ratio is not None else "")


def over_round_trip(result: Result) -> float | None:
    """Latency beyond device time over an empty round trip."""
    seen = result.overhead
    if seen is None or not seen.round_trip_ns or result.latency_ms is None or result.device_ms is None:
        return None
    return (result.latency_ms.median - result.device_ms.median) * 1e6 / seen.round_trip_ns


def ratio_and_verdict(ratio: Ratio) -> str:
    """``0.42× [0.41, 0.43] slower``: where several stand in a line."""
    return f"{multiple(ratio.value)}{interval(ratio.interval)} {ratio.judgement}"


def verdict_phrase(ratio: Ratio | None) -> str:
    """``1.32× [1.25, 1.4], faster``."""
    return NOT_MEASURED if ratio is None else f"{multiple(ratio.value)}{interval(ratio.interval)}, {ratio.judgement}"


def variant_ratios(session: Session, result: Result) -> str | None:
    """``tiled 1, vector 0.42× [0.41, 0.43] slower, for-loop unsupported``: each over the first, which is the usual.

    Nothing where no other was compared with it.
    """
    there = session.variants(result)
    if not any(one.variant_speedup for one in there):
        return None
    return ", ".join(f"{one.id.variant} {_beside_usual(one)}" for one in there)


def library_and_threads(result: Result | None) -> str:
    """``OpenBLAS 0.3.31 SkylakeX, 2 threads``; nothing where a library does not tell."""
    if result is None or result.library is None:
        return ""
    threads = f", {counted(result.threads, 'thread')}" if result.threads else ""
    return result.library + threads


def launch_cost(result: Result) -> str | None:
    """Whether waiting for the device or computing takes the time of one run.

    One dominates only where its whole interval lies above the other's; the share that it takes at least is then the
    least that both intervals allow.
    """
    through = result.launch_cost
    if through is None:
        return None
    return (
        f"{_synchronisation(through)} a synchronisation + "
        f"{milliseconds(through.forward_ms)}{interval(through.forward_interval)} a run, over up to "
        f"{through.longest} in one submission: {_dominant(through)}"
    )


def doubtful_flags(result: Result) -> tuple[Flag, ...]:
    """The flags that keep its median from being taken at its word."""
    return tuple(flag for flag in result.flags if flag.is_doubt)


def timing_rows(session: Session, result: Result) -> list[tuple[str, str]]:
    """What the clock and the counters say of a result beside its medians; nothing for what was not measured."""
    if result.latency_ms is None:
        return []
    once = (
        ("library" if result.adapter.is_host else "device", result.init_ms),
        ("compile", result.compile_ms),
        ("upload", result.upload_ms),
        ("first run", result.first_run_ms),
    )
    result_names = (
        ("Samples", spread(result.latency_ms)),
        ("Taken in", _taken_in(result)),
        ("Once", " · ".join(f"{name} {milliseconds(ms)}" for name, ms in once if ms is not None)),
        ("Work", rates.work_rate(rate(result))),
        ("Rate", rates.roofline_line(session.roofline(result), rates.operations_unit(result))),
        ("Variants", variant_ratios(session, result)),
        ("Cold caches", _cold(result)),
        ("Chained", launch_cost(result)),
        ("Overhead", overhead(result)),
        ("Memory", memory(result)),
        ("Repeated", determinism(result)),
        ("Not measured", "; ".join(result.not_measured)),
        *((f"! {flag.name}", flag.words) for flag in result.flags),
    )
    return [(name, words) for name, words in result_names if words]


def _beside_usual(result: Result) -> str:
    """Wrong bits are not fast."""
    if result.broken_claim:
        return "≠"
    if result.variant_speedup is not None:
        return ratio_and_verdict(result.variant_speedup)
    return result.progress if result.progress != "ok" else "1" if result.id.variant in USUAL else NOT_MEASURED


def _synchronisation(through: LaunchCost) -> str:
    """What the fit cut off at 0 was not measured: it is told by what it stays below."""
    if through.synchronisation_ms > 0:
        return milliseconds(through.synchronisation_ms) + interval(through.synchronisation_interval)
    if through.synchronisation_interval is None or through.synchronisation_interval.high <= 0:
        return "too little to tell for"
    return f"below {milliseconds(through.synchronisation_interval.high)}"


def _dominant(through: LaunchCost) -> str:
    waiting, computing = through.synchronisation_interval, through.forward_interval
    if waiting is not None and computing is not None:
        for what, winner, other in (
            ("waiting for the device", waiting, computing),
            ("computing", computing, waiting),
        ):
            if winner.low > other.high:
                return f"{what} dominates (at least {100 * winner.low / (winner.low + other.high):.0f} %)"
    return "which dominates is not told apart"


def _cold(result: Result) -> str | None:
    """With flushed caches, and right behind that with filled ones, by the same clock."""
    if result.cold_ms is None or result.warm_ms is None:
        return None
    clock = "device time" if result.device_ms else "end to end"
    return (
        f"{median(result.cold_ms)}, {milliseconds(result.warm_ms.median)} right behind; {clock}, n {result.cold_ms.n}"
    )


def _taken_in(result: Result) -> str:
    return f"{counted(result.rounds, 'visit')}, {counted(result.processes, 'process', 'processes')}"
