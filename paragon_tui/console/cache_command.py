"""``paragon-tui cache``: show the cache of reference answers and measurements, or clear it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.table import Table

from paragon_tui.cache_folder import LIMIT_BYTES, CacheFile, clear, contents
from paragon_tui.console.listings import table_console, write_json
from paragon_tui.console.streams import notice
from paragon_tui.exit_status import FAILED, OK
from paragon_tui.formatting.quantities import counted, size
from paragon_tui.sessions import paths

SCHEMA = 1


def cache_command(clears: bool, as_json: bool) -> int:
    """Print the folder, and what lies in it or, with ``clears``, was deleted from it. Return 1 if that failed."""
    folder = paths.reference_cache()
    try:
        files = clear(folder) if clears else contents(folder)
    except OSError as error:
        advice = "check the folder's permissions" if isinstance(error, PermissionError) else "move away what is there"
        notice(f"{error.filename or folder}: {error.strerror}; {advice}")
        return FAILED
    if as_json:
        facts = {"schema": SCHEMA, "folder": str(folder), "limit_bytes": LIMIT_BYTES, "cleared": clears}
        kinds = [{"kind": kind, "files": len(of), "bytes": _bytes(of)} for kind, of in _by_kind(files).items()]
        write_json(facts | {"files": len(files), "bytes": _bytes(files), "kinds": kinds})
    else:
        _print(str(folder), files, clears)
    return OK


def _print(folder: str, files: Sequence[CacheFile], cleared: bool) -> None:
    total = f"{counted(len(files), 'file')}, {size(_bytes(files))}"
    if cleared:
        print(f"{folder}: deleted {total}")
        return
    print(folder)
    table = Table(box=None, pad_edge=False, show_header=False)
    for justify in ("left", "right", "right"):
        table.add_column(justify=justify)
    for kind, of_kind in _by_kind(files).items():
        table.add_row(kind, counted(len(of_kind), "file"), size(_bytes(of_kind)))
    if files:
        table_console(sys.stdout).print(table)
    most = f"at most {size(LIMIT_BYTES)}"
    print(f"{total} of {most}; `paragon-tui cache clear` deletes them" if files else f"nothing yet, {most}")


def _by_kind(files: Sequence[CacheFile]) -> dict[str, list[CacheFile]]:
    groups: dict[str, list[CacheFile]] = {}
    for file in sorted(files, key=lambda file: file.kind):
        groups.setdefault(file.kind, []).append(file)
    return groups


def _bytes(files: Sequence[CacheFile]) -> int:
    return sum(file.bytes for file in files)
