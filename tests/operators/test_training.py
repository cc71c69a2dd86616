"""The operators of a step of a training: what they take, their forms in libraries, and steps that are known whole."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from paragon_tui.backends.device import Unsupported
from paragon_tui.operators.dense import Activation
from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.lowering import Site
from paragon_tui.operators.numerics.forms import Steps, host_form
from paragon_tui.operators.numerics.training_forms import NumpyForm, TorchForm, recognised
from paragon_tui.operators.operator import Operator
from paragon_tui.operators.tensor import Tensor, WrongOperands
from paragon_tui.operators.training import (
    STEP,
    CrossEntropy,
    Gather,
    Momentum,
    PackedGradients,
    PackedLinear,
    SquaredError,
    Widths,
)
from paragon_tui.suites.workloads.training import step_graph
from tests.support.examples import GPU, LLVMPIPE, POCL
from tests.support.host_forms import skip_without

WIDTHS = Widths(5, 9, 3)
PARAMETERS = WIDTHS.parameters
BATCH, BATCHES, KEPT = 7, 4, 20
LOSSES, LABELS = Tensor((KEPT,)), Tensor((BATCHES, BATCH), "u32")
X, H, Y = (Tensor((BATCH, columns)) for columns in (5, 9, 3))


def test_parameters_are_both_layers_one_after_the_other():
    flat = np.arange(WIDTHS.count, dtype=np.float32)
    first, second = WIDTHS.layers(flat)
    assert (first.shape, second.shape) == ((9, 6), (3, 10)) == WIDTHS.shapes
    assert [layer[0, 0] for layer in (first, second)] == list(WIDTHS.offsets)
    assert np.shares_memory(first, flat) and np.shares_memory(second, flat)


def test_results_have_the_types_of_operands():
    assert Gather().infer(Tensor((4, 7, 5), "f16"), STEP) == (Tensor((7, 5), "f16"),)
    assert PackedLinear(WIDTHS, 0).infer(X, PARAMETERS) == (H,)
    assert PackedLinear(WIDTHS, 1).infer(H, PARAMETERS) == (Y,)
    assert CrossEntropy().infer(Y, LABELS, STEP, LOSSES) == (Y, LOSSES)
    assert SquaredError().infer(Tensor((7, 1)), Tensor((2, 7)), STEP, LOSSES) == (Tensor((7, 1)), LOSSES)
    assert PackedGradients(WIDTHS).infer(Y, H, X, PARAMETERS) == (PARAMETERS,)
    assert Momentum(0.1, 0.9).infer(X, X, X, STEP) == (X, X, STEP)


@pytest.mark.parametrize(
    ("operator", "operands", "text"),
    [
        (Gather(), (Tensor((4,)), STEP), "not f32 (4)"),
        (Gather(), (Tensor((4, 3), "i8"), STEP), "not i8 (4, 3)"),
        (Gather(), (X, Tensor((1,))), "at a step u32 (1), not f32 (7, 5), f32 (1)"),
        (PackedLinear(WIDTHS, 1), (X, PARAMETERS), "takes f32 of 9 columns and f32 (84), not f32 (7, 5) and f32 (84)"),
        (PackedLinear(WIDTHS, 0), (X, Tensor((85,))), "f32 (84), not f32 (7, 5) and f32 (85)"),
        (SquaredError(), (Y, Tensor((4, 7)), STEP, LOSSES), "SquaredError takes no outputs f32 (7, 3)"),
        (CrossEntropy(), (Y, Tensor((4, 7)), STEP, LOSSES), "of outputs f32 (7, 3) takes no targets f32 (4, 7)"),
        (CrossEntropy(), (Y, Tensor((4, 8), "u32"), STEP, LOSSES), "takes no targets u32 (4, 8)"),
        (CrossEntropy(), (Y, LABELS, STEP, X), "not in f32 (7, 5) at u32 (1)"),
        (PackedGradients(WIDTHS), (Y, X, H, PARAMETERS), "not f32 (7, 3), f32 (7, 5), f32 (7, 9), f32 (84)"),
        (PackedGradients(WIDTHS), (Tensor(()), H, X, PARAMETERS), "not f32 (), f32 (7, 9)"),
        (Momentum(0.1, 0.9), (X, X, Y, STEP), "not f32 (7, 5), f32 (7, 5), f32 (7, 3), u32 (1)"),
    ],
)
def test_other_operands_are_refused_by_their_shapes(operator: Operator, operands: tuple[Tensor, ...], text: str):
    with pytest.raises(WrongOperands) as refused:
        operator.infer(*operands)
    assert text in str(refused.value)


def test_all_tiers_are_guarded_but_that_of_a_copy():
    graph = step_graph(WIDTHS, BATCH, BATCHES, KEPT, 0.1)
    tiers = [node.operator.tier(*graph.operands_of(node)) for node in graph.nodes]
    assert tiers == ["integer", *["guarded"] * 5]
    assert graph.tier == "guarded"


def test_costs_count_products_and_sums():
    assert Gather().operations(Tensor((4, 7, 5)), STEP) == 0
    assert PackedLinear(WIDTHS, 0).operations(X, PARAMETERS) == 7 * 9 * (2 * 5 + 1)
    backward = 7 * (4 * 3 * 9 + 3 + 2 * 9 * 5 + 2 * 9)
    assert PackedGradients(WIDTHS).operations(Y, H, X, PARAMETERS) == backward
    assert Momentum(0.1, 0.9).operations(PARAMETERS, PARAMETERS, PARAMETERS, STEP) == 4 * 84


@pytest.mark.parametrize("adapter", [GPU, POCL, LLVMPIPE], ids=["gpu", "pocl", "llvmpipe"])
def test_sums_over_a_batch_have_their_limit(adapter: Any):
    large = (Tensor((2**18 + 1, 3)), Tensor((1, 2**18 + 1), "u32"), STEP, LOSSES)
    with pytest.raises(Unsupported, match="batches of up to 262,144 samples here, not of 262,145"):
        CrossEntropy().lowerings(Site(dict(zip(CrossEntropy().operands, large, strict=True)), adapter))
    wide = (Tensor((2, 2**18 + 1)), Tensor((1, 2), "u32"), STEP, LOSSES)
    with pytest.raises(Unsupported, match="up to 262,144 outputs here, not 262,145"):
        CrossEntropy().lowerings(Site(dict(zip(CrossEntropy().operands, wide, strict=True)), adapter))


def data(widths: Widths, batches: int) -> dict[str, NDArray[Any]]:
    """Return operands and first parameters of ``step_graph``."""
    random = np.random.default_rng(9)
    x = random.uniform(-1, 1, (batches, BATCH, widths.inputs)).astype(np.float32)
    targets = (
        random.uniform(-1, 1, (batches, BATCH)).astype(np.float32)
        if widths.outputs == 1
        else random.integers(0, widths.outputs, (batches, BATCH), dtype=np.uint32)
    )
    parameters = random.uniform(-1, 1, widths.count).astype(np.float32)
    samples = {"samples": x} if batches > 1 else {"x": x[0]}
    return {**samples, "targets": targets, "parameters": parameters}


def apart(graph: Graph) -> Graph:
    """Return a graph of the same results that is no whole step: the update takes its gradients from another node."""
    *nodes, update = graph.nodes
    twice = Node(Elementwise("neg"), ("gradients",), ("opposites",))
    back = Node(Elementwise("neg"), ("opposites",), ("same",))
    return replace(graph, nodes=(*nodes, twice, back, replace(update, operands=("same", *update.operands[1:]))))


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("batches", [1, BATCHES])
@pytest.mark.parametrize("outputs", [1, 3], ids=["squared error", "cross entropy"])
def test_operators_of_a_library_train_to_nearly_the_same(outputs: int, batches: int, library: str):
    """As a step that is known whole does, and again from the beginning."""
    skip_without(library)
    widths = Widths(5, 9, outputs)
    values = data(widths, batches)
    whole = step_graph(widths, BATCH, batches, KEPT, 0.1)
    of_whole_steps = {"numpy": NumpyForm, "torch": TorchForm}[library]
    kinds: list[tuple[Graph, type[Any]]] = [(whole, of_whole_steps), (apart(whole), Steps)]
    reference: Any = host_form(whole, "reference", values)
    assert type(reference) is Steps
    for _ in range(10):
        right = reference()
    for graph, kind in kinds:
        form: Any = host_form(graph, library, values)
        assert type(form) is kind
        courses = []
        for _ in range(2):
            for _ in range(10):
                results = form()
            courses.append({name: array.copy() for name, array in results.items()})
            form.reset()
        assert all(courses[0][name].tobytes() == array.tobytes() for name, array in courses[1].items())
        for name, array in right.items():
            np.testing.assert_allclose(courses[0][name], array, rtol=1e-4, atol=1e-5)


def renamed(graph: Graph) -> Graph:
    """Return the graph with every tensor under another name."""

    def names(old: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(f"the {name}" for name in old)

    return Graph(
        {f"the {name}": tensor for name, tensor in graph.operands.items()},
        tuple(Node(node.operator, names(node.operands), names(node.results)) for node in graph.nodes),
        names(graph.results),
        {f"the {name}": tensor for name, tensor in graph.states.items()},
    )


@pytest.mark.parametrize("batches", [1, BATCHES])
def test_a_step_is_known_by_its_operators_and_how_they_are_connected(batches: int):
    values = data(WIDTHS, batches)
    graph = step_graph(WIDTHS, BATCH, batches, KEPT, 0.1)
    assert recognised(graph, values) is not None
    other_names = {f"the {name}": array for name, array in values.items()}
    training = recognised(renamed(graph), other_names)
    assert training is not None and (training.parameters, training.losses) == ("the parameters", "the losses")
    assert training.x.shape == (batches, BATCH, 5)


def test_what_is_no_whole_step_is_not_taken_for_one():
    values = data(WIDTHS, BATCHES)
    graph = step_graph(WIDTHS, BATCH, BATCHES, KEPT, 0.1)
    gather, first, *others = graph.nodes
    flat = replace(first, operator=PackedLinear(WIDTHS, 0, Activation.NONE))
    assert recognised(replace(graph, nodes=(gather, flat, *others)), values) is None
    assert recognised(replace(graph, results=("parameters", "velocities")), values) is None
    assert recognised(apart(graph), values) is None
    assert recognised(graph, {**values, "velocities": np.zeros(WIDTHS.count, np.float32)}) is None
    assert recognised(graph, {"targets": values["targets"], "parameters": values["parameters"]}) is None
    assert recognised(Graph.of(Elementwise("relu"), X), {}) is None
    fewer = Tensor((BATCHES - 1, BATCH), "u32")
    uneven = replace(graph, operands={**graph.operands, "targets": fewer})
    assert recognised(uneven, {**values, "targets": values["targets"][1:]}) is None


def test_the_last_layer_can_have_an_activation_and_there_is_no_third():
    random = np.random.default_rng(4)
    graph = Graph.of(PackedLinear(WIDTHS, 1, Activation.RELU), H, PARAMETERS)
    values = {name: random.uniform(-1, 1, h.shape).astype(np.float32) for name, h in graph.operands.items()}
    (right,) = host_form(graph, "reference", values)().values()
    (result,) = host_form(graph, "numpy", values)().values()
    assert (right == 0).any()
    np.testing.assert_allclose(result, right, rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match="layer"):
        PackedLinear(WIDTHS, 2)


def test_without_first_parameters_a_training_begins_at_zero():
    values = {name: array for name, array in data(WIDTHS, 1).items() if name != "parameters"}
    graph = step_graph(WIDTHS, BATCH, 1, KEPT, 0.1)
    results = [host_form(graph, library, values)() for library in ("reference", "numpy")]
    np.testing.assert_allclose(results[1]["parameters"], results[0]["parameters"], rtol=1e-5, atol=1e-7)


def test_velocities_and_parameters_that_fade_end_at_zero():
    """A network whose outputs are zero has no gradient by its first layer: what is there fades."""
    widths = Widths(1, 1, 1)
    graph = replace(step_graph(widths, 1, 1, 200, 0.5), results=("parameters", "velocities"))
    values = {
        "x": np.zeros((1, 1), np.float32),
        "targets": np.zeros((1, 1), np.float32),
        "parameters": np.array([2.0**-90, 0, 0, 0], dtype=np.float32),
        "velocities": np.array([2.0**-91, 0, 0, 0], dtype=np.float32),
    }
    form = host_form(graph, "reference", values)
    course = []
    for _ in range(100):
        results = form()
        course.append((float(results["velocities"][0]), float(results["parameters"][0])))
    smallest = min(abs(value) for pair in course for value in pair if value)
    assert smallest >= 2.0**-100
    assert course[-1][0] == 0
    assert all(a[0] > b[0] for a, b in pairwise(course) if a[0])
