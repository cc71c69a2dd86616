"""The network: its estimate, its words, its right answer, and its parameters in plans."""

from __future__ import annotations

import numpy as np
import pytest

from paragon_tui.arithmetic.activations import softmax
from paragon_tui.arithmetic.digest import digest
from paragon_tui.operators.dense_kernel import weights_layout
from paragon_tui.operators.numerics.layouts import pack
from paragon_tui.operators.operator import Cost
from paragon_tui.operators.tensor import Tensor
from paragon_tui.suites.catalogue import SUITES
from paragon_tui.suites.computation import computation
from paragon_tui.suites.data.case_data import Answer
from paragon_tui.suites.data.networks import named
from paragon_tui.suites.data.parameters import parameters
from paragon_tui.suites.inference import network_case
from paragon_tui.suites.workloads.networks import LARGEST_WIDTH, LONGEST_INTEGER_ROW, Network, check_widths
from paragon_tui.suites.workloads.registry import workload
from tests.support.contract import logits as contract_logits
from tests.support.examples import CASES, GPU, LLVMPIPE, SMALL_CASES
from tests.support.graphs import planned
from tests.support.host_forms import host_outputs
from tests.support.networks import graph_of
from tests.support.plans import weights_of

NETWORK = workload("network")

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

# SHA-256 of the canonical logits. Produced with the host form "reference" at f32 on NumPy 2.4.6, and found
# equal by tests/support/contract.py, which shares no code with it. They change only when the contract does.
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


def test_the_suite_has_paragons_ten_cases_in_order():
    assert [case.id for case in SUITES[0].cases] == list(MEGABYTES)
    assert CASES["S1"].shape == (784, 64, 10)
    assert CASES["L1"].shape == (784, 768, 768, 768, 10)
    assert CASES["XL2"].shape == (784, 2048, 2048, 2048, 2048, 10)


def answer_of(case_id: str) -> Answer:
    return computation(CASES[case_id], "f32").answer(host_outputs(CASES[case_id], "f32", "reference"))


def test_every_case_names_an_operation_that_exists():
    assert {type(workload(case.operation)) for case in CASES.values()} == {Network}
    assert NETWORK.takes_batch and NETWORK.uses_blas and NETWORK.fetched and NETWORK.fed == ("x",)


@pytest.mark.parametrize(("case_id", "megabytes"), MEGABYTES.items())
def test_megabytes_are_paragons_estimate(case_id, megabytes):
    assert f"{NETWORK.megabytes(CASES[case_id]):.2f}" == megabytes


def test_a_case_is_described_by_its_widths():
    assert NETWORK.describe(CASES["M1"]) == "784 → 256 → 256 → 10"


@pytest.mark.parametrize("case_id", LOGITS_DIGESTS)
def test_the_reference_has_the_golden_digests(case_id):
    answer = answer_of(case_id)
    assert answer.output is not None
    assert digest(answer.values) == LOGITS_DIGESTS[case_id]
    assert digest(answer.output) == OUTPUT_DIGESTS[case_id]


@pytest.mark.parametrize("case_id", LOGITS_DIGESTS)
def test_the_contract_written_in_plain_python_has_the_golden_digests(case_id):
    assert digest(np.array(contract_logits(CASES[case_id].shape), "f4")) == LOGITS_DIGESTS[case_id]


def test_odd_widths_follow_the_contract_too():
    assert host_outputs(ODD, "f32", "reference")["logits"].tolist() == contract_logits(ODD.shape)


@pytest.mark.parametrize("implementation", ["reference", "numpy"])
@pytest.mark.parametrize("case_id", SMALL_CASES)
def test_the_host_forms_are_close_to_binary64(case_id, implementation):
    x = computation(CASES[case_id], "f32").fed["x"].astype(np.float64)
    layers = parameters(CASES[case_id].shape)
    for index, (weights, bias) in enumerate(layers):
        y = weights.astype(np.float64) @ x + bias.astype(np.float64)
        x = np.maximum(y, 0) if index < len(layers) - 1 else y
    result = host_outputs(CASES[case_id], "f32", implementation)["logits"]
    assert result.dtype == np.float32
    assert result.shape == (10,)
    np.testing.assert_allclose(result, x, rtol=0, atol=1e-5 * np.abs(x).max())


def test_the_reference_gives_the_logits_and_their_canonical_softmax():
    answer = answer_of("S1")
    assert answer.output.tobytes() == softmax(answer.values).tobytes()


