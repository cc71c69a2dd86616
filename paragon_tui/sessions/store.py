"""The store of sessions: one SQLite file, committed as results arrive, with all raw samples."""

from __future__ import annotations

import sqlite3
from array import array
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
    RunFinished,
    RunStarted,
    SampleBatch,
)
from paragon_tui.engine.messages.job import JobId, Sampling
from paragon_tui.engine.results.session import Session
from paragon_tui.sessions.document import SCHEMA, saved, session_fields
from paragon_tui.sessions.entries import entries

SCHEMA_VERSION = 2
_BUSY_MS = 5000

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
)
"""For each version, the statements that upgrade the file from the version before it."""


class StoreError(Exception):
    """Sessions cannot be saved; the text says why and what to do. Measuring continues without the store."""


class Store:
    """The open SQLite file. Call ``record`` for each event after the session has applied it."""

    def __init__(self, path: Path) -> None:
        """Open the file, or create it. Raises ``StoreError``."""
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
                f"sessions cannot be saved in {path.parent}: {error}; is it writable, is the disk full?"
            ) from error

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
            self._database.close()
            raise StoreError(
                f"{self._path} was written by a newer paragon-tui (schema {version}); "
                "update this one, or move the file away"
            )

    def record(self, session: Session, event: Event) -> None:
        """Commit the data of an event. Raises ``StoreError`` if the file cannot be written."""
        try:
            with self._database:
                self._write(session, event)
        except sqlite3.Error as error:
            raise StoreError(f"{self._path} could not be written: {error}; this session is in memory only") from error

    def _write(self, session: Session, event: Event) -> None:
        match event:
            case RunStarted():
                self._database.execute(
                    "INSERT INTO session (id, started, host, sampling, fields) VALUES (?, ?, ?, ?, ?)",
                    (
                        session.id,
                        session.started,
                        _json(session.host),
                        sampling_key(session.sampling),
                        _facts(session),
                    ),
                )
                for job_id in session.results:  # what a killed run has not reached counts as stopped
                    self._write_result(session, job_id)
            case SampleBatch():
                samples = (_blob(event.latency_ns), _blob(event.device_ns))
                self._write_batch(session, event, "visit", samples, event.round, _json(event.conditions))
            case ColdBatch():
                self._write_batch(session, event, "cold", (_blob(event.values_ns), _blob(event.warm_ns)))
            case ChainedBatch():
                pairs = tuple(value for series in event.series for pair in series for value in pair)
                self._write_batch(session, event, "chained", (_blob(pairs), b""))
            case Figures() | Finished() | Failed():
                self._write_result(session, event.id)
            case RunFinished():
                ended = "interrupted" if event.interrupted else "finished"
                self._database.execute(
                    "UPDATE session SET ended = ?, fields = ? WHERE id = ?",
                    (ended, _facts(session), session.id),
                )

    def _write_result(self, session: Session, job_id: JobId) -> None:
        fields = entries(saved(session, session.results[job_id]))
        row = (session.id, *_key(job_id), _json(fields))
        self._database.execute(
            "INSERT INTO result VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET fields = excluded.fields", row
        )

    def _write_batch(
        self,
        session: Session,
        event: SampleBatch | ColdBatch | ChainedBatch,
        kind: str,
        samples: tuple[bytes, bytes],
        round_: int = 0,
        conditions: str | None = None,
    ) -> None:
        row = (session.id, *_key(event.id), *samples, kind, event.process, round_, conditions)
        self._database.execute("INSERT INTO sample_batch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def close(self) -> None:
        """Close the file."""
        self._database.close()


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


def _blob(nanoseconds: tuple[int, ...]) -> bytes:
    return array("q", nanoseconds).tobytes()
