"""Training from the first step to the last with checkpoints; and the part of it that is timed, as a program."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from numpy.typing import NDArray

from paragon_tui.arithmetic.digest import digest
from paragon_tui.backends.device import Program
from paragon_tui.engine.messages.events import CheckpointReached
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.worker.executable import Executable
from paragon_tui.engine.worker.open_job import WrongResult
from paragon_tui.engine.worker.sampling import StopRequested
from paragon_tui.suites.case import Case, TrainingSchedule
from paragon_tui.suites.computation import Computation
from paragon_tui.suites.data.case_data import Arrays, TrainingData
from paragon_tui.suites.score import Score
from paragon_tui.suites.workloads.workload import Trained, Workload

_SUBMISSION_S = 0.05  # drivers' watchdogs end much longer submissions, and a user who stops a run waits for one


def never_stopped() -> bool:
    """Return False: the training runs to its end."""
    return False


class Stopped(Exception):
    """The user ended a training before its last step."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A training after ``step`` steps: the losses before those since the last checkpoint, and all parameters' digest.

    ``diverged`` is the step, counted from 1, whose loss is no finite number; the training has ended there.
    """

    step: int
    losses: tuple[float, ...]
    digest: str
    results: Arrays
    diverged: int | None


def train(
    job: Job, computed: Computation, executable: Executable, expected: tuple[str, ...], stopped: StopRequested
) -> Generator[CheckpointReached, None, Arrays]:
    """Train from the first step to the last, yield the checkpoints, and return the final results.

    ``expected`` are the reference's digests at these checkpoints, up to where it diverged. Raises ``WrongResult`` where
    the training diverges, or the reference did, and ``Stopped``.
    """
    steps = _schedule(computed).steps
    begin = time.monotonic()
    scoring_s = 0.0  # it is the host's work, not the training's
    results: Arrays = {}
    for number, checkpoint in enumerate(checkpoints(computed, executable, stopped)):
        if checkpoint.diverged is not None:
            reference_note = (
                f"; the reference's is finite up to step {checkpoint.step}" if number < len(expected) else ""
            )
            raise WrongResult(f"diverged at step {checkpoint.diverged}: its loss is no longer finite{reference_note}")
        if number >= len(expected):
            raise WrongResult(f"the reference diverged by step {checkpoint.step}: there is nothing to compare with")
        elapsed_s = time.monotonic() - begin - scoring_s
        score = _score(computed, checkpoint)
        scoring_s = time.monotonic() - begin - elapsed_s
        yield CheckpointReached(
            job.id,
            checkpoint.step,
            steps,
            checkpoint.losses,
            checkpoint.digest,
            expected[number],
            elapsed_s,
            score,
        )
        results = checkpoint.results
    return results


def checkpoints(
    computed: Computation, executable: Executable, stopped: StopRequested = never_stopped
) -> Iterator[Checkpoint]:
    """Train from the beginning, and yield the checkpoints that the schedule sets. Raises ``Stopped``."""
    schedule, data, program = _schedule(computed), computed.data, executable.program
    assert isinstance(data, TrainingData), "a training has losses"
    program.reset()
    submissions = _SubmissionSizes()
    for done in range(0, schedule.steps, schedule.every):
        step = min(done + schedule.every, schedule.steps)
        for times in submissions.split(step - done):
            if stopped():
                raise Stopped(f"stopped by the user mid-training, between steps {done} and {step} of {schedule.steps}")
            program.run_unclocked({}, times)
        results = executable.results(executable.read())
        losses = tuple(map(float, data.losses(results)[done:step]))
        diverged = _first_not_finite(losses)
        answer = computed.answer(results)
        yield Checkpoint(
            step, losses, digest(answer.values), results, None if diverged is None else done + diverged + 1
        )
        if diverged is not None:
            return


def _score(computed: Computation, checkpoint: Checkpoint) -> Score | None:
    assert isinstance(computed.data, TrainingData), "a training has a score"
    return computed.data.score(computed.case, computed.operands, checkpoint.results)


def states(
    computed: Computation, executable: Executable, stopped: StopRequested = never_stopped
) -> Iterator[tuple[str, Arrays]]:
    """Train from the beginning, step by step; yield the digest of all states after each step, and the results.

    ``computed`` has its states among its results (``Computation.with_states``). Raises ``Stopped``.
    """
    schedule, data = _schedule(computed), computed.data
    assert isinstance(data, TrainingData), "a training has losses"
    executable.program.reset()
    for step in range(1, schedule.steps + 1):
        if stopped():
            raise Stopped(f"stopped by the user mid-training, at step {step} of {schedule.steps}")
        executable.program.run_unclocked({}, 1)
        results = executable.results(executable.read())
        yield digest(*data.state(results, step)), results


def at_checkpoints(
    computed: Computation, executable: Executable, digests: list[str], stopped: StopRequested = never_stopped
) -> Iterator[tuple[int, Arrays]]:
    """Train step by step, put the digest of all states after each step into ``digests``; yield the checkpoints.

    A checkpoint is the number of steps done, and the results. Raises ``Stopped``.
    """
    schedule = _schedule(computed)
    for step, (found, results) in enumerate(states(computed, executable, stopped), 1):
        digests.append(found)
        if step % schedule.every == 0 or step == schedule.steps:
            yield step, results


def history(digests: Sequence[str]) -> str:
    """Return the digest of the digests of all states so far."""
    return hashlib.sha256("".join(digests).encode()).hexdigest()


class _SubmissionSizes:
    """Splits steps into submissions: their size doubles as long as a full one takes little time."""

    def __init__(self) -> None:
        self._size = 1

    def split(self, steps: int) -> Iterator[int]:
        """Yield the steps of each submission; the caller's time until the next one decides if the size doubles."""
        left = steps
        while left:
            submitted = min(self._size, left)
            begin = time.perf_counter()
            yield submitted
            left -= submitted
            if submitted == self._size and time.perf_counter() - begin < _SUBMISSION_S / 2:
                self._size *= 2


