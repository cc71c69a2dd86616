"""Two sessions side by side: what became faster or slower, and whether the bits are still the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from paragon_tui.engine.analysis.verdict import LEAST_PROCESSES, ratio_of_medians
from paragon_tui.engine.messages.figures import Ratio, Summary
from paragon_tui.engine.messages.job import BASELINE, JobId
from paragon_tui.sessions.saved_session import SavedResult, SavedSession

Bits = Literal["same bits", "other bits", "not compared"]

_MACHINE = ("cpu", "cores", "machine", "system")


@dataclass(frozen=True, slots=True)
class ResultPair:
    """A result that both sessions have. The ratios are A's median over B's: above 1 B is faster.

    ``latency`` is end to end, ``device`` the device's own time; ``None`` where a side has no such time, or did not end
    well. They have an interval only where both sides were measured in at least three processes: the intervals of one
    process each do not hold how much processes differ, and would call that a regression.
    """

    id: JobId
    a: SavedResult
    b: SavedResult
    latency: Ratio | None
    device: Ratio | None
    bits: Bits

    @property
    def repeated(self) -> bool:
        """Whether both sides were measured in enough processes to be told apart."""
        return min(self.a.processes, self.b.processes) >= LEAST_PROCESSES


@dataclass(frozen=True, slots=True)
class SessionComparison:
    """Two sessions compared, in A's order.

    ``machines`` says in words in what the machines differ, ``settings`` in what the ways to measure do.
    """

    a: SavedSession
    b: SavedSession
    rows: tuple[ResultPair, ...]
    only_a: tuple[SavedResult, ...]
    only_b: tuple[SavedResult, ...]
    machines: tuple[str, ...]
    settings: tuple[str, ...]

    @property
    def counts(self) -> Counter[str]:
        """How many rows got which judgement; ``not compared`` are those without a time on one side."""
        return Counter(row.latency.judgement if row.latency else "not compared" for row in self.rows)

    @property
    def bits(self) -> Counter[str]:
        """How many rows have the same bits, other bits, or nothing to compare."""
        return Counter(row.bits for row in self.rows)


@dataclass(frozen=True, slots=True)
class Regression:
    """Something that B does worse than A, in words."""

    id: JobId
    kind: Literal["slower", "other bits", "lost"]
    words: str


def compare_sessions(a: SavedSession, b: SavedSession) -> SessionComparison:
    """Compare A's results with B's.

    NumPy stands in the store beside every result, but in a document only where it was listed; where one side has
    nothing of NumPy, the other's is left out, since nothing became of it.
    """
    left = {result.id: result for result in _without_baseline_unless(b, a)}
    right = {result.id: result for result in _without_baseline_unless(a, b)}
    return SessionComparison(
        a,
        b,
        tuple(_compared(left[name], right[name]) for name in left if name in right),
        tuple(result for name, result in left.items() if name not in right),
        tuple(result for name, result in right.items() if name not in left),
        tuple(_machines(a, b)),
        tuple(_settings(a, b)),
    )


def regressions(compared: SessionComparison, percent: float) -> tuple[Regression, ...]:
    """What B does worse than A, in A's order; the limit on slowness is in percent of A's time.

    A result is slower where its ratio's interval says so and its median is more than ``percent`` above A's. Two kinds
    need no limit: bits that changed where A claimed the reference's, unless A's were wrong and B's are right; and
    what was measured in A and did not end well in B, whatever figures it still has there. Unclear differences are no
    regressions, and without three processes on both sides every difference is unclear; nor is what the device time
    alone shows.
    """
    found = [regression for row in compared.rows for regression in _worse(row, percent)]
    lost = [result for result in compared.only_a if result.measured]
    return (*found, *(Regression(result.id, "lost", "measured in A, absent from B") for result in lost))


def _without_baseline_unless(other: SavedSession, session: SavedSession) -> Iterator[SavedResult]:
    keep = any(result.adapter == BASELINE for result in other.results)
    return (result for result in session.results if keep or result.adapter != BASELINE)


def _compared(a: SavedResult, b: SavedResult) -> ResultPair:
    return ResultPair(a.id, a, b, _ratio(_times(a)[0], _times(b)[0]), _ratio(_times(a)[1], _times(b)[1]), _bits(a, b))


def _times(result: SavedResult) -> tuple[Summary | None, Summary | None]:
    """Its end-to-end and device times, as far as they can be compared with those of another session."""
    if not result.measured:
        return None, None
    latency, device = result.latency_ms, result.device_ms
    if result.processes < LEAST_PROCESSES:
        latency, device = (time and replace(time, interval=None) for time in (latency, device))
    return latency, device


def _ratio(a: Summary | None, b: Summary | None) -> Ratio | None:
    """``None`` also where the clock did not move."""
    return ratio_of_medians(a, b) if a and b and a.median > 0 and b.median > 0 else None


def _bits(a: SavedResult, b: SavedResult) -> Bits:
    """The digests before and after softmax; one that differs is enough, and only both make the same.

    What has no softmax has the first alone, on both sides.
    """
    pairs = ((a.digest, b.digest), (a.output_digest, b.output_digest))
    if any(None not in pair and pair[0] != pair[1] for pair in pairs):
        return "other bits"
    softmax = a.output_digest is not None or b.output_digest is not None
    return "not compared" if any(None in pair for pair in pairs[: 1 + softmax]) else "same bits"


def _worse(row: ResultPair, percent: float) -> Iterator[Regression]:
    if row.a.measured and not row.b.measured:
        reason = f": {row.b.error}" if row.b.error else ""
        yield Regression(row.id, "lost", f"measured in A, {row.b.status} in B{reason}")
    if row.latency is not None and row.latency.judgement == "slower":
        slower_by = 100 * (1 / row.latency.value - 1)
        if slower_by > percent:
            yield Regression(row.id, "slower", f"{slower_by:.3g} % slower than in A{_doubts(row)}")
    mended = row.a.bit_identical is False and row.b.bit_identical is True
    if row.bits == "other bits" and row.a.claims_identity and not mended:
        yield Regression(row.id, "other bits", "the bits have changed since A")


def _doubts(row: ResultPair) -> str:
    """The flags of both sides, since a slower figure under them may be the machine's doing."""
    sides = ((name, side.flags) for name, side in (("A", row.a), ("B", row.b)) if side.flags)
    words = "; ".join(f"{name}: {', '.join(flag.name for flag in flags)}" for name, flags in sides)
    return f" ({words})" if words else ""


