"""The folders and files that the program keeps: whether they can be written, and whether the store is sound."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from paragon_tui.cache_folder import contents
from paragon_tui.diagnosis.finding import Finding, without_home
from paragon_tui.formatting.quantities import counted, size
from paragon_tui.sessions import paths
from paragon_tui.sessions.catalog import CatalogError, list_sessions
from paragon_tui.sessions.store import reading


def storage_findings() -> Iterator[Finding]:
    """Yield findings on the data folder, the store and the cache."""
    if paths.nothing_stays():
        yield Finding("files", "home", "problem", paths.NOTHING_STAYS, "export XDG_DATA_HOME=/a/folder")
        return
    for subject, folder in (("data folder", paths.data_dir()), ("cache folder", paths.reference_cache())):
        yield _folder(subject, folder)
    yield _store(paths.database())
    try:
        files = contents(paths.reference_cache())
        words = f"{counted(len(files), 'file')}, {size(sum(file.bytes for file in files))}"
        yield Finding("files", "cache", "fine", words)
    except OSError as error:
        yield Finding("files", "cache", "problem", f"cannot be read: {error.strerror}", "paragon-tui cache clear")


def _folder(subject: str, folder: Path) -> Finding:
    """Try whether a file can be made in a folder, or in the nearest one above it that is there."""
    shown = without_home(str(folder))
    there = next((parent for parent in (folder, *folder.parents) if parent.exists()), folder)
    probe = there / ".paragon-tui-doctor"
    try:
        probe.write_bytes(b"?")
        probe.unlink()
    except OSError as error:
        remedy = f"mend the permissions of {without_home(str(there))}, make room, or set the XDG variable"
        return Finding("files", subject, "problem", f"{shown} cannot be written: {error.strerror}", remedy)
    return Finding("files", subject, "fine", f"{shown} can be written")


def _store(database: Path) -> Finding:
    if not database.exists():
        return Finding("files", "store", "fine", "no session yet")
    try:
        with reading(database) as connection:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        sessions = list_sessions(database)
    except (sqlite3.Error, UnicodeDecodeError, CatalogError) as error:
        remedy = "the next run sets it aside and begins a new one; `sqlite3 FILE .recover` may save what is in it"
        return Finding("files", "store", "problem", without_home(f"{database.name}: {error}"), remedy)
    unfinished = sum(1 for session in sessions if session.ended == "unfinished")
    words = f"{counted(len(sessions), 'session')}, {unfinished} unfinished, {size(database.stat().st_size)}"
    return Finding("files", "store", "fine", words)
