"""When a session was, as people say it, and how it ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from paragon_tui.engine.messages.figures import Interval, Ratio
from paragon_tui.formatting.comparison import change
from paragon_tui.formatting.saved_sessions import verdict, when
from paragon_tui.sessions.catalog import SessionLine

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    ("started", "words"),
    [
        ("2026-03-01T11:29:40+00:00", "just now"),
        ("2026-03-01T11:18:00+00:00", "12 min ago"),
        ("2026-03-01T09:05:00Z", "today 10:05"),
        ("2026-02-28T23:30:00+00:00", "today 00:30"),  # by the clock of whoever looks
        ("2026-02-28T22:30:00+00:00", "yesterday 23:30"),
        ("2026-01-05T03:04:05+00:00", "5 Jan 04:04"),
        ("2025-12-31T03:04:05+00:00", "31 Dec 2025 04:04"),
        ("2026-03-01T14:00:00+00:00", "today 15:00"),  # a clock was wrong
        ("2026-03-02T14:00:00+00:00", "2 Mar 15:00"),
        ("some day", "some day"),
    ],
)
def test_times_are_said_as_people_say_them(started: str, words: str) -> None:
    assert when(started, NOW) == words


def test_a_time_without_a_zone_is_read_as_one_of_this_machine() -> None:
    local = datetime(2026, 1, 5, 3, 4).astimezone()
    assert when("2026-01-05T03:04:05", local.replace(month=6)) == "5 Jan 03:04" or local.utcoffset()
    assert when("2026-01-05T03:04:05+00:00", datetime(2026, 6, 1, tzinfo=UTC)) == "5 Jan 03:04"


@pytest.mark.parametrize(
    ("ended", "measured", "wrong", "words"),
    [
        ("finished", 4, 0, "✓"),
        ("finished", 4, 2, "≠ 2 wrong"),
        ("interrupted", 3, 0, "✓ stopped"),
        ("unfinished", 3, 1, "≠ 1 wrong unfinished"),
        ("finished", 0, 0, "–"),
    ],
)
def test_a_verdict_says_bits_and_end(ended: str, measured: int, wrong: int, words: str) -> None:
    line = SessionLine("one", "", ended, measured, 4, (), (), None, None, wrong)
    assert verdict(line) == words


def test_a_session_that_runs_is_running() -> None:
    line = SessionLine("one", "", "unfinished", 0, 4, (), (), None, None)
    assert verdict(line, running=True) == "– running"


def test_a_change_is_told_in_the_direction_that_it_has() -> None:
    assert change(Ratio(2.0, Interval(1.6, 2.5), "faster")) == "2×↑ [1.6, 2.5]"
    assert change(Ratio(0.5, Interval(0.4, 0.625), "slower")) == "2×↓ [1.6, 2.5]"
    assert change(Ratio(0.07, None, "unclear")) == "14.3×↓"
    assert change(Ratio(1.0001, None, "unclear")) == "1.000×="
    assert change(None) == "–"
