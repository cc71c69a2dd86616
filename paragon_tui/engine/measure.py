"""Measure one job in a worker: prepare, check the bits, then sample, and send nothing while a sample is timed."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backends.device import Program
from backends.plan import Plan
from paragon_tui.arithmetic.comparison import compare, differences
from paragon_tui.arithmetic.digest import digest
from paragon_tui.engine.events import Event, Finished, Output, Prepared, SampleBatch, Verdict
from paragon_tui.engine.job import Job, JobId, Sampling
from paragon_tui.engine.reference import reference_answer
from paragon_tui.engine.results import claims_identity
from paragon_tui.engine.statistics import noise, summarise
from paragon_tui.suites.operation import Answer, operation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paragon_tui.suites.operation import Arrays

VALUES_SHOWN = 1024
DIFFERENCE_ROWS = 256
_CHUNK_NS = 200_000_000  # samples between two batches: the live strip moves five times a second


class WrongResult(Exception):
    """A result that cannot be compared: NaN, infinity, or bits that change from run to run."""


class Stopped(Exception):
    """The user ended the job before it had anything to show."""


@dataclass(slots=True)
class Samples:
    """Raw samples of one job, nanoseconds."""

    latency_ns: list[int]
    device_ns: list[int]


def measure(job: Job, device: Any, sampling: Sampling, cache: Path, stopped: Callable[[], bool]) -> Iterator[Event]:
    """Yield a job's events, ``Finished`` last. Raises ``BackendError``, ``WrongResult`` or ``Stopped``."""
    module = operation(job.case.operation)
    inputs = module.inputs(job.case, job.dtype)
    reference = reference_answer(job.case, job.dtype, inputs, cache)
    if job.adapter.is_host:
        program = device.prepare_host(module.host_form(job.case, job.dtype, job.adapter.identity))
    else:
        program = device.prepare(_materialised(module.plans(job.case, job.dtype, job.adapter)[0]))
    try:
        yield Prepared(job.id, device.init_ms, program.compile_ms, program.upload_ms)
        program.run(inputs)
        outputs = {name: values.copy() for name, values in program.read(module.RESULTS).items()}
        _check_finite(outputs)
        yield from _compared(job.id, module.answer(outputs), reference)
        samples = Samples([], [])
        yield from _sampled(job.id, program, inputs, module.RESULTS, sampling, samples, device.clock, stopped)
        if claims_identity(job.adapter):
            _check_unchanged(outputs, program.read(module.RESULTS))
    finally:
        program.close()
    if not samples.latency_ns:
        raise Stopped("stopped by the user before the first sample")
    if job.adapter.is_host:
        _quiesce()
    yield Finished(
        job.id,
        "stopped" if stopped() else "ok",
        summarise(samples.latency_ns),
        summarise(samples.device_ns) if samples.device_ns else None,
        f"stopped by the user after {len(samples.latency_ns)} samples" if stopped() else None,
    )


def _materialised(plan: Plan) -> Plan:
    """The plan with its weights computed, so that the upload's time is the upload's alone."""
    filled = []
    for buffer in plan.buffers:
        if buffer.fill is not None:
            buffer = replace(buffer, fill=partial(_same, buffer.fill()))  # noqa: PLW2901
        filled.append(buffer)
    return replace(plan, buffers=tuple(filled))


def _same(values: NDArray[Any]) -> NDArray[Any]:
    return values


def _compared(job_id: JobId, answer: Answer, reference: Answer) -> Iterator[Event]:
    shown = answer.logits.size <= VALUES_SHOWN
    yield Output(
        job_id,
        digest(answer.logits),
        tuple(map(float, answer.logits.ravel())) if shown else None,
        tuple(map(float, answer.output.ravel())) if shown else None,
        tuple(map(float, reference.output.ravel())) if shown else None,
    )
    yield Verdict(
        job_id,
        compare(answer.logits, reference.logits),
        compare(answer.output, reference.output),
        differences(answer.logits, reference.logits, DIFFERENCE_ROWS),
    )


def _sampled(
    job_id: JobId,
    program: Program,
    inputs: Arrays,
    names: tuple[str, ...],
    sampling: Sampling,
    samples: Samples,
    clock: Callable[[], int],
    stopped: Callable[[], bool],
) -> Iterator[Event]:
    """Sample in chunks into ``samples``; a batch is sent between two chunks, and one untimed run follows it."""
    for _ in range(sampling.warmup):
        if stopped():
            return
        program.run(inputs)
        program.read(names)
    begin = clock()
    while not stopped() and not _enough(samples.latency_ns, clock() - begin, sampling):
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


def _enough(latency_ns: list[int], elapsed_ns: int, sampling: Sampling) -> bool:
    taken = len(latency_ns)
    if sampling.iterations is not None:
        return taken >= sampling.iterations
    if taken >= sampling.max_samples:
        return True
    if taken < sampling.min_samples or elapsed_ns < sampling.min_time_s * 1e9:
        return False
    return elapsed_ns >= sampling.max_time_s * 1e9 or noise(summarise(latency_ns)) < sampling.noise


def _check_finite(outputs: Arrays) -> None:
    import numpy as np

    for name, values in outputs.items():
        wrong = np.flatnonzero(~np.isfinite(values))
        if wrong.size:
            index = int(wrong[0])
            value = float(values.ravel()[index])
            raise WrongResult(f"{name}[{index}] is {value}: the arithmetic overflowed, or its inputs did")


def _check_unchanged(first: Arrays, last: Arrays) -> None:
    for name, values in first.items():
        if values.tobytes() != last[name].tobytes():
            raise WrongResult(f"{name} changed between the first run and the last: this adapter is not deterministic")


def _quiesce(limit_s: float = 0.5) -> None:
    """Wait until this process stops using CPU: BLAS threads spin for ~0.1 s after a call, next to the next adapter.

    Telling them not to (``OPENBLAS_THREAD_TIMEOUT``) would slow the baseline by up to 60 % instead.
    """
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        used = time.process_time()
        time.sleep(0.01)
        if time.process_time() - used < 0.002:
            return
