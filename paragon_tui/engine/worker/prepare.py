"""Make one job ready in a worker: prepare, run once, check the bits."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paragon_tui.backends.device import Program
from paragon_tui.backends.plan import Plan
from paragon_tui.engine.messages.events import CheckpointReached, Event, Prepared
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.worker.autotune import autotune
from paragon_tui.engine.worker.device_session import DeviceSession
from paragon_tui.engine.worker.libraries import library
from paragon_tui.engine.worker.limits import check_host_limits, plans_within_limits
from paragon_tui.engine.worker.memory import reset_peak
from paragon_tui.engine.worker.open_job import OpenJob, WrongResult
from paragon_tui.engine.worker.parity import compare_with_reference
from paragon_tui.engine.worker.reference import reference_answer
from paragon_tui.engine.worker.training_loop import StopRequested, TimedSteps, checkpoints
from paragon_tui.suites.operation import Trained, fed, operation, trained

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paragon_tui.suites.operation import Arrays


def prepare(job: Job, session: DeviceSession, cache: Path, stopped: StopRequested) -> Generator[Event, None, OpenJob]:
    """Yield a job's events up to its ``Verdict``, return it ready. Raises ``BackendError`` or ``WrongResult``."""
    module = operation(job.case.operation)
    device = session.device
    plans = _plans(job)
    values = module.inputs(job.case, job.dtype)
    inputs = _inputs(job, plans, values)
    plan, prepared, tried, timed = _prepared(job, session, plans, inputs, cache)
    training = trained(job.case.operation)
    program = prepared if training is None else TimedSteps(prepared, training.schedule(job.case).timed)
    reset_peak()  # what was on trial is not this result's
    standing = session.standing(module.tier(job.dtype, job.variant))
    try:
        begin = device.clock()
        on_device = program.run(inputs)
        outputs = {name: values.copy() for name, values in program.read(module.RESULTS).items()}
        first_run_ns = device.clock() - begin
        # A library knows its threads once it has computed.
        computes_with, threads = library(job.adapter, job.case.operation, job.dtype)
        yield Prepared(
            job.id,
            device.init_ms,
            program.compile_ms,
            program.upload_ms,
            plan,
            standing,
            computes_with,
            threads,
            program.device_bytes,
        )
        if training is None:
            check_finite(outputs)
        answer = module.answer(job.case, job.dtype, outputs)
        reference = reference_answer(job.case, job.dtype, values, answer.values.size, cache, stopped)
        if training is not None:
            at_the_end = yield from _trained(job, training, prepared, reference.checkpoints, stopped)
            check_finite(at_the_end)
            answer = module.answer(job.case, job.dtype, at_the_end)
        yield from compare_with_reference(job, answer, reference, values, None if tried else first_run_ns / 1e6)
    except BaseException:  # whoever listens may have gone too (GeneratorExit): its buffers must not stay
        program.close()
        raise
    return OpenJob(
        job,
        program,
        inputs,
        timed,
        outputs,
        standing is not None,
        device.clock,
        stopped,
        first_run_ns,
        on_device is not None,
    )


def _trained(
    job: Job, training: Trained, program: Program, right: tuple[str, ...], stopped: StopRequested
) -> Generator[Event, None, Arrays]:
    """Train from the first step to the last, and tell on the way, beside what is ``right``. Returns what it ended with.

    Raises ``WrongResult`` where it diverges, or where the reference does, and ``Stopped``.
    """
    steps = training.schedule(job.case).steps
    begin = time.monotonic()
    outputs: Arrays = {}
    for number, look in enumerate(checkpoints(training, job.case, job.dtype, program, stopped)):
        if look.diverged is not None:
            alone = f"; the reference's is one to step {look.step}" if number < len(right) else ""
            raise WrongResult(f"diverged at step {look.diverged}: its loss is no finite number any more{alone}")
        if number >= len(right):
            raise WrongResult(f"the reference has diverged by step {look.step}: there is nothing to compare with")
        yield CheckpointReached(
            job.id, look.step, steps, look.losses, look.digest, right[number], time.monotonic() - begin
        )
        outputs = look.outputs
    return outputs


def _plans(job: Job) -> list[Plan]:
    """The plans that the adapter can hold; a host form has none. Raises ``Unsupported``."""
    if job.adapter.is_host:
        check_host_limits(job)
        return []
    return plans_within_limits(operation(job.case.operation).plans(job.case, job.dtype, job.variant, job.adapter), job)


def _inputs(job: Job, plans: Sequence[Plan], values: Arrays) -> Arrays:
    """What travels in every run: a host form's arguments, and what the plans' input buffers hold, if there are such."""
    if job.adapter.is_host:
        return values
    return fed(job.case.operation).device_inputs(values, job.dtype) if plans[0].with_role("input") else {}


def _prepared(
    job: Job, session: DeviceSession, plans: Sequence[Plan], inputs: Arrays, cache: Path
) -> tuple[str | None, Program, bool, tuple[str, ...]]:
    """The name of the plan that was chosen, its program, whether it was on trial, and what a run brings back."""
    module = operation(job.case.operation)
    if job.adapter.is_host:
        form = module.host_form(job.case, job.dtype, job.adapter.implementation)
        return None, session.device.prepare_host(form), False, module.RESULTS
    choice = autotune(job, session.device, [materialised(session.guarded(plan)) for plan in plans], inputs, cache)
    outputs = tuple(buffer.name for buffer in choice.plan.with_role("output"))
    return choice.plan.name, choice.program, choice.tried, outputs


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


def check_finite(outputs: Arrays) -> None:
    """Raise ``WrongResult`` for the first NaN or infinity."""
    import numpy as np

    for name, values in outputs.items():
        wrong = np.flatnonzero(~np.isfinite(values))
        if wrong.size:
            index = int(wrong[0])
            value = float(values.ravel()[index])
            raise WrongResult(f"{name}[{index}] is {value}: the arithmetic overflowed, or its inputs did")