def test_the_input_is_one_sample_of_the_first_width():
    assert {name: values.shape for name, values in computation(CASES["S1"], "f32").fed.items()} == {"x": (784,)}


@pytest.mark.parametrize("dtype", ["f32", "f16", "i8"])
def test_operands_are_the_sample_and_the_parameters(dtype):
    computed = computation(ODD, dtype)
    given = named(parameters(ODD.shape, dtype))
    assert computed.operands.keys() == computed.graph.operands.keys() == {"x", *given}
    for name, tensor in computed.graph.operands.items():
        assert computed.operands[name].shape == tensor.shape
    assert all(computed.operands[name].tobytes() == array.tobytes() for name, array in given.items())
    assert computed.size == 3


@pytest.mark.parametrize(
    ("dtype", "variant", "tier"),
    [
        ("f32", "default", "guarded"),
        ("f32", "barriers", "guarded"),
        ("f32", "plain", "plain"),
        ("f16", "default", "exact"),
        ("i8", "default", "integer"),
    ],
)
def test_each_arithmetic_has_its_tier(dtype, variant, tier):
    assert NETWORK.tier(ODD, dtype, variant) == tier
    assert NETWORK.output_tier(ODD, dtype, variant) == ("plain" if variant == "plain" else "guarded")
    assert variant in NETWORK.variants(dtype)


def test_only_f32_is_written_in_other_ways():
    assert NETWORK.variants("f32") == ("default", "plain", "barriers")
    assert NETWORK.variants("f16") == NETWORK.variants("i8") == ("default",)


@pytest.mark.parametrize(("dtype", "megabytes"), [("f16", "27.13"), ("i8", "13.58")])
def test_smaller_weights_take_less(dtype, megabytes):
    assert f"{NETWORK.megabytes(CASES['XL2'], dtype):.2f}" == megabytes


COSTS = {"f32": 4 * 784 + 4 * 50816 + 4 * 74 + 4 * 10, "f16": 2 * 784 + 2 * 50816 + 4 * 74 + 4 * 10}
COSTS["i8"] = 784 + 50816 + 4 * 74 + 4 * 10


@pytest.mark.parametrize(("dtype", "moved"), COSTS.items())
def test_a_cost_is_two_operations_a_weight_one_a_bias_and_what_must_move(dtype, moved):
    """784 → 64 → 10: 784·64 + 64·10 weights, 64 + 10 biases, 784 inputs, 10 logits."""
    assert NETWORK.cost(CASES["S1"], dtype) == Cost(2 * 50816 + 74, moved)


@pytest.mark.parametrize("dtype", ["f32", "f16", "i8"])
def test_plans_are_filled_with_the_parameters_of_the_dtype(dtype):
    (candidate, *_) = computation(ODD, dtype).candidates(LLVMPIPE, "default")
    weights, bias = parameters(ODD.shape, dtype)[1]
    filled = weights_of(candidate.plan)
    assert filled["w1"].tobytes() == pack(weights_layout(Tensor(weights.shape, dtype)), weights).tobytes()
    assert filled["b1"].tobytes() == bias.tobytes()


def test_plans_of_another_seed_are_filled_with_its_parameters():
    layers = parameters(ODD.shape, "f32", 7)
    (candidate, *_) = planned(graph_of(layers, "f32"), named(layers), LLVMPIPE, fed=("x",))
    filled = weights_of(candidate.plan)
    assert filled["w1"][:, :7].tobytes() == layers[1][0].tobytes()
    assert filled["b1"].tobytes() == layers[1][1].tobytes() != parameters(ODD.shape)[1][1].tobytes()


def test_an_integer_networks_shifts_reach_its_plans():
    (candidate, *_) = computation(CASES["L1"], "i8").candidates(GPU, "default")
    assert [dict(step.parameters)["activation"] for step in candidate.plan.steps[:-1]] == [12, 11, 10, 0]


@pytest.mark.parametrize("widths", [(), (3,), (3, 0), (3, -1, 2), (3, 2.0), (True, 2), (LARGEST_WIDTH + 1, 1)])
def test_what_are_no_widths(widths):
    with pytest.raises(ValueError, match=r"at least two widths|widths up to 2\^24"):
        check_widths(widths)


def test_integer_rows_are_as_long_as_their_sums_fit():
    check_widths((LONGEST_INTEGER_ROW, 3), "i8")
    check_widths((LONGEST_INTEGER_ROW + 1, 3), "f32")
    with pytest.raises(ValueError, match="may not fit 32 bits"):
        check_widths((LONGEST_INTEGER_ROW + 1, 3), "i8")
