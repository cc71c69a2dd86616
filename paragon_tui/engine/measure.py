"""Measure one job in a worker: prepare, check the bits, then sample."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backends.device import Program
from backends.plan import Plan
from paragon_tui.arithmetic.comparison import compare, differences
from paragon_tui.arithmetic.digest import digest
from paragon_tui.engine.choice import chosen
from paragon_tui.engine.events import Event, Finished, Output, Prepared, Verdict
from paragon_tui.engine.job import Job, Sampling
from paragon_tui.engine.opened import Opened
from paragon_tui.engine.reference import reference_answer
from paragon_tui.engine.sampling import Samples, sampled
from paragon_tui.engine.statistics import summarise
from paragon_tui.suites.case import Chain
from paragon_tui.suites.operation import Answer, operation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paragon_tui.suites.operation import Arrays

VALUES_SHOWN = 1024
DIFFERENCE_ROWS = 256


class WrongResult(Exception):
    """A result that cannot be compared: NaN, infinity, or bits that change from run to run."""


class Stopped(Exception):
    """The user ended the job before it had anything to show."""


def measure(job: Job, opened: Opened, sampling: Sampling, cache: Path, stopped: Callable[[], bool]) -> Iterator[Event]:
    """Yield a job's events, ``Finished`` last. Raises ``BackendError``, ``WrongResult`` or ``Stopped``."""
    module = operation(job.case.operation)
    device = opened.device
    values = module.inputs(job.case, job.dtype)
    reference = reference_answer(job.case, job.dtype, values, cache)
    inputs = values if job.adapter.is_host else module.device_inputs(values, job.dtype)
    plan, program = _prepared(job, opened, inputs, cache)
    standing = opened.standing(module.tier(job.dtype, job.variant))
    try:
        yield Prepared(job.id, device.init_ms, program.compile_ms, program.upload_ms, plan, standing)
        program.run(inputs)
        outputs = {name: values.copy() for name, values in program.read(module.RESULTS).items()}
        check_finite(outputs)
        yield from _compared(job, module.answer(outputs), reference)
        samples = Samples([], [])
        yield from sampled(job.id, program, inputs, module.RESULTS, sampling, samples, device.clock, stopped)
        if standing is not None:
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


def _prepared(job: Job, opened: Opened, inputs: Arrays, cache: Path) -> tuple[str | None, Program]:
    """The name of the plan that was chosen, and its program; a host form has none."""
    module = operation(job.case.operation)
    if job.adapter.is_host:
        return None, opened.device.prepare_host(module.host_form(job.case, job.dtype, job.adapter.identity))
    plans = [materialised(opened.guarded(plan)) for plan in module.plans(job.case, job.dtype, job.variant, job.adapter)]
    plan, program = chosen(job, opened.device, plans, inputs, cache)
    return plan.name, program


def materialised(plan: Plan) -> Plan:
    """The plan with its weights computed, so that the upload's time is the upload's alone."""
    filled = []
    for buffer in plan.buffers:
        if buffer.fill is not None:
            buffer = replace(buffer, fill=partial(_same, buffer.fill()))  # noqa: PLW2901
        filled.append(buffer)
    return replace(plan, buffers=tuple(filled))


def _same(values: NDArray[Any]) -> NDArray[Any]:
    return values


def _compared(job: Job, answer: Answer, reference: Answer) -> Iterator[Event]:
    shown = answer.logits.size <= VALUES_SHOWN
    yield Output(
        job.id,
        digest(answer.logits),
        digest(answer.output),
        tuple(map(float, answer.logits.ravel())) if shown else None,
        tuple(map(float, answer.output.ravel())) if shown else None,
        tuple(map(float, reference.output.ravel())) if shown else None,
    )
    yield Verdict(
        job.id,
        compare(answer.logits, reference.logits),
        compare(answer.output, reference.output),
        differences(answer.logits, reference.logits, DIFFERENCE_ROWS),
        _chain(job, answer),
    )


def _chain(job: Job, answer: Answer) -> Chain | None:
    """Whose bits the naive kernel's logits have: they tell what the compiler made of ``acc += w*x``."""
    module = operation(job.case.operation)
    if module.tier(job.dtype, job.variant) != "plain":
        return None
    for chain, logits in module.chains(job.case):
        if logits.tobytes() == answer.logits.tobytes():
            return chain
    return "neither"


def check_finite(outputs: Arrays) -> None:
    """Raise ``WrongResult`` for the first NaN or infinity."""
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
