"""Prepare a job in a worker: open its program, run it once, check the bits."""

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
from paragon_tui.engine.worker.sampling import StopRequested
from paragon_tui.engine.worker.training_loop import TimedSteps, checkpoints
from paragon_tui.suites.operation import Trained, fed, operation, trained

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paragon_tui.suites.operation import Arrays


def prepare(job: Job, session: DeviceSession, cache: Path, stopped: StopRequested) -> Generator[Event, None, OpenJob]:
    """Yield a job's events up to its ``Compared``, return it open. Raises ``BackendError`` or ``WrongResult``."""
    module = operation(job.case.operation)
    device = session.device
    plans = _plans(job)
    values = module.inputs(job.case, job.dtype)
    inputs = _inputs(job, plans, values)
    plan, prepared, tried, names = _prepare_program(job, session, plans, inputs, cache)
    training = trained(job.case.operation)
    program = prepared if training is None else TimedSteps(prepared, training.schedule(job.case).timed)
    reset_peak()  # memory that autotuning took is not this result's
    standing = session.standing(module.tier(job.dtype, job.variant))
    try:
        begin = device.clock()
        device_ns = program.run(inputs)
        outputs = {name: values.copy() for name, values in program.read(module.RESULTS).items()}
        first_run_ns = device.clock() - begin
        # A library knows its threads only after it has computed.
        library_name, threads = library(job.adapter, job.case.operation, job.dtype)
        yield Prepared(
            job.id,
            device.init_ms,
            program.compile_ms,
            program.upload_ms,
            plan,
            standing,
            library_name,
            threads,
            program.device_bytes,
        )
        if training is None:
            check_finite(outputs)
        answer = module.answer(job.case, job.dtype, outputs)
        reference = reference_answer(job.case, job.dtype, values, answer.values.size, cache, stopped)
        if training is not None:
            final_outputs = yield from _train(job, training, prepared, reference.checkpoints, stopped)
            check_finite(final_outputs)
            answer = module.answer(job.case, job.dtype, final_outputs)
        yield from compare_with_reference(job, answer, reference, values, None if tried else first_run_ns / 1e6)
    except BaseException:  # also GeneratorExit, where the consumer stops: free the buffers
        program.close()
        raise
    return OpenJob(
        job,
        program,
        inputs,
        names,
        outputs,
        standing is not None,
        device.clock,
        stopped,
        first_run_ns,
        device_ns is not None,
    )


def _train(
    job: Job, training: Trained, program: Program, reference_digests: tuple[str, ...], stopped: StopRequested
) -> Generator[Event, None, Arrays]:
    """Train from the first step to the last, yield its checkpoints, and return its final outputs.

    ``reference_digests`` are the reference's at these checkpoints, up to where it diverged. Raises ``WrongResult``
    where the training diverges, or the reference did, and ``Stopped``.
    """
    steps = training.schedule(job.case).steps
    begin = time.monotonic()
    outputs: Arrays = {}
    for number, checkpoint in enumerate(checkpoints(training, job.case, job.dtype, program, stopped)):
        if checkpoint.diverged is not None:
            reference_note = (
                f"; the reference's is finite up to step {checkpoint.step}" if number < len(reference_digests) else ""
            )
            raise WrongResult(f"diverged at step {checkpoint.diverged}: its loss is no longer finite{reference_note}")
        if number >= len(reference_digests):
            raise WrongResult(f"the reference diverged by step {checkpoint.step}: there is nothing to compare with")
        yield CheckpointReached(
            job.id,
            checkpoint.step,
            steps,
            checkpoint.losses,
            checkpoint.digest,
            reference_digests[number],
            time.monotonic() - begin,
        )
        outputs = checkpoint.outputs
    return outputs


def _plans(job: Job) -> list[Plan]:
    """Return the plans within the adapter's limits; a host form has none. Raises ``Unsupported``."""
    if job.adapter.is_host:
        check_host_limits(job)
        return []
    return plans_within_limits(operation(job.case.operation).plans(job.case, job.dtype, job.variant, job.adapter), job)


def _inputs(job: Job, plans: Sequence[Plan], values: Arrays) -> Arrays:
    """Return what every run is given: a host form's arguments, or the contents of the plans' input buffers, if any."""
    if job.adapter.is_host:
        return values
    return fed(job.case.operation).device_inputs(values, job.dtype) if plans[0].with_role("input") else {}


def _prepare_program(
    job: Job, session: DeviceSession, plans: Sequence[Plan], inputs: Arrays, cache: Path
) -> tuple[str | None, Program, bool, tuple[str, ...]]:
    """Return the name of the selected plan, its program, whether it was timed, and the names that a run reads back."""
    module = operation(job.case.operation)
    if job.adapter.is_host:
        form = module.host_form(job.case, job.dtype, job.adapter.implementation)
        return None, session.device.prepare_host(form), False, module.RESULTS
    tuned = autotune(job, session.device, [materialised(session.guarded(plan)) for plan in plans], inputs, cache)
    outputs = tuple(buffer.name for buffer in tuned.plan.with_role("output"))
    return tuned.plan.name, tuned.program, tuned.tried, outputs


def materialised(plan: Plan) -> Plan:
    """Return the plan with its weights computed, so that the upload's time does not include computing them."""
    filled = []
    for buffer in plan.buffers:
        if buffer.fill is not None:
            buffer = replace(buffer, fill=partial(_identity, buffer.fill()))  # noqa: PLW2901
        filled.append(buffer)
    return replace(plan, buffers=tuple(filled))


def _identity(values: NDArray[Any]) -> NDArray[Any]:
    return values


def check_finite(outputs: Arrays) -> None:
    """Raise ``WrongResult`` for the first NaN or infinity."""
    import numpy as np

    for name, values in outputs.items():
        not_finite = np.flatnonzero(~np.isfinite(values))
        if not_finite.size:
            index = int(not_finite[0])
            value = float(values.ravel()[index])
            raise WrongResult(f"{name}[{index}] is {value}: the arithmetic or its inputs overflowed")
