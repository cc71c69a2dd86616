"""Stores with other bytes than were written: whoever reads or writes them answers in words, and the file stays."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import pytest

from paragon_tui.cli import main
from paragon_tui.engine.messages.job import Sampling
from paragon_tui.sessions import paths
from paragon_tui.sessions.durations import known_seconds
from paragon_tui.sessions.store import StoreError
from tests.support.fuzzing import damaged
from tests.support.sessions import record, run

COMMANDS = (
    ("sessions",),
    ("sessions", "show", "last"),
    ("sessions", "export", "last", "--format", "samples"),
    ("sessions", "rename", "last", "quiet"),
    ("sessions", "delete", "one"),
    ("report", "last"),
    ("compare", "previous", "last"),
    ("compare", "last", "--against", "last:3"),
)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "database", lambda: tmp_path / "sessions.sqlite3")
    return paths.database()


def fuzz(seed: int, count: int, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(seed)
    for name in ("one", "two"):
        record(store, *run(name))
    sound = store.read_bytes()
    for number in range(count):
        for file in store.parent.iterdir():
            file.unlink()
        store.write_bytes(damaged(chance, sound))
        spoilt = store.read_bytes()
        command = COMMANDS[number % len(COMMANDS)]
        try:
            assert main(command) in (0, 1, 2, 3)
            known_seconds(store, Sampling())
            with suppress(StoreError):
                record(store, *run("three"))
        except Exception as error:
            store.with_name("spoilt").write_bytes(spoilt)
            raise AssertionError(f"{command} on {store.with_name('spoilt')}, number {number} of {seed}") from error
        assert not set("".join(capsys.readouterr())) & set("\x1b\x07\u202e")
        assert store.exists()


@pytest.mark.parametrize("seed", range(2))
def test_a_sample_of_damaged_stores_is_answered_in_words(
    seed: int, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fuzz(seed, 60, store, capsys)


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(10, 20))
def test_a_hundred_thousand_damaged_stores_are_answered_in_words(
    seed: int, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fuzz(seed, 10_000, store, capsys)
