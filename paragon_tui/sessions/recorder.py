"""The recorder folds events into a session and has it saved; a file that cannot be written never ends a run."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from paragon_tui.engine.messages.events import Event, Log, RunFinished, RunStarted
from paragon_tui.engine.results.session import Session
from paragon_tui.sessions.lock import MeasuringLock
from paragon_tui.sessions.store import Statement, is_kept, statements
from paragon_tui.sessions.writer import Writer

_AT_ONCE_S = 2.0  # after which a person is told what is waited for


class Recorder:
    """The session of one run, and its place in the store."""

    def __init__(self, database: Path, continues: Recorder | None = None, turn: MeasuringLock | None = None) -> None:
        """``continues``: that of a session that the new one goes on with, which stays as it is. ``turn``: a lock."""
        self.session: Session = continues.session.copy() if continues is not None else Session()
        self._before = continues
        self._database = database
        self._lock = turn or MeasuringLock(database.parent)
        self._writer: Writer | None = None

    def take_turn(self) -> bool:
        """Return False while another paragon-tui measures here; once it is True, others see that this one does."""
        return self._lock.acquire()

    def apply(self, event: Event) -> list[Log]:
        """Fold an event into the session and have it written. Returns notes about saving, for people to read."""
        notes = []
        if isinstance(event, RunStarted):
            self._writer = Writer(self._database)
            if not self._lock.acquire():
                text = "another paragon-tui is measuring on this machine: the two disturb each other's figures"
                notes.append(Log("sessions", "warning", text))
        self.session.apply(event)
        if self._writer is not None and (group := statements(self.session, event)):
            self._writer.write(self._after_those_before(group) if isinstance(event, RunStarted) else group)
        if isinstance(event, RunFinished):
            self.close()
        return notes + self.notes()

    def _after_those_before(self, group: Iterable[Statement]) -> Iterator[Statement]:
        """Yield statements when the session that this one goes on with is written: its samples are copied.

        Asked for in the writer's thread, which may wait.
        """
        if self._before is not None:
            self._before.wait()
            self._before = None
        yield from group

    def notes(self) -> list[Log]:
        """Return what there is to tell about saving since the last call."""
        return self._writer.notes() if self._writer is not None else []

    def close(self) -> None:
        """Release the lock, and have the rest written. A session that has not ended by now was interrupted."""
        if self._writer is not None and not self.session.finished:
            self.apply(RunFinished(self.session.id, interrupted=True))
            return
        self._lock.release()
        if self._writer is not None:
            self._writer.close()

    def wait(self, limit_s: float = math.inf) -> bool:
        """Wait until the session is saved, for so many seconds, and as long as there is hope.

        Return whether it is, as it is read back.
        """
        return self._writer is not None and self._writer.wait(limit_s) and is_kept(self._database, self.session)

    def wait_patiently(self, tell: Callable[[str], None]) -> bool:
        """Wait until the session is saved, and return whether it is; ``tell`` gets the notes, and what takes longer.

        A person who does not want to wait ends it with ctrl+c.
        """
        saved = self.wait(_AT_ONCE_S)
        with suppress(KeyboardInterrupt):  # that is the answer, and not the end of what follows
            if not saved:
                reason = f": {self._writer.trouble}" if self._writer is not None and self._writer.trouble else ""
                tell(f"waiting to save the session{reason}; ctrl+c ends that")
                saved = self.wait()
        for note in self.notes():
            tell(note.text)
        return saved

    @property
    def done(self) -> bool:
        """True if the session has ended, and there is nothing left to write or to tell."""
        return self._writer is not None and self._writer.done

    @property
    def trouble(self) -> str:
        """Why a session is not saved after a ``wait``, as far as that is known."""
        trouble = self._writer.trouble if self._writer is not None else None
        return str(trouble) if trouble is not None else "it was not found in the store"
