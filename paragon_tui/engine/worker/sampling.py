"""Take timing samples of a prepared program; nothing is sent or compiled while one is timed."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from paragon_tui.backends.device import Program

if TYPE_CHECKING:
    from paragon_tui.suites.operation import Arrays

Clock = Callable[[], int]
Stopped = Callable[[], bool]


Taken = tuple[int, int | None]
"""End-to-end nanoseconds of a run, and the device's own."""


def apart(program: Program, inputs: Arrays, names: tuple[str, ...], clock: Clock) -> Taken:
    """The two times of two runs, since asking some drivers for theirs takes longer than a small network.

    End-to-end: from input in to result back.
    """
    start = clock()
    program.run_unclocked(inputs)
    program.read(names)
    return clock() - start, program.run(inputs)


def together(program: Program, inputs: Arrays, names: tuple[str, ...], clock: Clock) -> Taken:
    """Both of one run: a long one, or of a program that has no clock of its own."""
    start = clock()
    on_device = program.run(inputs)
    program.read(names)
    return clock() - start, on_device


def visit(
    take: Callable[[], Taken], samples: int, budget_ns: int, clock: Clock, stopped: Stopped
) -> tuple[list[int], list[int]]:
    """Up to ``samples`` times ``take`` or ``budget_ns``, at least once: end-to-end and device nanoseconds.

    Device times are missing where the device has no clock, or where it has stepped back.
    """
    latency_ns: list[int] = []
    device_ns: list[int] = []
    end = clock() + budget_ns
    with _undisturbed():
        for _ in range(samples):
            latency, on_device = take()
            latency_ns.append(latency)
            if on_device is not None:
                device_ns.append(on_device)
            if clock() >= end or stopped():
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
) -> tuple[list[int], list[int]]:
    """Nanoseconds of runs that find their caches flushed, and of the runs right behind them, which find them filled.

    The device's own, or end to end where it has no clock; a pair that lacks one of two device times is dropped.
    """
    pairs: list[tuple[int, int]] = []
    clocked = program.run(inputs) is not None
    end = clock() + budget_ns
    with _undisturbed():
        for _ in range(samples):
            evict()
            pair = [_taken_ns(program, inputs, clocked, clock) for _ in range(2)]
            pairs += [(first, second) for first, second in [pair] if first is not None and second is not None]
            if clock() >= end or stopped():
                break
    return [first for first, _ in pairs], [second for _, second in pairs]


def _taken_ns(program: Program, inputs: Arrays, clocked: bool, clock: Clock) -> int | None:
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