def _machines(a: SavedSession, b: SavedSession) -> Iterator[str]:
    for fact in _MACHINE:
        if a.host.get(fact) != b.host.get(fact):
            yield f"{fact} {a.host.get(fact, 'unknown')} and {b.host.get(fact, 'unknown')}"
    there = _by_adapter(b.results)
    for name, here in _by_adapter(a.results).items():
        other = there.get(name)
        if other is not None and other.adapter_name != here.adapter_name:
            yield f"{name} is {here.adapter_name} and {other.adapter_name}"
        elif other is not None and other.driver != here.driver:
            yield f"driver of {name} {here.driver or 'unknown'} and {other.driver or 'unknown'}"


def _settings(a: SavedSession, b: SavedSession) -> Iterator[str]:
    """What a library does not tell, or a document of before did not hold, is no difference."""
    yield from dict.fromkeys(_libraries(a, b))  # dtypes may differ in the same
    if a.threads != b.threads:
        yield f"threads asked for: {a.threads or 'none'} in A, {b.threads or 'none'} in B"
    if a.sampling and b.sampling:
        for name in dict.fromkeys((*a.sampling, *b.sampling)):
            one, another = (_plainly(side.get(name)) for side in (a.sampling, b.sampling))
            if one != another:
                yield f"sampling's {name}: {one} in A, {another} in B"


def _libraries(a: SavedSession, b: SavedSession) -> Iterator[str]:
    """By operation and dtype too: what a library adds with, or computes f16 with, is not what it multiplies with."""
    ours, theirs = (
        {(result.adapter, result.group, result.dtype): result for result in side.results if result.library}
        for side in (a, b)
    )
    for key in (key for key in ours if key in theirs):
        name, here, other = key[0], ours[key], theirs[key]
        if here.library != other.library:
            yield f"{name}: {here.library} in A, {other.library} in B"
        if here.threads and other.threads and here.threads != other.threads:
            yield f"{name}: {here.threads} thread{'s' if here.threads != 1 else ''} in A, {other.threads} in B"


def _plainly(value: object) -> str:
    """As people say it."""
    return {"None": "unset", "True": "yes", "False": "no"}.get(str(value), str(value))


def _by_adapter(results: Iterable[SavedResult]) -> dict[str, SavedResult]:
    return {result.adapter: result for result in results}
