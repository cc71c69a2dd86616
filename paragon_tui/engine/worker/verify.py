"""Check a job against the shipped digests in a worker: each of its plans, run twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from paragon_tui.arithmetic.comparison import compare
from paragon_tui.arithmetic.digest import digest
from paragon_tui.backends.device import Program, Unsupported
from paragon_tui.engine.messages.events import Check, Checked, Event, Prepared
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.worker.device_session import DeviceSession
from paragon_tui.engine.worker.prepare import materialised
from paragon_tui.engine.worker.reference import Reference, reference_answer
from paragon_tui.suites.digests import Digests, shipped
from paragon_tui.suites.operation import Answer, digested, operation

_RUNS = 2  # a result that changes from run to run could pass a single run


def verify(job: Job, session: DeviceSession, cache: Path) -> Iterator[Event]:
    """Yield ``Prepared`` for each plan and one ``Checked``. Raises ``BackendError``.

    A plan that is beyond the adapter's limits is skipped as long as another is not: it must not hide wrong bits.
    """
    module = digested(job.case.operation)
    if job.case.batch > 1:
        raise Unsupported("the shipped digests are those of single samples: verify takes no batch")
    expected = shipped(job.case.id, job.dtype)
    parameters = digest(*module.parameter_arrays(job.case, job.dtype))
    checks = [Check("parameters", parameters, expected.parameters)]
    values = module.inputs(job.case, job.dtype)
    reference = reference_answer(job.case, job.dtype, values, job.case.shape[-1], cache)
    inputs = values if job.adapter.is_host else module.device_inputs(values, job.dtype)
    standing = session.standing(module.tier(job.dtype, job.variant))
    for name, program in _programs(job, session):
        try:
            yield Prepared(job.id, session.device.init_ms, program.compile_ms, program.upload_ms, name, standing)
            for _ in range(_RUNS):
                program.run(inputs)
                outputs = {key: values.copy() for key, values in program.read(module.RESULTS).items()}
                checks += _checks(name, module.answer(job.case, job.dtype, outputs), reference, expected)
        finally:
            program.close()
    yield Checked(job.id, tuple(dict.fromkeys(checks)))


def _programs(job: Job, session: DeviceSession) -> Iterator[tuple[str | None, Program]]:
    module = operation(job.case.operation)
    if job.adapter.is_host:
        yield None, session.device.prepare_host(module.host_form(job.case, job.dtype, job.adapter.implementation))
        return
    plans = module.plans(job.case, job.dtype, job.variant, job.adapter)
    refusals: list[Unsupported] = []
    for plan in plans:
        try:
            program = session.device.prepare(materialised(session.guarded(plan)))
        except Unsupported as error:
            refusals.append(error)
            continue
        yield plan.name, program
    if len(refusals) == len(plans):
        raise refusals[0]
    for refusal in refusals:
        print(f"{job.id}: a plan was skipped: {refusal}")  # stdout of a worker is its log


def _checks(plan: str | None, answer: Answer, reference: Reference, expected: Digests) -> list[Check]:
    where = f" of {plan}" if plan else ""
    assert answer.output is not None and reference.output is not None, "what ships is a network's"
    return [
        Check(f"{name}{where}", digest(values), expected_digest, compare(values, right).first_difference)
        for name, values, right, expected_digest in (
            ("logits", answer.values, reference.values, expected.logits),
            ("output", answer.output, reference.output, expected.output),
        )
    ]
