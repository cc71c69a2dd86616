"""The store of sessions: one SQLite file, committed as results arrive, with all raw samples."""

from __future__ import annotations

import os
import sqlite3
import zlib
from array import array
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec

from paragon_tui.engine.messages.events import (
    ChainedBatch,
    ColdBatch,
    Event,
    Failed,
    Figures,
    Finished,
    JobStarted,
    RunFinished,
    RunStarted,
    SampleBatch,
)
from paragon_tui.engine.messages.job import JobId, Sampling
from paragon_tui.engine.results.result import not_run
from paragon_tui.engine.results.session import Session
from paragon_tui.sessions.document import SCHEMA, saved, session_fields
from paragon_tui.sessions.entries import entries

SCHEMA_VERSION = 5
_BUSY_MS = 5000
_LOCKED_S = 60.0  # others that write let go, as a rule
_HOPE_S = 5.0

_SCHEMAS = (
    # 1
    """
CREATE TABLE session (
    id TEXT PRIMARY KEY,
    started TEXT NOT NULL,
    host TEXT NOT NULL,
    ended TEXT CHECK (ended IN ('finished', 'interrupted'))
) STRICT;
CREATE TABLE result (
    session TEXT NOT NULL REFERENCES session (id),
    suite TEXT NOT NULL, case_id TEXT NOT NULL, dtype TEXT NOT NULL, variant TEXT NOT NULL, adapter TEXT NOT NULL,
    fields TEXT NOT NULL,
    PRIMARY KEY (session, suite, case_id, dtype, variant, adapter)
) STRICT;
CREATE TABLE sample_batch (
    session TEXT NOT NULL REFERENCES session (id),
    suite TEXT NOT NULL, case_id TEXT NOT NULL, dtype TEXT NOT NULL, variant TEXT NOT NULL, adapter TEXT NOT NULL,
    latency_ns BLOB NOT NULL,
    device_ns BLOB NOT NULL
) STRICT;
CREATE INDEX sample_batch_result ON sample_batch (session, suite, case_id, dtype, variant, adapter);
""",
    # 2: several processes, visits in rounds, and the facts of a session; cold samples (with the warm ones in device_ns)
    # and chained ones (latency_ns holds pairs of a number of runs and a time).
    """
ALTER TABLE session ADD COLUMN sampling TEXT;
ALTER TABLE session ADD COLUMN fields TEXT;
ALTER TABLE sample_batch ADD COLUMN kind TEXT NOT NULL DEFAULT 'visit' CHECK (kind IN ('visit', 'cold', 'chained'));
ALTER TABLE sample_batch ADD COLUMN process INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sample_batch ADD COLUMN round INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sample_batch ADD COLUMN conditions TEXT;
""",
    # 3: what a person calls a session, and remarks about it.
    """
ALTER TABLE session ADD COLUMN name TEXT;
ALTER TABLE session ADD COLUMN note TEXT;
""",
    # 4: the selection, so that only results that began have rows. Sessions of before have all as rows.
    """
ALTER TABLE session ADD COLUMN selection BLOB;
""",
    # 5: how each result ended and whether it has wrong bits, in an index, so that a list of sessions decodes none.
    # Those of before do not say whether a claim is broken, but whether a claim's bits are the reference's.
    """
ALTER TABLE result ADD COLUMN status ANY GENERATED ALWAYS AS (
    CASE json_valid(fields) WHEN 1 THEN json_extract(fields, '$.status') END
) VIRTUAL;
ALTER TABLE result ADD COLUMN wrong ANY GENERATED ALWAYS AS (
    CASE json_valid(fields) WHEN 1 THEN coalesce(
        json_extract(fields, '$.broken_claim'),
        json_extract(fields, '$.standing') IN ('guaranteed', 'observed') AND json_extract(fields, '$.bit_identical') = 0
    ) END
) VIRTUAL;
CREATE INDEX result_outcome ON result (session, case_id, adapter, status, wrong);
""",
)
"""For each version, the statements that upgrade the file from the version before it."""


Statement = tuple[str, tuple[Any, ...]]
"""An SQL statement and the values of its placeholders."""


class StoreError(Exception):
    """Sessions cannot be saved; the text says why and what to do. Measuring continues without the store.

    ``patience_s`` are the seconds for which it is worth trying again: none where nothing passes by itself.
    """

    def __init__(self, text: str, patience_s: float = 0.0) -> None:
        super().__init__(text)
        self.patience_s = patience_s


