"""The sessions of the store as a person keeps them: listed, named, remarked on, exported, imported, deleted."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import msgspec

from paragon_tui.atomic_write import write_atomically
from paragon_tui.backends.registry import HOST_ADAPTERS
from paragon_tui.backends.threads import without_threads
from paragon_tui.engine.runner.selection import UnknownName
from paragon_tui.sessions.csv_dialect import USUAL, Dialect
from paragon_tui.sessions.csv_export import csv_text
from paragon_tui.sessions.entries import entries
from paragon_tui.sessions.lock import is_measuring
from paragon_tui.sessions.saved_session import UnreadableSession, saved_session
from paragon_tui.sessions.session_lookup import find_session, resolve
from paragon_tui.sessions.store import (
    Statement,
    Store,
    StoreError,
    nanoseconds,
    reading,
    result_statement,
    store_error,
    unpacked,
)

_SAMPLES = "suite case dtype variant adapter kind process round sample latency_ns device_ns".split()  # noqa: SIM905

_RECENT = 20  # sessions that are likely to be of the devices that are there now

_COLUMNS = ("session", "started", "ended", "name", "note", "results")
"""What of a document has a column or a table of its own."""

_CENTURY_DAYS = 36_525
_UNFIT = re.compile(r"[^\w-]")  # for the name of a file: an imported document may have any text as its id


class CatalogError(Exception):
    """What was asked of the sessions cannot be done; the text says why, and what to do."""


TROUBLES = (CatalogError, UnknownName, UnreadableSession)
"""What reading the store raises, each with words for a person."""


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session in a list. ``ended`` is ``unfinished`` for one that was killed, or is still running.

    ``measured`` counts its results with a time, of ``results``; ``wrong`` those that break their claim of identity.
    ``cases`` and ``adapters`` are in the order in which they were measured, ``cpu`` is the processor of its machine.
    ``name`` and ``note`` are a person's.
    """

    id: str
    started: str
    ended: str
    measured: int
    results: int
    cases: tuple[str, ...]
    adapters: tuple[str, ...]
    name: str | None
    note: str | None
    wrong: int = 0
    cpu: str | None = None


@dataclass(slots=True)
class _Outcome:
    """What the index of results tells of a session: how many there are, how they ended, and what was measured."""

    results: int = 0
    measured: int = 0
    wrong: int = 0
    cases: list[str] = field(default_factory=list)
    adapters: list[str] = field(default_factory=list)


_SESSIONS = """
    SELECT id, started, coalesce(ended, 'unfinished'), host, name, note,
        CASE WHEN ended = 'finished' THEN NULL ELSE selection END
    FROM session ORDER BY started DESC, rowid DESC LIMIT :latest
"""
_OUTCOMES = """
    SELECT session, case_id, count(*), sum(status = 'ok'), sum(wrong)
    FROM result INDEXED BY result_outcome {of} GROUP BY session, case_id ORDER BY min(rowid)
"""
_ADAPTERS = """
    SELECT session, adapter FROM result INDEXED BY result_outcome {of} GROUP BY session, adapter ORDER BY min(rowid)
"""
_OF_THE_LATEST = "WHERE session IN (SELECT id FROM session ORDER BY started DESC, rowid DESC LIMIT :latest)"


def known_adapters(database: Path) -> tuple[str, ...]:
    """Return the ids of the host's adapters, and of those that the latest sessions measured on: no driver is asked.

    Raises ``CatalogError``.
    """
    recent = (without_threads(name) for line in list_sessions(database, _RECENT) for name in line.adapters)
    return tuple(dict.fromkeys((*HOST_ADAPTERS, *recent)))


