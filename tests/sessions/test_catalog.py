"""The list of sessions: what it tells of each, without decoding their results."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from paragon_tui.engine.messages.events import Closed, Finished, JobStarted, RunFinished
from paragon_tui.sessions.catalog import _ADAPTERS, _OF_THE_LATEST, _OUTCOMES, SessionLine, list_sessions
from paragon_tui.sessions.store import DamagedStore, nanoseconds
from tests.support.documents import rewrite
from tests.support.sessions import FAST, record, run


def only(database: Path) -> SessionLine:
    (line,) = list_sessions(database)
    return line


def execute(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement)


def test_a_line_counts_results_with_a_time_and_those_with_wrong_bits(database: Path) -> None:
    record(database, *run())
    line = only(database)
    assert (line.results, line.measured, line.wrong) == (4, 2, 1)
    assert line.cases == ("S1", "S2")
    assert line.adapters == ("numpy", "vulkan:0", "vulkan:1")
    assert line.cpu == "Example CPU"


def test_bits_that_change_from_run_to_run_are_wrong_too(database: Path) -> None:
    events = run()
    closed = next(event for event in events if isinstance(event, Closed))
    changed = tuple(Closed(FAST.id, False, closed.host_peak_bytes) if event is closed else event for event in events)
    record(database, *changed)
    assert only(database).wrong == 2


def test_results_of_before_that_do_not_say_it_are_judged_by_their_bits(database: Path) -> None:
    record(database, *run())
    rewrite(database, "one", broken_claim=...)
    assert only(database).wrong == 1


def test_a_session_that_was_stopped_lists_what_it_was_to_measure(database: Path) -> None:
    started = run()[0]
    record(database, started, JobStarted(FAST.id), Finished(FAST.id, "stopped", 1.0), RunFinished("one", True))
    line = only(database)
    assert (line.ended, line.results, line.measured) == ("interrupted", 4, 0)
    assert line.adapters == ("numpy", "vulkan:0", "vulkan:1")


def test_what_nobody_wrote_costs_no_other_session_its_line(database: Path) -> None:
    record(database, *run("one"))
    record(database, *run("two"))
    execute(database, "UPDATE result SET fields = '{' WHERE session = 'one'")
    execute(database, "UPDATE session SET host = '[]' WHERE id = 'one'")
    two, one = list_sessions(database)
    assert (one.measured, one.wrong, one.cpu) == (0, 0, None)
    assert (two.measured, two.wrong, two.cpu) == (2, 1, "Example CPU")


def test_the_list_decodes_no_result(database: Path) -> None:
    record(database, *run())
    with closing(sqlite3.connect(database)) as connection:
        for query in (part.format(of=of) for part in (_OUTCOMES, _ADAPTERS) for of in ("", _OF_THE_LATEST)):
            assert "json" not in str(connection.execute(f"EXPLAIN {query}", {"latest": 3}).fetchall())
        decoding = "EXPLAIN SELECT wrong FROM result NOT INDEXED"
        assert "json" in str(connection.execute(decoding).fetchall())


@pytest.mark.parametrize("blob", [None, "seven by", b"seven by7", 7])
def test_samples_that_are_damaged_are_told(blob: object, tmp_path: Path) -> None:
    with pytest.raises(DamagedStore, match=r"is damaged: the samples of a session are unreadable"):
        nanoseconds(blob, tmp_path / "sessions.sqlite3")


def test_the_latest_alone_can_be_listed(database: Path) -> None:
    for name in ("one", "two", "three"):
        record(database, *run(name))
    latest = list_sessions(database, 2)
    assert latest == list_sessions(database)[:2]
    assert [line.id for line in latest] == ["three", "two"]
