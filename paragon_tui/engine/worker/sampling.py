"""Take timing samples of a prepared program; nothing is sent or compiled while a sample is timed."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from paragon_tui.backends.device import Program

if TYPE_CHECKING:
    from paragon_tui.suites.data.case_data import Arrays

Clock = Callable[[], int]
StopRequested = Callable[[], bool]
"""Returns True once the user has asked to stop."""
Interrupted = Callable[[], bool]
"""Returns True if the machine has slept, or this process has been stopped, since it was last asked."""
RunTimes = tuple[int | None, int | None]
"""Nanoseconds of a run: end to end, and the device's own; ``None`` for the one that it does not show."""


@dataclass(slots=True)
class VisitSamples:
    """The samples of a visit in nanoseconds: end to end, and the device's own.

    ``preempted`` and ``device_preempted`` are the indices of those during which the system took a core away from a
    thread of this process; ``None`` where it does not count that.
    """

    latency_ns: list[int] = field(default_factory=list)
    device_ns: list[int] = field(default_factory=list)
    preempted: list[int] | None = None
    device_preempted: list[int] | None = None

    def add(self, runs: Iterable[tuple[int | None, int | None, bool]]) -> None:
        """Add the times of runs, and whether each was preempted."""
        for latency, device_time, preempted in runs:
            for values, value, indices in (
                (self.latency_ns, latency, self.preempted),
                (self.device_ns, device_time, self.device_preempted),
            ):
                if value is not None:
                    if preempted and indices is not None:
                        indices.append(len(values))
                    values.append(value)


def time_two_runs(program: Program, inputs: Arrays, names: tuple[str, ...], clock: Clock) -> Iterator[RunTimes]:
    """Take the times from two runs, since some drivers report device times slower than they run a small network.

    End to end is from the input's upload to the result's download.
    """
    start = clock()
    program.run_unclocked(inputs)
    program.read(names)
    yield clock() - start, None
    yield None, program.run(inputs)


def time_one_run(program: Program, inputs: Arrays, names: tuple[str, ...], clock: Clock) -> Iterator[RunTimes]:
    """Take both times from one run: a long one, or of a program without a device clock."""
    start = clock()
    device_time = program.run(inputs)
    program.read(names)
    yield clock() - start, device_time


def visit(
    take: Callable[[], Iterator[RunTimes]],
    samples: int,
    budget_ns: int,
    stopped: StopRequested,
    interrupted: Interrupted,
) -> VisitSamples:
    """Call ``take`` up to ``samples`` times or for ``budget_ns`` of end-to-end times, at least once.

    The device's times are missing where it has no clock, or where its clock stepped back. A sample that was interrupted
    has neither.
    """
    taken = VisitSamples()
    count = preemption_counter()
    if count is not None:
        taken.preempted, taken.device_preempted = [], []
    spent_ns = 0
    with _no_garbage_collection():
        for _ in range(samples):
            before = count() if count is not None else 0
            runs = []
            for latency, device_time in take():
                runs.append((latency, device_time, count is not None and before != (before := count())))
                spent_ns += latency or 0
            if not interrupted():
                taken.add(runs)
            if spent_ns >= budget_ns or stopped():
                break
    return taken


def preemption_counter() -> Callable[[], int] | None:
    """Return a function that counts how often the system took a core from a thread of this process.

    ``None`` where it does not say. A call takes about a microsecond, outside the samples.
    """
    try:
        import resource
    except ImportError:  # Windows
        return None
    usage, own = resource.getrusage, resource.RUSAGE_SELF
    return lambda: usage(own).ru_nivcsw


def cold(
    program: Program,
    inputs: Arrays,
    evict: Callable[[], None],
    samples: int,
    budget_ns: int,
    clock: Clock,
    stopped: StopRequested,
    interrupted: Interrupted,
) -> tuple[list[int], list[int]]:
    """Return nanoseconds of runs with flushed caches, and of the runs right after them, with filled caches.

    They are the device's own, or end to end where it has no clock; a pair that was interrupted, or lacks one device
    time, is dropped.
    """
    pairs: list[tuple[int, int]] = []
    clocked = program.run(inputs) is not None
    end = clock() + budget_ns
    with _no_garbage_collection():
        for _ in range(samples):
            evict()
            pair = [_run_ns(program, inputs, clocked, clock) for _ in range(2)]
            if not interrupted():
                pairs += [(first, second) for first, second in [pair] if first is not None and second is not None]
            if clock() >= end or stopped():
                break
    return [first for first, _ in pairs], [second for _, second in pairs]


def _run_ns(program: Program, inputs: Arrays, clocked: bool, clock: Clock) -> int | None:
    if clocked:
        return program.run(inputs)
    start = clock()
    program.run_unclocked(inputs)
    return clock() - start


def chained(
    program: Program,
    inputs: Arrays,
    lengths: tuple[int, ...],
    series: int,
    budget_ns: int,
    clock: Clock,
    stopped: StopRequested,
    interrupted: Interrupted,
) -> list[tuple[tuple[int, int], ...]]:
    """Return up to ``series`` whole series: end-to-end nanoseconds of each number of forwards in ``lengths``.

    A series that was interrupted is dropped.
    """
    all_series: list[tuple[tuple[int, int], ...]] = []
    end = clock() + budget_ns
    with _no_garbage_collection():
        for _ in range(series):
            samples = []
            for times in lengths:
                start = clock()
                program.run_unclocked(inputs, times)
                samples.append((times, clock() - start))
            if not interrupted():
                all_series.append(tuple(samples))
            if clock() >= end or stopped():
                break
    return all_series


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Collect no garbage meanwhile."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