def list_sessions(database: Path, latest: int | None = None) -> list[SessionLine]:
    """Return all sessions, or so many, the latest first. Raises ``CatalogError``."""
    if not database.exists():
        return []
    outcomes: defaultdict[str, _Outcome] = defaultdict(_Outcome)
    with open_store(database) as connection:
        limit = {"latest": -1 if latest is None else latest}
        of = "" if latest is None else _OF_THE_LATEST
        rows = connection.execute(_SESSIONS, limit).fetchall()
        for session, case, results, measured, wrong in connection.execute(_OUTCOMES.format(of=of), limit):
            outcome = outcomes[session]
            outcome.results += results
            outcome.measured += measured or 0
            outcome.wrong += wrong or 0
            outcome.cases.append(case)
        for session, adapter in connection.execute(_ADAPTERS.format(of=of), limit):
            outcomes[session].adapters.append(adapter)
    return [
        _line(outcomes[id_], selection, id=id_, started=started, ended=ended, cpu=_cpu(host), name=name, note=note)
        for id_, started, ended, host, name, note, selection in rows
        if isinstance(id_, str) and isinstance(started, str)  # what is damaged is no session's
    ]


def _line(outcome: _Outcome, selection: bytes | None, **facts: Any) -> SessionLine:
    """Return the line of a session. One that has not finished has results without rows: its selection knows them."""
    results, cases, adapters = outcome.results, _names(outcome.cases), _names(outcome.adapters)
    with suppress(ValueError, KeyError):  # damaged: whoever opens the session is told
        if selection is not None and (selected := unpacked(selection)):
            cases, adapters = (_names([fields[name] for fields in selected]) for name in ("case", "adapter"))
            results = len(selected)
    return SessionLine(
        measured=outcome.measured, wrong=outcome.wrong, results=results, cases=cases, adapters=adapters, **facts
    )


def _cpu(host: Any) -> str | None:
    with suppress(TypeError, ValueError, AttributeError):  # damaged, as above
        return msgspec.json.decode(host, type=dict[str, Any]).get("cpu")
    return None


def _names(listed: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in listed if isinstance(name, str)))


def export_document(name: str, database: Path) -> bytes:
    """Return a session as the JSON document of which ``import_document`` makes the same session again.

    Raises as ``find_session`` does.
    """
    return _document_text(find_session(name, database))


