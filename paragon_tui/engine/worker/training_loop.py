"""A training from its first step to its last, looked at on the way; and a stretch of it, which is what is timed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from paragon_tui.arithmetic.digest import digest
from paragon_tui.backends.device import Program
from paragon_tui.suites.case import Case
from paragon_tui.suites.operation import Trained

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paragon_tui.suites.operation import Arrays

_SUBMISSION_S = 0.05  # drivers' watchdogs end what takes much longer, and a person who stops a run waits as long


StopRequested = Callable[[], bool]
"""Whether the user wants an end."""


def never_stopped() -> bool:
    """Nobody has asked for an end."""
    return False


class Stopped(Exception):
    """The user ended a training before its last step."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A training after ``step`` steps: the losses ahead of those since the last look, and the digest of all parameters.

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
    """Train from the beginning, and look every so often, as the course of ``case`` says. Raises ``Stopped``."""
    schedule = module.schedule(case)
    program.reset()
    pace = _Pace()
    for done in range(0, schedule.steps, schedule.every):
        step = min(done + schedule.every, schedule.steps)
        for times in pace.shares(step - done):
            if stopped():
                raise Stopped(f"stopped by the user in a training, between steps {done} and {step} of {schedule.steps}")
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


class _Pace:
    """How many steps go in one submission: more and more, as long as it takes little time."""

    def __init__(self) -> None:
        self._times = 1

    def shares(self, steps: int) -> Iterator[int]:
        """The steps that are left, a submission's share at a time; what each takes tells how many may come next."""
        left = steps
        while left:
            share = min(self._times, left)
            begin = time.perf_counter()
            yield share
            left -= share
            if share == self._times and time.perf_counter() - begin < _SUBMISSION_S / 2:
                self._times *= 2


def _first_not_finite(losses: tuple[float, ...]) -> int | None:
    from math import isfinite

    return next((index for index, loss in enumerate(losses) if not isfinite(loss)), None)


class TimedSteps:
    """The first ``steps`` steps of a training as a program of its own: runs begin anew, so all give one result."""

    def __init__(self, program: Program, steps: int) -> None:
        self._program = program
        self._steps = steps
        self.compile_ms = program.compile_ms
        self.upload_ms = program.upload_ms
        self.device_bytes = program.device_bytes

    def run(self, inputs: Mapping[str, NDArray[Any]], times: int = 1) -> int | None:
        """Begin anew and train, ``times`` as many steps, in one submission."""
        self._program.reset()
        return self._program.run(inputs, times * self._steps)

    def run_unclocked(self, inputs: Mapping[str, NDArray[Any]], times: int = 1) -> None:
        """The same without the device's own time."""
        self._program.reset()
        self._program.run_unclocked(inputs, times * self._steps)

    def round_trip(self) -> None:
        """The program's."""
        self._program.round_trip()

    def host_ns(self, inputs: Mapping[str, NDArray[Any]]) -> int | None:
        """``None``: the program knows it of one step alone."""
        return None

    def reset(self) -> None:
        """The program's."""
        self._program.reset()

    def read(self, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
        """The program's."""
        return self._program.read(names)

    def close(self) -> None:
        """The program's."""
        self._program.close()
