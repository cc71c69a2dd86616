"""Sessions in one SQLite file, committed as results arrive; all raw samples are kept."""

from __future__ import annotations

import sqlite3
from array import array
from pathlib import Path

import msgspec

from paragon_tui.engine.events import Event, Failed, Finished, RunFinished, RunStarted, SampleBatch
from paragon_tui.engine.results import Session
from paragon_tui.sessions.document import result_fields

SCHEMA_VERSION = 1
_BUSY_MS = 5000

_SCHEMA = """
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
"""


class StoreError(Exception):
    """Sessions cannot be kept; the text says why and what to do. Measuring goes on without."""


class Store:
    """The open file. ``record`` each event after the session has applied it."""

    def __init__(self, path: Path) -> None:
        """Open or create. Raises ``StoreError``."""
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, timeout=_BUSY_MS / 1000)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = NORMAL")
            self._database.execute("PRAGMA foreign_keys = ON")
            self._create_or_check()
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"sessions cannot be kept in {path.parent}: {error}; is it writable, is the disk full?"
            ) from error

    def _create_or_check(self) -> None:
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")  # two first instances at once must not both create
            (version,) = self._database.execute("PRAGMA user_version").fetchone()
            if version == 0:
                for statement in _SCHEMA.split(";\n"):
                    self._database.execute(statement)
                self._database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        if version > SCHEMA_VERSION:
            self._database.close()
            raise StoreError(
                f"{self._path} was written by a newer paragon-tui (schema {version}); "
                "update this one, or move the file away"
            )

    def record(self, session: Session, event: Event) -> None:
        """Commit what an event brings. Raises ``StoreError`` where the file cannot take it."""
        try:
            with self._database:
                self._write(session, event)
        except sqlite3.Error as error:
            raise StoreError(f"{self._path} could not be written: {error}; this session is in memory only") from error

    def _write(self, session: Session, event: Event) -> None:
        match event:
            case RunStarted():
                self._database.execute(
                    "INSERT INTO session (id, started, host) VALUES (?, ?, ?)",
                    (session.id, session.started, msgspec.json.encode(session.host).decode()),
                )
            case SampleBatch():
                self._database.execute(
                    "INSERT INTO sample_batch VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (session.id, *_key(event), _blob(event.latency_ns), _blob(event.device_ns)),
                )
            case Finished() | Failed():
                fields = result_fields(session, session.results[event.id])
                self._database.execute(
                    "INSERT OR REPLACE INTO result VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (session.id, *_key(event), msgspec.json.encode(fields).decode()),
                )
            case RunFinished():
                ended = "interrupted" if event.interrupted else "finished"
                self._database.execute("UPDATE session SET ended = ? WHERE id = ?", (ended, session.id))

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _key(event: SampleBatch | Finished | Failed) -> tuple[str, ...]:
    return (event.id.suite, event.id.case, event.id.dtype, event.id.variant, event.id.adapter)


def _blob(nanoseconds: tuple[int, ...]) -> bytes:
    return array("q", nanoseconds).tobytes()
