"""Folders that a program writes to."""

from __future__ import annotations

from pathlib import Path


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path