def _schedule(computed: Computation) -> TrainingSchedule:
    assert isinstance(computed.workload, Trained), "only trainings have checkpoints"
    return computed.workload.schedule(computed.case)


def _first_not_finite(losses: tuple[float, ...]) -> int | None:
    return next((index for index, loss in enumerate(losses) if not isfinite(loss)), None)


def timed_program(program: Program, workload: Workload, case: Case) -> Program:
    """Return what is timed: the program itself, or of a training its first steps."""
    return TimedSteps(program, workload.schedule(case).timed) if isinstance(workload, Trained) else program


class TimedSteps:
    """The first ``steps`` steps of a training as a program: each run begins anew, so all runs give one result."""

    def __init__(self, program: Program, steps: int) -> None:
        self._program = program
        self._steps = steps
        self.compile_ms = program.compile_ms
        self.upload_ms = program.upload_ms
        self.device_bytes = program.device_bytes

    def run(self, inputs: Mapping[str, NDArray[Any]], times: int = 1) -> int | None:
        """Begin anew and train ``times`` as many steps in one submission."""
        self._program.reset()
        return self._program.run(inputs, times * self._steps)

    def run_unclocked(self, inputs: Mapping[str, NDArray[Any]], times: int = 1) -> None:
        """Do the same without the device's own time."""
        self._program.reset()
        self._program.run_unclocked(inputs, times * self._steps)

    def round_trip(self) -> None:
        """Do the program's round trip."""
        self._program.round_trip()

    def host_ns(self, inputs: Mapping[str, NDArray[Any]]) -> int | None:
        """Return ``None``: the program knows it only for a single step."""
        return None

    def reset(self) -> None:
        """Reset the program."""
        self._program.reset()

    def read(self, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
        """Read the program's arrays."""
        return self._program.read(names)

    def close(self) -> None:
        """Close the program."""
        self._program.close()
