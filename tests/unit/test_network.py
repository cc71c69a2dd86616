"""The network: its estimate, its words, its right answer and the plans it hands to backends."""

from __future__ import annotations

import numpy as np
import pytest
from unit_contract import logits as contract_logits
from unit_examples import CASES, GPU, NUMPY, SMALL_CASES, adapter

from paragon_tui.arithmetic.activations import softmax
from paragon_tui.arithmetic.digest import digest
from paragon_tui.suites import network
from paragon_tui.suites.catalogue import SUITES
from paragon_tui.suites.inference import network_case
from paragon_tui.suites.operation import operation

MEGABYTES = {
    "S1": "0.19",
    "S2": "0.39",
    "S3": "0.78",
    "M1": "1.03",
    "M2": "1.73",
    "M3": "2.55",
    "L1": "6.83",
    "L2": "11.11",
    "XL1": "31.68",
    "XL2": "54.23",
}

# SHA-256 of the canonical logits. Produced with host_form(case, "f32", "reference") on NumPy 2.4.6, and found
# equal by unit_contract.logits, which shares no code with it. They change only when the contract does.
LOGITS_DIGESTS = {
    "S1": "b0e945ffbe3cfadedf638a437446b9d7cdccd5e2f78f38ac372862d46938ce52",
    "S2": "83b7f488909390f347639df26191b23de25b717e0f03f3d72f819ac87a3d0ecd",
    "S3": "e7013809ba5038a1a650643c6878ed746a5318bc3b2b16ed6f06feae055addd1",
    "M1": "487011fb57a1837c17b5d6c77b5062399c6abf917ff64077d611699098ea43a6",
}

# SHA-256 of softmax(logits), from the same run. They depend on exp's documented sequence as well.
OUTPUT_DIGESTS = {
    "S1": "44b4acfbe67ae1a4ffc3829e7501289b5f5910e7bd252de19528ff6eae783c87",
    "S2": "f7a6eab4dfb3fa865393c8b7b50b02982b3d7d3b832a793d9cea15627fddffca",
    "S3": "6ff8a4dffda909235201bda59cd15b2134cdb3f6f7a658a5878ff21a7d62df36",
    "M1": "f2d1fefb21341d5e52286abd51c41db52671ae60fad8373e1eed1a406aa007d8",
}

ODD = network_case("13-7-20-3", (13, 7, 20, 3))
POCL = adapter("opencl:0", type="cpu")


def outputs(case_id: str, implementation: str) -> dict[str, np.ndarray]:
    case = CASES[case_id]
    return network.host_form(case, "f32", implementation)(**network.inputs(case, "f32"))


def test_the_suite_has_paragons_ten_cases_in_order():
    (suite,) = SUITES
    assert [case.id for case in suite.cases] == list(MEGABYTES)
    assert CASES["S1"].shape == (784, 64, 10)
    assert CASES["L1"].shape == (784, 768, 768, 768, 10)
    assert CASES["XL2"].shape == (784, 2048, 2048, 2048, 2048, 10)


def test_every_case_names_an_operation_that_exists():
    assert {operation(case.operation) for case in CASES.values()} == {network}


@pytest.mark.parametrize(("case_id", "megabytes"), MEGABYTES.items())
def test_megabytes_are_paragons_estimate(case_id, megabytes):
    assert f"{network.megabytes(CASES[case_id]):.2f}" == megabytes


def test_a_case_is_described_by_its_widths():
    assert network.describe(CASES["M1"]) == "784 → 256 → 256 → 10"


@pytest.mark.parametrize("case_id", LOGITS_DIGESTS)
def test_the_reference_has_the_golden_digests(case_id):
    answer = network.answer(outputs(case_id, "reference"))
    assert digest(answer.logits) == LOGITS_DIGESTS[case_id]
    assert digest(answer.output) == OUTPUT_DIGESTS[case_id]


@pytest.mark.parametrize("case_id", LOGITS_DIGESTS)
def test_the_contract_written_in_plain_python_has_the_golden_digests(case_id):
    assert digest(np.array(contract_logits(CASES[case_id].shape), "f4")) == LOGITS_DIGESTS[case_id]


def test_odd_widths_follow_the_contract_too():
    logits = network.host_form(ODD, "f32", "reference")(**network.inputs(ODD, "f32"))["logits"]
    assert logits.tolist() == contract_logits(ODD.shape)


@pytest.mark.parametrize("implementation", ["reference", "numpy"])
@pytest.mark.parametrize("case_id", SMALL_CASES)
def test_the_host_forms_are_close_to_binary64(case_id, implementation):
    x = network.inputs(CASES[case_id], "f32")["x"].astype(np.float64)
    layers = network.parameters(CASES[case_id].shape)
    for index, (weights, bias) in enumerate(layers):
        y = weights.astype(np.float64) @ x + bias.astype(np.float64)
        x = np.maximum(y, 0) if index < len(layers) - 1 else y
    result = outputs(case_id, implementation)["logits"]
    assert result.dtype == np.float32
    assert result.shape == (10,)
    np.testing.assert_allclose(result, x, rtol=0, atol=1e-5 * np.abs(x).max())


def test_the_answer_is_the_logits_and_their_canonical_softmax():
    logits = np.array([1, -2, 0.5], dtype=np.float32)
    answer = network.answer({"logits": logits})
    assert answer.logits is logits
    assert answer.output.tobytes() == softmax(logits).tobytes()


def test_the_input_is_one_sample_of_the_first_width():
    assert {name: values.shape for name, values in network.inputs(CASES["S1"], "f32").items()} == {"x": (784,)}


