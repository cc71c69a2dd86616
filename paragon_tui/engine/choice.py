"""Which of an operation's plans to run: measured once on an adapter and its driver, and remembered.

All plans give the same bits, so a choice costs nobody anything but time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backends.device import BackendError, Program
from backends.plan import Language, Plan
from paragon_tui.engine.atomic import write_atomically
from paragon_tui.engine.job import Job

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEAST_RUNS = 7
_MOST_RUNS = 61
_TRIAL_NS = 60_000_000  # a trial goes on for at least so long, where it takes no more than the most runs
_WORTH = 0.97  # a later candidate must be faster by this much: the likeliest best comes first


def chosen(
    job: Job, device: Any, plans: Sequence[Plan], inputs: Mapping[str, NDArray[Any]], cache: Path
) -> tuple[Plan, Program]:
    """The plan to run, and its program, prepared. Raises ``BackendError`` where none of ``plans`` can be.

    Where nothing is remembered every plan is prepared and timed. One that the adapter refuses, or fails to run, is
    passed over, with a word in the log, as long as another is left.
    """
    if len(plans) == 1:
        return plans[0], device.prepare(plans[0])
    path = cache / f"choice-{_key(job, plans, device.language)}.json"
    remembered = [plan for plan in plans if plan.name == _recall(path)]
    if remembered:
        with suppress(BackendError):  # it fitted once, and does not now
            return remembered[0], device.prepare(remembered[0])
    best, refusals = _fastest(device, plans, inputs)
    if best is None:
        raise refusals[0]
    for refusal in refusals:
        print(f"{job.id}: a plan was passed over: {refusal}")  # stdout of a worker is its log
    _remember(path, best[0].name)
    return best


def _fastest(
    device: Any, plans: Sequence[Plan], inputs: Mapping[str, NDArray[Any]]
) -> tuple[tuple[Plan, Program] | None, list[BackendError]]:
    best: tuple[Plan, Program] | None = None
    least = float("inf")
    refusals: list[BackendError] = []
    for plan in plans:
        program: Program | None = None
        try:
            program = device.prepare(plan)
            elapsed = _trial(device, program, inputs)
        except BackendError as error:
            refusals.append(error)
            if program is not None:
                program.close()
            continue
        if best is None or elapsed < least * _WORTH:
            if best is not None:
                best[1].close()
            best, least = (plan, program), elapsed
        else:
            program.close()
    return best, refusals


def _trial(device: Any, program: Program, inputs: Mapping[str, NDArray[Any]]) -> float:
    """The median of end-to-end latency, nanoseconds, after a warm-up."""
    program.run(inputs)
    program.run(inputs)
    samples: list[int] = []
    begin = device.clock()
    while len(samples) < _LEAST_RUNS or (len(samples) < _MOST_RUNS and device.clock() - begin < _TRIAL_NS):
        start = device.clock()
        program.run(inputs)
        samples.append(device.clock() - start)
    return sorted(samples)[len(samples) // 2]


def _key(job: Job, plans: Sequence[Plan], language: Language) -> str:
    """What a choice depends on: the adapter and its driver, the case, and the sources of all plans."""
    adapter = job.adapter
    facts = [adapter.identity, adapter.api, adapter.driver, adapter.driver_version, str(adapter.compute_units)]
    facts += [job.case.operation, str(job.case.shape), job.dtype, job.variant]
    facts += [plan.digest(language) for plan in plans]
    return hashlib.sha256("\0".join(facts).encode()).hexdigest()[:24]


def _recall(path: Path) -> str | None:
    """The remembered plan's name; a file that is missing or damaged means that none is."""
    try:
        name = json.loads(path.read_text(encoding="utf-8"))["plan"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return name if isinstance(name, str) else None


def _remember(path: Path, name: str) -> None:
    """Remember. A cache that cannot be written costs time, nothing else."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps({"plan": name}).encode())
    except OSError as error:
        print(f"the choice of a plan was not remembered: {error}")
