"""Red flags of a session, to read before its figures: wrong bits, failures, memory and limits, doubtful spread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from paragon_tui.backends.adapter import REFERENCE
from paragon_tui.engine.messages.job import JobId
from paragon_tui.sessions.review import shown_order

if TYPE_CHECKING:
    from paragon_tui.sessions.saved_session import SavedResult, SavedSession

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


def _result_flags(result: SavedResult) -> Iterator[RedFlag]:
    reason = result.error or "no reason given"
    if result.broken_claim:
        yield RedFlag("wrong bits", result.id, "claim broken", _broken_claim(result))
    if result.status == "unsupported":
        yield RedFlag("memory and limits", result.id, "unsupported", reason)
    elif result.failed:
        kind: Kind = "memory and limits" if any(word in reason.lower() for word in _MEMORY_WORDS) else "failures"
        yield RedFlag(kind, result.id, result.status, reason)
    for flag in result.doubtful_flags:
        yield RedFlag("spread", result.id, flag.name, flag.words)


def _broken_claim(result: SavedResult) -> str:
    if result.bit_identical is False:
        return "it claims the reference's bits but differs"
    if result.differs:
        return "it claims the reference's bits but differs after softmax"
    if result.unlike:
        return f"it claims the same bits as {', '.join(result.unlike)}, but its digest differs"
    return "it claims the reference's bits, but its bits changed from run to run"


def _disagreements(results: Sequence[SavedResult]) -> Iterator[RedFlag]:
    """Yield flags for results that claim the same bits but have different digests.

    Each may have passed its own comparison: a large product is compared on a sample of its outputs, so that only the
    digests of all adapters show a difference outside the sample.
    """
    claims: dict[tuple[str, str, str], list[SavedResult]] = {}
    for result in results:
        if result.claims_identity and not result.broken_claim and result.digest is not None:
            claims.setdefault((result.suite, result.case, result.dtype), []).append(result)
    for claimants in claims.values():
        ordered = sorted(claimants, key=lambda result: shown_order(result.adapter))
        digests = ", ".join(f"{result.adapter} {_digests(result)}" for result in ordered)
        words = f"all claim the same bits, but their sha256 digests differ: {digests}"
        for result in _suspects(ordered):
            yield RedFlag("wrong bits", result.id, "digests differ", words)


def _suspects(claimants: Sequence[SavedResult]) -> list[SavedResult]:
    """Return the results that differ from the reference; without a reference all, since any of them may be wrong."""
    if len({_digests(result) for result in claimants}) == 1:
        return []
    right = next((_digests(result) for result in claimants if result.adapter == REFERENCE), None)
    return [result for result in claimants if _digests(result) != right]


def _digests(result: SavedResult) -> str:
    return "/".join(digest[:_SHOWN_DIGITS] for digest in (result.digest, result.output_digest) if digest)
