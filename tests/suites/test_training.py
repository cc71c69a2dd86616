"""Trainings: their gradients are the true ones, they learn, and they are the same every time; their data and costs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from paragon_tui.arithmetic.products import matmul
from paragon_tui.arithmetic.training import squared_error
from paragon_tui.backends.device import Unsupported
from paragon_tui.operators.dense import Activation
from paragon_tui.operators.numerics import dense as dense_numerics
from paragon_tui.operators.numerics import gradients as gradients_numerics
from paragon_tui.operators.numerics import training as training_numerics
from paragon_tui.operators.numerics.dense import dense
from paragon_tui.operators.numerics.forms import host_form
from paragon_tui.operators.training import Widths
from paragon_tui.suites.case import Case, TrainingSchedule
from paragon_tui.suites.computation import computation
from paragon_tui.suites.data import classification
from paragon_tui.suites.data.training import StepData, first_parameters
from paragon_tui.suites.training import SUITE
from paragon_tui.suites.workloads.training import Training, batches, rate, step_graph, widths
from tests.support.examples import GPU
from tests.support.host_forms import skip_without

CASES = {case.size: case for case in SUITE.cases}
XOR, SMALL = CASES["xor"], CASES["small"]
RAGGED = Case("training", "ragged", "training", (5, 9, 3, 40, 100_000), (), 7)
IMPLEMENTATIONS = ("reference", "numpy", "torch")
TRAINING, DATA = Training(), StepData()


def form_of(case: Case, implementation: str) -> Any:
    skip_without(implementation)
    return computation(case, "f32").host_form(implementation)


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
    extents = widths(case)
    data = classification.samples(extents.inputs, extents.outputs, case.batch)
    x, targets = data.x[0], data.targets[0]
    flat = first_parameters(case) + np.float32(0.05)  # where a difference crosses no kink
    graph = replace(step_graph(extents, case.batch, 1, 1, 0.1), results=("losses", "gradients"))
    results = host_form(graph, "reference", {"x": x, "targets": data.targets[:1], "parameters": flat})()
    (loss,), computed = results["losses"], results["gradients"]
    wide = flat.astype(np.float64)
    assert loss == pytest.approx(true_loss(extents, wide, x.astype(np.float64), targets), rel=1e-6)
    for i, gradient in enumerate(computed):
        above, below = wide.copy(), wide.copy()
        above[i] += 1e-6
        below[i] -= 1e-6
        slope = (true_loss(extents, above, x, targets) - true_loss(extents, below, x, targets)) / 2e-6
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
    assert np.abs(right[0] - first_parameters(case)).max() > 0.01


@pytest.fixture(scope="module")
def courses() -> dict[str, tuple[list[float], np.ndarray, np.ndarray]]:
    """The whole courses of XOR and `small`: the least products of their contractions, parameters, and losses."""
    by_size = {}
    for case in (XOR, SMALL):
        with pytest.MonkeyPatch.context() as patch:
            least = watched(patch)
            by_size[case.size] = (least, *run(form_of(case, "reference"), TRAINING.schedule(case).steps))
    return by_size


def watched(patch: pytest.MonkeyPatch) -> list[float]:
    """Return a list that gets the least magnitude of each contraction's products and of each squared error."""
    least: list[float] = []

    def smallest(values: np.ndarray, axis: int) -> Any:
        return np.min(np.abs(values), axis=axis, initial=np.inf, where=values != 0).astype(np.float64)

    def watched_product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        least.append((smallest(a, 0) * smallest(b, 1)).min())
        return matmul(a, b)

    def watched_error(y: np.ndarray, targets: np.ndarray) -> Any:
        least.append(smallest(y[:, 0] - targets, 0) ** 2)
        return squared_error(y, targets)

    for module in (dense_numerics, gradients_numerics):
        patch.setattr(module, "matmul", watched_product)
    patch.setattr(training_numerics, "squared_error", watched_error)
    return least


def test_xor_is_learned(courses):
    _, parameters, losses = courses["xor"]
    data = classification.xor(4)
    first, second = widths(XOR).layers(parameters)
    h = dense(data.x[0], first[:, :-1], first[:, -1], Activation.LEAKY_RELU)
    y = dense(h, second[:, :-1], second[:, -1], Activation.NONE)
    assert (np.rint(y[:, 0]) == data.targets[0]).all()
    assert losses[-1] < 0.01 < losses[0]


