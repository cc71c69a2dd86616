"""The comparison of two sessions: which results became faster or slower, and which bits changed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from paragon_tui.engine.analysis.verdict import LEAST_PROCESSES, inverted, ratio_of_medians
from paragon_tui.engine.messages.figures import Ratio, Summary
from paragon_tui.engine.messages.job import JobId, is_baseline_adapter
from paragon_tui.engine.results.parts import Bits, differ_where_both
from paragon_tui.engine.results.result import Result
from paragon_tui.sessions.adapter_pairs import AdapterPair, is_device, pair_adapters, under_ids_of_a
from paragon_tui.sessions.saved_session import SavedSession

BitsVerdict = Literal["same bits", "other bits", "not compared"]

_MACHINE = ("cpu", "cores", "machine", "system")


@dataclass(frozen=True, slots=True)
class ResultPair:
    """A result that both sessions have, under A's id. The ratios are A's median over B's: above 1, B is faster.

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

    ``adapters`` are those that both have. ``machines`` describes in words how the machines differ, ``settings`` how the
    ways of measuring differ.
    """

    a: SavedSession
    b: SavedSession
    adapters: tuple[AdapterPair, ...]
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
    """Compare A's results with B's: those of the same case, dtype and variant on the same device or host library."""
    listed_a, listed_b = _comparable_results(a, b), _comparable_results(b, a)
    adapters = pair_adapters(listed_a, listed_b)
    results_b = under_ids_of_a(adapters, listed_b)
    rows = tuple(_result_pair(result, results_b[result.id]) for result in listed_a if result.id in results_b)
    paired_a, paired_b = {row.a.id for row in rows}, {row.b.id for row in rows}
    return SessionComparison(
        a,
        b,
        adapters,
        rows,
        tuple(result for result in listed_a if result.id not in paired_a),
        tuple(result for result in listed_b if result.id not in paired_b),
        tuple(_machine_differences(a, b, adapters)),
        tuple(_setting_differences(a, b, rows)),
    )


def compare_adapters(session: SavedSession, a: str, b: str) -> SessionComparison:
    """Compare the results of two adapters of one session: those of the same case, dtype and variant.

    A host library has only one variant, so that it is compared with each of the other's. Both were measured in turns
    and in the same processes, so that their intervals need no others; a speedup over NumPy is of the rounds that both
    share. The bits are compared as those of two sessions are.
    """
    of_a, of_b = ([result for result in session.results if result.id.adapter == name] for name in (a, b))
    pairs = [(one, other) for other in of_b if (one := _counterpart(other, of_a))]
    pairs += [
        (one, other)
        for one in of_a
        if not any(one is known for known, _ in pairs) and (other := _counterpart(one, of_b))
    ]
    rows = tuple(
        ResultPair(
            other.id,
            one,
            other,
            _ratio_in_session(one, other),
            _device_ratio(one, other),
            _compare_bits(one.bits, other.bits),
        )
        for one, other in pairs
    )
    paired = {id(result) for pair in pairs for result in pair}
    return SessionComparison(
        session,
        session,
        (AdapterPair(of_a[0], of_b[0]),) if of_a and of_b else (),
        rows,
        tuple(result for result in of_a if id(result) not in paired),
        tuple(result for result in of_b if id(result) not in paired),
        (),
        (),
    )


def biggest_changes_first(rows: Iterable[ResultPair]) -> list[ResultPair]:
    """Return the rows in the order in which people look at them.

    First what is worse in B whatever its time (lost, or wrong bits), then clear verdicts, then the others; each by how
    far its ratio is from 1, and last what has no ratio.
    """

    def rank(row: ResultPair) -> tuple[int, float]:
        change = abs(math.log(row.latency.value)) if row.latency else 0.0
        if any(_row_regressions(row, math.inf)):
            return 0, -change
        if row.latency is None:
            return 3, 0.0
        return (1 if row.latency.judgement in ("faster", "slower") else 2), -change

    return sorted(rows, key=rank)


def regressions(compared: SessionComparison, percent: float) -> tuple[Regression, ...]:
    """Return everything that is worse in B than in A, in A's order; ``percent`` of A's time is the limit on slowness.

    A result is slower where its ratio's interval says so and its median is more than ``percent`` above A's. Three kinds
    need no limit: bits that changed where A claimed the reference's, unless A's were wrong and B's are right; a claim
    that B breaks and A did not, whatever the versions of their arithmetic; and results that were measured in A and did
    not end well in B, even if B has some figures of them. What is in A alone was not asked for in B, whose sessions
    have all that was. An unclear difference is no regression, and without three processes on both sides every
    difference is unclear. A difference in device time alone is no regression either.
    """
    return tuple(regression for row in compared.rows for regression in _row_regressions(row, percent))


def _counterpart(result: Result, others: Iterable[Result]) -> Result | None:
    """Return another adapter's result for the same case and dtype: of the same variant, or a library's only one."""
    alike = [
        other
        for other in others
        if replace(other.id, adapter="", variant="") == replace(result.id, adapter="", variant="")
    ]
    same = [other for other in alike if other.id.variant == result.id.variant]
    libraries = [other for other in alike if not is_device(other.id.adapter)]
    return next(iter(same or libraries), None)


def _ratio_in_session(a: Result, b: Result) -> Ratio | None:
    """Return the ratio of two results of one session: over NumPy that of their shared rounds, else that of medians."""
    if not (a.measured and b.measured):
        return None
    if a.id.adapter == b.id.baseline.adapter and b.timings.speedup is not None:
        return b.timings.speedup
    if b.id.adapter == a.id.baseline.adapter and a.timings.speedup is not None:
        return inverted(a.timings.speedup)
    return _ratio(a.timings.latency_ms, b.timings.latency_ms)


def _device_ratio(a: Result, b: Result) -> Ratio | None:
    return _ratio(a.timings.device_ms, b.timings.device_ms) if a.measured and b.measured else None


def _comparable_results(session: SavedSession, other: SavedSession) -> tuple[Result, ...]:
    """Return the results that were asked for in ``session``.

    The store has NumPy's result for every case, asked for or not, and older sessions do not say which. So NumPy's are
    left out where ``other`` has none of them.
    """
    there = {result.id.adapter for result in _listed_results(other)}
    return tuple(
        result
        for result in _listed_results(session)
        if result.id.adapter in there or not is_baseline_adapter(result.id.adapter)
    )


def _listed_results(session: SavedSession) -> Iterator[Result]:
    return (result for result in session.results if session.listed is None or result.id.adapter in session.listed)


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


def _machine_differences(a: SavedSession, b: SavedSession, adapters: Iterable[AdapterPair]) -> Iterator[str]:
    for fact in _MACHINE:
        if a.host.get(fact) != b.host.get(fact):
            yield f"{fact}: {a.host.get(fact, 'unknown')} in A, {b.host.get(fact, 'unknown')} in B"
    for pair in adapters:
        name = pair.a.id.adapter
        if pair.a.driver != pair.b.driver:
            yield f"driver of {name}: {pair.a.driver or 'unknown'} in A, {pair.b.driver or 'unknown'} in B"
        elif pair.a.adapter_name != pair.b.adapter_name:
            yield f"{name}: {pair.a.adapter_name} in A, {pair.b.adapter_name} in B"


def _setting_differences(a: SavedSession, b: SavedSession, rows: Iterable[ResultPair]) -> Iterator[str]:
    """Yield the differences in words. A value that a library or an older document does not state is no difference."""
    yield from dict.fromkeys(_arithmetic_differences(rows))
    yield from dict.fromkeys(_library_differences(rows))  # several dtypes may have the same difference
    if a.threads != b.threads:
        yield f"threads requested: {a.threads or 'none'} in A, {b.threads or 'none'} in B"
    if a.sampling and b.sampling:
        for name in dict.fromkeys((*a.sampling, *b.sampling)):
            value_a, value_b = (_setting_text(side.get(name)) for side in (a.sampling, b.sampling))
            if value_a != value_b:
                yield f"sampling {name}: {value_a} in A, {value_b} in B"


def _arithmetic_differences(rows: Iterable[ResultPair]) -> Iterator[str]:
    for row in rows:
        version_a, version_b = row.a.bits.arithmetic, row.b.bits.arithmetic
        if version_a != version_b:
            yield f"arithmetic: version {version_a} in A, {version_b} in B, so bits are not compared"


def _library_differences(rows: Iterable[ResultPair]) -> Iterator[str]:
    for row in rows:
        name, resources_a, resources_b = row.id.adapter, row.a.resources, row.b.resources
        if not (resources_a.library and resources_b.library):
            continue
        if resources_a.library != resources_b.library:
            yield f"{name}: {resources_a.library} in A, {resources_b.library} in B"
        threads_a, threads_b = resources_a.threads, resources_b.threads
        if threads_a and threads_b and threads_a != threads_b:
            yield f"{name}: {threads_a} thread{'s' if threads_a != 1 else ''} in A, {threads_b} in B"


def _setting_text(value: object) -> str:
    """Return a setting's value in plain words."""
    return {"None": "unset", "True": "yes", "False": "no"}.get(str(value), str(value))
