"""The recorder folds events into a session and saves it; a file that cannot be written never ends a run."""

from __future__ import annotations

from pathlib import Path

from paragon_tui.engine.messages.events import Event, Log, RunFinished, RunStarted
from paragon_tui.engine.results.session import Session
from paragon_tui.sessions.lock import MeasuringLock
from paragon_tui.sessions.store import Store, StoreError


class Recorder:
    """The session of one run, and the store that it is saved in."""

    def __init__(self, database: Path) -> None:
        self.session = Session()
        self._database = database
        self._store: Store | None = None
        self._lock = MeasuringLock(database.parent)

    def apply(self, event: Event) -> list[Log]:
        """Fold an event into the session and commit it. Returns warnings about saving, for people to read."""
        notes = []
        if isinstance(event, RunStarted):
            notes = self._begin()
        self.session.apply(event)
        if self._store is not None:
            try:
                self._store.record(self.session, event)
            except StoreError as error:
                notes.append(Log("sessions", "warning", str(error)))
                self._store.close()
                self._store = None
        if isinstance(event, RunFinished):
            self.close()
        return notes

    def _begin(self) -> list[Log]:
        notes = []
        if not self._lock.acquire():
            text = "another paragon-tui is measuring on this machine: the two disturb each other's figures"
            notes.append(Log("sessions", "warning", text))
        try:
            self._store = Store(self._database)
        except StoreError as error:
            notes.append(Log("sessions", "warning", f"{error} This session is in memory only; export still works."))
        return notes

    def close(self) -> None:
        """Close the file and release the lock. A session that has not ended by now was interrupted."""
        if self._store is not None and not self.session.finished:
            self.apply(RunFinished(self.session.id, interrupted=True))
            return
        self._lock.release()
        if self._store is not None:
            self._store.close()
            self._store = None
