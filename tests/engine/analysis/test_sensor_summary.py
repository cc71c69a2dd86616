"""Figures of readings over visits: which of them, and from how many steps of a counter on."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from random import Random

import pytest

from paragon_tui.engine.analysis.sensor_summary import ENERGY_ERROR, summarise_sensors
from paragon_tui.engine.messages.figures import Energy, Readings, SensorSummary


def with_energy(joules: float, seconds: float = 0.04, runs: int = 10, step_s: float = 0.001) -> Readings:
    return Readings(energy=Energy(joules, seconds, runs, step_s))


def test_what_no_sensor_told_is_absent():
    assert summarise_sensors([]) is None
    assert summarise_sensors([Readings(throttled=())]) is None  # that is a flag's


def test_the_clock_is_the_median_the_temperature_the_highest_and_the_power_the_mean():
    told = summarise_sensors([Readings(4000.0, 50.0, 30.0), Readings(3900.0, 70.0, 60.0), Readings(1000.0, 60.0, None)])
    assert told == SensorSummary(3900.0, 70.0, 45.0, None)


def test_a_figure_that_only_some_visits_have_is_that_of_those():
    assert summarise_sensors([Readings(clock_mhz=3000.0), Readings(power_w=20.0)]) == SensorSummary(
        3000.0, None, 20.0, None
    )


def test_energies_times_and_runs_are_summed_before_they_are_divided():
    told = summarise_sensors([*[with_energy(2.0, 0.04, 10)] * 9, with_energy(8.0, 0.14, 10)])
    assert (told.joules_per_run, told.power_w) == (pytest.approx(26 / 100), pytest.approx(26 / 0.5))


def test_power_by_the_counter_goes_before_that_of_the_sensor():
    told = summarise_sensors([*[replace(with_energy(2.0), power_w=90.0)] * 10])
    assert told.power_w == pytest.approx(50.0)


def test_a_counter_that_does_not_move_tells_nothing():
    assert summarise_sensors([*[with_energy(0.0)] * 10]) is None


@pytest.mark.parametrize(
    ("count", "steps", "told"),
    [
        (1, 19.9, False),
        (1, 20.1, True),
        (10, 6.3, False),
        (10, 6.4, True),
        (10, 0.43, False),  # ten usual visits, and a counter that moves ten times a second
    ],
)
def test_energy_is_told_where_the_counter_advanced_often_enough(count, steps, told):
    summary = summarise_sensors([*[with_energy(1.0, steps * 0.1, step_s=0.1)] * count])
    assert (summary is not None) == told


def test_power_of_the_sensor_is_told_where_the_counter_is_too_coarse():
    coarse = replace(with_energy(1.0, step_s=0.1), power_w=90.0)
    assert summarise_sensors([coarse]) == SensorSummary(power_w=90.0)


@pytest.mark.parametrize("count", [2, 5, 20, 50])
@pytest.mark.parametrize("longer", [0.0, 0.1, 0.5])
def test_at_the_bound_the_error_is_what_is_promised(count, longer):
    """A counter of 1 J a step that is read at random times, at 1 W: 95 of 100 sums are within the promised error."""
    draw = Random(7)
    seconds = ceil(count**0.5 / ENERGY_ERROR / count) + longer  # of a visit; the error is largest at half a step more
    sums = [sum(int(draw.random() + seconds) for _ in range(count)) for _ in range(2000)]
    errors = [abs(joules / (count * seconds) - 1) for joules in sums]
    assert sum(error <= ENERGY_ERROR for error in errors) >= 0.94 * len(errors)
