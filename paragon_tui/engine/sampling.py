"""Take timing samples of a prepared program; nothing is sent or compiled while one is timed."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backends.device import Program
from paragon_tui.engine.events import SampleBatch
from paragon_tui.engine.job import JobId, Sampling
from paragon_tui.engine.statistics import noise, summarise

if TYPE_CHECKING:
    from paragon_tui.suites.operation import Arrays

_CHUNK_NS = 200_000_000  # samples between two batches: the live strip moves five times a second


@dataclass(slots=True)
class Samples:
    """Raw samples of one job, nanoseconds."""

    latency_ns: list[int]
    device_ns: list[int]


def sampled(
    job_id: JobId,
    program: Program,
    inputs: Arrays,
    names: tuple[str, ...],
    sampling: Sampling,
    samples: Samples,
    clock: Callable[[], int],
    stopped: Callable[[], bool],
) -> Iterator[SampleBatch]:
    """Sample in chunks into ``samples``; a batch is sent between two chunks, and one untimed run follows it."""
    for _ in range(sampling.warmup):
        if stopped():
            return
        program.run(inputs)
        program.read(names)
    begin = clock()
    while not stopped() and not enough(samples.latency_ns, clock() - begin, sampling):
        first, first_device = len(samples.latency_ns), len(samples.device_ns)
        wanted = _wanted(first, sampling)
        program.run(inputs)
        gc.disable()
        try:
            _chunk(program, inputs, names, wanted, samples, clock)
        finally:
            gc.enable()
        yield SampleBatch(job_id, tuple(samples.latency_ns[first:]), tuple(samples.device_ns[first_device:]))


def _chunk(
    program: Program,
    inputs: Arrays,
    names: tuple[str, ...],
    wanted: int,
    samples: Samples,
    clock: Callable[[], int],
) -> None:
    """Up to ``wanted`` samples or a fifth of a second. End-to-end: from input in to result back."""
    end = clock() + _CHUNK_NS
    for _ in range(wanted):
        start = clock()
        device_ns = program.run(inputs)
        program.read(names)
        stop = clock()
        samples.latency_ns.append(stop - start)
        if device_ns is not None:
            samples.device_ns.append(device_ns)
        if stop >= end:
            return


def _wanted(taken: int, sampling: Sampling) -> int:
    return (sampling.iterations or sampling.max_samples) - taken


def enough(latency_ns: list[int], elapsed_ns: int, sampling: Sampling) -> bool:
    """Whether ``latency_ns`` will do: as many as asked for, or quiet, or as long as may be."""
    taken = len(latency_ns)
    if sampling.iterations is not None:
        return taken >= sampling.iterations
    if taken >= sampling.max_samples:
        return True
    if taken < sampling.min_samples or elapsed_ns < sampling.min_time_s * 1e9:
        return False
    return elapsed_ns >= sampling.max_time_s * 1e9 or noise(summarise(latency_ns)) < sampling.noise
