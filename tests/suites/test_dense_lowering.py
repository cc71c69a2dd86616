"""The plans of dense layers: which shape of kernel runs where, what its buffers hold, what its parameters say."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from paragon_tui.backends.device import Unsupported
from paragon_tui.backends.plan import NUMPY_NAMES
from paragon_tui.suites import dense_lowering
from paragon_tui.suites.dense_lowering import Layer
from paragon_tui.suites.inference import network_case
from paragon_tui.suites.packing import FORMATS, packed_input, packed_weights, padded_row_words
from tests.support.examples import CASES, GPU, LLVMPIPE, POCL, adapter
from tests.support.plans import assert_weights_are_filled, weights_of

ODD = network_case("13-7-20-3", (13, 7, 20, 3))
LONG = network_case("4097-3", (4097, 3))
EVERYWHERE = pytest.mark.parametrize("where", [POCL, LLVMPIPE, GPU], ids=["opencl-cpu", "cpu", "gpu"])


def plans(case, where, dtype="f32", variant="default"):
    return dense_lowering.plans(layers(case, dtype), dtype, variant, where)


def layers(case, dtype="f32"):
    return [
        Layer(
            k,
            o,
            partial(weights, k, o, dtype),
            partial(np.arange, o, dtype=NUMPY_NAMES[FORMATS[dtype].total]),
            7 + index,
        )
        for index, (k, o) in enumerate(itertools.pairwise(case.shape))
    ]


def weights(k, o, dtype):
    counted = np.arange(1, k * o + 1).reshape(o, k) % 127 + 1
    return counted.astype(np.int8 if dtype == "i8" else np.float32)


@pytest.mark.parametrize(
    ("where", "entries"),
    [(POCL, ["forward", "rows"]), (LLVMPIPE, ["rows"]), (GPU, ["lanes"] * 3)],
    ids=["opencl-cpu", "cpu", "gpu"],
)
@pytest.mark.parametrize("dtype", FORMATS)
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
@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("case", [CASES["S1"], CASES["XL2"], ODD], ids=lambda case: case.id)
def test_the_groups_of_every_step_cover_all_rows_and_no_group_is_idle(case, dtype, where):
    for plan in plans(case, where, dtype):
        if plan.steps[0].entry == "forward":
            continue
        for step, rows in zip(plan.steps[:-1], case.shape[1:], strict=True):
            a_row = {"lanes": 1 / 16, "rows": 1 if where is POCL else 4}[step.entry]
            assert dict(step.parameters)["rows"] == rows
            assert (step.groups - 1) * step.group_items * a_row < rows <= step.groups * step.group_items * a_row


@pytest.mark.parametrize("dtype", FORMATS)
def test_a_layers_step_reads_what_the_one_before_it_wrote_and_the_last_has_no_activation(dtype):
    plan = plans(ODD, GPU, dtype)[0]
    assert [step.buffers for step in plan.steps] == [
        ("w0", "b0", "x", "h0"),
        ("w1", "b1", "h0", "h1"),
        ("w2", "b2", "h1", "logits"),
        ("logits", "output"),
    ]
    assert {step.writes for step in plan.steps} == {1}
    assert [dict(step.parameters)["activation"] for step in plan.steps[:-1]] == [7, 8, 0]


@EVERYWHERE
@pytest.mark.parametrize("dtype", FORMATS)
def test_buffers_have_the_role_and_the_size_of_what_fills_them(dtype, where):
    for plan in plans(ODD, where, dtype):
        assert [b.name for b in plan.with_role("input")] == ["x"]
        assert [(b.name, b.shape) for b in plan.with_role("output")] == [("logits", (3,)), ("output", (3,))]
        assert {name for step in plan.steps for name in step.buffers} == {b.name for b in plan.buffers}
        assert_weights_are_filled(plan)


@pytest.mark.parametrize("dtype", FORMATS)
def test_the_table_of_forward_finds_every_layers_weights_and_bias(dtype):
    plan = plans(ODD, POCL, dtype)[0]
    filled = weights_of(plan)
    for layer, (rows, stride, word, bias, activation, tile) in zip(
        layers(ODD, dtype), filled["table"].reshape(-1, 6).tolist(), strict=True
    ):
        packed = packed_weights(layer.weights(), dtype)
        assert packed.shape == (rows, stride)
        assert filled["weights"][word : word + packed.size].tobytes() == packed.tobytes()
        assert filled["biases"][bias : bias + rows].tobytes() == layer.bias().tobytes()
        assert activation == (layer.shift if rows != 3 else 0)
        assert tile % 8 == 0
    assert dict(plan.steps[0].parameters) == {"layers": 3, "width": 128}
    assert plan.steps[0].groups == 8


@pytest.mark.parametrize(("case", "long"), [(CASES["XL2"], 0), (LONG, 1)], ids=["one block", "two"])
@pytest.mark.parametrize("dtype", FORMATS)
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


def test_inputs_are_scaled_halves_and_packed_bytes():
    x = np.array([1, 0.5, 2.0**-15, -0.0, 1 / 3], dtype=np.float32)
    assert packed_input(x, "f32").tobytes() == x.tobytes()
    thirds = np.float32(np.float16(1 / 3)) * np.float32(2.0**112)
    assert packed_input(x, "f16").tolist() == [2.0**112, 2.0**111, 0, 0, thirds]
    assert packed_input(np.array([1, 2, 3, 4, 127], dtype=np.int8), "i8").tolist() == [0x04030201, 0x7F]


def test_the_largest_half_can_be_scaled():
    assert packed_input(np.array([65504], dtype=np.float32), "f16").tolist() == [65504 * 2.0**112]


@pytest.mark.parametrize(
    ("dtype", "columns", "words"),
    [
        ("f32", 784, 784),
        ("f32", 1, 16),
        ("f16", 784, 400),
        ("f16", 128, 64),
        ("f16", 129, 80),
        ("f16", 65, 64),
        ("i8", 784, 208),
        ("i8", 2048, 512),
        ("i8", 1, 16),
    ],
)
def test_a_row_has_as_many_words(dtype, columns, words):
    assert padded_row_words(columns, dtype) == words
