"""Series of results out of a store that the recorder made."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from paragon_tui.engine.messages.job import Sampling
from paragon_tui.sessions.history import History, history_of, regressions_after
from paragon_tui.sessions.session_lookup import open_session
from tests.support.documents import rewrite
from tests.support.examples import GPU, NUMPY, adapter, planned
from tests.support.histories import keep_history, keep_session

S1, S2, BASE = planned("S1", GPU), planned("S2", GPU), planned("S1", NUMPY)
QUIET = [1.0, 1.01, 0.99, 1.005, 0.995, 1.0, 1.01, 0.99]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "sessions.sqlite3"


def history(database: Path, name: str = "last", number: int = 20) -> History:
    return history_of(open_session(name, database), number, database)


def medians(history: History) -> list[list[float]]:
    return [[time.median for time in series.times] for series in history.series]


def test_a_series_has_the_last_sessions_oldest_first_and_the_session_itself(database):
    keep_history(database, S1, [1.0, 2.0, 3.0, 4.0, 5.0])
    assert medians(history(database)) == [[1.0, 2.0, 3.0, 4.0, 5.0]]
    assert medians(history(database, number=3)) == [[2.0, 3.0, 4.0, 5.0]]
    assert medians(history(database, "20260103")) == [[1.0, 2.0, 3.0]]  # what came later is no history


def test_of_sessions_of_the_same_second_the_order_in_the_store_decides(database):
    keep_history(database, S1, [1.0, 2.0, 3.0])
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE session SET started = '2026-01-01T03:04:05+00:00'")
    assert medians(history(database, "20260102")) == [[1.0, 2.0]]
    assert medians(history(database, "20260103")) == [[1.0, 2.0, 3.0]]


def test_each_result_has_a_history_of_its_own(database):
    keep_session(database, 1, {S1: 1.0})
    keep_session(database, 2, {S2: 7.0, S1: 2.0})
    keep_session(database, 3, {S2: 8.0})
    keep_session(database, 4, {S1: None, S2: 9.0})
    keep_session(database, 5, {S1: 3.0, S2: 6.0})
    assert medians(history(database)) == [[1.0, 2.0, 3.0], [7.0, 8.0, 9.0, 6.0]]
    assert medians(history(database, number=3)) == [[1.0, 2.0, 3.0], [7.0, 8.0, 9.0, 6.0]]


def test_other_devices_ways_and_unfinished_sessions_are_no_history(database):
    keep_session(database, 1, {replace(S1, adapter=replace(GPU, name="Another GPU")): 5.0})
    keep_session(database, 2, {S1: 5.0}, sampling=Sampling(repeat=3))
    keep_session(database, 3, {S1: 5.0}, threads=2)
    keep_session(database, 4, {S1: 5.0}, interrupted=True)
    keep_session(database, 5, {S1: 5.0}, cpu="Another CPU")
    keep_session(database, 6, {S1: 1.0})
    keep_session(database, 7, {S1: 2.0})
    assert medians(history(database)) == [[1.0, 2.0]]


def test_a_device_is_the_same_under_another_number_and_another_version_of_its_driver(database):
    gpu = adapter("opencl:1", name="Example GPU (1.2.2)", uuid="6fb07f4c")
    for day, name in ((1, "Example GPU (1.2.2)"), (2, "Example GPU (1.2.3)")):
        keep_session(database, day, {planned("S1", replace(gpu, name=name)): float(day)})
    twin = planned("S1", replace(gpu, uuid="another"))
    now = planned("S1", replace(gpu, id="opencl:0", name="Example GPU (1.2.3)", driver_version="1.2.3"))
    keep_session(database, 3, {twin: None, now: 3.0})
    compared = history(database)
    assert medians(compared) == [[], [1.0, 2.0, 3.0]]
    assert {result.id for series in compared.series for result in series.earlier} == {now.id}
    assert regressions_after(compared, 5.0) == ()


def test_a_setting_that_only_one_side_knows_makes_no_difference(database):
    keep_history(database, S1, [1.0, 2.0])
    session = open_session("last", database)
    assert session.sampling is not None
    fewer = replace(session, sampling={name: value for name, value in session.sampling.items() if name != "examine"})
    assert medians(history_of(fewer, 5, database)) == [[1.0, 2.0]]


def test_sessions_that_are_too_old_to_be_read_are_left_out(database):
    keep_history(database, S1, [1.0, 2.0, 3.0])
    rewrite(database, "20260101-030405-aaaa", flags=...)
    assert medians(history(database)) == [[1.0, 2.0, 3.0]]  # the schema is that of the session
    rewrite(database, "20260102-030405-aaaa", latency_ms="soon")
    assert medians(history(database)) == [[1.0, 3.0]]


def test_a_planted_step_is_a_regression_and_says_since_when(database):
    keep_history(database, S1, [*QUIET, 1.3, 1.31, 1.29])
    (worse,) = regressions_after(history(database), 5.0)
    assert (worse.id, worse.kind) == (S1.id, "slower")
    assert worse.words == "30 % slower since 3 sessions than in the sessions before"
    assert regressions_after(history(database), 50.0) == ()
    assert regressions_after(history(database, "20260108"), 5.0) == ()


def test_one_odd_session_is_no_regression(database):
    keep_history(database, S1, [*QUIET, 1.1])
    compared = history(database)
    (series,) = compared.series
    step = series.step()
    assert step is not None and not step.confirmed
    assert regressions_after(compared, 5.0) == ()


@pytest.mark.parametrize("before", [0, 1, 2])
def test_too_short_a_history_never_alarms(database, before):
    keep_history(database, S1, [*[1.0] * before, 50.0])
    compared = history(database)
    (series,) = compared.series
    assert series.too_short and series.step() is None
    assert series.usual_ms == (pytest.approx(1.0) if before else None)
    assert regressions_after(compared, 5.0) == ()


def test_bits_and_failures_are_those_of_the_latest_session_that_had_the_result(database):
    keep_session(database, 1, {S1: 1.0, S2: 1.0})
    keep_session(database, 2, {S1: 1.0})
    keep_session(database, 3, {S1: 1.0, S2: None})
    (lost,) = regressions_after(history(database), 5.0)
    assert (lost.id, lost.kind) == (S2.id, "lost")
    rewrite(database, "20260102-030405-aaaa", digest="bb")
    (lost, changed) = sorted(regressions_after(history(database), 5.0), key=lambda regression: regression.kind)
    assert (changed.id, changed.kind) == (S1.id, "other bits")


def test_what_the_session_did_not_measure_is_not_missed(database):
    keep_session(database, 1, {S1: 1.0, S2: 1.0})
    keep_session(database, 2, {S1: 1.0})
    assert regressions_after(history(database), 5.0) == ()


def test_a_session_of_a_file_is_compared_with_what_was_before_it(database, tmp_path):
    keep_history(database, S1, [1.0, 2.0, 3.0])
    session = replace(open_session("last", database), session="elsewhere")
    assert medians(history_of(session, 5, database)) == [[1.0, 2.0, 3.0]]
    assert medians(history_of(session, 5, tmp_path / "none.sqlite3")) == [[3.0]]
