"""The lookup of saved sessions: in the store by id, name, or ``last`` and ``previous``, or in a JSON document."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import msgspec

from paragon_tui.engine.runner.selection import UnknownName, near_matches
from paragon_tui.printable import all_printable
from paragon_tui.sessions import schema_2
from paragon_tui.sessions.saved_session import SavedSession, UnreadableSession, saved_session
from paragon_tui.sessions.store import reading, unpacked

LATEST = ("last", "previous")
"""The names of the session that finished last and of the one before it."""

_LISTED_IDS = 5
_LARGEST_DOCUMENT = 256 << 20  # bytes; a thousand results are 5 MB
_BEFORE = """
WHERE ended = 'finished' AND id <> ?2
    AND (started < ?1 OR started = ?1 AND rowid < (SELECT rowid FROM session WHERE id = ?2))
"""


def open_session(name: str, database: Path) -> SavedSession:
    """Return the session in a file if ``name`` is an existing file or looks like a path, else one from the store.

    Raises ``UnreadableSession`` for a file that cannot be read, ``UnknownName`` for a session that does not exist.
    """
    path = Path(name)
    if name not in LATEST and (_exists(path) or path.suffix == ".json" or len(path.parts) > 1):
        return saved_session(read_document(path), name)
    return saved_session(find_session(name, database), f"session {name}")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # its name is longer than any file's
        return False


def read_document(path: Path) -> Any:
    """Return the decoded content of a JSON file, its texts printable.

    Raises ``UnreadableSession`` if it cannot be read, is no regular file or pipe, is no JSON, or is beyond 256 MiB.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_DOCUMENT + 1)
        if len(content) > _LARGEST_DOCUMENT:
            raise UnreadableSession(f"{path} is larger than any session: more than {_LARGEST_DOCUMENT >> 20} MiB")
        return all_printable(msgspec.json.decode(content.decode("utf-8-sig")))
    except OSError as error:
        raise UnreadableSession(f"{path} cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableSession(f"{path} is not a JSON document: {error}") from error


def find_session(name: str, database: Path) -> dict[str, Any]:
    """Return the document of a session in the store, by its id, the beginning of it, its name, ``last``, ``previous``.

    It has all saved results, the baseline included whether it was listed or not. The file is opened read-only.
    Raises ``UnknownName``, and ``UnreadableSession`` if the file cannot be read.
    """
    if not database.exists():
        raise UnknownName(f"there is no session {name!r}: none has been saved yet; `paragon-tui run` saves one")
    try:
        with reading(database) as connection:
            return _document(connection, resolve(connection, name))
    except (sqlite3.Error, UnicodeDecodeError, ValueError) as error:
        raise UnreadableSession(f"the sessions in {database} cannot be read: {error}") from error


def sessions_before(session: SavedSession, database: Path) -> Iterator[SavedSession]:
    """Yield the finished sessions of the store that began before ``session``, the latest first.

    Of those that began in the same second, the store's order decides, if it has the session. What this program cannot
    read any more is left out. Raises ``UnreadableSession`` if the file cannot be read.
    """
    if not database.exists():
        return
    try:
        with reading(database) as connection:
            for name in _ids(connection, _BEFORE, session.started, session.session):
                with suppress(UnreadableSession):
                    earlier = saved_session(_document(connection, name), f"session {name}")
                    # What was only kept there would count twice.
                    yield replace(earlier, results=tuple(each for each in earlier.results if each.measured_in is None))
    except (sqlite3.Error, UnicodeDecodeError, ValueError) as error:
        raise UnreadableSession(f"the sessions in {database} cannot be read: {error}") from error


def resolve(connection: sqlite3.Connection, name: str) -> str:
    """Return the id of the session that ``name`` means: an id or its beginning, or what it is called.

    Raises ``UnknownName``.
    """
    if name in LATEST:
        finished = _ids(connection, "WHERE ended = 'finished'")
        if len(finished) <= LATEST.index(name):
            so_far = "only one session has finished so far" if finished else "none has finished yet"
            raise UnknownName(f"there is no {name} session: {so_far}")
        return finished[LATEST.index(name)]
    known = _ids(connection)
    if name in known:
        return name
    if name and "name" in _columns(connection) and (called := _ids(connection, "WHERE name = ?", name)):
        return called[0]
    matching = [session for session in known if name and session.startswith(name)]
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise UnknownName(f"{len(matching)} sessions begin with {name!r}: {_listed(matching)}")
    if near := near_matches(name, known):
        raise UnknownName(f"there is no session {name!r}; did you mean {' or '.join(near)}?")
    raise UnknownName(f"there is neither a file nor a session {name!r}; the latest sessions: {_listed(known)}")


def _columns(connection: sqlite3.Connection) -> set[str]:
    """Return the columns of the table of sessions: those of an older file are fewer."""
    return {row[1] for row in connection.execute("PRAGMA table_info(session)")}


def _ids(connection: sqlite3.Connection, condition: str = "", *values: str) -> list[str]:
    """Return the ids of sessions, the latest first; ``values`` are those of the condition's placeholders.

    A row without one is damaged, and no session's.
    """
    query = f"SELECT id FROM session {condition} ORDER BY started DESC, rowid DESC"
    return [id_ for (id_,) in connection.execute(query, values) if isinstance(id_, str)]


def _listed(names: list[str]) -> str:
    """Return the first few of ``names``, separated by commas."""
    return ", ".join(names[:_LISTED_IDS]) + (", …" if len(names) > _LISTED_IDS else "") if names else "none"


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the table of sessions; those of older files have fewer columns."""

    started: str
    host: str
    ended: str | None = None
    name: str | None = None
    note: str | None = None
    fields: str | None = None
    selection: bytes | None = None


def _document(connection: sqlite3.Connection, session: str) -> dict[str, Any]:
    """Return the document of a session. Raises ``sqlite3.Error``, or ``ValueError`` for what nobody wrote there."""
    found = connection.execute("SELECT * FROM session WHERE id = ?", (session,))
    if (values := found.fetchone()) is None:  # its index knows of it
        raise ValueError(f"the row of session {session} is missing")
    columns = (column for column, *_ in found.description)
    row = msgspec.convert(dict(zip(columns, values, strict=True)), _Row)
    facts = _decoded(row.fields) if row.fields else {}
    rows = connection.execute("SELECT fields FROM result WHERE session = ? ORDER BY rowid", (session,))
    results = [_decoded(fields) for (fields,) in rows]
    if row.selection is not None:
        begun = {_key(result): result for result in results}
        results = [begun.get(_key(result), result) for result in unpacked(row.selection)]
    document = {
        "schema": facts.pop("schema", None) or _schema(results),
        "session": session,
        "started": row.started,
        "ended": row.ended or "unfinished",
        **{label: text for label, text in (("name", row.name), ("note", row.note)) if text is not None},
        **{"sampling": None, "threads": None, "listed": None},
        **facts,
        "host": _decoded(row.host),
        "results": results,
    }
    return cast(dict[str, Any], all_printable(document))


def _decoded(text: Any) -> dict[str, Any]:
    """Return an object kept as JSON. Raises ``ValueError`` for anything else."""
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (TypeError, RecursionError) as error:
        raise ValueError(f"{str(text)[:20]!r} in place of a JSON object") from error


def _key(fields: dict[str, Any]) -> tuple[str, ...]:
    """Return what tells a result from others of its session: the names in its id."""
    return tuple(str(fields.get(name)) for name in ("suite", "case", "dtype", "variant", "adapter"))


def _schema(results: list[dict[str, Any]]) -> int:
    """Return the schema of results whose session does not name it: those of schema 1 have no flags."""
    return schema_2.SCHEMA if all("flags" in fields for fields in results) else 1
