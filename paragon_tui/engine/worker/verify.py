"""Check a job against the shipped digests in a worker: each of its plans, run twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from paragon_tui.arithmetic.compare import compare
from paragon_tui.arithmetic.digest import digest
from paragon_tui.backends.device import Unsupported
from paragon_tui.engine.messages.events import Check, Checked, Event, Prepared
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.worker.device_session import DeviceSession
from paragon_tui.engine.worker.executable import Executable, host_executable, launchable
from paragon_tui.engine.worker.reference import Reference, reference_answer
from paragon_tui.suites.computation import Computation, computation
from paragon_tui.suites.data.case_data import Answer, DigestedData
from paragon_tui.suites.digests import Digests, shipped

_RUNS = 2  # a result that changes from run to run could pass a single run


def verify(job: Job, session: DeviceSession, cache: Path) -> Iterator[Event]:
    """Yield ``Prepared`` for each plan and one ``Checked``. Raises ``BackendError``.

    A plan that is beyond the adapter's limits is skipped as long as another is not: it must not hide wrong bits.
    """
    computed = computation(job.case, job.dtype)
    if job.case.batch > 1 or not isinstance(computed.data, DigestedData):
        raise Unsupported("the shipped digests are those of single samples: verify takes no batch")
    expected = shipped(job.case.id, job.dtype)
    parameters = digest(*computed.data.parameters(job.case, job.dtype))
    checks = [Check("parameters", parameters, expected.parameters)]
    reference = reference_answer(computed, cache)
    standing = session.standing(computed.workload.tier(job.case, job.dtype, job.variant))
    for name, executable in _executables(job, session, computed):
        program = executable.program
        try:
            yield Prepared(job.id, session.device.init_ms, program.compile_ms, program.upload_ms, name, standing)
            for _ in range(_RUNS):
                program.run(executable.inputs)
                answer = computed.answer(executable.results(executable.read()))
                checks += _checks(name, answer, reference, expected)
        finally:
            program.close()
    yield Checked(job.id, tuple(dict.fromkeys(checks)))


def _executables(job: Job, session: DeviceSession, computed: Computation) -> Iterator[tuple[str | None, Executable]]:
    """Yield every plan of the job with its name, one after another; a host form has none."""
    if job.adapter.is_host:
        yield None, host_executable(computed, job.adapter.implementation, session.device.prepare_host)
        return
    candidates = computed.candidates(job.adapter, job.variant)
    refusals: list[Unsupported] = []
    for candidate in candidates:
        ready = launchable(candidate, computed, session)
        try:
            program = session.device.prepare(ready.plan)
        except Unsupported as error:
            refusals.append(error)
            continue
        yield ready.plan.name, ready.executable(program)
    if len(refusals) == len(candidates):
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
