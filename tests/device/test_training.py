"""A training has the canonical parameters and losses, bit by bit, after every number of steps, on every adapter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from paragon_tui.backends.adapter import Adapter
from paragon_tui.operators.dense import Activation
from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.numerics.forms import host_form
from paragon_tui.operators.numerics.transfers import unpacked
from paragon_tui.operators.planning import Candidate
from paragon_tui.operators.products import MatVec
from paragon_tui.operators.tensor import Tensor
from paragon_tui.operators.training import (
    STEP,
    CrossEntropy,
    Gather,
    Momentum,
    PackedGradients,
    PackedLinear,
    Widths,
)
from paragon_tui.suites.case import Case
from paragon_tui.suites.computation import computation
from paragon_tui.suites.data import classification
from paragon_tui.suites.data.training import first_parameters
from paragon_tui.suites.training import SUITE
from paragon_tui.suites.workloads.training import step_graph
from tests.support.floats import assert_same_bits, of_many_magnitudes
from tests.support.graphs import everywhere, planned
from tests.support.kernels import as_kind, edited, opened

pytestmark = pytest.mark.device

STEPS = 9
KEPT = STEPS + 2
STATES = ("parameters", "velocities", "losses")
XOR = SUITE.cases[0]
Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Example:
    """A graph of a step that gives all states, and its data and first parameters."""

    widths: Widths
    graph: Graph
    values: Arrays

    def candidate(self, adapter: Adapter, variant: str) -> Candidate:
        """Return the one plan of the variant."""
        (candidate,) = planned(self.graph, self.values, adapter, variant=variant)
        assert candidate.plan.name == f"a step, {variant}"
        return candidate

    def with_rate(self, rate: float) -> Example:
        """Return the example with another learning rate."""
        *nodes, update = self.graph.nodes
        assert isinstance(update.operator, Momentum)
        faster = replace(update, operator=replace(update.operator, rate=rate))
        return replace(self, graph=replace(self.graph, nodes=(*nodes, faster)))


@cache
def example(inputs: int, hidden: int, outputs: int, batch: int, batches: int) -> Example:
    """A set of few batches, so that they come round within a few steps; more losses are kept than are computed."""
    widths = Widths(inputs, hidden, outputs)
    case = Case("training", "example", "training", (inputs, hidden, outputs, KEPT, 100_000), (), batch)
    data = classification.samples(inputs, outputs, batch)
    x, targets = data.x[:batches], data.targets[:batches]
    assert len(x) == batches
    graph = replace(step_graph(widths, batch, batches, KEPT, 0.1), results=STATES)
    samples = {"samples": x} if batches > 1 else {"x": x[0]}
    return Example(widths, graph, {**samples, "targets": targets, "parameters": first_parameters(case)})


CLASSES = example(5, 9, 3, 7, 4)
WIDE = example(66, 70, 19, 70, 1)  # more of everything than there are lanes, but classes
ERRORS = example(2, 8, 1, 3, 2)


def reference(which: Example, steps: int) -> Arrays:
    form = host_form(which.graph, "reference", which.values)
    for _ in range(steps):
        results = form()
    return results


@cache
def expected(which: Example, steps: int) -> tuple[bytes, ...]:
    results = reference(which, steps)
    return tuple(results[name].tobytes() for name in STATES)


def results_of(program: Any, candidate: Candidate) -> Arrays:
    return unpacked(candidate.results, program.read(tuple(bound.buffer for bound in candidate.results)))


def states(program: Any, candidate: Candidate) -> tuple[bytes, ...]:
    results = results_of(program, candidate)
    return tuple(results[name].tobytes() for name in STATES)


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
    which: Example, variant: str, kind: str, guard: int, device_adapter: Adapter, device: Any
) -> None:
    """In one submission and in several, and again from the beginning; however much is guarded."""
    candidate = which.candidate(as_kind(kind, device_adapter), variant)
    program = device.prepare(candidate.plan.with_constant("GUARD", guard))
    program.run({}, STEPS)
    assert states(program, candidate) == expected(which, STEPS)
    program.reset()
    program.run({})
    assert states(program, candidate) == expected(which, 1)
    program.run({}, 4)
    program.run_unclocked({}, 4)
    assert states(program, candidate) == expected(which, STEPS)
    program.close()


def test_xor_is_trained_to_the_references_bits(device_adapter: Adapter, device: Any) -> None:
    """A hundred steps in one submission, of every plan that the engine tries."""
    computed = computation(XOR, "f32")
    form = computed.host_form("reference")
    for _ in range(100):
        right = form()
    candidates = computed.candidates(device_adapter, "default")
    assert [candidate.plan.name for candidate in candidates] == ["a step, vector", "a step, for-loop"]
    for own in candidates:
        program = device.prepare(own.plan.with_constant("GUARD", 0))
        program.run({}, 100)
        actual = results_of(program, own)
        assert actual["parameters"].tobytes() == right["parameters"].tobytes(), own.plan.name
        assert actual["losses"].tobytes() == right["losses"].tobytes(), own.plan.name
        program.close()


@pytest.mark.parametrize("which", [CLASSES, ERRORS], ids=["classes", "errors"])
def test_steps_beyond_the_last_leave_the_losses_alone(which: Example, device_adapter: Adapter, device: Any) -> None:
    program = device.prepare(which.candidate(device_adapter, "for-loop").plan.with_constant("GUARD", 0))
    program.run({}, KEPT)
    losses = program.read(("losses",))["losses"]
    program.run({}, 3 * KEPT)
    actual = program.read(("losses", "step"))
    assert actual["step"].tolist() == [4 * KEPT]
    assert actual["losses"].tobytes() == losses.tobytes()
    assert np.count_nonzero(losses) == KEPT
    program.close()


@pytest.mark.parametrize("kind", ["as it is", "as a GPU"])
def test_an_output_that_is_no_number_shows_in_the_loss_of_samples_of_other_classes(
    kind: str, device_adapter: Adapter, device: Any
) -> None:
    values = CLASSES.values
    first = values["parameters"].copy()
    CLASSES.widths.layers(first)[1][2, -1] = np.nan  # the last bias
    labels = np.array([[0, 1]] * 4, dtype=np.uint32)  # two samples a batch, none of them of the last class
    wild = Example(
        CLASSES.widths,
        step_graph(CLASSES.widths, 2, 4, KEPT, 0.1),
        {"samples": values["samples"][:, :2], "targets": labels, "parameters": first},
    )
    plan = wild.candidate(as_kind(kind, device_adapter), "for-loop").plan
    program = device.prepare(plan.with_constant("GUARD", 0))
    program.run({})
    losses = program.read(("losses",))["losses"]
    program.close()
    assert np.isnan(losses[0])


@pytest.mark.parametrize("which", [CLASSES, ERRORS], ids=["classes", "errors"])
def test_a_rate_that_is_too_high_shows_in_the_losses(which: Example, device_adapter: Adapter, device: Any) -> None:
    """At the step at which the reference shows it."""
    wild = which.with_rate(1e6)
    program = device.prepare(wild.candidate(device_adapter, "for-loop").plan.with_constant("GUARD", 0))
    program.run({}, KEPT)
    losses = program.read(("losses",))["losses"]
    right = reference(wild, KEPT)["losses"]
    first = int(np.argmin(np.isfinite(right)))
    assert not np.isfinite(right[first])
    assert not np.isfinite(losses[first])
    assert losses[:first].tobytes() == right[:first].tobytes()
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
    candidate = which.candidate(device_adapter, "for-loop")
    with edited(monkeypatch, before, after), opened(device_adapter) as device:
        program = device.prepare(candidate.plan.with_constant("GUARD", 0))
        program.run({}, STEPS)
        assert states(program, candidate) != expected(which, STEPS)


def among_others() -> Graph:
    """A step whose batch, outputs and gradients pass through other operators, and a second training beside it.

    The gradient of the second is a matrix times its parameters, which are padded for that product.
    """
    widths = Widths(5, 9, 3)
    vector = widths.parameters
    nodes = (
        Node(Gather(), ("samples", "step"), ("batch",)),
        Node(Elementwise("scale"), ("batch",), ("x",)),
        Node(PackedLinear(widths, 0, Activation.LEAKY_RELU), ("x", "parameters"), ("h",)),
        Node(PackedLinear(widths, 1), ("h", "parameters"), ("logits",)),
        Node(Elementwise("tanh"), ("logits",), ("y",)),
        Node(CrossEntropy(), ("y", "labels", "step", "losses"), ("dy", "losses")),
        Node(PackedGradients(widths), ("dy", "h", "x", "parameters"), ("raw",)),
        Node(Elementwise("clamp"), ("raw",), ("gradients",)),
        Node(MatVec(), ("matrix", "others"), ("pulls",)),
        Node(Gather(), ("halves", "step"), ("half",)),
        Node(
            Momentum(0.1, 0.9), ("gradients", "parameters", "velocities", "step"), ("parameters", "velocities", "step")
        ),
        Node(Momentum(0.5, 0.5), ("pulls", "others", "speeds", "steps"), ("others", "speeds", "steps")),
        Node(Elementwise("neg"), ("others",), ("opposites",)),
    )
    operands = {
        "samples": Tensor((4, 7, 5)),
        "labels": Tensor((4, 7), "u32"),
        "halves": Tensor((3, 5, 7), "f16"),
        "matrix": Tensor((widths.count, widths.count)),
    }
    states = {
        **{"parameters": vector, "velocities": vector, "losses": Tensor((KEPT,)), "step": STEP},
        **{"others": vector, "speeds": vector, "steps": STEP},
    }
    results = ("parameters", "velocities", "losses", "step", "others", "steps", "half", "opposites")
    return Graph(operands, nodes, results, states)


def test_among_other_operators_states_have_the_canonical_bits(guard: int, device: Any) -> None:
    """Also a state that is first read in another layout than that in which it is replaced."""
    graph = among_others()
    random = np.random.default_rng(1)
    values = {
        "samples": CLASSES.values["samples"],
        "labels": CLASSES.values["targets"],
        "halves": of_many_magnitudes(random, (3, 5, 7), True),
        "matrix": of_many_magnitudes(random, graph.operands["matrix"].shape, False) * np.float32(2**-8),
        "parameters": CLASSES.values["parameters"],
        "others": CLASSES.values["parameters"],
    }
    form = host_form(graph, "reference", values)
    for _ in range(STEPS):
        right = form()
    ways = everywhere(graph, values, device.adapter)
    assert len(ways) > 1
    assert all(sum(step.entry == "relayout" for step in candidate.plan.steps) == 2 for candidate in ways)
    for candidate in ways:
        program = device.prepare(candidate.plan.with_constant("GUARD", guard))
        program.run({}, 4)
        program.run({}, STEPS - 4)
        actual = results_of(program, candidate)
        program.close()
        for name in graph.results:
            assert_same_bits(actual[name], right[name], (candidate.plan.name, name))
