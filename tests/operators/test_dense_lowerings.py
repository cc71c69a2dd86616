"""The plans of dense networks: the kernels that run where, the contents of their buffers, and their parameters."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.backends.plan import Plan
from paragon_tui.operators.dense import Activation, Dense
from paragon_tui.operators.dense_kernel import weights_layout
from paragon_tui.operators.graph import Graph
from paragon_tui.operators.lowering import Site
from paragon_tui.operators.numerics.layouts import pack
from paragon_tui.operators.planning import Given, candidates
from paragon_tui.operators.tensor import Tensor, WrongOperands
from paragon_tui.suites.case import DTYPES, Case
from paragon_tui.suites.data.networks import named
from paragon_tui.suites.inference import network_case
from paragon_tui.suites.workloads.networks import network_graph
from tests.support.examples import CASES, GPU, LLVMPIPE, POCL, adapter
from tests.support.networks import graph_of
from tests.support.plans import assert_weights_are_filled, weights_of

ODD = network_case("13-7-20-3", (13, 7, 20, 3))
LONG = network_case("4097-3", (4097, 3))
SHIFTS = (7, 8)
ARRAYS = {"f32": np.float32, "f16": np.float32, "i8": np.int8, "i32": np.int32}
EVERYWHERE = pytest.mark.parametrize("where", [POCL, LLVMPIPE, GPU], ids=["opencl-cpu", "cpu", "gpu"])


def plans(case: Case, where: Adapter, dtype: str = "f32", variant: str = "default") -> list[Plan]:
    """The plans of a network that a sample travels to. Their weights are zeros: these tests are about steps."""
    graph = network_graph(case.shape, dtype)
    fills = {name: partial(zeros, tensor) for name, tensor in graph.operands.items() if name != "x"}
    return [candidate.plan for candidate in candidates(graph, where, Given(fills, fetched=True), variant)]


def zeros(tensor: Tensor) -> NDArray[Any]:
    return np.zeros(tensor.shape, dtype=ARRAYS[tensor.dtype])


def layers(dtype: str) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """Layers of the odd network, whose parameters differ."""
    made = []
    for inputs, outputs in pairwise(ODD.shape):
        counted = np.arange(1, outputs * inputs + 1).reshape(outputs, inputs) % 127 + 1
        bias = np.arange(outputs, dtype=np.int32 if dtype == "i8" else np.float32)
        made.append((counted.astype(np.int8 if dtype == "i8" else np.float32), bias))
    return made


def filled_plans(where: Adapter, dtype: str) -> list[Plan]:
    """The plans of the odd network with these parameters."""
    graph = graph_of(layers(dtype), dtype, SHIFTS)
    fills = {name: partial(np.asarray, array) for name, array in named(layers(dtype)).items()}
    return [candidate.plan for candidate in candidates(graph, where, Given(fills, fetched=True))]


@pytest.mark.parametrize(
    ("where", "entries"),
    [(POCL, ["forward", "rows"]), (LLVMPIPE, ["rows"]), (GPU, ["lanes"] * 3)],
    ids=["opencl-cpu", "cpu", "gpu"],
)
@pytest.mark.parametrize("dtype", DTYPES)
def test_each_kind_of_adapter_has_its_shapes(where, entries, dtype):
    candidates = plans(CASES["M1"], where, dtype)
    assert [plan.steps[0].entry for plan in candidates] == entries
    assert len({plan.name for plan in candidates}) == len(candidates)


@pytest.mark.parametrize("kind", ["integrated-gpu", "virtual-gpu", "accelerator", "unknown"])
def test_whatever_is_no_cpu_shares_rows(kind):
    for plan in plans(CASES["S1"], adapter(type=kind)):
        assert {step.entry for step in plan.steps[:-1]} == {"lanes"}


def test_groups_are_no_larger_than_the_adapter_allows():
    sizes = [plan.steps[0].group_items for plan in plans(ODD, adapter(type="discrete-gpu", max_group_items=128))]
    assert sizes == [128, 64]


def test_other_opencl_cpus_than_pocl_go_layer_by_layer():
    (plan,) = plans(CASES["M1"], adapter("opencl:0", type="cpu", compute_units=2, driver="Example CPU runtime"))
    assert [step.entry for step in plan.steps[:-1]] == ["rows"] * 3


def test_weights_too_large_for_one_buffer_go_layer_by_layer():
    least = 4 * 784 * 256
    (plan,) = plans(CASES["M1"], replace(POCL, max_buffer_bytes=least))
    assert plan.steps[0].entry == "rows"


@EVERYWHERE
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", [CASES["S1"], CASES["XL2"], ODD], ids=lambda case: case.id)
def test_the_groups_of_every_step_cover_all_rows_and_no_group_is_idle(case, dtype, where):
    for plan in plans(case, where, dtype):
        if plan.steps[0].entry == "forward":
            continue
        for step, rows in zip(plan.steps[:-1], case.shape[1:], strict=True):
            a_row = {"lanes": 1 / 16, "rows": 1 if where is POCL else 4}[step.entry]
            assert dict(step.parameters)["rows"] == rows
            assert (step.groups - 1) * step.group_items * a_row < rows <= step.groups * step.group_items * a_row


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_layers_step_reads_what_the_one_before_it_wrote_and_the_last_has_no_activation(dtype):
    plan = filled_plans(GPU, dtype)[0]
    assert [step.buffers for step in plan.steps] == [
        ("w0", "b0", "x", "h0"),
        ("w1", "b1", "h0", "h1"),
        ("w2", "b2", "h1", "logits"),
        ("logits", "output"),
    ]
    assert {step.writes for step in plan.steps} == {1}
    activations = [7, 8, 0] if dtype == "i8" else [1, 1, 0]
    assert [dict(step.parameters)["activation"] for step in plan.steps[:-1]] == activations


@EVERYWHERE
@pytest.mark.parametrize("dtype", DTYPES)
def test_buffers_have_the_role_and_the_size_of_what_fills_them(dtype, where):
    for plan in filled_plans(where, dtype):
        assert [b.name for b in plan.with_role("input")] == ["x"]
        assert [(b.name, b.items) for b in plan.with_role("output")] == [("logits", 3), ("output", 3)]
        assert {name for step in plan.steps for name in step.buffers} == {b.name for b in plan.buffers}
        assert_weights_are_filled(plan)


@EVERYWHERE
@pytest.mark.parametrize("dtype", DTYPES)
def test_layer_by_layer_a_buffer_holds_the_weights_and_the_bias_of_each(dtype, where):
    for plan in filled_plans(where, dtype)[1 if where is POCL else 0 :]:
        filled = weights_of(plan)
        for index, (weights, bias) in enumerate(layers(dtype)):
            rows = weights_layout(Tensor(weights.shape, dtype))
            assert filled[f"w{index}"].tobytes() == pack(rows, weights).tobytes()
            assert filled[f"b{index}"].tobytes() == bias.tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_table_of_forward_finds_every_layers_weights_and_bias(dtype):
    plan = filled_plans(POCL, dtype)[0]
    filled = weights_of(plan)
    hidden = SHIFTS if dtype == "i8" else (1, 1)
    for (weights, bias), shift, (rows, stride, word, first, activation, tile) in zip(
        layers(dtype), (*hidden, 0), filled["table"].reshape(-1, 6).tolist(), strict=True
    ):
        packed = pack(weights_layout(Tensor(weights.shape, dtype)), weights)
        assert packed.shape == (rows, stride)
        assert filled["weights"][word : word + packed.size].tobytes() == packed.tobytes()
        assert filled["biases"][first : first + rows].tobytes() == bias.tobytes()
        assert activation == shift
        assert tile % 8 == 0
    assert dict(plan.steps[0].parameters) == {"layers": 3, "width": 128}
    assert plan.steps[0].groups == 8


@pytest.mark.parametrize(("case", "long"), [(CASES["XL2"], 0), (LONG, 1)], ids=["one block", "two"])
@pytest.mark.parametrize("dtype", DTYPES)
@EVERYWHERE
def test_only_rows_of_more_than_a_block_are_long(case, long, dtype, where):
    for plan in plans(case, where, dtype):
        assert dict(plan.steps[0].constants)["LONG"] == long


@pytest.mark.parametrize(("variant", "items", "groups"), [("plain", 64, 1), ("barriers", 32, 20)])
@EVERYWHERE
def test_the_kernels_for_comparison_are_alike_everywhere(variant, items, groups, where):
    (plan,) = plans(ODD, where, "f32", variant)
    assert {(step.parts, step.entry, step.group_items) for step in plan.steps[:-1]} == {((variant,), variant, items)}
    assert plan.steps[1].groups == groups


def test_the_textbooks_kernel_refuses_rows_of_more_than_a_block():
    with pytest.raises(Unsupported, match="at most 4096"):
        plans(LONG, GPU, "f32", "barriers")


def test_other_kernels_take_layers_that_this_one_has_not():
    """Leaky relu, weights that are computed, and relu of halves that is not rounded."""
    x, w, b = Tensor((5,), "f16"), Tensor((7, 5), "f16"), Tensor((7,))
    wide = {"x": Tensor((5,)), "w": Tensor((7, 5)), "b": b}

    def names(layer: Dense, operands: dict[str, Tensor], *constant: str) -> set[str]:
        return {lowering.name for lowering in layer.lowerings(Site(operands, GPU, constant=frozenset(constant)))}

    halves = {"x": x, "w": w, "b": b}
    tiles = {"tiles 8", "tiles 16"}
    lanes = {"lanes 128", "lanes 64", "lanes 256"}
    assert names(Dense(Activation.RELU), halves, "w") == names(Dense(Activation.RELU, widens=True), wide) == lanes
    assert names(Dense(widens=True), halves, "w") == names(Dense(), halves, "w") == lanes
    assert names(Dense(Activation.RELU), halves) == names(Dense(Activation.RELU, widens=True), halves, "w") == tiles
    assert (
        names(Dense(Activation.LEAKY_RELU, widens=True), wide)
        == names(Dense(Activation.LEAKY_RELU), halves, "w")
        == tiles
    )


@pytest.mark.parametrize("variant", ["tiled", "vector", "for-loop"])
def test_variants_of_contractions_do_not_compute_integers(variant):
    operands = {"x": Tensor((3, 5), "i8"), "w": Tensor((7, 5), "i8"), "b": Tensor((7,), "i32")}
    with pytest.raises(Unsupported, match=f"the {variant} kernels do not compute i8"):
        Dense(widens=True).lowerings(Site(operands, GPU, variant))


def test_integer_layers_have_no_other_activation_and_shift_within_32_bits():
    operands = Tensor((5,), "i8"), Tensor((7, 5), "i8"), Tensor((7,), "i32")
    for layer in (Dense(Activation.LEAKY_RELU, widens=True), Dense(Activation.LEAKY_RELU, shift=3), Dense()):
        with pytest.raises(WrongOperands, match="at i8 a layer has relu and a shift"):
            Graph.of(layer, *operands)
    for shift in (-1, 32):
        with pytest.raises(ValueError, match="shifted by up to 31 bits"):
            Dense(Activation.RELU, shift=shift)


def test_kernels_for_comparison_compute_what_they_are_written_for():
    operands = {"x": Tensor((5,)), "w": Tensor((7, 5)), "b": Tensor((7,))}
    halves = {"x": Tensor((5,), "f16"), "w": Tensor((7, 5), "f16"), "b": Tensor((7,))}
    for variant in ("plain", "barriers"):
        for layer, tensors in ((Dense(Activation.LEAKY_RELU), operands), (Dense(), halves)):
            with pytest.raises(Unsupported, match=f"the {variant} kernels compute f32 layers"):
                layer.lowerings(Site(tensors, GPU, variant, frozenset(tensors)))


def test_integer_layers_round_as_they_narrow():
    operands = Tensor((5,), "i8"), Tensor((7, 5), "i8"), Tensor((7,), "i32")
    for layer in (
        Dense(Activation.RELU, widens=True),
        Dense(shift=3),
        Dense(Activation.RELU),
        Dense(widens=True, shift=3),
    ):
        with pytest.raises(WrongOperands, match="at i8 a layer has relu and a shift, or neither"):
            Graph.of(layer, *operands)
