"""The sensors of a device: its clock rate, temperature, power, energy and throttling over a visit."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from paragon_tui.engine.messages.figures import Energy, Readings
from paragon_tui.engine.worker.interruptions import Interruptions

_MOST_W = 1000.0  # no package takes more: sooner than this allows, no counter comes round
HEAT = "heat"
"""A reason for throttling."""


def _untold() -> None:
    """Return ``None``: the system does not tell."""


@dataclass(frozen=True, slots=True)
class EnergyCounter:
    """A counter of microjoules: ``read_uj`` returns ``None`` where it cannot be read.

    It advances every ``step_s`` seconds. After ``range_uj`` it begins again at 0; ``None`` if it never does.
    """

    read_uj: Callable[[], int | None]
    step_s: float
    range_uj: int | None = None

    def used_uj(self, before: int | None, after: int | None, seconds: float) -> int | None:
        """Return the microjoules between two readings that lie ``seconds`` apart; ``None`` if they do not tell."""
        if before is None or after is None:
            return None
        if self.range_uj is not None:
            if seconds * _MOST_W * 1e6 >= self.range_uj:
                return None  # it may have come round more than once
            if after < before <= self.range_uj:
                return after - before + self.range_uj
        return after - before if after >= before else None


@dataclass(frozen=True, slots=True)
class Sensors:
    """The sensors of one device, as functions: each returns ``None`` where the system does not tell.

    The clock rate is in MHz, the temperature in °C, the power in W. The device's energy is the sum of ``energy``, all
    of which advance at the same pace. A device tells of throttling by counters that grow with it
    (``throttle_counts``), or gives the reasons why it is throttled now (``throttle_reasons``).
    """

    clock_mhz: Callable[[], float | None] = _untold
    temperature_c: Callable[[], float | None] = _untold
    power_w: Callable[[], float | None] = _untold
    energy: tuple[EnergyCounter, ...] = ()
    throttle_counts: Callable[[], Mapping[str, int]] = dict
    throttle_reasons: Callable[[], tuple[str, ...] | None] = _untold


NO_SENSORS = Sensors()


class SensorWatch:
    """Watches the sensors of a device from its construction to ``readings``: a visit."""

    def __init__(self, sensors: Sensors) -> None:
        self._sensors = sensors
        self._throttle_counts = sensors.throttle_counts()
        self._interruptions = Interruptions()
        self._energy_uj = [counter.read_uj() for counter in sensors.energy]
        self._begin_ns = time.perf_counter_ns()

    def readings(self, runs: int) -> Readings | None:
        """Return the readings, with the energy of ``runs`` runs since the construction; ``None`` if there are none."""
        sensors = self._sensors
        energy = self._energy(runs)  # first, since what follows takes time
        readings = Readings(sensors.clock_mhz(), sensors.temperature_c(), sensors.power_w(), self._throttled(), energy)
        return readings if readings != Readings() else None

    def _energy(self, runs: int) -> Energy | None:
        """Return the energy; ``None`` after an interruption, which used some of it, or set the counter back."""
        seconds = (time.perf_counter_ns() - self._begin_ns) / 1e9
        counters = self._sensors.energy
        used = [
            counter.used_uj(before, counter.read_uj(), seconds)
            for counter, before in zip(counters, self._energy_uj, strict=True)
        ]
        told = [each for each in used if each is not None]
        if self._interruptions.interrupted() or not counters or len(told) < len(counters):
            return None
        return Energy(sum(told) / 1e6, seconds, runs, counters[0].step_s)

    def _throttled(self) -> tuple[str, ...] | None:
        counts = self._sensors.throttle_counts()
        in_both = counts.keys() & self._throttle_counts.keys()  # a processor may be unplugged meanwhile
        if not in_both:
            return self._sensors.throttle_reasons()
        return (HEAT,) if any(counts[each] > self._throttle_counts[each] for each in in_both) else ()