class DamagedStore(StoreError):
    """The file is no database, or one that cannot be read any more."""


class Store:
    """The open SQLite file. Call ``record`` for each event after the session has applied it."""

    def __init__(self, path: Path) -> None:
        """Open the file, or create it, for this user alone. Raises ``StoreError``."""
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._database = sqlite3.connect(path, timeout=_BUSY_MS / 1000, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise store_error(path, error) from error
        try:
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = NORMAL")
            self._database.execute("PRAGMA foreign_keys = ON")
            self._create_or_check()
        except (OSError, sqlite3.Error, UnicodeDecodeError) as error:
            self._database.close()
            raise store_error(path, error) from error
        except StoreError:
            self._database.close()
            raise

    def _create_or_check(self) -> None:
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")  # two processes at once must not both create the tables
            (version,) = self._database.execute("PRAGMA user_version").fetchone()
            for step in _SCHEMAS[version:]:
                for statement in step.split(";\n"):
                    self._database.execute(statement)
            if version < SCHEMA_VERSION:
                self._database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"{self._path} was written by a newer paragon-tui (schema {version}); "
                "update this one, or move the file away"
            )

    def record(self, session: Session, event: Event) -> None:
        """Commit the data of an event. Raises ``StoreError`` if the file cannot be written."""
        self.write(statements(session, event))

    def write(self, statements: Iterable[Statement]) -> None:
        """Commit these statements, all or none. Raises ``StoreError`` if the file cannot be written."""
        try:
            with self._database:
                for statement, values in statements:
                    self._database.execute(statement, values)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise store_error(self._path, error) from error

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def statements(session: Session, event: Event) -> Iterable[Statement]:
    """Return what has to be written of an event that ``session`` has applied.

    They may be made only when they are asked for: a large selection takes most of a second.
    """
    match event:
        case RunStarted():
            facts = (_json(session.host), sampling_key(session.sampling), _facts(session))
            return chain(_begin(event, facts), _kept_results(session.copy()), _kept_samples(event))
        case JobStarted():
            return [_result(session, event.id)]
        case SampleBatch():
            samples = (_blob(event.latency_ns), _blob(event.device_ns))
            return [_batch(session, event, "visit", samples, event.round, _json(event.conditions))]
        case ColdBatch():
            return [_batch(session, event, "cold", (_blob(event.values_ns), _blob(event.warm_ns)))]
        case ChainedBatch():
            pairs = tuple(value for series in event.series for pair in series for value in pair)
            return [_batch(session, event, "chained", (_blob(pairs), b""))]
        case Figures() | Finished() | Failed():
            return [_result(session, event.id)] if _has_begun(session, event.id) else []
        case RunFinished():
            ended = "interrupted" if session.interrupted else "finished"
            return [("UPDATE session SET ended = ?, fields = ? WHERE id = ?", (ended, _facts(session), session.id))]
        case _:
            return []


def _begin(event: RunStarted, facts: tuple[str | None, ...]) -> Iterator[Statement]:
    selection = [entries(not_run(planned)) for planned in event.planned]
    yield (
        "INSERT INTO session (id, started, host, sampling, fields, selection) VALUES (?, ?, ?, ?, ?, ?)",
        (event.session, event.started, *facts, packed(selection)),
    )


def _kept_results(session: Session) -> Iterator[Statement]:
    """Yield what writes the results that a session has from the one that it goes on with."""
    return (_result(session, result.id) for result in session.kept if _has_begun(session, result.id))


def _kept_samples(event: RunStarted) -> Iterator[Statement]:
    """Yield what copies the samples of the session that is gone on with, but of the results measured again."""
    if event.continues is None:
        return
    columns = "suite, case_id, dtype, variant, adapter, latency_ns, device_ns, kind, process, round, conditions"
    again = set(event.again)
    for id_ in (planned.id for planned in event.planned if planned.id not in again):
        yield (
            f"INSERT INTO sample_batch SELECT ?, {columns} FROM sample_batch "
            "WHERE session = ? AND suite = ? AND case_id = ? AND dtype = ? AND variant = ? AND adapter = ?",
            (event.session, event.continues, *_key(id_)),
        )


def packed(selection: list[dict[str, Any]]) -> bytes:
    """Return the entries of the results that a session is to have, as its column ``selection`` keeps them."""
    return zlib.compress(msgspec.json.encode(selection))