def test_classes_are_learned(courses):
    losses = courses["small"][2]
    assert losses[-4:].max() < 0.2 < 2.5 < losses[0]


@pytest.mark.parametrize("case", [XOR, SMALL], ids=lambda case: case.id)
def test_no_product_of_a_whole_course_is_subnormal(case, courses):
    """Neither in a contraction nor in the square of an error: then devices need not keep subnormals."""
    least = courses[case.size][0]
    assert len(least) == (6 if case is XOR else 5) * TRAINING.schedule(case).steps
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


@pytest.mark.parametrize(("batch", "count"), [(256, 4), (1, 1024), (100, 11), (5000, 1)])
def test_samples_are_the_same_in_any_batch(batch, count):
    data = classification.samples(6, 5, batch)
    assert data.x.shape == (count, batch, 6)
    assert batches(5, batch) == count
    whole = classification.samples(6, 5, 8192)
    total = count * batch
    assert data.x.reshape(-1, 6).tobytes() == whole.x[0, :total].tobytes()
    assert data.targets.ravel().tolist() == [i % 5 for i in range(total)] == whole.targets[0, :total].tolist()


def test_samples_are_within_what_keeps_products_normal():
    x = classification.samples(64, 16, 256).x
    assert np.abs(x).max() <= 1.25
    assert (x * np.float32(2**25) == np.rint(x * np.float32(2**25))).all()


@pytest.mark.parametrize(("batch", "count"), [(1, 4), (3, 2), (4, 1), (8, 1)])
def test_xor_is_xor_in_any_batch(batch, count):
    data = classification.samples(2, 1, batch)
    assert data.targets.shape == (count, batch) == (batches(1, batch), batch)
    assert (data.targets == (data.x[..., 0] != data.x[..., 1])).all()
    assert set(map(tuple, data.x.reshape(-1, 2).tolist())) == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_the_answer_is_each_layers_weights_then_its_bias():
    flat = np.arange(widths(RAGGED).count, dtype=np.float32)
    values = DATA.answer(RAGGED, {"parameters": flat}).values
    assert values[:5].tolist() == [0, 1, 2, 3, 4]
    assert values[5:7].tolist() == [6, 7]
    assert values[45:48].tolist() == [5, 11, 17]
    assert values[54:56].tolist() == [54, 55]
    assert sorted(values.tolist()) == flat.tolist()


def test_courses_and_costs():
    assert [TRAINING.schedule(CASES[size]) for size in ("xor", "small")] == [
        TrainingSchedule(1000, 100, 100),
        TrainingSchedule(200, 100, 10),
    ]
    assert TRAINING.describe(XOR) == "2 → 8 → 1 · 1,000 steps"
    assert rate(XOR) == 0.1
    # Small: 4 and 6 operations a weight and sample, 2 a bias and sample, 4 a parameter.
    step = 256 * (4 * 64 * 64 + 6 * 64 * 16 + 2 * 80) + 4 * (64 * 65 + 16 * 65)
    assert TRAINING.cost(SMALL, "f32").operations == 10 * step
    assert TRAINING.cost(SMALL, "f32").bytes == 10 * 4 * (256 * 64 + 4 * 5200)
    assert TRAINING.megabytes(SMALL) == 4 * (1024 * 65 + 256 * (64 + 128 + 32) + 3 * 5200) / 2**20
    assert (TRAINING.variants("f32"), TRAINING.variants("f16")) == (("default",), ())


def test_one_that_the_reference_cannot_follow_is_refused_ahead_of_its_work():
    with pytest.raises(Unsupported, match=r"billion operations, which would take the reference minutes.*--batch-size"):
        computation(replace(CASES["xlarge"], batch=2**20), "f32")
    for case in SUITE.cases:
        TRAINING.check(case, "f32")


def test_a_batch_whose_sums_kernels_cannot_make_is_refused():
    with pytest.raises(Unsupported, match="batches of up to 262,144 samples here, not of 262,145"):
        computation(replace(XOR, batch=2**18 + 1), "f32").candidates(GPU, "default")


