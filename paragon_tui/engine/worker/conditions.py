"""The conditions of a visit: load of other processes, the processor's clock rate, the timer's step. Runs in workers."""

from __future__ import annotations

import hashlib
import itertools
import time
from collections.abc import Callable
from functools import cache

from paragon_tui.backends.cores import busy_seconds
from paragon_tui.engine.analysis.disturbance import is_quiet
from paragon_tui.engine.messages.figures import Conditions

_SPINS = 5
_SPIN_BYTES = bytes(1 << 15)
_TICKS = 200


class LoadMonitor:
    """Observes the machine from its construction to ``conditions``."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._busy_s = busy_seconds()
        self._own_s = time.process_time()
        self._begin = time.perf_counter()

    def conditions(self) -> Conditions:
        """Return the conditions since the construction; ``other_cores`` excludes this process."""
        _, others = self._others()
        return Conditions(others, _spin_ns(), tick_ns(self._clock))

    def undisturbed(self) -> bool:
        """Return whether other programs were at rest since the construction, as far as the system tells."""
        elapsed, others = self._others()
        return is_quiet(others, elapsed)

    def _others(self) -> tuple[float, float | None]:
        """Return the seconds since the construction, and how many cores others kept busy."""
        elapsed = time.perf_counter() - self._begin
        busy = busy_seconds()
        if busy is None or self._busy_s is None or elapsed <= 0:
            return elapsed, None
        # One visit's figure is rough; the mean over visits is not.
        return elapsed, (busy - self._busy_s - (time.process_time() - self._own_s)) / elapsed


def _spin_ns() -> int:
    """Return the time of a fixed piece of work, the best of a few: it shows the processor's clock rate, not load."""
    best = None
    for _ in range(_SPINS):
        start = time.perf_counter_ns()
        hashlib.sha256(_SPIN_BYTES).digest()
        taken = time.perf_counter_ns() - start
        best = taken if best is None else min(best, taken)
    return best or 0


@cache
def tick_ns(clock: Callable[[], int]) -> int:
    """Return the smallest observed step of a clock, at least 1 ns."""
    readings = [clock() for _ in range(_TICKS)]
    steps = [later - earlier for earlier, later in itertools.pairwise(readings) if later > earlier]
    return min(steps, default=1)