@pytest.mark.parametrize(("where", "entry"), [(POCL, "rows"), (NUMPY, "rows"), (GPU, "lanes")])
def test_cpus_take_a_row_an_item_and_others_share_a_row(where, entry):
    (plan,) = network.plans(CASES["M1"], "f32", where)
    assert {step.entry for step in plan.steps} == {entry}


@pytest.mark.parametrize("kind", ["integrated-gpu", "virtual-gpu", "accelerator", "unknown"])
def test_whatever_is_no_cpu_shares_rows(kind):
    (plan,) = network.plans(CASES["S1"], "f32", adapter(type=kind))
    assert {step.entry for step in plan.steps} == {"lanes"}


@pytest.mark.parametrize("where", [POCL, GPU], ids=["cpu", "gpu"])
@pytest.mark.parametrize("case", [*CASES.values(), ODD], ids=lambda case: case.id)
def test_the_groups_of_every_step_cover_all_rows_and_no_group_is_idle(case, where):
    (plan,) = network.plans(case, "f32", where)
    for step, rows in zip(plan.steps, case.shape[1:], strict=True):
        in_a_group = step.group_items if where is POCL else step.group_items // 16
        assert dict(step.parameters)["rows"] == rows
        assert (step.groups - 1) * in_a_group < rows <= step.groups * in_a_group


def test_rows_and_activations_are_padded_to_multiples_of_eight():
    (plan,) = network.plans(ODD, "f32", GPU)
    assert {buffer.name: buffer.shape for buffer in plan.buffers} == {
        "x": (16,),
        "w0": (7, 16),
        "b0": (7,),
        "h0": (8,),
        "w1": (20, 8),
        "b1": (20,),
        "h1": (24,),
        "w2": (3, 24),
        "b2": (3,),
        "logits": (3,),
    }
    assert [dict(step.parameters)["stride"] for step in plan.steps] == [16, 8, 24]


def test_every_buffer_has_the_role_of_what_it_holds():
    (plan,) = network.plans(ODD, "f32", GPU)
    assert {role: [b.name for b in plan.with_role(role)] for role in ("input", "scratch", "output")} == {
        "input": ["x"],
        "scratch": ["h0", "h1"],
        "output": list(network.RESULTS),
    }
    assert [b.name for b in plan.with_role("weight")] == ["w0", "b0", "w1", "b1", "w2", "b2"]
    assert [b.name for b in plan.buffers if b.fill is not None] == [b.name for b in plan.with_role("weight")]


def test_every_step_reads_what_the_one_before_it_wrote():
    (plan,) = network.plans(ODD, "f32", GPU)
    assert [step.buffers for step in plan.steps] == [
        ("w0", "b0", "x", "h0"),
        ("w1", "b1", "h0", "h1"),
        ("w2", "b2", "h1", "logits"),
    ]
    assert {step.writes for step in plan.steps} == {1}


@pytest.mark.parametrize("case", [*CASES.values(), ODD], ids=lambda case: case.id)
def test_only_the_last_layer_goes_without_relu(case):
    (plan,) = network.plans(case, "f32", GPU)
    assert [dict(step.parameters)["relu"] for step in plan.steps] == [1] * (len(case.shape) - 2) + [0]


@pytest.mark.parametrize("case", [*CASES.values(), ODD], ids=lambda case: case.id)
def test_all_steps_name_buffers_of_their_plan(case):
    (plan,) = network.plans(case, "f32", GPU)
    names = {buffer.name for buffer in plan.buffers}
    assert len(plan.steps) == len(case.shape) - 1
    assert {name for step in plan.steps for name in step.buffers} == names


def test_weights_are_filled_in_their_padded_layout_with_zeros_behind_each_row():
    (plan,) = network.plans(ODD, "f32", GPU)
    for buffer in plan.with_role("weight"):
        layer, which = int(buffer.name[1:]), "wb".index(buffer.name[0])
        parameter, filled = network.parameters(ODD.shape)[layer][which], buffer.fill()
        assert (filled.shape, filled.dtype) == (buffer.shape, np.float32)
        used = filled[:, : parameter.shape[1]] if which == 0 else filled
        assert used.tobytes() == parameter.tobytes()
        assert np.count_nonzero(filled) == np.count_nonzero(parameter)


def test_a_padded_row_has_the_dot_of_the_row():
    (plan,) = network.plans(ODD, "f32", GPU)
    filled = {buffer.name: buffer.fill() for buffer in plan.with_role("weight")}
    x = np.zeros(16, dtype=np.float32)
    x[:13] = network.inputs(ODD, "f32")["x"]
    hidden = np.zeros(8, dtype=np.float32)
    hidden[:7] = network.forward_reference(((filled["w0"], filled["b0"]),), x).clip(0)
    longer = np.zeros(24, dtype=np.float32)
    longer[:20] = network.forward_reference(((filled["w1"], filled["b1"]),), hidden).clip(0)
    result = network.forward_reference(((filled["w2"], filled["b2"]),), longer)
    assert result.tolist() == contract_logits(ODD.shape)


def test_another_seed_reaches_the_weights_of_a_plan():
    (plan,) = network.plans(ODD, "f32", GPU, seed=7)
    weights = plan.buffers[1].fill()
    assert weights[:, :13].tobytes() == network.parameters(ODD.shape, 7)[0][0].tobytes()


def test_f32_claims_the_guarded_tier():
    assert network.tier("f32") == "guarded"
