"""A training from its beginning: its checkpoints, its end, and its timed steps."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from paragon_tui.arithmetic.digest import digest
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.worker.executable import Executable, host_executable
from paragon_tui.engine.worker.reference import is_costly, reference_answer
from paragon_tui.engine.worker.training_loop import (
    Checkpoint,
    Stopped,
    TimedSteps,
    checkpoints,
    never_stopped,
    train,
)
from paragon_tui.suites.computation import computation
from paragon_tui.suites.data.training import StepData
from paragon_tui.suites.training import SUITE
from tests.support.examples import REFERENCE

XOR = SUITE.cases[0]
SHORT = replace(XOR, shape=(*XOR.shape[:3], 250, XOR.shape[4]))  # the last checkpoint is after fifty steps
DIVERGING = replace(XOR, shape=(*XOR.shape[:4], 10**12))
OF_SHORT = computation(SHORT, "f32")


def executable(case=SHORT) -> Executable:
    return host_executable(computation(case, "f32"), "reference")


def stepwise(case, steps: int) -> dict[str, np.ndarray]:
    form = computation(case, "f32").host_form("reference")
    for _ in range(steps):
        outputs = form()
    return outputs


def test_a_checkpoint_is_what_the_training_has_come_to():
    reached = list(checkpoints(OF_SHORT, executable()))
    assert [checkpoint.step for checkpoint in reached] == [100, 200, 250]
    assert [len(checkpoint.losses) for checkpoint in reached] == [100, 100, 50]
    assert all(checkpoint.diverged is None for checkpoint in reached)
    for checkpoint in reached:
        by_hand = stepwise(SHORT, checkpoint.step)
        assert checkpoint.digest == digest(OF_SHORT.answer(by_hand).values)
    losses = [loss for checkpoint in reached for loss in checkpoint.losses]
    assert losses == by_hand["losses"].tolist()


def test_it_begins_anew_whatever_was_done_before():
    used = executable()
    used.program.run({}, 7)
    first = [checkpoint.digest for checkpoint in checkpoints(OF_SHORT, used)]
    assert first == [checkpoint.digest for checkpoint in checkpoints(OF_SHORT, used)]
    assert first == [checkpoint.digest for checkpoint in checkpoints(OF_SHORT, executable())]


def test_a_training_that_diverges_ends_there_and_says_at_which_step():
    *_, last = checkpoints(computation(DIVERGING, "f32"), executable(DIVERGING))
    losses = stepwise(DIVERGING, last.step)["losses"]
    assert last.diverged == int(np.flatnonzero(~np.isfinite(losses))[0]) + 1
    assert last.step < DIVERGING.shape[3]


def test_one_that_is_stopped_does_no_more():
    reached: list[Checkpoint] = []
    with pytest.raises(Stopped, match="between steps 100 and 200 of 250"):
        for checkpoint in checkpoints(OF_SHORT, executable(), stopped=lambda: bool(reached)):
            reached.append(checkpoint)  # read by the condition


def test_the_time_of_a_training_is_without_that_of_its_score(monkeypatch: pytest.MonkeyPatch) -> None:
    passed = [0.0]

    def scored(*_: object) -> None:
        passed[0] += 1000.0

    monkeypatch.setattr(time, "monotonic", lambda: passed[0])
    monkeypatch.setattr(StepData, "score", scored)
    expected = tuple(checkpoint.digest for checkpoint in checkpoints(OF_SHORT, executable()))
    reached = list(train(Job(SHORT, REFERENCE), OF_SHORT, executable(), expected, never_stopped))
    assert passed == [3000.0] and [event.elapsed_s for event in reached] == [0.0, 0.0, 0.0]


def test_a_stretch_begins_anew_in_every_run():
    stretch = TimedSteps(executable().program, 30)
    for times, steps in ((1, 30), (2, 60), (1, 30)):
        stretch.run({}, times)
        assert stretch.read(("parameters",))["parameters"].tobytes() == stepwise(SHORT, steps)["parameters"].tobytes()


def test_the_reference_keeps_what_it_came_to_on_the_way(tmp_path):
    first = reference_answer(OF_SHORT, tmp_path)
    (path,) = tmp_path.iterdir()
    written = path.read_bytes(), path.stat().st_ino
    again = reference_answer(OF_SHORT, tmp_path)
    assert (path.read_bytes(), path.stat().st_ino) == written
    assert (
        first.checkpoints
        == again.checkpoints
        == tuple(checkpoint.digest for checkpoint in checkpoints(OF_SHORT, executable()))
    )
    assert again.digest == first.checkpoints[-1]


def test_of_one_that_diverges_it_keeps_what_was_before(tmp_path):
    right = reference_answer(computation(DIVERGING, "f32"), tmp_path)
    assert len(right.checkpoints) * 100 < DIVERGING.shape[3]


def test_a_training_is_never_sampled():
    assert not is_costly(computation(replace(SUITE.cases[-1], batch=700), "f32"))
