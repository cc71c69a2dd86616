"""A lock that is held while measuring: two paragon-tui that measure on one machine disturb each other's figures."""

from __future__ import annotations

import sqlite3
from pathlib import Path


class MeasuringLock:
    """The lock of a measuring run: SQLite's file lock, which works alike on all systems and ends with the process."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "measuring.lock"
        self._connection: sqlite3.Connection | None = None

    def acquire(self) -> bool:
        """Return False if another process measures. A folder that cannot be written to counts as unlocked."""
        if self._connection is not None:
            return True
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            connection = sqlite3.connect(self._path, timeout=0, isolation_level=None)
        except (OSError, sqlite3.Error):
            return True
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:  # a damaged lock file counts as unlocked too
            connection.close()
            return "locked" not in str(error)
        self._connection = connection
        return True

    def release(self) -> None:
        """Release the lock, so that others can measure."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def is_measuring(folder: Path) -> bool:
    """Return whether a process holds the lock."""
    lock = MeasuringLock(folder)
    free = lock.acquire()
    lock.release()
    return not free
