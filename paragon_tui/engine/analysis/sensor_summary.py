"""What sensors told over all visits of a result."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import fmean, median

from paragon_tui.engine.messages.figures import Energy, Readings, SensorSummary

ENERGY_ERROR = 0.05
"""The largest error of an energy that is told, relative, at two standard deviations."""


def summarise_sensors(visits: Sequence[Readings]) -> SensorSummary | None:
    """Return the figures of the readings of all visits; ``None`` where the system told nothing.

    Energies, times and runs are summed over visits before they are divided, so that short visits do not lose to the
    steps of the counter. Power is energy over time where the energy is told, else the mean of the power sensor.
    """
    clocks = [visit.clock_mhz for visit in visits if visit.clock_mhz is not None]
    temperatures = [visit.temperature_c for visit in visits if visit.temperature_c is not None]
    powers = [visit.power_w for visit in visits if visit.power_w is not None]
    energies = [visit.energy for visit in visits if visit.energy is not None]
    power, run = fmean(powers) if powers else None, None
    if _resolved(energies):
        joules = sum(each.joules for each in energies)
        power = joules / sum(each.seconds for each in energies)
        run = joules / sum(each.runs for each in energies)
    summary = SensorSummary(median(clocks) if clocks else None, max(temperatures, default=None), power, run)
    return summary if summary != SensorSummary() else None


def _resolved(energies: Sequence[Energy]) -> bool:
    """Return whether the counter moved, and so often that its steps leave an error of at most ``ENERGY_ERROR``.

    A visit begins anywhere in a step, so the steps counted in it are the whole number below its length or the one
    above: a standard deviation of half a step at most, and of √n/2 in the sum over n visits.
    """
    if sum(each.joules for each in energies) <= 0:
        return False
    steps = sum(each.seconds / each.step_s for each in energies)
    return sqrt(len(energies)) <= ENERGY_ERROR * steps
