"""Make one job ready in a worker: prepare, run once, check the bits."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backends.device import Program
from backends.plan import Plan
from paragon_tui.arithmetic.comparison import compare, differences
from paragon_tui.arithmetic.digest import digest
from paragon_tui.engine.bench import Bench, WrongResult
from paragon_tui.engine.choice import chosen
from paragon_tui.engine.events import Event, Output, Prepared, Verdict
from paragon_tui.engine.job import Job
from paragon_tui.engine.memory import reset_peak
from paragon_tui.engine.opened import Opened
from paragon_tui.engine.reference import reference_answer
from paragon_tui.engine.threads import library
from paragon_tui.suites.case import Chain
from paragon_tui.suites.operation import Answer, operation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paragon_tui.suites.operation import Arrays

VALUES_SHOWN = 1024
DIFFERENCE_ROWS = 256


def prepare(job: Job, opened: Opened, cache: Path, stopped: Callable[[], bool]) -> Generator[Event, None, Bench]:
    """Yield a job's events up to its ``Verdict``, return it ready. Raises ``BackendError`` or ``WrongResult``."""
    module = operation(job.case.operation)
    device = opened.device
    values = module.inputs(job.case, job.dtype)
    reference = reference_answer(job.case, job.dtype, values, cache)
    inputs = values if job.adapter.is_host else module.device_inputs(values, job.dtype)
    plan, program, tried = _prepared(job, opened, inputs, cache)
    reset_peak()  # what was on trial is not this result's
    standing = opened.standing(module.tier(job.dtype, job.variant))
    try:
        begin = device.clock()
        on_device = program.run(inputs)
        outputs = {name: values.copy() for name, values in program.read(module.RESULTS).items()}
        first_run_ns = device.clock() - begin
        # A library knows its threads once it has computed.
        computes_with = library(job.adapter.identity) if job.adapter.is_host else None
        yield Prepared(
            job.id,
            device.init_ms,
            program.compile_ms,
            program.upload_ms,
            plan,
            standing,
            computes_with[0] if computes_with else None,
            computes_with[1] if computes_with else None,
            program.device_bytes,
        )
        check_finite(outputs)
        yield from _compared(job, module.answer(outputs), reference, None if tried else first_run_ns / 1e6)
    except BaseException:  # whoever listens may have gone too (GeneratorExit): its buffers must not stay
        program.close()
        raise
    return Bench(
        job, program, inputs, outputs, standing is not None, device.clock, stopped, first_run_ns, on_device is not None
    )


def _prepared(job: Job, opened: Opened, inputs: Arrays, cache: Path) -> tuple[str | None, Program, bool]:
    """The name of the plan that was chosen, its program, and whether it was on trial; a host form has no plan."""
    module = operation(job.case.operation)
    if job.adapter.is_host:
        return None, opened.device.prepare_host(module.host_form(job.case, job.dtype, job.adapter.identity)), False
    plans = [materialised(opened.guarded(plan)) for plan in module.plans(job.case, job.dtype, job.variant, job.adapter)]
    choice = chosen(job, opened.device, plans, inputs, cache)
    return choice.plan.name, choice.program, choice.tried


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


def _compared(job: Job, answer: Answer, reference: Answer, first_run_ms: float | None) -> Iterator[Event]:
    shown = answer.logits.size <= VALUES_SHOWN
    yield Output(
        job.id,
        first_run_ms,
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
