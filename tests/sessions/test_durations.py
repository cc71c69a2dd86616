"""Earlier durations of results, by the settings of their measurement, from the latest sessions."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from paragon_tui.engine.messages.events import Event, Failed, Finished
from paragon_tui.engine.messages.job import FAST as FAST_SAMPLING
from paragon_tui.engine.messages.job import JobId, Sampling
from paragon_tui.sessions.durations import known_seconds
from tests.support.examples import figures, started
from tests.support.sessions import BASE, FAST, LOST, record

USUAL = Sampling()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "sessions.sqlite3"


def keep(path: Path, session: str, *events: Event, sampling: Sampling = USUAL, day: int = 1) -> None:
    first = replace(started(BASE, FAST, LOST, session=session, sampling=sampling), started=f"2026-01-{day:02}")
    record(path, first, *events)


def took(name: JobId, seconds: float) -> tuple[Event, ...]:
    return figures(name, 1.0), Finished(name, "ok", seconds)


def test_a_result_is_known_by_what_it_took(database):
    keep(database, "one", *took(BASE.id, 1.5), *took(FAST.id, 2.5))
    assert known_seconds(database, USUAL) == {BASE.id: 1.5, FAST.id: 2.5}


def test_the_latest_session_counts_in_whatever_order_they_were_kept(database):
    keep(database, "new", *took(FAST.id, 2.5), day=3)
    keep(database, "old", *took(FAST.id, 9.0), *took(BASE.id, 1.5), day=2)
    assert known_seconds(database, USUAL) == {FAST.id: 2.5, BASE.id: 1.5}


def test_what_was_sampled_in_another_way_says_nothing(database):
    keep(database, "one", *took(FAST.id, 9.0), sampling=FAST_SAMPLING)
    keep(database, "two", *took(FAST.id, 5.0), sampling=replace(USUAL, repeat=3))
    assert known_seconds(database, USUAL) == {}
    assert known_seconds(database, FAST_SAMPLING) == {FAST.id: 9.0}


def test_what_failed_or_was_stopped_says_nothing(database):
    stopped = Finished(BASE.id, "stopped", 0.5, "stopped by the user after 12 samples")
    keep(database, "one", figures(BASE.id, 1.0), stopped, Failed(FAST.id, "failed", "lost"), figures(LOST.id, 1.0))
    assert known_seconds(database, USUAL) == {}


def test_sessions_of_long_ago_are_forgotten(database):
    keep(database, "first", *took(BASE.id, 1.0), day=1)
    for day in range(50):
        keep(database, f"later {day}", *took(FAST.id, day + 2.0), day=day + 2)
    assert known_seconds(database, USUAL) == {FAST.id: 51.0}


def test_a_missing_or_damaged_file_knows_nothing_and_is_left_alone(database):
    assert known_seconds(database, USUAL) == {}
    assert not database.exists()
    database.write_text("this is a letter to a friend, not a database " * 30)
    assert known_seconds(database, USUAL) == {}


def test_a_file_of_the_first_schema_knows_nothing(database):
    with closing(sqlite3.connect(database)) as old:
        old.execute("CREATE TABLE session (id TEXT PRIMARY KEY, started TEXT)")
        old.execute("CREATE TABLE result (session TEXT, suite TEXT, case_id TEXT, fields TEXT)")
    assert known_seconds(database, USUAL) == {}
