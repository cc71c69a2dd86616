"""The sources on which cached results rest: what other sources gave is not taken from the cache."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from paragon_tui import __version__

_DEFINING = ("paragon_tui.arithmetic", "paragon_tui.operators", "paragon_tui.suites")
"""The packages that say what is computed, from which operands, and what is right."""


@cache
def sources_digest(packages: tuple[str, ...] = _DEFINING) -> str:
    """Return SHA-256 (hex) of the program's version and of all Python files of ``packages``.

    By default they are those that define canonical results.
    """
    sha = hashlib.sha256(__version__.encode())
    for package in packages:
        _add(sha, files(package), package)
    return sha.hexdigest()


def _add(sha: hashlib._Hash, folder: Traversable, name: str) -> None:
    """Add the Python files of a folder and of those in it, in the order of their names, each with its name."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        path = f"{name}/{entry.name}"
        if entry.is_dir():
            _add(sha, entry, path)
        elif entry.name.endswith(".py"):
            content = entry.read_bytes()
            sha.update(f"{path} {len(content)}\n".encode() + content)
