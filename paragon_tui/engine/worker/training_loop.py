"""Training from the first step to the last with checkpoints; and the part of it that is timed, as a program."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from paragon_tui.arithmetic.digest import digest
from paragon_tui.backends.device import Program
from paragon_tui.engine.worker.sampling import StopRequested
from paragon_tui.suites.case import Case
from paragon_tui.suites.operation import Trained

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paragon_tui.suites.operation import Arrays

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
    outputs: Arrays
    diverged: int | None


def checkpoints(
    module: Trained, case: Case, dtype: str, program: Program, stopped: StopRequested = never_stopped
) -> Iterator[Checkpoint]:
    """Train from the beginning, and yield the checkpoints that the schedule of ``case`` sets. Raises ``Stopped``."""
    schedule = module.schedule(case)
    program.reset()
    submissions = _SubmissionSizes()
    for done in range(0, schedule.steps, schedule.every):
        step = min(done + schedule.every, schedule.steps)
        for times in submissions.split(step - done):
            if stopped():
                raise Stopped(f"stopped by the user mid-training, between steps {done} and {step} of {schedule.steps}")
            program.run_unclocked({}, times)
        outputs = {name: values.copy() for name, values in program.read(module.RESULTS).items()}
        losses = tuple(map(float, module.losses(outputs)[done:step]))
        diverged = _first_not_finite(losses)
        answer = module.answer(case, dtype, outputs)
        yield Checkpoint(
            step, losses, digest(answer.values), outputs, None if diverged is None else done + diverged + 1
        )
        if diverged is not None:
            return


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


def _first_not_finite(losses: tuple[float, ...]) -> int | None:
    from math import isfinite

    return next((index for index, loss in enumerate(losses) if not isfinite(loss)), None)


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
