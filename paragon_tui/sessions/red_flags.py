"""What a session's reader must know before its figures: wrong bits, failures, what did not fit, doubtful spread."""

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
"""The gravest first."""

_OF_MEMORY = ("memory", "alloc")  # as drivers say it: "Out of memory", MEM_OBJECT_ALLOCATION_FAILURE
_SHOWN_DIGITS = 16


@dataclass(frozen=True, slots=True)
class RedFlag:
    """One thing to know of a result, ``what`` in a word or two and ``words`` in full."""

    kind: Kind
    id: JobId
    what: str
    words: str


def red_flags(session: SavedSession) -> tuple[RedFlag, ...]:
    """All of them, by kind, each kind in the session's order."""
    found = [flag for result in session.results for flag in _of_result(result)]
    found += _disagreements(session.results)
    return tuple(sorted(found, key=lambda flag: KINDS.index(flag.kind)))


def _of_result(result: SavedResult) -> Iterator[RedFlag]:
    words = result.error or "no reason was given"
    if result.broken_claim:
        yield RedFlag("wrong bits", result.id, "claim broken", _wrong(result))
    if result.status == "unsupported":
        yield RedFlag("memory and limits", result.id, "unsupported", words)
    elif result.failed:
        kind: Kind = "memory and limits" if any(word in words.lower() for word in _OF_MEMORY) else "failures"
        yield RedFlag(kind, result.id, result.status, words)
    for flag in result.doubts:
        yield RedFlag("spread", result.id, flag.name, flag.words)


def _wrong(result: SavedResult) -> str:
    if result.bit_identical is False:
        return "it claims the reference's bits and has others"
    if result.differs:
        return "it claims the reference's bits and has others after softmax"
    if result.unlike:
        return f"it claims the bits that {', '.join(result.unlike)} has, and its digest is another"
    return "it claims the reference's bits, and its own changed from run to run"


def _disagreements(results: Sequence[SavedResult]) -> Iterator[RedFlag]:
    """Results that claim the same bits and whose digests differ, though each may have passed its own comparison.

    A large product is compared on a sample of its outputs, so that only the digests of all adapters tell.
    """
    claims: dict[tuple[str, str, str], list[SavedResult]] = {}
    for result in results:
        if result.claims_identity and not result.broken_claim and result.digest is not None:
            claims.setdefault((result.suite, result.case, result.dtype), []).append(result)
    for claimed in claims.values():
        ordered = sorted(claimed, key=lambda one: shown_order(one.adapter))
        words = ", ".join(f"{one.adapter} {_digests(one)}" for one in ordered)
        for one in _suspects(ordered):
            yield RedFlag("wrong bits", one.id, "digests differ", f"all claim the same bits, and sha256 is {words}")


def _suspects(claimed: Sequence[SavedResult]) -> list[SavedResult]:
    """Those that differ from the reference; without it every one, since it cannot be told who is right."""
    if len({_digests(one) for one in claimed}) == 1:
        return []
    right = next((_digests(one) for one in claimed if one.adapter == REFERENCE), None)
    return [one for one in claimed if _digests(one) != right]


def _digests(result: SavedResult) -> str:
    return "/".join(digest[:_SHOWN_DIGITS] for digest in (result.digest, result.output_digest) if digest)
