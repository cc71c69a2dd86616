"""What a visit's samples are taken under: others' load, the processor's clock, the timer's step. Runs in workers."""

from __future__ import annotations

import hashlib
import itertools
import time
from collections.abc import Callable
from functools import cache

from paragon_tui.engine.messages.figures import Conditions

_SPINS = 5
_SPIN_BYTES = bytes(1 << 15)
_TICKS = 200


class LoadMonitor:
    """Look at the machine from its making to ``conditions``."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._busy_s = _busy_s()
        self._own_s = time.process_time()
        self._begin = time.perf_counter()

    def conditions(self) -> Conditions:
        """What was seen since, ``other_cores`` without this process's own."""
        elapsed = time.perf_counter() - self._begin
        busy = _busy_s()
        others = None
        if busy is not None and self._busy_s is not None and elapsed > 0:
            # Systems count in ticks of up to 1/64 s, so that one visit's figure is rough; their mean is not.
            others = (busy - self._busy_s - (time.process_time() - self._own_s)) / elapsed
        return Conditions(others, _spin_ns(), tick_ns(self._clock))


def _busy_s() -> float | None:
    """Seconds that all processors have worked, what a hypervisor gave to others included; ``None`` if not told."""
    import psutil

    try:
        times = psutil.cpu_times()
    except (OSError, RuntimeError, NotImplementedError):
        return None
    # ``guest`` is part of ``user`` already.
    return sum(getattr(times, name, 0.0) for name in ("user", "nice", "system", "irq", "softirq", "steal"))


def _spin_ns() -> int:
    """What a fixed piece of work takes, the best of a few: it tells the processor's clock, not its load."""
    best = None
    for _ in range(_SPINS):
        start = time.perf_counter_ns()
        hashlib.sha256(_SPIN_BYTES).digest()
        taken = time.perf_counter_ns() - start
        best = taken if best is None else min(best, taken)
    return best or 0


@cache
def tick_ns(clock: Callable[[], int]) -> int:
    """The smallest step that a clock was seen to make, at least 1 ns."""
    readings = [clock() for _ in range(_TICKS)]
    steps = [later - earlier for earlier, later in itertools.pairwise(readings) if later > earlier]
    return min(steps, default=1)
