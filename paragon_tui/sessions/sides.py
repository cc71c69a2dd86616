"""The sides of a comparison: two saved sessions, or two adapters of one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from paragon_tui.sessions.comparison import SessionComparison, compare_adapters, compare_sessions
from paragon_tui.sessions.session_lookup import open_session


@dataclass(frozen=True, slots=True)
class Side:
    """A session as ``find_session`` names it, or one of its adapters."""

    session: str
    adapter: str | None = None


def compare_sides(a: Side, b: Side, database: Path) -> SessionComparison:
    """Compare two sessions of the store, or two adapters of the same one, if both sides name one.

    Raises ``UnknownName``, and ``UnreadableSession`` for a session that this program cannot read.
    """
    session = open_session(a.session, database)
    if a.adapter is not None and b.adapter is not None:
        return compare_adapters(session, a.adapter, b.adapter)
    return compare_sessions(session, open_session(b.session, database))
