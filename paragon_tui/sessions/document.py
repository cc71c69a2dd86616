"""The JSON document of a session, schema 3: a missing value is null, never NaN."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from paragon_tui.sessions.entries import entries

if TYPE_CHECKING:
    from paragon_tui.engine.results.result import Result
    from paragon_tui.engine.results.session import Session

SCHEMA = 3


def document(session: Session) -> dict[str, Any]:
    """Return the whole session, its listed results in order."""
    return {
        "schema": SCHEMA,
        "session": session.id,
        "started": session.started,
        **session_fields(session),
        "results": [entries(saved(session, result)) for result in session.listed],
    }


def session_fields(session: Session) -> dict[str, Any]:
    """Return the facts that hold for all results of a session."""
    return {
        "host": session.host,
        "sampling": msgspec.to_builtins(session.sampling),
        "threads": session.threads,
        "listed": session.listed_adapters,
        "discovery_ms": session.discovery_ms,
        "load": session.load,
        "fingerprints": msgspec.to_builtins(session.fingerprints),
        "ceilings": msgspec.to_builtins(session.ceilings),
        "advice": msgspec.to_builtins(session.advice),
    }


def saved(session: Session, result: Result) -> Result:
    """Return a result as it is saved: with what follows from its session, and stopped if it has not ended."""
    return replace(result, derived=session.derived(result), status=result.status if result.ended else "stopped")


def encode(session: Session) -> bytes:
    """Return the document as indented UTF-8 JSON with a final newline; floats round-trip."""
    return msgspec.json.format(msgspec.json.encode(document(session)), indent=1) + b"\n"
