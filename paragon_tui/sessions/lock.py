"""Know whether another paragon-tui is measuring on this machine: its figures and ours would disturb each other."""

from __future__ import annotations

import sqlite3
from pathlib import Path


class MeasuringLock:
    """Held while a run measures. SQLite's file lock is the same on every system and goes with its process."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "measuring.lock"
        self._connection: sqlite3.Connection | None = None

    def acquire(self) -> bool:
        """Whether nobody else measures. A folder that cannot be written locks nobody out."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=0, isolation_level=None)
        except (OSError, sqlite3.Error):
            return True
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:  # a damaged lock file locks nobody out either
            connection.close()
            return "locked" not in str(error)
        self._connection = connection
        return True

    def release(self) -> None:
        """Let others measure."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
