"""Lines about a whole session: its plan, its doubtful results, and advice."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from paragon_tui.engine.results.fastest import fastest
from paragon_tui.formatting import bits
from paragon_tui.formatting.quantities import counted, duration, milliseconds, shortlist
from paragon_tui.formatting.timings import variant_ratios
from paragon_tui.suites.case import DTYPES, USUAL
from paragon_tui.suites.catalogue import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paragon_tui.engine.analysis.crossover import Advice
    from paragon_tui.engine.messages.job import Sampling
    from paragon_tui.engine.results.result import Result
    from paragon_tui.engine.results.session import Session

_MOST_NAMES = 4  # results named one by one; more are counted
_LONG_S = 600


def variant_lines(session: Session) -> list[str]:
    """Return a line per case, dtype and adapter: ``mlp-small-forward f32 on opencl:0: tiled 1, vector 0.42× …``."""
    lines: dict[tuple[str, str, str], str] = {}
    for result in session.listed:
        id_ = result.id
        key = (id_.case, id_.dtype, id_.adapter)
        if key not in lines and (ratios := variant_ratios(session, result)):
            lines[key] = f"{id_.case} {id_.dtype} on {id_.adapter}: {ratios}"
    return list(lines.values())


def accuracy_lines(results: Sequence[Result]) -> list[str]:
    """Return what trainings have learnt, adapters that answer alike in one line.

    ``train-small after 200 steps: 1,024 of 1,024 right, 100 % (reference, opencl:0)``
    """
    adapters: dict[str, list[str]] = {}
    for result in results:
        training = result.bits.training
        if training is not None and training.score is not None:
            words = "; ".join(filter(None, (", ".join(bits.answers(training.score)), bits.score_words(training.score))))
            line = f"{result.id.label} after {counted(training.step, 'step')}: {words}"
            adapters.setdefault(line, []).append(result.id.adapter)
    return [f"{line} ({', '.join(names)})" for line, names in adapters.items()]


def flag_lines(results: Sequence[Result]) -> list[str]:
    """Return a line per flag, ``~ imprecise: S1 on gl:0, M2 on vulkan:0``; many results are counted instead."""
    by_name: dict[str, list[Result]] = {}
    for result in results:
        for flag in result.conditions.doubts:
            by_name.setdefault(f"{flag.mark} {flag.name}", []).append(result)
    return [
        f"{name}: {result_names(flagged, results)}"
        + (" (details with --verbose and in --json)" if len(flagged) > _MOST_NAMES else "")
        for name, flagged in by_name.items()
    ]


def result_names(subset: Sequence[Result], results: Sequence[Result]) -> str:
    """Name a few results one by one, many as ``35 of 50 results``."""
    if len(subset) > _MOST_NAMES:
        return f"{len(subset)} of {counted(len(results), 'result')}"
    return ", ".join(str(result.id) for result in subset)


def advice_lines(advice: Sequence[Advice]) -> list[str]:
    """Return lines such as ``opencl:0: faster than NumPy at every size measured, S1 to XL2``.

    The dtype and variant are named if they are not the default. In a suite of many operations, those with the same
    advice share a line: ``opencl:0: add, sub: …``. An operation that several suites measure, each at sizes of its own,
    is named with its suite.
    """
    operations: dict[tuple[str, str], list[str]] = {}
    for item in advice:
        qualifiers = [name for name, usual in ((item.dtype, DTYPES[:1]), (item.variant, USUAL)) if name not in usual]
        names = operations.setdefault((" ".join([item.adapter, *qualifiers]), item.words), [])
        if item.suite != DEFAULT:
            in_several_suites = len({other.suite for other in advice if other.operation == item.operation}) > 1
            names.append(f"{item.suite} {item.operation}" if in_several_suites else item.operation)
    return [
        f"{adapter}: {', '.join(names)}: {words}" if names else f"{adapter}: {words}"
        for (adapter, words), names in operations.items()
    ]


def conclusion(session: Session) -> str | None:
    """Return in one sentence which adapters are the fastest, of how many cases; nothing where none has two times."""
    timed: dict[str, list[Result]] = {}
    for result in session.listed:
        if result.measured:
            timed.setdefault(result.id.label, []).append(result)
    rows = {label: results for label, results in timed.items() if len(results) > 1}
    if not rows:
        return None
    best = Counter(found.id.adapter for results in rows.values() if (found := fastest(results)) is not None)
    undecided = len(rows) - best.total()
    counts = [f"{adapter} in {number}" for adapter, number in best.most_common()]
    parts = counts + ([f"no adapter clearly in {undecided}"] if undecided else [])
    return f"fastest of {counted(len(rows), 'case')}: {', '.join(parts)}"


def announcement(session: Session) -> str:
    """Return the plan of a session: the number of results, their order, and the expected time."""
    listed = session.listed
    labels = list(dict.fromkeys(result.id.label for result in listed))
    adapters = list(dict.fromkeys(result.id.adapter for result in listed))
    baseline = ", plus NumPy as the baseline" if len(session.results) > len(listed) else ""
    sampling = session.sampling
    processes = f", in {sampling.repeat} processes each" if sampling and sampling.repeat > 1 else ""
    return (
        f"{counted(len(listed), 'result')}: {counted(len(labels), 'case')} ({shortlist(labels)}), "
        f"adapters in turns ({', '.join(adapters)}{baseline}){processes}; about {duration(session.expected_s)}"
    )


def long_run_line(expected_s: float, results: int, first_timed: int) -> str | None:
    """Return, of a run of ten minutes or more, what its expected time rests on, and how to end it sooner."""
    if expected_s < _LONG_S:
        return None
    words = "ctrl+c stops it and keeps the results so far"
    if not first_timed:
        return words
    guessed = f"{first_timed:,} of {counted(results, 'result')} were never measured in this way before"
    return f"{words}; {guessed}, and large cases take longer than estimated"


def discovery_line(session: Session) -> str | None:
    """Return the time that discovery took, by API; all APIs are searched concurrently."""
    times = ", ".join(f"{api} {milliseconds(ms)}" for api, ms in session.discovery_ms.items())
    return f"adapter discovery: {times}" if times else None


def precision_line(session: Session) -> str | None:
    """Return which results did not become as precise as was wished; ``None`` where all did, or nothing was wished."""
    sampling = session.sampling
    if sampling is None or sampling.iterations is not None or sampling.is_fast:
        return None
    rough = [result for result in session.listed if result.measured and not _is_precise(result, sampling.precision)]
    return f"±{100 * sampling.precision:g} % not reached: {result_names(rough, session.listed)}" if rough else None


def _is_precise(result: Result, share: float) -> bool:
    latency = result.timings.latency_ms
    if latency is None or latency.interval is None or latency.median <= 0:
        return False
    return latency.interval.half_width(latency.median) <= share


def health_line(session: Session) -> str:
    """Return how busy the machine was, and how many results are sound: ``machine quiet · 31 of 34 clean``."""
    ended = [result for result in session.listed if result.ended and result.status != "unsupported"]
    marks = Counter(result.conditions.mark for result in ended if result.measured and not result.bits.broken_claim)
    counts = {
        "rough (~)": marks["~"],
        "doubtful (!)": marks["!"],
        "with wrong bits": sum(result.bits.broken_claim for result in ended),
        "failed": sum(result.failed for result in ended),
        "stopped": sum(result.status == "stopped" for result in ended),
    }
    clean = marks.total() - marks["~"] - marks["!"]
    parts = [f"{clean} of {len(ended)} clean", *(f"{number} {name}" for name, number in counts.items() if number)]
    machine = load_line(session) or ("machine quiet" if session.load is not None else "")
    return " · ".join(part for part in (machine, ", ".join(parts)) if part)


def load_line(session: Session) -> str | None:
    """Return how busy other programs kept the processor, if it mattered."""
    if not session.load_that_matters:
        return None
    return f"other programs kept {100 * session.load_that_matters:.0f} % of the {session.host.get('cores')} cores busy"


def left_out(sampling: Sampling) -> str | None:
    """Return what a fast run does not measure, in words; ``None`` for a full run."""
    names = (("cold caches", sampling.cold), ("chained runs", sampling.chained), ("peak rates", sampling.examine))
    missing = [name for name, measured in names if not measured]
    if not missing:
        return None
    return f"{sampling.min_time_s:g} s of samples per result, so intervals are wide; left out: {', '.join(missing)}"