def _document_text(document: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def export_file(
    name: str, database: Path, folder: Path, kind: Literal["csv", "json"], dialect: Dialect = USUAL
) -> Path:
    """Write a session into ``folder``, as CSV with all columns or as its document, and return the path.

    The file appears whole or not at all. Raises as ``find_session`` does, and ``OSError``.
    """
    document = find_session(name, database)
    if kind == "json":
        content = _document_text(document)
    else:
        results = saved_session(document, f"session {name}").results
        content = csv_text([entries(result) for result in results], dialect).encode("utf-8")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{_UNFIT.sub('_', document['session'])}.{kind}"
    write_atomically(path, content)
    return path


def export_samples(name: str, database: Path, separator: str = ",") -> str:
    """Return the raw samples of a session as CSV, a row a sample: end to end and device times in nanoseconds.

    ``kind`` is ``visit``, ``cold`` (its device time is that of the warm run behind it) or ``chained`` (``latency_ns``
    is in turns a number of runs and their time). No column has decimals. Raises ``UnknownName``, ``CatalogError``.
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    writer.writerow(_SAMPLES)
    query = """
        SELECT suite, case_id, dtype, variant, adapter, kind, process, round, latency_ns, device_ns
        FROM sample_batch WHERE session = ? ORDER BY rowid
    """
    with open_store(database) as connection:
        for *place, latency_ns, device_ns in connection.execute(query, (resolve(connection, name),)):
            latencies, devices = nanoseconds(latency_ns, database), nanoseconds(device_ns, database)
            for sample, latency in enumerate(latencies):
                writer.writerow([*place, sample, latency, devices[sample] if sample < len(devices) else ""])
    return text.getvalue()


def import_document(document: Any, source: str, database: Path) -> str:
    """Add the session of a decoded document to the store, and return its id.

    Raises ``UnreadableSession`` for what is no session, ``CatalogError`` where the store has one of its id already.
    """
    session = saved_session(document, source)
    facts = {key: value for key, value in document.items() if key not in _COLUMNS}
    host, sampling = (msgspec.json.encode(document.get(key)).decode() for key in ("host", "sampling"))
    ended = session.ended or ("interrupted" if session.interrupted else "finished")
    begin: Statement = (
        "INSERT INTO session (id, started, host, ended, sampling, fields, name, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(session.session, session.started, host, None if ended == "unfinished" else ended),
            *(None if document.get("sampling") is None else sampling, json.dumps(facts)),
            *(document.get("name"), document.get("note")),
        ),
    )
    results = zip(session.results, document["results"], strict=True)
    rows = [result_statement(session.session, result.id, fields) for result, fields in results]
    with open_store(database) as connection:
        if connection.execute("SELECT 1 FROM session WHERE id = ?", (session.session,)).fetchone():
            raise CatalogError(f"the session {session.session} is in the store already; delete it first to replace it")
    _write(database, [begin, *rows])
    return session.session


def label_session(name: str, database: Path, column: str, text: str | None) -> str:
    """Give a session a ``name`` or a ``note``, or take it away with ``None``; return its id.

    Raises ``UnknownName``, or ``CatalogError``, also for a name that another session has.
    """
    assert column in ("name", "note")
    with open_store(database) as connection:
        session = resolve(connection, name)
        if column == "name" and text is not None:
            taken = connection.execute("SELECT id FROM session WHERE name = ? AND id <> ?", (text, session)).fetchone()
            if taken:
                raise CatalogError(f"the session {taken[0]} is called {text!r} already; choose another name")
    _write(database, [(f"UPDATE session SET {column} = ? WHERE id = ?", (text, session))])
    return session


def delete_sessions(names: Sequence[str], database: Path) -> list[str]:
    """Delete sessions with all they have, all or none; return their ids.

    Raises ``UnknownName``, or ``CatalogError``, also for a session that another program may be measuring.
    """
    with open_store(database) as connection:
        sessions = list(dict.fromkeys(resolve(connection, name) for name in names))
        query = "SELECT id FROM session WHERE ended IS NULL ORDER BY rowid DESC LIMIT 1"
        unfinished = connection.execute(query).fetchone()
    if unfinished and unfinished[0] in sessions and is_measuring(database.parent):
        raise CatalogError(f"the session {unfinished[0]} is being measured; it can be deleted when that has ended")
    _write(
        database,
        [
            (f"DELETE FROM {table} WHERE {column} = ?", (session,))
            for session in sessions
            for table, column in (("sample_batch", "session"), ("result", "session"), ("session", "id"))
        ],
    )
    return sessions


def prunable(database: Path, keep: int | None, older_than_days: int | None) -> list[str]:
    """Return the ids of the sessions beyond the latest ``keep``, and of those that began longer ago.

    Sessions with a name or a note are never among them. Raises ``CatalogError``.
    """
    lines = list_sessions(database)
    doomed = set() if keep is None else {line.id for line in lines[keep:]}
    if older_than_days is not None:
        limit = datetime.now(UTC) - timedelta(days=min(older_than_days, _CENTURY_DAYS))
        doomed |= {line.id for line in lines if _began(line) < limit}
    return [line.id for line in lines if line.id in doomed and not (line.name or line.note)]


def _began(line: SessionLine) -> datetime:
    """Return when a session began; one whose document says it otherwise began now."""
    try:
        began = datetime.fromisoformat(line.started)
    except ValueError:
        return datetime.now(UTC)
    return began if began.tzinfo else began.replace(tzinfo=UTC)


@contextmanager
def open_store(database: Path) -> Iterator[sqlite3.Connection]:
    """Open the store for reading, brought to this program's version first. Raises ``CatalogError``."""
    try:
        Store(database).close()
        with reading(database) as connection:
            yield connection
    except StoreError as error:
        raise CatalogError(str(error)) from error
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise CatalogError(str(store_error(database, error))) from error


def _write(database: Path, statements: Sequence[Statement]) -> None:
    try:
        store = Store(database)
        try:
            store.write(statements)
        finally:
            store.close()
    except StoreError as error:
        raise CatalogError(str(error)) from error
