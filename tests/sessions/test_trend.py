"""The trend of a result over the sessions of a store."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from paragon_tui.engine.messages.job import FAST
from paragon_tui.sessions.session_lookup import open_session
from paragon_tui.sessions.trend import Trend, trend_of
from tests.support.documents import rewrite
from tests.support.examples import GPU, NUMPY, adapter, planned
from tests.support.histories import keep_history, keep_session

S1, S2, BASE = planned("S1", GPU), planned("S2", GPU), planned("S1", NUMPY)
OTHER = planned("S1", adapter("vulkan:0", name="Another GPU"))
MOVED = planned("S1", adapter("vulkan:1", name="Example GPU"))


def trend(database: Path, case: str = "S1", adapter_id: str = "vulkan:0") -> Trend:
    session = open_session("last", database)
    (result,) = (r for r in session.results if (r.id.case, r.id.adapter) == (case, adapter_id))
    return trend_of(result, session, database)


def medians(trend: Trend) -> list[float]:
    return [point.time.median for point in trend.points]


def test_a_trend_has_every_session_that_has_the_result_oldest_first(database: Path) -> None:
    keep_history(database, S1, [1.0, 1.01, 0.99, 1.0, 1.01])
    keep_session(database, 6, {S2: 9.0})
    keep_session(database, 7, {S1: 1.02, S2: 9.0, BASE: 0.1})
    shown = trend(database)
    assert medians(shown) == [1.0, 1.01, 0.99, 1.0, 1.01, 1.02]
    assert [point.session[:8] for point in shown.points][-2:] == ["20260105", "20260107"]
    assert shown.points[0].started == "2026-01-01T03:04:05+00:00"
    assert (shown.otherwise, shown.changes) == (0, ())
    assert medians(trend(database, "S1", "numpy")) == [0.1]


def test_its_changes_have_their_places(database: Path) -> None:
    level = [1.0, 1.01, 0.99, 1.005, 0.995, 1.0, 1.01, 0.99]
    keep_history(database, S1, [*level, *(1.5 * ms for ms in level)])
    (change,) = trend(database).changes
    assert change.place == 8


def test_a_session_stands_under_its_device_whatever_the_number(database: Path) -> None:
    keep_session(database, 1, {OTHER: 5.0, MOVED: 1.0})
    keep_session(database, 2, {S1: 1.1})
    assert medians(trend(database)) == [1.0, 1.1]


def test_sessions_that_measured_otherwise_are_counted_and_left_out(database: Path) -> None:
    keep_session(database, 1, {S1: 1.0})
    keep_session(database, 2, {S1: 2.0}, sampling=FAST)
    keep_session(database, 3, {S1: 3.0}, cpu="Another CPU")
    keep_session(database, 4, {S1: 4.0}, threads=1)
    keep_session(database, 5, {S1: None})
    keep_session(database, 6, {S1: 6.0}, interrupted=True)
    keep_session(database, 7, {S1: 1.1})
    shown = trend(database)
    assert medians(shown) == [1.0, 1.1]
    assert shown.otherwise == 3


def test_what_is_damaged_is_left_out(database: Path) -> None:
    keep_history(database, S1, [1.0, 1.1, 1.2, 1.3])
    rewrite(database, "20260101-030405-aaaa", latency_ms="soon")
    rewrite(database, "20260102-030405-aaaa", adapter_name=...)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE session SET host = '[]' WHERE id = '20260103-030405-aaaa'")
    assert medians(trend(database)) == [1.3]
