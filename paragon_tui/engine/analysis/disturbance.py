"""Which samples count on a busy machine. Pure Python, for the parent."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import Literal

from paragon_tui.engine.analysis.margin import LEAST_VISITS
from paragon_tui.engine.messages.figures import Samples

_USUAL = 0.1


def quiet_cores(setting: str) -> float:
    """Return the number of cores that ``PARAGON_QUIET_CORES`` names, or the usual one if it names none."""
    try:
        cores = float(setting)
    except ValueError:
        return _USUAL
    return cores if 0 <= cores < math.inf else _USUAL


QUIET_CORES = quiet_cores(os.environ.get("PARAGON_QUIET_CORES", ""))
"""Other processes that keep at most so many cores busy disturb nobody."""

_TICK_S = 1 / 64  # of the systems' count of busy time
CARRIED_SHARE = 0.05
"""A load of this share of all cores or less is shown well enough by the scatter of the visits."""


Choice = Literal["all", "uninterrupted", "disturbed"]


@dataclass(frozen=True, slots=True)
class Load:
    """The load of a result's visits: ``other_cores`` kept busy by others on average, of ``cores`` that there are.

    ``on_cpu``: the adapter computes on these cores. ``other_cores`` is ``None`` where the system does not tell.
    """

    other_cores: float | None
    cores: int
    on_cpu: bool

    @property
    def beyond_scatter(self) -> float:
        """The share of the cores that others kept busy, 0 for one that the scatter of the visits shows well enough."""
        if not self.on_cpu or self.other_cores is None:
            return 0.0
        share = min(1.0, self.other_cores / self.cores)
        return share if share > CARRIED_SHARE else 0.0


def is_quiet(other_cores: float | None, seconds: float) -> bool:
    """Return whether others were at rest for ``seconds``, or it is not known; a count in ticks may be one too high."""
    return other_cores is None or other_cores * seconds <= QUIET_CORES * seconds + _TICK_S


def counting_samples(load: Load, uninterrupted: Samples | None) -> Choice:
    """Return which samples count: all, those ``uninterrupted``, or all as figures of a disturbed run.

    An undisturbed run's time is wanted. On a quiet machine every sample shows it: what interrupts a thread there is
    another thread of the same worker. Beside others a sample counts if the system took no core from the worker while it
    lasted. Long runs have no such samples, though a small load hardly changes them.
    """
    if load.other_cores is None or load.other_cores <= QUIET_CORES:
        return "all"
    if uninterrupted is not None and len(uninterrupted.visits) >= LEAST_VISITS:
        return "uninterrupted"
    return "disturbed" if load.beyond_scatter else "all"
