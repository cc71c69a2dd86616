"""Find a session again: in the store by what people call it, or in a JSON document."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from paragon_tui.engine.runner.selection import UnknownName, near_matches
from paragon_tui.sessions.saved_session import READS, SavedSession, UnreadableSession, saved_session

LATEST = ("last", "previous")
"""What people call the session that finished last, and the one before it."""

_SHOWN = 5


def open_session(name: str, database: Path) -> SavedSession:
    """A file where there is one or the name can be no session's, and otherwise a session of the store.

    Raises ``UnreadableSession`` for what cannot be read and ``UnknownName`` for a session that is not there.
    """
    path = Path(name)
    if name not in LATEST and (path.exists() or path.suffix == ".json" or len(path.parts) > 1):
        return saved_session(read_document(path), name)
    return saved_session(find_session(name, database), f"session {name}")


def read_document(path: Path) -> Any:
    """The decoded content of a JSON file. Raises ``UnreadableSession`` where it cannot be read or is no JSON."""
    try:
        return msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise UnreadableSession(f"{path} cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableSession(f"{path} is no JSON document: {error}") from error


def find_session(name: str, database: Path) -> dict[str, Any]:
    """The document of a session in the store: by its id, the unique beginning of one, ``last`` or ``previous``.

    Its results are all that were kept, the baseline among them whether it was listed or not. The file is opened
    read-only. Raises ``UnknownName``, and ``UnreadableSession`` where the file cannot be read.
    """
    if not database.exists():
        raise UnknownName(f"there is no session {name!r}: none has been kept yet; `paragon-tui run` keeps one")
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return _document(connection, _resolve(connection, name))
    except sqlite3.Error as error:
        raise UnreadableSession(f"the sessions in {database} cannot be read: {error}") from error


def _resolve(connection: sqlite3.Connection, name: str) -> str:
    """The id that is meant."""
    if name in LATEST:
        finished = _ids(connection, "WHERE ended = 'finished'")
        if len(finished) <= LATEST.index(name):
            so_far = "only one session has finished so far" if finished else "none has finished yet"
            raise UnknownName(f"there is no {name} session: {so_far}")
        return finished[LATEST.index(name)]
    known = _ids(connection)
    if name in known:
        return name
    beginning = [session for session in known if name and session.startswith(name)]
    if len(beginning) == 1:
        return beginning[0]
    if beginning:
        raise UnknownName(f"{len(beginning)} sessions begin with {name!r}: {_some(beginning)}")
    if near := near_matches(name, known):
        raise UnknownName(f"there is no session {name!r}; did you mean {' or '.join(near)}?")
    raise UnknownName(f"there is neither a file nor a session {name!r}; the latest sessions: {_some(known)}")


def _ids(connection: sqlite3.Connection, condition: str = "") -> list[str]:
    """Sessions, the latest first."""
    return [
        row[0] for row in connection.execute(f"SELECT id FROM session {condition} ORDER BY started DESC, rowid DESC")
    ]


def _some(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "") if names else "none"


def _document(connection: sqlite3.Connection, session: str) -> dict[str, Any]:
    started, host, ended, fields = connection.execute(
        "SELECT started, host, ended, fields FROM session WHERE id = ?", (session,)
    ).fetchone()
    facts = json.loads(fields) if fields else {}
    rows = connection.execute("SELECT fields FROM result WHERE session = ? ORDER BY rowid", (session,))
    results = [json.loads(fields) for (fields,) in rows]
    return {
        "schema": _schema(results),
        "session": session,
        "started": started,
        "ended": ended or "unfinished",
        "host": json.loads(host),
        "sampling": facts.get("sampling"),
        "threads": facts.get("threads"),
        "results": results,
    }


def _schema(results: list[dict[str, Any]]) -> int:
    """Results of an older program stay in the file as it wrote them; what it did not know yet tells them."""
    return READS if all("flags" in fields for fields in results) else READS - 1
