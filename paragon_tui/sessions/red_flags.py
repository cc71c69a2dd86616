"""Red flags of a session, to read before its figures: wrong bits, failures, memory and limits, doubtful spread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal, get_args

from paragon_tui.backends.adapter import REFERENCE
from paragon_tui.engine.messages.job import JobId
from paragon_tui.sessions.review import shown_order

if TYPE_CHECKING:
    from paragon_tui.engine.results.parts import Bits
    from paragon_tui.engine.results.result import Result
    from paragon_tui.sessions.saved_session import SavedSession

Kind = Literal["wrong bits", "failures", "memory and limits", "spread"]

KINDS: tuple[Kind, ...] = get_args(Kind)
"""All kinds, the most severe first."""

_MEMORY_WORDS = ("memory", "alloc")  # from drivers' messages: "Out of memory", MEM_OBJECT_ALLOCATION_FAILURE
_SHOWN_DIGITS = 16


@dataclass(frozen=True, slots=True)
class RedFlag:
    """A warning about a result: ``name`` is a word or two, ``words`` the full text."""

    kind: Kind
    id: JobId
    name: str
    words: str


def red_flags(session: SavedSession) -> tuple[RedFlag, ...]:
    """Return all red flags by kind, each kind in the session's order."""
    flags = [flag for result in session.results for flag in _result_flags(result)]
    flags += _disagreements(session.results)
    return tuple(sorted(flags, key=lambda flag: KINDS.index(flag.kind)))


def _result_flags(result: Result) -> Iterator[RedFlag]:
    reason = result.error or "no reason given"
    if result.bits.broken_claim:
        yield RedFlag("wrong bits", result.id, "claim broken", _broken_claim(result.bits))
    if result.status == "unsupported":
        yield RedFlag("memory and limits", result.id, "unsupported", reason)
    elif result.failed:
        kind: Kind = "memory and limits" if any(word in reason.lower() for word in _MEMORY_WORDS) else "failures"
        yield RedFlag(kind, result.id, result.status, reason)
    for flag in result.conditions.doubts:
        yield RedFlag("spread", result.id, flag.name, flag.words)


def _broken_claim(bits: Bits) -> str:
    if bits.first_mismatch is not None:
        return f"it claims the reference's bits, but the training differs from it at step {bits.first_mismatch.step:,}"
    if bits.comparison is not None and not bits.comparison.bit_identical:
        return "it claims the reference's bits but differs"
    if bits.differs_where_claimed:
        return "it claims the reference's bits but differs after softmax"
    if bits.unlike:
        return f"it claims the same bits as {', '.join(bits.unlike)}, but its digest differs"
    if bits.wrong_plans:
        return (
            f"it claims the reference's bits, but {', '.join(bits.wrong_plans)} gave others when all plans were tried"
        )
    return "it claims the reference's bits, but its bits changed from run to run"


def _disagreements(results: Sequence[Result]) -> Iterator[RedFlag]:
    """Yield flags for results that claim the same bits but have different digests.

    Each may have passed its own comparison: a large product is compared on a sample of its outputs, so that only the
    digests of all adapters show a difference outside the sample.
    """
    claims: dict[tuple[str, str, str, int], list[Result]] = {}
    for result in results:
        bits = result.bits
        if bits.claims_identity and not bits.broken_claim and bits.digest is not None:
            key = (result.id.suite, result.id.case, result.id.dtype, bits.arithmetic)
            claims.setdefault(key, []).append(result)
    for claimants in claims.values():
        ordered = sorted(claimants, key=lambda result: shown_order(result.id.adapter))
        digests = ", ".join(f"{result.id.adapter} {_digests(result)}" for result in ordered)
        words = f"all claim the same bits, but their sha256 digests differ: {digests}"
        for result in _suspects(ordered):
            yield RedFlag("wrong bits", result.id, "digests differ", words)


def _suspects(claimants: Sequence[Result]) -> list[Result]:
    """Return the results that differ from the reference; without a reference all, since any of them may be wrong."""
    if not any(one.bits.contradicts(other.bits) for one, other in combinations(claimants, 2)):
        return []
    right = next((result.bits for result in claimants if result.id.adapter == REFERENCE), None)
    return [result for result in claimants if right is None or result.bits.contradicts(right)]


def _digests(result: Result) -> str:
    return "/".join(digest[:_SHOWN_DIGITS] for digest in result.bits.claimed_digests if digest)
