"""A visit's sensors: what is read when, and what an interruption costs."""

from __future__ import annotations

import signal
import sys
import threading

import pytest

from paragon_tui.engine.messages.figures import Readings
from paragon_tui.engine.worker.interruptions import hold_continuations
from paragon_tui.engine.worker.sensors import NO_SENSORS, EnergyCounter, Sensors, SensorWatch


def counter(*readings: int | None, step_s: float = 0.001, range_uj: int | None = None) -> EnergyCounter:
    values = iter(readings)
    return EnergyCounter(lambda: next(values), step_s, range_uj)


def test_without_sensors_there_are_no_readings():
    assert SensorWatch(NO_SENSORS).readings(1) is None


def test_energy_is_read_first_in_the_end_and_last_in_the_beginning():
    order: list[str] = []

    def reads(name: str, value):
        def read():
            order.append(name)
            return value

        return read

    sensors = Sensors(
        clock_mhz=reads("clock", 3000.0),
        temperature_c=reads("temperature", 60.0),
        power_w=reads("power", 40.0),
        energy=(EnergyCounter(reads("energy", 5), 0.001),),
        throttle_counts=reads("throttling", {"a": 1}),
    )
    watch = SensorWatch(sensors)
    assert order == ["throttling", "energy"]
    assert watch.readings(1) is not None
    assert order[2:] == ["energy", "clock", "temperature", "power", "throttling"]


def test_runs_and_joules_are_those_of_the_visit():
    energy = SensorWatch(Sensors(energy=(counter(1_000_000, 1_250_000), counter(0, 500_000)))).readings(12).energy
    assert (energy.joules, energy.runs, energy.step_s) == (pytest.approx(0.75), 12, 0.001)


@pytest.mark.parametrize("ends", [(None, 1), (1, None), (2, 1)])
def test_energy_that_is_not_known_at_both_ends_is_not_told(ends):
    assert SensorWatch(Sensors(energy=(counter(*ends),))).readings(1) is None


def test_a_visit_so_long_that_its_counter_may_have_come_round_twice_tells_no_energy():
    many = counter(range_uj=65_000_000_000)
    assert many.used_uj(60_000_000_000, 5_000_000_000, 60.0) == 10_000_000_000
    assert many.used_uj(1_000_000_000, 5_000_000_000, 60.0) == 4_000_000_000
    assert many.used_uj(1_000_000_000, 5_000_000_000, 65.0) is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows stops no process in this way")
def test_an_interruption_costs_the_energy_and_no_other_reading():
    """What the machine used while the process was stopped is not its runs'."""
    watch = SensorWatch(Sensors(clock_mhz=lambda: 3000.0, energy=(counter(0, 5_000_000),)))
    hold_continuations()
    try:
        signal.pthread_kill(threading.get_ident(), signal.SIGCONT)
        assert watch.readings(1) == Readings(clock_mhz=3000.0)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCONT})
