"""A training in canonical arithmetic: its gradients are the true ones, it learns, and it is the same every time."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from paragon_tui.arithmetic import training as canonical
from paragon_tui.arithmetic.products import matmul
from paragon_tui.arithmetic.training import Trainer, Widths, gradients, without_small
from paragon_tui.backends.device import Unsupported
from paragon_tui.suites import classification
from paragon_tui.suites.case import Case, TrainingSchedule
from paragon_tui.suites.operations import training
from paragon_tui.suites.training import SUITE
from tests.support.examples import GPU
from tests.support.host_forms import skip_without

CASES = {case.size: case for case in SUITE.cases}
XOR, SMALL = CASES["xor"], CASES["small"]
RAGGED = Case("training", "ragged", "training", (5, 9, 3, 40, 100_000), (), 7)
IMPLEMENTATIONS = ("reference", "numpy", "torch")


def form_of(case: Case, implementation: str) -> Any:
    skip_without(implementation)
    return training.host_form(case, "f32", implementation)


def run(form: Any, steps: int) -> tuple[np.ndarray, np.ndarray]:
    for _ in range(steps):
        outputs = form()
    return outputs["parameters"].copy(), outputs["losses"].copy()


def true_loss(widths: Widths, flat: np.ndarray, x: np.ndarray, targets: np.ndarray) -> float:
    """In binary64, as a textbook has it."""
    first, second = widths.layers(flat)
    z = x @ first[:, :-1].T + first[:, -1]
    y = np.where(z > 0, z, 0.01 * z) @ second[:, :-1].T + second[:, -1]
    if widths.outputs == 1:
        return float(np.mean((y[:, 0] - targets) ** 2))
    return float(np.mean(np.log(np.exp(y).sum(axis=1)) - y[np.arange(len(y)), targets]))


@pytest.mark.parametrize("case", [RAGGED, XOR], ids=["cross-entropy", "squared error"])
def test_gradients_are_those_of_finite_differences(case):
    widths = training.widths(case)
    data = classification.samples(widths.inputs, widths.outputs, case.batch)
    x, targets = data.x[0], data.targets[0]
    flat = training.first_parameters(case) + np.float32(0.05)  # where a difference crosses no kink
    loss, computed = gradients(widths.layers(flat), x, targets)
    wide = flat.astype(np.float64)
    assert loss == pytest.approx(true_loss(widths, wide, x.astype(np.float64), targets), rel=1e-6)
    for i, gradient in enumerate(computed):
        above, below = wide.copy(), wide.copy()
        above[i] += 1e-6
        below[i] -= 1e-6
        slope = (true_loss(widths, above, x, targets) - true_loss(widths, below, x, targets)) / 2e-6
        assert gradient == pytest.approx(slope, abs=2e-6), i


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS[1:])
@pytest.mark.parametrize("case", [RAGGED, XOR, SMALL], ids=lambda case: case.id)
def test_the_libraries_train_to_nearly_the_same(case, implementation):
    """PyTorch by its own autograd and optimizer."""
    steps = 40
    right = run(form_of(case, "reference"), steps)
    actual = run(form_of(case, implementation), steps)
    for values, expected in zip(actual, right, strict=True):
        np.testing.assert_allclose(values[:steps], expected[:steps], rtol=1e-4, atol=1e-5)
    assert np.abs(right[0] - training.first_parameters(case)).max() > 0.01


@pytest.fixture(scope="module")
def courses() -> dict[str, tuple[list[float], np.ndarray, np.ndarray]]:
    """The whole courses of XOR and `small`: the least products of their contractions, parameters, and losses."""
    by_size = {}
    for case in (XOR, SMALL):
        with pytest.MonkeyPatch.context() as patch:
            least = watched(patch)
            by_size[case.size] = (least, *run(form_of(case, "reference"), training.schedule(case).steps))
    return by_size


def watched(patch: pytest.MonkeyPatch) -> list[float]:
    """Return a list that gets the least magnitude of each contraction's products and of each squared error."""
    least: list[float] = []
    squared_error = canonical.squared_error

    def smallest(values: np.ndarray, axis: int) -> Any:
        return np.min(np.abs(values), axis=axis, initial=np.inf, where=values != 0).astype(np.float64)

    def watched_product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        least.append((smallest(a, 0) * smallest(b, 1)).min())
        return matmul(a, b)

    def watched_error(y: np.ndarray, targets: np.ndarray) -> Any:
        least.append(smallest(y[:, 0] - targets, 0) ** 2)
        return squared_error(y, targets)

    patch.setattr(canonical, "matmul", watched_product)
    patch.setattr(canonical, "squared_error", watched_error)
    return least


def test_xor_is_learned(courses):
    _, parameters, losses = courses["xor"]
    data = classification.xor(4)
    _, y = canonical.forward(training.widths(XOR).layers(parameters), data.x[0])
    assert (np.rint(y[:, 0]) == data.targets[0]).all()
    assert losses[-1] < 0.01 < losses[0]


def test_classes_are_learned(courses):
    losses = courses["small"][2]
    assert losses[-4:].max() < 0.2 < 2.5 < losses[0]


