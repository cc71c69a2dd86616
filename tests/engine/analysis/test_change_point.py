"""Steps at the end of a series: planted ones are found, series without one raise no alarm, short ones never do."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest

from benchmarks.change_points import DISTRIBUTIONS, HISTORIES, SCATTERS, alarm, found, nulls, scattered, session
from paragon_tui.engine.analysis.change_point import (
    LATEST,
    LEAST_EARLIER,
    LEVEL,
    change_points,
    smallest_steps,
    step_up,
)
from paragon_tui.engine.messages.figures import Interval, Summary

WIGGLE = (0.0, 0.01, -0.01, 0.005, -0.005)
"""Logarithms of a scatter of about 1 %."""


def series(*logs: float) -> list[Summary]:
    return [session(log) for log in logs]


def usual(count: int) -> list[float]:
    return [WIGGLE[index % len(WIGGLE)] for index in range(count)]


# Found


@pytest.mark.parametrize("latest", range(1, LATEST + 1))
def test_a_planted_step_is_found_where_it_is(latest: int):
    step = step_up(series(*usual(20 - latest), *(0.5 + log for log in usual(latest))), 0.05)
    assert step is not None and step.confirmed and step.sessions == latest
    assert step.before_ms == pytest.approx(1.0, rel=0.01)
    assert step.size == pytest.approx(math.expm1(0.5), rel=0.02)


def test_seven_percent_at_two_percent_scatter_are_found_with_twenty_sessions():
    shares = found(20, 0.07, "normal", 200)
    assert shares[-1] >= 0.9
    assert shares == sorted(shares)


def test_a_step_up_to_the_limit_does_not_count():
    logs = [*usual(20), *(0.5 + log for log in usual(4))]
    assert step_up(series(*logs), math.expm1(0.4)) is not None
    assert step_up(series(*logs), math.expm1(0.6)) is None


def test_what_one_session_shows_alone_is_not_confirmed_until_it_is_huge():
    """5 % are five times the scatter: too much for normal deviates, not for heavy tails."""
    alone = step_up(series(*usual(20), 0.06))
    assert alone is not None and not alone.confirmed and alone.sessions == 1
    again = step_up(series(*usual(20), 0.06, 0.055))
    assert again is not None and again.confirmed and again.sessions == 2
    huge = step_up(series(*usual(20), 0.6))
    assert huge is not None and huge.confirmed


def test_the_smallest_steps_are_those_that_are_just_found():
    before = usual(20)
    sizes = smallest_steps(series(*before, 0.0))
    assert sizes is not None
    at_once, later = sizes
    assert later < at_once
    for size, confirmed in ((at_once * 0.9, False), (at_once * 1.2, True)):
        step = step_up(series(*before, math.log1p(size)))
        assert step is not None and step.confirmed is confirmed


# Not found


@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize("scatter", SCATTERS)
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_a_hundred_series_without_a_step_raise_no_alarm(name: str, scatter: float, history: int):
    assert nulls(history, scatter, name, 100, 0.05) == 0


@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_alarms_of_any_size_are_as_rare_as_the_level_says(name: str, history: int):
    """Twelve of 10,000 would come about once in a hundred times if they were as frequent as five."""
    assert nulls(history, 0.02, name, 10_000, 0.0) <= 12
    assert LEVEL == 5e-4


@pytest.mark.parametrize("count", range(LEAST_EARLIER + 1))
def test_a_short_series_has_no_step(count: int):
    logs = [*[0.0] * (count - 1), 5.0][:count]
    assert step_up(series(*logs)) is None
    assert smallest_steps(series(*logs)) is None


def test_a_step_down_is_none():
    assert step_up(series(*usual(20), *(-0.5 + log for log in usual(3)))) is None


def test_what_has_recovered_is_no_step():
    logs = [*usual(20), 0.5, 0.51, 0.49]
    assert alarm(series(*logs), 0.05)
    assert not alarm(series(*logs, 0.0), 0.05)


def test_what_was_so_for_longer_is_the_usual():
    logs = [*usual(16), *(0.5 + log for log in usual(LATEST))]
    assert alarm(series(*logs), 0.05)
    assert not alarm(series(*logs, 0.5, 0.51), 0.05)


def test_a_drift_is_no_step():
    rising = [0.02 * index + log / 2 for index, log in enumerate(usual(20))]
    assert not alarm(series(*rising), 0.05)


def test_an_outlier_in_the_history_raises_no_alarm_and_hides_no_great_step():
    logs = usual(20)
    logs[7] = 1.0
    assert not alarm(series(*logs, 0.01), 0.05)
    assert alarm(series(*logs, *(1.5 + log for log in usual(4))), 0.05)


def test_sessions_that_are_unsure_of_themselves_scatter_at_least_as_much():
    logs = [*[0.0] * 20, 0.06, 0.06]
    assert alarm(series(*logs), 0.05)
    unsure = [replace(one, interval=Interval(one.median / 1.1, one.median * 1.1)) for one in series(*logs)]
    assert not alarm(unsure, 0.05)
    assert alarm([replace(one, interval=None) for one in series(*logs)], 0.05)


def test_equal_medians_have_no_step_and_do_not_divide_by_zero():
    assert step_up(series(*[0.0] * 8)) is None
    sizes = smallest_steps(series(*[0.0] * 8))
    assert sizes is not None and min(sizes) > 0


def test_a_wild_series_has_limits_that_are_still_numbers():
    sizes = smallest_steps(series(0.0, 300.0, -300.0, 0.0))
    assert sizes is not None and all(map(math.isfinite, sizes))


def test_a_time_of_zero_is_refused():
    nothing = replace(session(0.0), median=0.0)
    with pytest.raises(ValueError, match="above 0"):
        step_up([*series(*usual(5)), nothing])


def test_the_scale_and_the_unit_do_not_matter():
    generator = random.Random(3)
    for _ in range(20):
        sessions = scattered(12, 0.05, DISTRIBUTIONS["normal"], generator)
        longer = [session(math.log(1000 * one.median)) for one in sessions]
        assert (step_up(sessions) is None) == (step_up(longer) is None)


# Anywhere in a series


def test_steps_up_and_down_are_found_where_they_are():
    logs = [*usual(15), *(0.3 + log for log in usual(12)), *(0.1 + log for log in usual(60))]
    up, down = change_points(series(*logs))
    assert (up.place, down.place) == (15, 27)
    assert up.after_ms / up.before_ms == pytest.approx(math.exp(0.3), rel=0.02)
    assert down.after_ms / down.before_ms == pytest.approx(math.exp(-0.2), rel=0.02)
    assert down.before_ms == pytest.approx(math.exp(0.3), rel=0.02)


def test_a_step_that_needs_two_sessions_to_be_sure_of_began_with_the_first():
    (change,) = change_points(series(*usual(20), 0.06, 0.055, 0.065, 0.06))
    assert change.place == 20


def test_a_series_backwards_has_the_same_steps():
    logs = [*usual(15), *(0.3 + log for log in usual(15))]
    (up,), (down,) = change_points(series(*logs)), change_points(series(*reversed(logs)))
    assert up.place == down.place == 15
    assert (up.before_ms, up.after_ms) == pytest.approx((down.after_ms, down.before_ms), rel=0.02)


def test_scatter_a_single_accident_and_a_short_series_are_no_change():
    assert change_points(series(*usual(100))) == ()
    assert change_points(series(*usual(30), 0.05, *usual(30))) == ()
    assert change_points(series(0.0, 0.0, 5.0)) == ()
    assert change_points([]) == ()


def test_there_is_hardly_a_false_alarm_in_hundred_sessions():
    draw = random.Random(1)
    alarms = sum(len(change_points(series(*(draw.gauss(0, 0.02) for _ in range(100))))) for _ in range(50))
    assert alarms <= 3


def test_a_time_of_nothing_is_refused_in_either_direction():
    with pytest.raises(ValueError, match="above 0"):
        change_points([replace(session(0.0), median=0.0)])
