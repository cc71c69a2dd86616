"""Check a job against the shipped digests in a worker: each of its plans, run several times."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from paragon_tui.arithmetic.compare import compare
from paragon_tui.arithmetic.digest import digest
from paragon_tui.backends.device import Unsupported, check_limits
from paragon_tui.backends.host_probes import check_host
from paragon_tui.engine.messages.events import Check, Checked, Event, Prepared
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.worker.device_session import DeviceSession
from paragon_tui.engine.worker.executable import Executable, host_executable, launchables
from paragon_tui.engine.worker.prepare import standings
from paragon_tui.engine.worker.reference import Reference, is_costly, reference_answer, whole_answer
from paragon_tui.engine.worker.sampling import StopRequested
from paragon_tui.engine.worker.training_loop import Stopped, at_checkpoints, history, never_stopped, states
from paragon_tui.suites.computation import Computation, computation
from paragon_tui.suites.data.case_data import DigestedData
from paragon_tui.suites.digests import Digests, shipped
from paragon_tui.suites.workloads.workload import Trained

RUNS = 4
"""The runs of each plan: a result may change from one to the next, or only after a few."""
_ENOUGH_S = 10.0  # no further run of a plan begins later than this


def verify(job: Job, session: DeviceSession, cache: Path, stopped: StopRequested = never_stopped) -> Iterator[Event]:
    """Yield ``Prepared`` for each plan and one ``Checked``. Raises ``BackendError`` or ``Stopped``.

    A plan that is beyond the adapter's limits is skipped as long as another is not: it must not hide wrong bits.
    """
    check_host()
    computed = computation(job.case, job.dtype).with_states()
    expected = shipped(job.case, job.dtype)
    if expected is None:
        raise Unsupported("no digests ship for it; `paragon-tui run` compares it with the reference")
    right = _Right(computed, cache, expected)
    checks: list[Check] = []
    if expected.parameters is not None and isinstance(computed.data, DigestedData):
        parameters = digest(*computed.data.parameters(job.case, job.dtype))
        checks.append(Check("parameters", parameters, expected.parameters))
    standing, output_standing = standings(job, session, computed)
    checked = _trained if isinstance(computed.workload, Trained) else _run
    for name, executable in _executables(job, session, computed):
        program = executable.program
        try:
            yield Prepared(
                job.id,
                session.device.init_ms,
                program.compile_ms,
                program.upload_ms,
                name,
                standing,
                output_standing=output_standing,
            )
            checks += checked(f" of {name}" if name else "", executable, right, stopped)
        finally:
            program.close()
    yield Checked(job.id, tuple(checks))


class _Right:
    """What a case should give. The reference's values are computed only where a digest differs, to say where."""

    def __init__(self, computed: Computation, cache: Path, digests: Digests) -> None:
        self.computed, self.digests, self._cache = computed, digests, cache

    @cached_property
    def _reference(self) -> Reference:
        """All of the right values, or a sample of them where all would take minutes."""
        if is_costly(self.computed):
            return reference_answer(self.computed, self._cache)
        answer, _ = whole_answer(self.computed)
        return Reference(answer.values, answer.output, None, None)

    def first_wrong_step(self, digests: Sequence[str]) -> int | None:
        """Return the first step after which the states differ from the reference's."""
        right = states(self.computed, host_executable(self.computed, "reference"))
        pairs = zip(digests, right, strict=False)
        return next((step for step, (found, (digest, _)) in enumerate(pairs, 1) if found != digest), None)

    def first_difference(self, values: NDArray[Any], of: Callable[[Reference], NDArray[Any] | None]) -> int | None:
        """Return the first index that differs from the reference, of those that it has computed."""
        right, indices = of(self._reference), self._reference.indices
        if right is None:
            return None
        flat = values.ravel()
        first = compare(flat if indices is None else flat[indices], right.ravel()).first_difference
        return first if first is None or indices is None else int(indices[first])


def _executables(job: Job, session: DeviceSession, computed: Computation) -> Iterator[tuple[str | None, Executable]]:
    """Yield every plan of the job with its name, one after another; a host form has none."""
    if job.adapter.is_host:
        yield None, host_executable(computed, job.adapter.implementation, session.device.prepare_host)
        return
    candidates = computed.candidates(job.adapter, job.variant)
    refusals: list[Unsupported] = []
    for candidate in candidates:
        try:
            check_limits(candidate.plan, job.adapter)
            for ready in launchables(candidate, computed, session):
                yield ready.plan.name, ready.executable(session.device.prepare(ready.plan))
        except Unsupported as error:
            refusals.append(error)
    if len(refusals) == len(candidates):
        raise refusals[0]
    for refusal in refusals:
        print(f"{job.id}: a plan was skipped: {refusal}")  # stdout of a worker is its log


def _run(plan: str, executable: Executable, right: _Right, stopped: StopRequested) -> Iterator[Check]:
    """Run a plan several times, and yield a check of each array; another where a later run gave other bits."""
    digests, data = right.digests, right.computed
    found: dict[tuple[str, str], Check] = {}
    begin = time.perf_counter()
    for run in range(1, RUNS + 1):
        if run > 1 and time.perf_counter() - begin > _ENOUGH_S:
            break
        if stopped():
            raise Stopped("stopped by the user")
        executable.program.run(executable.inputs)
        answer = data.answer(executable.results(executable.read()))
        if answer.output is None or digests.output is None:
            arrays = [("values", answer.values, digests.values, attrgetter("values"))]
        else:
            arrays = [
                ("logits", answer.values, digests.values, attrgetter("values")),
                ("output", answer.output, digests.output, attrgetter("output")),
            ]
        for name, array, expected, of in arrays:
            computed = digest(array)
            if (name, computed) in found:
                check = found[name, computed]
                found[name, computed] = replace(check, runs=check.runs + 1)
                continue
            where = f"{name}{plan}" if run == 1 else f"{name}{plan} in run {run}"
            index = None if computed == expected else right.first_difference(array, of)
            found[name, computed] = Check(where, computed, expected, index)
    yield from found.values()


def _trained(plan: str, executable: Executable, right: _Right, stopped: StopRequested) -> Iterator[Check]:
    """Train step by step; yield a check of the parameters at each checkpoint, and of all states up to it.

    A state that is wrong once can be right again by the next checkpoint, when the values of the steps between are
    rounded: so those of every step count.
    """
    computed = right.computed
    digests: list[str] = []
    for index, (step, results) in enumerate(at_checkpoints(computed, executable, digests, stopped)):
        found, expected = history(digests), right.digests.histories[index]
        where = f"up to step {step}" if found == expected else f"at step {right.first_wrong_step(digests)}"
        yield Check(f"states {where}{plan}", found, expected)
        parameters = digest(computed.answer(results).values)
        yield Check(f"parameters at step {step}{plan}", parameters, right.digests.checkpoints[index])
        if found != expected:
            return