@pytest.mark.parametrize("case", [XOR, SMALL], ids=lambda case: case.id)
def test_no_product_of_a_whole_course_is_subnormal(case, courses):
    """Neither in a contraction nor in the square of an error: then devices need not keep subnormals."""
    least = courses[case.size][0]
    assert len(least) == (6 if case is XOR else 5) * training.schedule(case).steps
    assert min(least) >= 2.0**-126


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_a_training_begins_anew_with_the_same_bits(implementation):
    form = form_of(RAGGED, implementation)
    first = run(form, 12)
    form.reset()
    again = run(form, 12)
    assert [values.tobytes() for values in first] == [values.tobytes() for values in again]
    assert np.count_nonzero(first[1]) == 12


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_steps_beyond_the_last_leave_the_losses_alone(implementation):
    case = replace(RAGGED, shape=(*RAGGED.shape[:3], 3, RAGGED.shape[4]))
    form = form_of(case, implementation)
    before = run(form, 3)
    after = run(form, 2)
    assert after[1].tobytes() == before[1].tobytes()
    assert after[0].tobytes() != before[0].tobytes()


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
@pytest.mark.parametrize("case", [RAGGED, XOR], ids=lambda case: case.id)
def test_a_rate_that_is_too_high_shows_in_the_losses_and_raises_nothing(case, implementation):
    case = replace(case, shape=(*case.shape[:4], 10**12))
    _, losses = run(form_of(case, implementation), 20)
    assert not np.isfinite(losses[:20]).all()


def test_what_is_below_2_to_the_minus_100_is_zero():
    least = np.float32(2.0**-100)
    below = np.nextafter(least, np.float32(0))
    values = np.array([least, -least, below, -below, 1e-40, -0.0, 0, np.inf, -np.inf], dtype=np.float32)
    kept = without_small(values)
    assert kept.view(np.uint32).tolist() == [*values[:2].view(np.uint32), 0, 0, 0, 0, 0, *values[-2:].view(np.uint32)]
    assert np.isnan(without_small(np.array([np.nan], dtype=np.float32))).all()


def test_velocities_and_parameters_that_fade_end_at_zero():
    """A network that says nothing has no gradient by its first layer: what is there fades."""
    widths = Widths(1, 1, 1)
    first = np.array([2.0**-90, 0, 0, 0], dtype=np.float32)
    trainer = Trainer(widths, first, np.zeros((1, 1, 1), np.float32), np.zeros((1, 1), np.float32), 0.5, 200)
    trainer.velocities[0] = np.float32(2.0**-91)
    seen = []
    for _ in range(100):
        trainer.advance()
        seen.append((float(trainer.velocities[0]), float(trainer.parameters[0])))
    smallest = min(abs(value) for pair in seen for value in pair if value)
    assert smallest >= 2.0**-100
    assert seen[-1][0] == 0
    assert all(a[0] > b[0] for a, b in pairwise(seen) if a[0])


@pytest.mark.parametrize(("batch", "batches"), [(256, 4), (1, 1024), (100, 11), (5000, 1)])
def test_samples_are_the_same_in_any_batch(batch, batches):
    data = classification.samples(6, 5, batch)
    assert data.x.shape == (batches, batch, 6)
    assert classification.batches(5, batch) == batches
    whole = classification.samples(6, 5, 8192)
    count = batches * batch
    assert data.x.reshape(-1, 6).tobytes() == whole.x[0, :count].tobytes()
    assert data.targets.ravel().tolist() == [i % 5 for i in range(count)] == whole.targets[0, :count].tolist()


def test_samples_are_within_what_keeps_products_normal():
    x = classification.samples(64, 16, 256).x
    assert np.abs(x).max() <= 1.25
    assert (x * np.float32(2**25) == np.rint(x * np.float32(2**25))).all()


@pytest.mark.parametrize(("batch", "batches"), [(1, 4), (3, 2), (4, 1), (8, 1)])
def test_xor_is_xor_in_any_batch(batch, batches):
    data = classification.samples(2, 1, batch)
    assert data.targets.shape == (batches, batch)
    assert (data.targets == (data.x[..., 0] != data.x[..., 1])).all()
    assert set(map(tuple, data.x.reshape(-1, 2).tolist())) == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_the_answer_is_each_layers_weights_then_its_bias():
    flat = np.arange(training.widths(RAGGED).count, dtype=np.float32)
    values = training.answer(RAGGED, "f32", {"parameters": flat}).values
    assert values[:5].tolist() == [0, 1, 2, 3, 4]
    assert values[5:7].tolist() == [6, 7]
    assert values[45:48].tolist() == [5, 11, 17]
    assert values[54:56].tolist() == [54, 55]
    assert sorted(values.tolist()) == flat.tolist()


def test_courses_and_costs():
    assert [training.schedule(CASES[size]) for size in ("xor", "small")] == [
        TrainingSchedule(1000, 100, 100),
        TrainingSchedule(200, 100, 10),
    ]
    assert training.describe(XOR) == "2 → 8 → 1 · 1,000 steps"
    assert training.rate(XOR) == 0.1
    # Small: 4 and 6 operations a weight and sample, 2 a bias and sample, 4 a parameter.
    step = 256 * (4 * 64 * 64 + 6 * 64 * 16 + 2 * 80) + 4 * (64 * 65 + 16 * 65)
    assert training.cost(SMALL, "f32").operations == 10 * step
    assert training.cost(SMALL, "f32").bytes == 10 * 4 * (256 * 64 + 4 * 5200)
    assert training.megabytes(SMALL) == 4 * (1024 * 65 + 256 * (64 + 128 + 32) + 3 * 5200) / 2**20
    assert (training.variants("f32"), training.variants("f16")) == (("default",), ())


def test_one_that_the_reference_cannot_follow_is_refused_ahead_of_its_work():
    with pytest.raises(Unsupported, match=r"billion operations, which would take the reference minutes.*--batch-size"):
        training.inputs(replace(CASES["xlarge"], batch=2**20), "f32")
    assert all(training.inputs(case, "f32") == {} for case in SUITE.cases)


def test_a_batch_whose_sums_kernels_cannot_make_is_refused():
    with pytest.raises(Unsupported, match="batches of up to 262,144 samples here, not of 262,145"):
        training.plans(replace(XOR, batch=2**18 + 1), "f32", "default", GPU)
