"""The cache folder: what lies in it, the size that it is kept within, and clearing it.

All of it can be computed or measured again. A file's time of modification is the time of its last use.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LIMIT_BYTES = 2**30
"""The most that all files may take together; beyond it, those that were not used for longest are deleted."""

_MEASUREMENTS = {"autotune": "fastest plans", "ceiling": "peaks", "fingerprint": "probes"}


@dataclass(frozen=True, slots=True)
class CacheFile:
    """A file of the cache: its size in bytes, and when it was last used, in seconds since the epoch."""

    path: Path
    kind: str
    bytes: int
    used: float


def contents(folder: Path) -> list[CacheFile]:
    """Return the program's files in ``folder``, the last used first; none where there is no folder.

    They are the program's by their names: nothing else that lies there is counted or deleted. Raises ``OSError``.
    """
    return sorted(_files(folder), key=lambda file: file.used, reverse=True)


def _files(folder: Path) -> Iterator[CacheFile]:
    with suppress(FileNotFoundError), os.scandir(folder) as found:
        for entry in found:
            kind = _kind(entry.name)
            if kind is not None and not entry.is_dir():
                with suppress(FileNotFoundError):  # another process has deleted it meanwhile
                    facts = entry.stat()
                    yield CacheFile(Path(entry.path), kind, facts.st_size, facts.st_mtime)


def _kind(name: str) -> str | None:
    """Return what a file holds; ``None`` for a file that is not the program's."""
    if name.startswith("."):  # a file that is being written, or was when its process ended
        return "unfinished" if ".npz." in name or ".json." in name else None
    if name.endswith(".npz"):
        return "reference answers"
    return _MEASUREMENTS.get(name.partition("-")[0], "other measurements") if name.endswith(".json") else None


def mark_used(path: Path) -> None:
    """Note that a file was used now. A cache that cannot be written costs only time."""
    with suppress(OSError):
        os.utime(path)


def prune(folder: Path, limit_bytes: int = LIMIT_BYTES) -> None:
    """Delete the files that were not used for longest, until the rest take no more than ``limit_bytes``."""
    kept = 0
    for file in contents(folder):
        kept += file.bytes
        if kept > limit_bytes:
            _delete(file)


def clear(folder: Path) -> list[CacheFile]:
    """Delete all of the program's files in ``folder``, and return them. Raises ``OSError``."""
    files = contents(folder)
    for file in files:
        _delete(file)
    return files


def _delete(file: CacheFile) -> None:
    file.path.unlink(missing_ok=True)  # another process may have deleted it
