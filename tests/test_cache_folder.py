"""The cache folder: its files by kind, the least used deleted beyond a size, and nothing of anybody else's touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from paragon_tui.cache_folder import clear, contents, mark_used, prune

FILES = {
    "v1-0123456789abcdef-vector-exp-1000-f32.npz": "reference answers",
    "autotune-0123.json": "fastest plans",
    "ceiling-0123.json": "peaks",
    "plans-0123.json": "other measurements",
    ".v1-0123456789abcdef-vector-exp-1000-f32.npz.abcd": "unfinished",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file of each kind, ten bytes each, used in the order of ``FILES``, and two of somebody else."""
    for second, name in enumerate(FILES, start=1):
        (tmp_path / name).write_bytes(b"x" * 10)
        os.utime(tmp_path / name, (second, second))
    (tmp_path / "notes.txt").touch()
    (tmp_path / ".hidden").touch()
    (tmp_path / "folder.npz").mkdir()
    return tmp_path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_contents_are_the_programs_files_the_last_used_first(folder: Path) -> None:
    files = contents(folder)
    assert [file.path.name for file in files] == list(FILES)[::-1]
    assert {file.path.name: file.kind for file in files} == FILES
    assert {file.bytes for file in files} == {10}


def test_beyond_the_limit_the_files_go_that_were_not_used_for_longest(folder: Path) -> None:
    prune(folder, 50)
    assert len(contents(folder)) == 5
    mark_used(folder / "v1-0123456789abcdef-vector-exp-1000-f32.npz")
    prune(folder, 29)
    assert names(folder) == {
        *("v1-0123456789abcdef-vector-exp-1000-f32.npz", ".v1-0123456789abcdef-vector-exp-1000-f32.npz.abcd"),
        *("notes.txt", ".hidden", "folder.npz"),
    }


def test_clearing_deletes_the_programs_files_and_no_other(folder: Path) -> None:
    assert len(clear(folder)) == 5
    assert names(folder) == {"notes.txt", ".hidden", "folder.npz"}
    assert clear(folder) == []


def test_a_folder_that_does_not_exist_is_empty(tmp_path: Path) -> None:
    assert contents(tmp_path / "none") == clear(tmp_path / "none") == []
    prune(tmp_path / "none")
    mark_used(tmp_path / "none" / "file.npz")
