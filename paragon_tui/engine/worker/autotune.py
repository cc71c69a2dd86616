"""Autotuning: run a computation's plans once on an adapter and its driver, and remember the fastest with right bits.

All plans should give the same bits, so the choice affects only time; those that do not are remembered, and not chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paragon_tui.backends.device import BackendError, Program
from paragon_tui.backends.plan import Language
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.worker.cache import adapter_key, entry_path, expiry, is_valid, load_entry, store_entry
from paragon_tui.engine.worker.conditions import LoadMonitor
from paragon_tui.engine.worker.executable import Launchable
from paragon_tui.engine.worker.plan_bits import PlanBits

_LEAST_ROUNDS = 8
_MOST_ROUNDS = 62
_TRIAL_NS = 60_000_000  # for each candidate, unless ``_MOST_ROUNDS`` come first
_NEAR_BEST = 0.97  # a later candidate must be faster by this factor: plans come with the likely best first
_DIRECT_WEIGHT = 1.1  # with equal latencies a plan on the calling thread has the longer device time


@dataclass(frozen=True, slots=True)
class TunedPlan:
    """A plan that is ready to be launched, and its program. ``tried``: it has been timed against others.

    ``wrong`` are the names of the plans that gave other bits than they should when all were tried.
    """

    launchable: Launchable
    program: Program
    tried: bool
    wrong: tuple[str, ...] = ()


def autotune(
    job: Job, device: Any, plans: Sequence[Launchable], cache: Path, right: PlanBits | None = None
) -> TunedPlan:
    """Return the plan to run, prepared. Raises ``BackendError`` where none of ``plans`` can be prepared and run.

    If no choice is remembered, all plans are prepared, held against ``right`` unless it is ``None``, and timed in
    turns. A plan that the adapter refuses, or fails to run, is skipped with a line in the log, as long as another is
    left; so is one with wrong bits.
    """
    if len(plans) == 1:
        return TunedPlan(plans[0], device.prepare(plans[0].plan), tried=False)
    path = entry_path(cache, "autotune", [*_facts(job, plans, device.language), right.key if right else ""])
    entry = load_entry(path)
    if not is_valid(entry):  # what is fastest may change with the machine's state
        entry = {}
    remembered = [each for each in plans if each.plan.name == entry.get("plan")]
    wrong = entry.get("wrong")
    if remembered and isinstance(wrong, list) and all(isinstance(name, str) for name in wrong):
        with suppress(BackendError):  # a plan that fitted once may fit no longer
            program = device.prepare(remembered[0].plan)
            return TunedPlan(remembered[0], program, tried=False, wrong=tuple(wrong))
    monitor = LoadMonitor(device.clock)
    best, refusals = _fastest(device, plans, right)
    if best is None:
        raise refusals[0]
    for refusal in refusals:
        print(f"{job.id}: a plan was skipped: {refusal}")  # stdout of a worker is its log
    if monitor.undisturbed():  # a choice that was made beside other programs holds for this session alone
        choice = {"plan": best.launchable.plan.name, "wrong": list(best.wrong), "until": expiry()}
        store_entry(path, choice, "the autotuned plan")
    return best


def _fastest(
    device: Any, plans: Sequence[Launchable], right: PlanBits | None
) -> tuple[TunedPlan | None, list[BackendError]]:
    """Return the fastest of ``plans``, its program left open, and the errors of those that could not be run."""
    candidates: list[_Trial] = []
    wrong: list[_Trial] = []
    refusals: list[BackendError] = []
    best: _Trial | None = None
    try:
        for each in plans:
            try:
                trial = _Trial(each, device.prepare(each.plan))
            except BackendError as error:
                refusals.append(error)
                continue
            candidates.append(trial)
            try:
                if right is not None and not right.hold(each.executable(trial.program)):
                    wrong.append(trial)
            except BackendError as error:
                refusals.append(error)
                candidates.remove(trial)
                trial.program.close()
        if len(wrong) < len(candidates):
            for trial in wrong:
                candidates.remove(trial)
                trial.program.close()
        _time_in_turns(device, candidates, refusals)
        least = min((candidate.weighed for candidate in candidates), default=0)
        best = next((candidate for candidate in candidates if candidate.weighed * _NEAR_BEST <= least), None)
    finally:
        for candidate in candidates:
            if candidate is not best:
                candidate.program.close()
    names = tuple(trial.launchable.plan.name for trial in wrong)
    return TunedPlan(best.launchable, best.program, tried=True, wrong=names) if best else None, refusals


def _time_in_turns(device: Any, candidates: list[_Trial], refusals: list[BackendError]) -> None:
    """Sample the candidates in turns; one that fails is closed and moves from ``candidates`` to ``refusals``."""
    begin = device.clock()
    # What a plan on the calling thread saves is outside the device's own time.
    end_to_end = any(candidate.launchable.plan.direct for candidate in candidates)
    rounds = 0
    while candidates and (
        rounds < _LEAST_ROUNDS or (rounds < _MOST_ROUNDS and device.clock() - begin < _TRIAL_NS * len(candidates))
    ):
        for candidate in list(candidates):
            try:
                candidate.sample(device, end_to_end)
            except BackendError as error:
                refusals.append(error)
                candidates.remove(candidate)
                candidate.program.close()
        rounds += 1


@dataclass(slots=True)
class _Trial:
    """A plan that is being timed."""

    launchable: Launchable
    program: Program
    samples_ns: list[int] = field(default_factory=list)

    def sample(self, device: Any, end_to_end: bool) -> None:
        """Run once to fill the caches, and once for the time: ``end_to_end``, or the device's own if it has a clock."""
        self.program.run(self.launchable.inputs)
        start = device.clock()
        device_ns = self.program.run(self.launchable.inputs)
        latency_ns = device.clock() - start
        self.samples_ns.append(latency_ns if device_ns is None or end_to_end else device_ns)

    @property
    def median(self) -> int:
        """The median of the samples, nanoseconds, without the first, which warmed up."""
        samples = sorted(self.samples_ns[1:])
        return samples[len(samples) // 2]

    @property
    def weighed(self) -> float:
        """The median as it counts in the choice."""
        return self.median * (_DIRECT_WEIGHT if self.launchable.plan.direct else 1)


def _facts(job: Job, plans: Sequence[Launchable], language: Language) -> list[str]:
    """Return what a choice depends on: the adapter and its driver, the case, and the sources of all plans."""
    facts = [
        *adapter_key(job.adapter),
        *(f"{name}={value}" for name, value in job.adapter.environment),
        job.case.operation,
        str(job.case.shape),
        str(job.case.batch),
        job.dtype,
        job.variant,
    ]
    return facts + [each.plan.digest(language) for each in plans]
