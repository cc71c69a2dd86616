"""Which of an operation's plans to run: measured once on an adapter and its driver, and remembered.

All plans give the same bits, so a choice costs nobody anything but time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paragon_tui.backends.device import BackendError, Program
from paragon_tui.backends.plan import Language, Plan
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.worker.cache import adapter_key, entry_path, load_entry, store_entry

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEAST_ROUNDS = 8
_MOST_ROUNDS = 62
_TRIAL_NS = 60_000_000  # for each candidate, where it takes no more than the most rounds
_WORTH = 0.97  # a later candidate must be faster by this much: the likeliest best comes first


@dataclass(frozen=True, slots=True)
class TunedPlan:
    """A plan and its program. ``tried``: it has been run, against others."""

    plan: Plan
    program: Program
    tried: bool


def autotune(
    job: Job, device: Any, plans: Sequence[Plan], inputs: Mapping[str, NDArray[Any]], cache: Path
) -> TunedPlan:
    """The plan to run, prepared. Raises ``BackendError`` where none of ``plans`` can be.

    Where nothing is remembered all plans are prepared and timed in turns. One that the adapter refuses, or fails to
    run, is passed over, with a word in the log, as long as another is left.
    """
    if len(plans) == 1:
        return TunedPlan(plans[0], device.prepare(plans[0]), tried=False)
    path = entry_path(cache, "choice", _facts(job, plans, device.language))
    name = load_entry(path).get("plan")
    remembered = [plan for plan in plans if plan.name == name]
    if remembered:
        with suppress(BackendError):  # it fitted once, and does not now
            return TunedPlan(remembered[0], device.prepare(remembered[0]), tried=False)
    best, refusals = _fastest(device, plans, inputs)
    if best is None:
        raise refusals[0]
    for refusal in refusals:
        print(f"{job.id}: a plan was passed over: {refusal}")  # stdout of a worker is its log
    store_entry(path, {"plan": best.plan.name}, "the choice of a plan")
    return best


def _fastest(
    device: Any, plans: Sequence[Plan], inputs: Mapping[str, NDArray[Any]]
) -> tuple[TunedPlan | None, list[BackendError]]:
    """The fastest of ``plans``, its program left open, and why others could not be run."""
    able: list[_Candidate] = []
    refusals: list[BackendError] = []
    best: _Candidate | None = None
    try:
        for plan in plans:
            try:
                able.append(_Candidate(plan, device.prepare(plan)))
            except BackendError as error:
                refusals.append(error)
        _time(device, able, inputs, refusals)
        least = min((candidate.median for candidate in able), default=0)
        best = next((candidate for candidate in able if candidate.median * _WORTH <= least), None)
    finally:
        for candidate in able:
            if candidate is not best:
                candidate.program.close()
    return TunedPlan(best.plan, best.program, tried=True) if best else None, refusals


def _time(
    device: Any, able: list[_Candidate], inputs: Mapping[str, NDArray[Any]], refusals: list[BackendError]
) -> None:
    """Sample the candidates in turns; one that fails is closed and moves from ``able`` to ``refusals``."""
    begin = device.clock()
    rounds = 0
    while able and (
        rounds < _LEAST_ROUNDS or (rounds < _MOST_ROUNDS and device.clock() - begin < _TRIAL_NS * len(able))
    ):
        for candidate in list(able):
            try:
                candidate.sample(device, inputs)
            except BackendError as error:
                refusals.append(error)
                able.remove(candidate)
                candidate.program.close()
        rounds += 1


@dataclass(slots=True)
class _Candidate:
    """A plan on trial."""

    plan: Plan
    program: Program
    samples_ns: list[int] = field(default_factory=list)

    def sample(self, device: Any, inputs: Mapping[str, NDArray[Any]]) -> None:
        """Run once for the caches, and once for the time: the device's own, or end to end where it has no clock."""
        self.program.run(inputs)
        start = device.clock()
        device_ns = self.program.run(inputs)
        self.samples_ns.append(device.clock() - start if device_ns is None else device_ns)

    @property
    def median(self) -> int:
        """The median of the samples; the first one warmed up."""
        samples = sorted(self.samples_ns[1:])
        return samples[len(samples) // 2]


def _facts(job: Job, plans: Sequence[Plan], language: Language) -> list[str]:
    """What a choice depends on: the adapter and its driver, the case, and the sources of all plans."""
    facts = [
        *adapter_key(job.adapter),
        job.case.operation,
        str(job.case.shape),
        str(job.case.batch),
        job.dtype,
        job.variant,
    ]
    return facts + [plan.digest(language) for plan in plans]
