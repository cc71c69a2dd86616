"""Take timing samples of a prepared program; nothing is sent or compiled while one is timed."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from backends.device import Program

if TYPE_CHECKING:
    from paragon_tui.suites.operation import Arrays

Clock = Callable[[], int]
Stopped = Callable[[], bool]


def visit(
    program: Program,
    inputs: Arrays,
    names: tuple[str, ...],
    samples: int,
    budget_ns: int,
    clock: Clock,
    stopped: Stopped,
) -> tuple[list[int], list[int]]:
    """Up to ``samples`` samples or ``budget_ns``, at least one: end-to-end and device nanoseconds.

    End-to-end: from input in to result back. The device's own times come from runs in between, since asking some
    drivers for them takes longer than a small network; they are missing where there is no device clock.
    """
    latency_ns: list[int] = []
    device_ns: list[int] = []
    clocked = True
    end = clock() + budget_ns
    with _undisturbed():
        for _ in range(samples):
            start = clock()
            program.run_unclocked(inputs)
            program.read(names)
            stop = clock()
            latency_ns.append(stop - start)
            if clocked:
                on_device = program.run(inputs)
                clocked = on_device is not None or bool(device_ns)
                device_ns += [on_device] if on_device is not None else []
            if stop >= end or stopped():
                break
    return latency_ns, device_ns


def cold(
    program: Program,
    inputs: Arrays,
    evict: Callable[[], None],
    samples: int,
    budget_ns: int,
    clock: Clock,
    stopped: Stopped,
) -> list[int]:
    """Nanoseconds of runs that find their caches flushed: the device's own, or end to end where it has no clock."""
    taken: list[int] = []
    end = clock() + budget_ns
    with _undisturbed():
        for _ in range(samples):
            evict()
            start = clock()
            on_device = program.run(inputs)
            stop = clock()
            taken.append(stop - start if on_device is None else on_device)
            if stop >= end or stopped():
                break
    return taken


def chained(
    program: Program,
    inputs: Arrays,
    lengths: tuple[int, ...],
    series: int,
    budget_ns: int,
    clock: Clock,
    stopped: Stopped,
) -> list[tuple[tuple[int, int], ...]]:
    """``series`` times the end-to-end nanoseconds of each number of forwards in ``lengths``; whole series only."""
    taken: list[tuple[tuple[int, int], ...]] = []
    end = clock() + budget_ns
    with _undisturbed():
        for _ in range(series):
            one = []
            for times in lengths:
                start = clock()
                program.run_unclocked(inputs, times)
                one.append((times, clock() - start))
            taken.append(tuple(one))
            if clock() >= end or stopped():
                break
    return taken


@contextmanager
def _undisturbed() -> Iterator[None]:
    """No garbage is collected meanwhile."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
