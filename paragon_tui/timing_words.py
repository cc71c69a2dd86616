"""Words for timings that the console and the screen share. A figure that was not measured has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paragon_tui import rate_words
from paragon_tui.engine.results.rates import rate
from paragon_tui.suites.case import DTYPES, USUAL
from paragon_tui.suites.catalogue import DEFAULT
from paragon_tui.wording import size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paragon_tui.engine.analysis.crossover import Advice
    from paragon_tui.engine.messages.figures import Flag, Interval, Judgement, Ratio, Summary, Throughput
    from paragon_tui.engine.messages.job import Sampling
    from paragon_tui.engine.results.result import Result
    from paragon_tui.engine.results.session import Session

NOT_MEASURED = "not measured"
JUDGEMENT_MARKS: dict[Judgement, str] = {"faster": "▲", "slower": "▼", "same": "=", "unclear": "?"}
_FEW = 4  # as many as are named one by one


def milliseconds(value: float | None) -> str:
    """``4.809 ms``; four significant digits at least, since a small network takes microseconds."""
    if value is None:
        return NOT_MEASURED
    return f"{value:.3f} ms" if value >= 0.1 or value == 0 else f"{value:.4f} ms"


def figure(value: float) -> str:
    """For a table; a small one keeps three digits, since it is not zero."""
    return f"{value:.3f}" if value >= 0.1 else f"{value:.3g}"


def interval(value: Interval | None) -> str:
    """``[4.7, 4.91]``, or nothing."""
    return "" if value is None else f" [{_digits(value.low)}, {_digits(value.high)}]"


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
    figures = " · ".join(f"{name} {_digits(value)}" for name, value in parts if value is not None)
    deviation = f" ± {_digits(summary.stdev)}" if summary.stdev is not None else ""
    return f"{figures} · mean {_digits(summary.mean)}{deviation} · n {summary.n}"


def times(value: float) -> str:
    """``1.32×``; a small one keeps two significant digits, since it is not zero."""
    return f"{value:.2f}×" if value >= 0.1 else f"{value:.2g}×"


def ruled(ratio: Ratio) -> str:
    """``0.42× [0.41, 0.43] slower``: where several stand in a line."""
    return f"{times(ratio.value)}{interval(ratio.interval)} {ratio.judgement}"


def judged(ratio: Ratio | None) -> str:
    """``1.32× [1.25, 1.4], faster``."""
    return NOT_MEASURED if ratio is None else f"{times(ratio.value)}{interval(ratio.interval)}, {ratio.judgement}"


def variants(session: Session, result: Result) -> str | None:
    """``tiled 1, vector 0.42× [0.41, 0.43] slower, for-loop unsupported``: each over the first, which is the usual.

    Nothing where no other was compared with it.
    """
    there = session.variants(result)
    if not any(one.variant_speedup for one in there):
        return None
    return ", ".join(f"{one.id.variant} {_beside_usual(one)}" for one in there)


def _beside_usual(result: Result) -> str:
    """Wrong bits are not fast."""
    if result.broken_claim:
        return "≠"
    if result.variant_speedup is not None:
        return ruled(result.variant_speedup)
    return result.progress if result.progress != "ok" else "1" if result.id.variant in USUAL else NOT_MEASURED


def between_variants(session: Session) -> list[str]:
    """``mlp-small-forward f32 on opencl:0: tiled 1, vector 0.42× …``: a line a case, dtype and adapter."""
    lines: dict[tuple[str, str, str], str] = {}
    for result in session.listed:
        id_ = result.id
        place = (id_.case, id_.dtype, id_.adapter)
        if place not in lines and (words := variants(session, result)):
            lines[place] = f"{id_.case} {id_.dtype} on {id_.adapter}: {words}"
    return list(lines.values())


def computes_with(result: Result | None) -> str:
    """``OpenBLAS 0.3.31 SkylakeX, 2 threads``; nothing where a library does not tell."""
    if result is None or result.library is None:
        return ""
    threads = f", {counted(result.threads, 'thread')}" if result.threads else ""
    return result.library + threads


def dominates(result: Result) -> str | None:
    """Whether waiting for the device or computing takes the time of one run.

    One dominates only where its whole interval lies above the other's; the share that it takes at least is then the
    least that both intervals allow.
    """
    through = result.throughput
    if through is None:
        return None
    return (
        f"{_synchronisation(through)} a synchronisation + "
        f"{milliseconds(through.forward_ms)}{interval(through.forward_interval)} a run, over up to "
        f"{through.longest} in one submission: {_dominant(through)}"
    )


def _synchronisation(through: Throughput) -> str:
    """What the fit cut off at 0 was not measured: it is told by what it stays below."""
    if through.synchronisation_ms > 0:
        return milliseconds(through.synchronisation_ms) + interval(through.synchronisation_interval)
    if through.synchronisation_interval is None or through.synchronisation_interval.high <= 0:
        return "too little to tell for"
    return f"below {milliseconds(through.synchronisation_interval.high)}"


def _dominant(through: Throughput) -> str:
    waiting, computing = through.synchronisation_interval, through.forward_interval
    if waiting is not None and computing is not None:
        for what, winner, other in (
            ("waiting for the device", waiting, computing),
            ("computing", computing, waiting),
        ):
            if winner.low > other.high:
                return f"{what} dominates (at least {100 * winner.low / (winner.low + other.high):.0f} %)"
    return "which dominates is not told apart"


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


def doubts(result: Result) -> tuple[Flag, ...]:
    """The flags that keep its median from being taken at its word."""
    return tuple(flag for flag in result.flags if flag.is_doubt)


def doubted(results: Sequence[Result]) -> list[str]:
    """``noisy: S1 on gl:0, M2 on vulkan:0``: a line a flag; many are counted."""
    by_name: dict[str, list[Result]] = {}
    for result in results:
        for flag in doubts(result):
            by_name.setdefault(flag.name, []).append(result)
    return [
        f"{name}: {named(some, results)}" + (" (their blocks and --json say how much)" if len(some) > _FEW else "")
        for name, some in by_name.items()
    ]


def named(some: Sequence[Result], results: Sequence[Result]) -> str:
    """Few results by name, many as ``35 of 50 results``."""
    if len(some) > _FEW:
        return f"{len(some)} of {counted(len(results), 'result')}"
    return ", ".join(str(result.id) for result in some)


def facts(session: Session, result: Result) -> list[tuple[str, str]]:
    """What the clock and the counters say of a result beside its medians; nothing for what was not measured."""
    if result.latency_ms is None:
        return []
    once = (
        ("library" if result.adapter.is_host else "device", result.init_ms),
        ("compile", result.compile_ms),
        ("upload", result.upload_ms),
        ("first run", result.first_run_ms),
    )
    named = (
        ("Samples", spread(result.latency_ms)),
        ("Taken in", _taken_in(result)),
        ("Once", " · ".join(f"{name} {milliseconds(ms)}" for name, ms in once if ms is not None)),
        ("Work", rate_words.worked(rate(result))),
        ("Rate", rate_words.bound(session.roofline(result), rate_words.unit_of(result))),
        ("Variants", variants(session, result)),
        ("Cold caches", _cold(result)),
        ("Chained", dominates(result)),
        ("Overhead", overhead(result)),
        ("Memory", memory(result)),
        ("Repeated", determinism(result)),
        ("Not measured", "; ".join(result.not_measured)),
        *((f"! {flag.name}", flag.words) for flag in result.flags),
    )
    return [(name, words) for name, words in named if words]


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


def advised(found: Sequence[Advice]) -> list[str]:
    """``opencl:0: faster than NumPy at every size measured, S1 to XL2``, the dtype beside it where not the usual.

    Of a suite of many operations those of which the same can be said share a line: ``opencl:0: add, sub: …``; one that
    several suites have, each at sizes of its own, is told with the suite.
    """
    operations: dict[tuple[str, str], list[str]] = {}
    for one in found:
        beside = [word for word, usual in ((one.dtype, DTYPES[:1]), (one.variant, USUAL)) if word not in usual]
        names = operations.setdefault((" ".join([one.adapter, *beside]), one.words), [])
        if one.suite != DEFAULT:
            several = len({other.suite for other in found if other.operation == one.operation}) > 1
            names.append(f"{one.suite} {one.operation}" if several else one.operation)
    return [
        f"{adapter}: {', '.join(names)}: {words}" if names else f"{adapter}: {words}"
        for (adapter, words), names in operations.items()
    ]


def announcement(session: Session) -> str:
    """How many results, in which order, how long."""
    listed = session.listed
    labels = list(dict.fromkeys(result.id.label for result in listed))
    adapters = list(dict.fromkeys(result.id.adapter for result in listed))
    beside = (
        f", and NumPy beside {'it' if len(adapters) == 1 else 'them'}" if len(session.results) > len(listed) else ""
    )
    sampling = session.sampling
    processes = f", in {sampling.repeat} processes each" if sampling and sampling.repeat > 1 else ""
    seconds = sum(result.expected_s for result in session.results.values())
    return (
        f"{counted(len(listed), 'result')}: {counted(len(labels), 'case')} ({in_order(labels)}), "
        f"the adapters of each in turns ({', '.join(adapters)}{beside}){processes}; about {duration(seconds)}"
    )


def in_order(labels: list[str]) -> str:
    """``S1, S2, S3``; of many the first two and the last."""
    return ", ".join(labels if len(labels) <= _FEW else [*labels[:2], "…", labels[-1]])


def discovery(session: Session) -> str | None:
    """What looking for adapters took, by API, all at a time."""
    taken = ", ".join(f"{api} {milliseconds(ms)}" for api, ms in session.discovery_ms.items())
    return f"adapters found in: {taken}" if taken else None


def counted(number: int, what: str, several: str | None = None) -> str:
    """``1 case``, ``2 cases``."""
    return f"{number} {what if number == 1 else several or what + 's'}"


def left_out(sampling: Sampling) -> str | None:
    """What a fast run does not measure."""
    names = (("cold caches", sampling.cold), ("chained runs", sampling.chained), ("ceilings", sampling.examine))
    missing = [name for name, wanted in names if not wanted]
    if not missing:
        return None
    return f"{sampling.min_time_s:g} s of samples a result, so wide intervals; left out: {', '.join(missing)}"


def duration(seconds: float) -> str:
    """``42 s``, ``3 min 05 s``."""
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


def _digits(value: float) -> str:
    """Three significant digits; near 1, where a ratio is judged, three decimals."""
    if 0.9 <= value < 1.1:
        return f"{value:.3f}"
    return f"{value:.3g}" if value < 999.5 else f"{value:.0f}"
