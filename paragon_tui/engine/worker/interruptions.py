"""What interrupts a sample: the machine sleeps, or the process is stopped and continued."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from types import FrameType

from paragon_tui.engine.messages.figures import Dropped

_Clock = Callable[[], int]
_READINGS = 3


def _clocks() -> tuple[_Clock, _Clock, int]:
    """Return a clock that goes on while the machine sleeps, one that does not, and the shortest sleep that they show.

    All in nanoseconds. The shortest sleep is far above what the two clocks differ by without one.
    """
    if sys.platform == "win32":
        return time.monotonic_ns, _unbiased_ns, 1_000_000_000  # in steps of 16 ms both
    read = time.clock_gettime_ns
    if hasattr(time, "CLOCK_BOOTTIME"):  # Linux
        return partial(read, time.CLOCK_BOOTTIME), partial(read, time.CLOCK_MONOTONIC), 10_000_000
    if hasattr(time, "CLOCK_UPTIME_RAW"):  # macOS
        return partial(read, time.CLOCK_MONOTONIC_RAW), partial(read, time.CLOCK_UPTIME_RAW), 10_000_000
    return time.time_ns, time.monotonic_ns, 1_000_000_000  # somebody may set the first, and NTP does


def _unbiased_ns() -> int:
    """Return the nanoseconds since the start of Windows, without those that it slept."""
    import ctypes

    ticks = ctypes.c_ulonglong()
    if sys.platform == "win32":
        ctypes.windll.kernel32.QueryUnbiasedInterruptTime(ctypes.byref(ticks))
    return 100 * ticks.value


_with_sleep, _without_sleep, _SHORTEST_SLEEP_NS = _clocks()


def slept_ns() -> int:
    """Return the nanoseconds that the machine has slept since some fixed time.

    It is never too much, and too little where something else ran between the readings of the two clocks.
    """
    with_sleep = _with_sleep()
    return with_sleep - _without_sleep()


class _Continuations:
    """The number of times that this process was continued, since ``count_continuations``."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Count a continuation, as the handler of its signal."""
        self.count += 1


_continuations = _Continuations()


def count_continuations() -> None:
    """Count from now on how often this process is continued after a stop. Only the main thread may call this.

    The kernel sends SIGCONT to a process that continues, and Python handles it before it calls its next function.
    Windows has no such signal, and no such stop.
    """
    if sys.platform != "win32":
        signal.signal(signal.SIGCONT, _continuations)
        signal.siginterrupt(signal.SIGCONT, False)  # drivers wait on, as they do without a handler


class Interruptions:
    """Tells which samples were interrupted, from its construction on.

    A container that is frozen, or a virtual machine that is paused, tells nobody inside: that goes unnoticed.
    """

    def __init__(self, slept: Callable[[], int] = slept_ns) -> None:
        self._slept = slept
        self._slept_ns = max(slept() for _ in range(_READINGS))
        self._continued = _continuations.count
        self.dropped = Dropped()

    def interrupted(self) -> bool:
        """Return whether anything was interrupted since the last call, and count it as a dropped sample."""
        slept_ns, continued = self._slept(), _continuations.count
        slept, stopped = slept_ns - self._slept_ns >= _SHORTEST_SLEEP_NS, continued != self._continued
        if not slept and not stopped:
            return False
        self._slept_ns, self._continued = max(slept_ns, self._slept_ns), continued
        self.dropped += Dropped(slept=1) if slept else Dropped(stopped=1)
        return True
