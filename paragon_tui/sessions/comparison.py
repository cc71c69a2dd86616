"""The comparison of two sessions: which results became faster or slower, and which bits changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from paragon_tui.engine.analysis.verdict import LEAST_PROCESSES, ratio_of_medians
from paragon_tui.engine.messages.figures import Ratio, Summary
from paragon_tui.engine.messages.job import BASELINE, JobId
from paragon_tui.engine.results.parts import Bits, differ_where_both
from paragon_tui.engine.results.result import Result
from paragon_tui.sessions.saved_session import SavedSession

BitsVerdict = Literal["same bits", "other bits", "not compared"]

_MACHINE = ("cpu", "cores", "machine", "system")


@dataclass(frozen=True, slots=True)
class ResultPair:
    """A result that both sessions have. The ratios are A's median over B's: above 1, B is faster.

    ``latency`` is end to end, ``device`` the device's own time; ``None`` where a side lacks that time or did not end
    well. A ratio has an interval only where both sides were measured in at least three processes: an interval from a
    single process does not include the variation between processes, which would then look like a regression.
    """

    id: JobId
    a: Result
    b: Result
    latency: Ratio | None
    device: Ratio | None
    bits: BitsVerdict

    @property
    def repeated(self) -> bool:
        """True if both sides were measured in enough processes for a verdict."""
        return min(self.a.timings.processes, self.b.timings.processes) >= LEAST_PROCESSES


@dataclass(frozen=True, slots=True)
class SessionComparison:
    """The comparison of two sessions, in A's order.

    ``machines`` describes in words how the machines differ, ``settings`` how the ways of measuring differ.
    """

    a: SavedSession
    b: SavedSession
    rows: tuple[ResultPair, ...]
    only_a: tuple[Result, ...]
    only_b: tuple[Result, ...]
    machines: tuple[str, ...]
    settings: tuple[str, ...]

    @property
    def counts(self) -> Counter[str]:
        """The number of rows by judgement; a row without a time on one side counts as ``not compared``."""
        return Counter(row.latency.judgement if row.latency else "not compared" for row in self.rows)

    @property
    def bits(self) -> Counter[str]:
        """The number of rows by their bits: same, other, or not compared."""
        return Counter(row.bits for row in self.rows)


@dataclass(frozen=True, slots=True)
class Regression:
    """A result that is worse in B than in A, with the reason in words."""

    id: JobId
    kind: Literal["slower", "other bits", "claim broken", "lost"]
    words: str


def compare_sessions(a: SavedSession, b: SavedSession) -> SessionComparison:
    """Compare A's results with B's.

    The store has NumPy's result for every case, a document only where NumPy was listed. Where one side has no result
    of NumPy, the other side's are left out: they are not lost, only not listed.
    """
    results_a = {result.id: result for result in _comparable_results(a, b)}
    results_b = {result.id: result for result in _comparable_results(b, a)}
    return SessionComparison(
        a,
        b,
        tuple(_result_pair(results_a[job_id], results_b[job_id]) for job_id in results_a if job_id in results_b),
        tuple(result for job_id, result in results_a.items() if job_id not in results_b),
        tuple(result for job_id, result in results_b.items() if job_id not in results_a),
        tuple(_machine_differences(a, b)),
        tuple(_setting_differences(a, b)),
    )


def regressions(compared: SessionComparison, percent: float) -> tuple[Regression, ...]:
    """Return everything that is worse in B than in A, in A's order; ``percent`` of A's time is the limit on slowness.

    A result is slower where its ratio's interval says so and its median is more than ``percent`` above A's. Three kinds
    need no limit: bits that changed where A claimed the reference's, unless A's were wrong and B's are right; a claim
    that B breaks and A did not, whatever the versions of their arithmetic; and results that were measured in A and did
    not end well in B, even if B has some figures of them. An unclear difference is no regression, and without three
    processes on both sides every difference is unclear. A difference in device time alone is no regression either.
    """
    in_both = [regression for row in compared.rows for regression in _row_regressions(row, percent)]
    lost = [result for result in compared.only_a if result.measured]
    return (*in_both, *(Regression(result.id, "lost", "measured in A, missing in B") for result in lost))


def _comparable_results(session: SavedSession, other: SavedSession) -> Iterator[Result]:
    """Yield the results of ``session``, those of NumPy only where ``other`` has some too."""
    with_baseline = any(result.id.adapter == BASELINE for result in other.results)
    return (result for result in session.results if with_baseline or result.id.adapter != BASELINE)


def _result_pair(a: Result, b: Result) -> ResultPair:
    return ResultPair(
        a.id,
        a,
        b,
        _ratio(_times(a)[0], _times(b)[0]),
        _ratio(_times(a)[1], _times(b)[1]),
        _compare_bits(a.bits, b.bits),
    )


def _times(result: Result) -> tuple[Summary | None, Summary | None]:
    """Return the end-to-end and device times, as far as they can be compared with those of another session."""
    if not result.measured:
        return None, None
    latency, device = result.timings.latency_ms, result.timings.device_ms
    if result.timings.processes < LEAST_PROCESSES:
        latency, device = (time and replace(time, interval=None) for time in (latency, device))
    return latency, device


def _ratio(a: Summary | None, b: Summary | None) -> Ratio | None:
    """Return the ratio of medians; ``None`` where a time is missing, or 0 because the clock did not advance."""
    return ratio_of_medians(a, b) if a and b and a.median > 0 and b.median > 0 else None


def _compare_bits(a: Bits, b: Bits) -> BitsVerdict:
    """Compare the digests before and after softmax: one difference means other bits, and same bits need both.

    A result without softmax has only the first digest, on both sides. Where the versions of the arithmetic differ, so
    do the right bits, and there is nothing to compare.
    """
    if a.arithmetic != b.arithmetic:
        return "not compared"
    pairs = ((a.digest, b.digest), (a.output_digest, b.output_digest))
    if any(None not in pair and pair[0] != pair[1] for pair in pairs):
        return "other bits"
    softmax = a.output_digest is not None or b.output_digest is not None
    return "not compared" if any(None in pair for pair in pairs[: 1 + softmax]) else "same bits"


def _row_regressions(row: ResultPair, percent: float) -> Iterator[Regression]:
    if row.a.measured and not row.b.measured:
        reason = f": {row.b.error}" if row.b.error else ""
        yield Regression(row.id, "lost", f"measured in A, {row.b.status} in B{reason}")
    if row.latency is not None and row.latency.judgement == "slower":
        slower_by = 100 * (1 / row.latency.value - 1)
        if slower_by > percent:
            yield Regression(row.id, "slower", f"{slower_by:.3g} % slower than in A{_flags_in_words(row)}")
    a, b = row.a.bits, row.b.bits
    corrected = a.bit_identical is False and b.bit_identical is True
    if row.bits == "other bits" and differ_where_both(a.claimed_digests, (b.digest, b.output_digest)) and not corrected:
        yield Regression(row.id, "other bits", "the bits have changed since A")
    elif b.broken_claim and not a.broken_claim:
        yield Regression(row.id, "claim broken", "it claims the reference's bits and does not have them, unlike in A")


def _flags_in_words(row: ResultPair) -> str:
    """Return the quality flags of both sides in words: under them the machine may be the reason for a slower figure."""
    sides = ((name, side.conditions.flags) for name, side in (("A", row.a), ("B", row.b)) if side.conditions.flags)
    text = "; ".join(f"{name}: {', '.join(flag.name for flag in flags)}" for name, flags in sides)
    return f" ({text})" if text else ""


def _machine_differences(a: SavedSession, b: SavedSession) -> Iterator[str]:
    for fact in _MACHINE:
        if a.host.get(fact) != b.host.get(fact):
            yield f"{fact}: {a.host.get(fact, 'unknown')} in A, {b.host.get(fact, 'unknown')} in B"
    results_b = _by_adapter(b.results)
    for name, result_a in _by_adapter(a.results).items():
        result_b = results_b.get(name)
        if result_b is not None and result_b.adapter_name != result_a.adapter_name:
            yield f"{name}: {result_a.adapter_name} in A, {result_b.adapter_name} in B"
        elif result_b is not None and result_b.driver != result_a.driver:
            yield f"driver of {name}: {result_a.driver or 'unknown'} in A, {result_b.driver or 'unknown'} in B"


def _setting_differences(a: SavedSession, b: SavedSession) -> Iterator[str]:
    """Yield the differences in words. A value that a library or an older document does not state is no difference."""
    yield from dict.fromkeys(_arithmetic_differences(a, b))
    yield from dict.fromkeys(_library_differences(a, b))  # several dtypes may have the same difference
    if a.threads != b.threads:
        yield f"threads requested: {a.threads or 'none'} in A, {b.threads or 'none'} in B"
    if a.sampling and b.sampling:
        for name in dict.fromkeys((*a.sampling, *b.sampling)):
            value_a, value_b = (_setting_text(side.get(name)) for side in (a.sampling, b.sampling))
            if value_a != value_b:
                yield f"sampling {name}: {value_a} in A, {value_b} in B"


def _arithmetic_differences(a: SavedSession, b: SavedSession) -> Iterator[str]:
    results_b = {result.id: result.bits.arithmetic for result in b.results}
    for result in a.results:
        version_a, version_b = result.bits.arithmetic, results_b.get(result.id)
        if version_b is not None and version_a != version_b:
            yield f"arithmetic: version {version_a} in A, {version_b} in B, so bits are not compared"


def _library_differences(a: SavedSession, b: SavedSession) -> Iterator[str]:
    """Yield the differences by operation and dtype, since a library may use different code for each of them."""
    results_a, results_b = (
        {
            (result.id.adapter, result.operation, result.id.dtype): result.resources
            for result in side.results
            if result.resources.library
        }
        for side in (a, b)
    )
    for key in (key for key in results_a if key in results_b):
        name, resources_a, resources_b = key[0], results_a[key], results_b[key]
        if resources_a.library != resources_b.library:
            yield f"{name}: {resources_a.library} in A, {resources_b.library} in B"
        threads_a, threads_b = resources_a.threads, resources_b.threads
        if threads_a and threads_b and threads_a != threads_b:
            yield f"{name}: {threads_a} thread{'s' if threads_a != 1 else ''} in A, {threads_b} in B"


def _setting_text(value: object) -> str:
    """Return a setting's value in plain words."""
    return {"None": "unset", "True": "yes", "False": "no"}.get(str(value), str(value))


def _by_adapter(results: Iterable[Result]) -> dict[str, Result]:
    return {result.id.adapter: result for result in results}
