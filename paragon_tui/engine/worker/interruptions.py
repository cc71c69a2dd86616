"""What interrupts a sample: the machine sleeps, or the process is stopped and continued."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from functools import partial

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
    """The continuations of this process that are known, since ``hold_continuations``."""

    def __init__(self) -> None:
        self._count = 0

    def count(self) -> int:
        """Return how many there were; several between two calls count as one."""
        if sys.platform != "win32" and signal.SIGCONT in signal.sigpending():
            signal.sigwait({signal.SIGCONT})  # takes it, without waiting
            self._count += 1
        return self._count


_continuations = _Continuations()


def hold_continuations() -> None:
    """Have the signal of a continuation wait until somebody asks for it. Call it before the process has more threads.

    The kernel sends SIGCONT to a process that continues, and blocking it keeps no process from continuing. It is there
    before the process runs again. A handler may run later: the kernel gives the signal to any thread that has it not
    blocked, a driver's too, and meanwhile another thread takes samples. Windows has no such signal, and no such stop.
    """
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCONT})


class Interruptions:
    """Tells which samples were interrupted, from its construction on.

    A container that is frozen, or a virtual machine that is paused, tells nobody inside: that goes unnoticed.
    """

    def __init__(self, slept: Callable[[], int] = slept_ns) -> None:
        self._slept = slept
        self._slept_ns = max(slept() for _ in range(_READINGS))
        self._continued = _continuations.count()
        self.dropped = Dropped()

    def interrupted(self) -> bool:
        """Return whether anything was interrupted since the last call, and count it as a dropped sample."""
        slept_ns, continued = self._slept(), _continuations.count()
        slept, stopped = slept_ns - self._slept_ns >= _SHORTEST_SLEEP_NS, continued != self._continued
        if not slept and not stopped:
            return False
        self._slept_ns, self._continued = max(slept_ns, self._slept_ns), continued
        self.dropped += Dropped(slept=1) if slept else Dropped(stopped=1)
        return True
