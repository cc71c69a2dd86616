"""The thread that writes sessions to the store: in order, and again until it succeeds, while measuring goes on."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path

from paragon_tui.engine.messages.events import Log
from paragon_tui.sessions.store import DamagedStore, Statement, Store, StoreError, set_aside

_RETRY_S = 1.0
_PATIENCE_S = 60.0  # with a file that takes long without a word


class Writer:
    """Writes groups of statements, each whole or not at all, however long the file is locked or its disk full.

    What it has to say is collected: whoever owns it asks for the notes.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pending: deque[Iterable[Statement]] = deque()
        self._notes: deque[Log] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._trouble: StoreError | None = None
        threading.Thread(target=self._work, name="store", daemon=True).start()

    def write(self, group: Iterable[Statement]) -> None:
        """Have a group written after all others; it is looked at in the writer's thread."""
        with self._changed:
            if self._hopeful:
                self._pending.append(group)
            self._changed.notify_all()

    def close(self) -> None:
        """Say that nothing follows. What is pending is still written: see ``wait``."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def wait(self, limit_s: float = math.inf) -> bool:
        """Wait until all is written, for so many seconds, and as long as there is hope; return whether it is."""
        begin = time.monotonic()
        with self._changed:
            while self._pending:
                patience_s = self._trouble.patience_s if self._trouble else _PATIENCE_S
                left = begin + min(limit_s, patience_s) - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            return not self._pending

    @property
    def done(self) -> bool:
        """True if it is closed, and there is nothing left to write or to tell."""
        return self._closing and not self._pending and not self._notes

    @property
    def trouble(self) -> StoreError | None:
        """Why nothing can be written at present, ``None`` where it can."""
        return self._trouble

    def notes(self) -> list[Log]:
        """Return what there is to tell since the last call."""
        return [self._notes.popleft() for _ in range(len(self._notes))]

    @property
    def _hopeful(self) -> bool:
        return self._trouble is None or self._trouble.patience_s > 0

    def _work(self) -> None:
        """Write until the end. A fault of this program is told too: whoever waits must not wait for nothing."""
        try:
            self._write_groups()
        except Exception as error:
            with self._changed:
                self._trouble = StoreError(f"sessions are not saved any more, by a fault of this program: {error!r}")
                self._warn(f"{self._trouble}; please report it. This session is in memory only.")
                self._changed.notify_all()

    def _write_groups(self) -> None:
        store: Store | None = None
        while group := self._next():
            try:
                store = store or self._opened()
                store.write(group)
            except StoreError as error:
                if store is not None:
                    store.close()
                store = None
                if not self._may_try_again(error):
                    return
                continue
            self._note_success()
        if store is not None:
            store.close()

    def _next(self) -> Sequence[Statement] | None:
        with self._changed:
            while not self._pending and not self._closing:
                self._changed.wait()
            if not self._pending:
                return None
            group = self._pending[0]
        made = list(group)  # without the lock, since a large group takes long
        self._pending[0] = made  # for the next try
        return made

    def _opened(self) -> Store:
        try:
            return Store(self._path)
        except DamagedStore as damage:
            try:
                aside = set_aside(self._path)
            except OSError:
                raise damage from None
            self._warn(f"{damage}. It was set aside as {aside.name}, and a new one begun.")
            return Store(self._path)

    def _may_try_again(self, error: StoreError) -> bool:
        """Note what is wrong, once, and return after a while, or after a further event, if there is any hope."""
        with self._changed:
            if self._trouble is None or str(self._trouble) != str(error):
                hope = "results wait in memory, and are written as soon as they can be"
                self._warn(f"{error}; {hope if error.patience_s else 'this session is in memory only'}.")
            self._trouble = error
            self._changed.notify_all()
            if error.patience_s:
                self._changed.wait(_RETRY_S)
            return error.patience_s > 0

    def _note_success(self) -> None:
        with self._changed:
            self._pending.popleft()
            if self._trouble is not None:
                self._notes.append(Log("sessions", "info", f"{self._path} is written again; nothing is lost."))
            self._trouble = None
            self._changed.notify_all()

    def _warn(self, text: str) -> None:
        self._notes.append(Log("sessions", "warning", text))