@pytest.mark.parametrize(
    ("case", "names"),
    [
        (XOR, ["a step, vector", "a step, for-loop"]),
        (RAGGED, ["a step, vector", "a step, for-loop"]),
        (SMALL, ["a step, tiled"]),
    ],
    ids=lambda value: value.id if isinstance(value, Case) else None,
)
def test_a_network_too_small_for_tiles_has_the_two_other_plans(case, names):
    assert [candidate.plan.name for candidate in computation(case, "f32").candidates(GPU, "default")] == names


@pytest.mark.parametrize("case", [XOR, SMALL], ids=lambda case: case.id)
def test_a_single_batch_is_no_choice_of_several(case):
    """XOR's data is one batch, which no step gathers."""
    (candidate, *_) = computation(case, "f32").candidates(GPU, "default")
    gathers = [step for step in candidate.plan.steps if step.entry == "gather"]
    assert len(gathers) == (0 if case is XOR else 1)
    assert candidate.inputs == ()
    assert {bound.name for bound in candidate.results} == {"parameters", "losses"}


def test_data_has_the_types_of_the_graph():
    for case in (XOR, SMALL, RAGGED):
        computed = computation(case, "f32")
        tensors = {**computed.graph.operands, "parameters": computed.graph.states["parameters"]}
        operands = computed.operands
        assert operands.keys() == tensors.keys()
        for name, tensor in tensors.items():
            assert operands[name].shape == tensor.shape
            assert operands[name].dtype == {"f32": np.float32, "u32": np.uint32}[tensor.dtype]
        assert computed.size == widths(case).count


def plain_outputs(extents: Widths, flat: np.ndarray, x: np.ndarray) -> np.ndarray:
    """In binary64, as a textbook has it."""
    first, second = (layer.astype(np.float64) for layer in extents.layers(flat))
    z = x.astype(np.float64) @ first[:, :-1].T + first[:, -1]
    return np.where(z > 0, z, 0.01 * z) @ second[:, :-1].T + second[:, -1]


@pytest.mark.parametrize("batch", [256, 1, 100, 2000], ids=str)
def test_a_score_counts_the_answers_of_a_plain_computation(batch, courses):
    case = replace(SMALL, batch=batch)
    data = classification.samples(64, 16, batch)
    for parameters in (courses["small"][1], first_parameters(SMALL)):
        answers = plain_outputs(widths(case), parameters, data.x.reshape(-1, 64)).argmax(axis=1)
        right = int((answers == data.targets.ravel()).sum())
        score = DATA.score(case, computation(case, "f32").operands, {"parameters": parameters})
        assert (score.right, score.samples, score.predictions) == (right, data.targets.size, ())
    assert score.right < score.samples / 2  # the first parameters know nothing


@pytest.mark.parametrize("batch", [4, 1, 3, 64], ids=str)
def test_xor_tells_each_of_its_four_answers(batch, courses):
    case = replace(XOR, batch=batch)
    for parameters in (courses["xor"][1], first_parameters(XOR)):
        score = DATA.score(case, computation(case, "f32").operands, {"parameters": parameters})
        pairs = [prediction.inputs for prediction in score.predictions]
        assert pairs == [(0, 0), (0, 1), (1, 0), (1, 1)]
        outputs = plain_outputs(widths(case), parameters, np.array(pairs))[:, 0]
        assert [prediction.output for prediction in score.predictions] == pytest.approx(outputs.tolist(), abs=1e-5)
        assert [prediction.answer for prediction in score.predictions] == [int(output > 0.5) for output in outputs]
        assert [prediction.wanted for prediction in score.predictions] == [0, 1, 1, 0]
        assert score.right == sum(prediction.right for prediction in score.predictions)
        assert score.samples == 4 and score.accuracy == score.right / 4
    assert score.right < 4


def test_of_equal_outputs_the_lowest_index_is_the_answer():
    """Parameters of zero answer class 0 to every sample, and 0 to every pair."""
    for case, right in ((SMALL, 64), (XOR, 2)):
        parameters = np.zeros(widths(case).count, dtype=np.float32)
        assert DATA.score(case, computation(case, "f32").operands, {"parameters": parameters}).right == right


def test_outputs_that_are_no_numbers_answer_nothing():
    parameters = np.full(widths(SMALL).count, np.inf, dtype=np.float32)
    assert DATA.score(SMALL, computation(SMALL, "f32").operands, {"parameters": parameters}) is None
