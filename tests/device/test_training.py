"""A training has the reference's parameters and losses, bit by bit, after every number of steps, on every adapter."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from paragon_tui.arithmetic.training import Trainer, Widths
from paragon_tui.backends.adapter import Adapter
from paragon_tui.suites import classification
from paragon_tui.suites.case import Case
from paragon_tui.operators.contractions import Variant
from paragon_tui.suites.operations import training
from paragon_tui.suites.training import SUITE
from paragon_tui.suites.training_lowering import Training, plan
from tests.support.kernels import as_kind, edited, opened

pytestmark = pytest.mark.device

STEPS = 9
STATES = ("parameters", "velocities", "losses")
XOR = SUITE.cases[0]


@cache
def example(inputs: int, hidden: int, outputs: int, batch: int, batches: int) -> Training:
    """A set of few batches, so that they come round within a few steps; more losses are kept than are computed."""
    widths = Widths(inputs, hidden, outputs)
    case = Case("training", "example", "training", (inputs, hidden, outputs, STEPS + 2, 100_000), (), batch)
    data = classification.samples(inputs, outputs, batch)
    x, targets = data.x[:batches], data.targets[:batches]
    assert len(x) == batches
    first = training.first_parameters(case)
    return Training(widths, batch, batches, STEPS + 2, 0.1, lambda: first, lambda: x, lambda: targets)


CLASSES = example(5, 9, 3, 7, 4)
WIDE = example(66, 70, 19, 70, 1)  # more of everything than there are lanes, but classes
ERRORS = example(2, 8, 1, 3, 2)


@cache
def expected(which: Training, steps: int) -> tuple[bytes, ...]:
    trainer = Trainer(which.widths, which.first(), which.x(), which.targets(), which.rate, which.steps)
    for _ in range(steps):
        trainer.advance()
    return tuple(getattr(trainer, name).tobytes() for name in STATES)


def states(program: Any) -> tuple[bytes, ...]:
    return tuple(values.tobytes() for values in program.read(STATES).values())


@pytest.mark.parametrize(
    ("which", "variant", "kind", "guard"),
    [
        (CLASSES, "for-loop", "as it is", 0),
        (CLASSES, "for-loop", "as a GPU", 7),
        (WIDE, "tiled", "as it is", 7),
        (ERRORS, "for-loop", "as it is", 0),
    ],
    ids=["classes", "classes as on a GPU", "wide", "errors"],
)
def test_steps_have_the_references_bits(
    which: Training, variant: Variant, kind: str, guard: int, device_adapter: Adapter, device: Any
) -> None:
    """In one submission and in several, and again from the beginning; however much is guarded."""
    planned = as_kind(kind, device_adapter)
    program = device.prepare(plan(which, variant, planned).with_constant("GUARD", guard))
    program.run({}, STEPS)
    assert states(program) == expected(which, STEPS)
    program.reset()
    program.run({})
    assert states(program) == expected(which, 1)
    program.run({}, 4)
    program.run_unclocked({}, 4)
    assert states(program) == expected(which, STEPS)
    program.close()


def test_xor_is_trained_to_the_references_bits(device_adapter: Adapter, device: Any) -> None:
    """A hundred steps in one submission, of every plan that the engine tries."""
    form = training.host_form(XOR, "f32", "reference")
    for _ in range(100):
        right = form()
    for own in training.plans(XOR, "f32", "default", device_adapter):
        program = device.prepare(own.with_constant("GUARD", 0))
        program.run({}, 100)
        actual = program.read(training.RESULTS)
        assert actual["parameters"].tobytes() == right["parameters"].tobytes(), own.name
        assert actual["losses"].tobytes() == right["losses"].tobytes(), own.name
        program.close()


@pytest.mark.parametrize("which", [CLASSES, ERRORS], ids=["classes", "errors"])
def test_steps_beyond_the_last_leave_the_losses_alone(which: Training, device_adapter: Adapter, device: Any) -> None:
    program = device.prepare(plan(which, "for-loop", device_adapter).with_constant("GUARD", 0))
    program.run({}, which.steps)
    losses = program.read(("losses",))["losses"]
    program.run({}, 3 * which.steps)
    actual = program.read(("losses", "step"))
    assert actual["step"].tolist() == [4 * which.steps]
    assert actual["losses"].tobytes() == losses.tobytes()
    assert np.count_nonzero(losses) == which.steps
    program.close()


@pytest.mark.parametrize("kind", ["as it is", "as a GPU"])
def test_an_output_that_is_no_number_shows_in_the_loss_of_samples_of_other_classes(
    kind: str, device_adapter: Adapter, device: Any
) -> None:
    first = CLASSES.first().copy()
    CLASSES.widths.layers(first)[1][2, -1] = np.nan  # the last bias
    wild = replace(CLASSES, first=lambda: first, batch=2, x=lambda: CLASSES.x()[:, :2], targets=others)
    planned = as_kind(kind, device_adapter)
    program = device.prepare(plan(wild, "for-loop", planned).with_constant("GUARD", 0))
    program.run({})
    losses = program.read(("losses",))["losses"]
    program.close()
    assert np.isnan(losses[0])


def others() -> np.ndarray[Any, Any]:
    """Labels of two samples a batch, none of them the last class's."""
    return np.array([[0, 1]] * CLASSES.batches, dtype=np.uint32)


@pytest.mark.parametrize("which", [CLASSES, ERRORS], ids=["classes", "errors"])
def test_a_rate_that_is_too_high_shows_in_the_losses(which: Training, device_adapter: Adapter, device: Any) -> None:
    """At the step at which the reference shows it."""
    wild = replace(which, rate=1e6)
    program = device.prepare(plan(wild, "for-loop", device_adapter).with_constant("GUARD", 0))
    program.run({}, wild.steps)
    losses = program.read(("losses",))["losses"]
    trainer = Trainer(wild.widths, wild.first(), wild.x(), wild.targets(), wild.rate, wild.steps)
    for _ in range(wild.steps):
        trainer.advance()
    first = int(np.argmin(np.isfinite(trainer.losses)))
    assert not np.isfinite(trainer.losses[first])
    assert not np.isfinite(losses[first])
    assert losses[:first].tobytes() == trainer.losses[:first].tobytes()
    program.close()


# One change a kernel each, in one of the languages: it must be noticed.
MUTATIONS = {
    "labels of another batch": (CLASSES, "cl", "labels[(size_t)(step[0] % count) * rows + line]", "labels[line]"),
    "a probability of another class": (CLASSES, "cl", "(int8)(0, 1, 2, 3,", "(int8)(1, 2, 3, 4,"),
    "half a slope": (ERRORS, "cl", "as_float(slope)", "as_float(mean)"),
    "no momentum": (CLASSES, "wgsl", "mul(bitcast<f32>(parameters.momentum), velocities[i])", "0.0"),
    "the first batch alone": (CLASSES, "wgsl", "step[0] % parameters.count * parameters.n", "0u"),
    "no label": (CLASSES, "wgsl", "select(0.0, 1.0, k == label)", "0.0"),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_changed_kernel_loses_its_bits(
    mutation: str, device_adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    which, language, before, after = MUTATIONS[mutation]
    if device_adapter.id != {"cl": "opencl:0", "wgsl": "vulkan:0"}[language]:
        pytest.skip("this edit is of another language, or made on another adapter of it")
    with edited(monkeypatch, before, after), opened(device_adapter) as device:
        program = device.prepare(plan(which, "for-loop", device_adapter).with_constant("GUARD", 0))
        program.run({}, STEPS)
        assert states(program) != expected(which, STEPS)