def unpacked(selection: bytes) -> list[dict[str, Any]]:
    """Return what was ``packed``. Raises ``ValueError`` for damaged data."""
    try:
        return msgspec.json.decode(zlib.decompress(selection), type=list[dict[str, Any]])
    except zlib.error as error:
        raise ValueError(f"the selection of a session is damaged: {error}") from error


def _has_begun(session: Session, job_id: JobId) -> bool:
    result = session.results[job_id]
    return result.status != "waiting" and replace(result, measured_in=None) != not_run(session.planned[job_id])


def _result(session: Session, job_id: JobId) -> Statement:
    fields = entries(saved(session, session.results[job_id]))
    return result_statement(session.id, job_id, fields)


def result_statement(session: str, job_id: JobId, fields: Any) -> Statement:
    """Return what writes the entries of a result, in place of those that the session has of it."""
    return (
        "INSERT INTO result VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET fields = excluded.fields",
        (session, *_key(job_id), _json(fields)),
    )


def _batch(
    session: Session,
    event: SampleBatch | ColdBatch | ChainedBatch,
    kind: str,
    samples: tuple[bytes, bytes],
    round_: int = 0,
    conditions: str | None = None,
) -> Statement:
    row = (session.id, *_key(event.id), *samples, kind, event.process, round_, conditions)
    return "INSERT INTO sample_batch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for reading alone, whatever its version. Raises ``sqlite3.Error``."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        yield database


def is_kept(path: Path, session: Session) -> bool:
    """Return whether the file has the whole session, as it is read back."""
    try:
        with reading(path) as database:
            ended = database.execute("SELECT ended FROM session WHERE id = ?", (session.id,)).fetchone()
            query = "SELECT suite, case_id, dtype, variant, adapter FROM result WHERE session = ?"
            kept = set(database.execute(query, (session.id,)))
    except (sqlite3.Error, UnicodeDecodeError):
        return False
    begun = {_key(job_id) for job_id in session.results if _has_begun(session, job_id)}
    return ended is not None and ended[0] is not None and begun <= kept


def set_aside(path: Path) -> Path:
    """Rename a damaged file, with what SQLite keeps beside it, and return its new name. Raises ``OSError``."""
    aside = path.with_name(f"{path.stem}-damaged-{datetime.now(UTC):%Y%m%d-%H%M%S}{path.suffix}")
    for ending in ("-wal", "-shm", ""):
        beside = path.with_name(path.name + ending)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + ending))
    return aside


def store_error(path: Path, error: OSError | sqlite3.Error | UnicodeDecodeError) -> StoreError:
    """Return the error that says what is wrong with the file, and what to do."""
    if isinstance(error, OSError):
        return StoreError(f"sessions cannot be saved in {path.parent}: {error.strerror}", _HOPE_S)
    code = getattr(error, "sqlite_errorcode", None)
    match code & 0xFF if code is not None else sqlite3.SQLITE_CORRUPT:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreError(f"{path} is locked by another program: end it", _LOCKED_S)
        case sqlite3.SQLITE_FULL:
            return StoreError(f"{path} could not be written: the disk is full; make room", _HOPE_S)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_CANTOPEN:
            return StoreError(f"{path} may not be written: look at its permissions and its folder's", _HOPE_S)
        case sqlite3.SQLITE_IOERR:
            return StoreError(f"{path} could not be written: {error}; is the disk full, or broken?", _HOPE_S)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return DamagedStore(f"{path} is damaged: {error}")
        case _:
            return StoreError(f"{path} could not be written: {error}")


def sampling_key(sampling: Sampling | None) -> str | None:
    """Return the way of measuring as text; the store compares sessions by it."""
    return _json(sampling) if sampling else None


def _key(job_id: JobId) -> tuple[str, ...]:
    return (job_id.suite, job_id.case, job_id.dtype, job_id.variant, job_id.adapter)


def _facts(session: Session) -> str:
    """Return the facts of a session, and the schema of its results."""
    return _json({"schema": SCHEMA} | session_fields(session))


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def nanoseconds(blob: Any, path: Path) -> array[int]:
    """Return the samples in a column of ``sample_batch``. Raises ``DamagedStore``."""
    taken = array("q")
    try:
        taken.frombytes(blob)
    except (TypeError, ValueError) as error:  # it is none, or its bytes are no whole numbers
        raise DamagedStore(f"{path} is damaged: the samples of a session are unreadable ({error})") from error
    return taken


def _blob(nanoseconds: tuple[int, ...]) -> bytes:
    return array("q", nanoseconds).tobytes()
