"""The shipped digests are the reference's, for every case at every dtype."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import paragon_tui.suites
from paragon_tui.arithmetic import VERSION
from paragon_tui.arithmetic.digest import digest
from paragon_tui.suites.case import DTYPES
from paragon_tui.suites.catalogue import SUITES
from paragon_tui.suites.checks import CHECKS
from paragon_tui.suites.computation import computation
from paragon_tui.suites.data.case_data import DigestedData
from paragon_tui.suites.digests import FOLDER, Digests, shipped
from paragon_tui.suites.inference import network_case
from paragon_tui.suites.workloads.networks import shifts
from paragon_tui.suites.workloads.registry import workload
from tests.support.contract import f16_logits, i8_hidden_sums, i8_layer
from tests.support.examples import CASES
from tests.support.host_forms import host_outputs

PAIRS = [(case_id, dtype) for case_id in CASES for dtype in DTYPES]
EVERY = [
    (case, dtype)
    for suite in SUITES
    for case in (*suite.cases, *(check for check in CHECKS if check.suite == suite.name))
    for dtype in DTYPES
    if workload(case.operation).variants(dtype)
]
MAKE = Path(__file__).parents[2] / "benchmarks" / "make_digests.py"


def of(case_id: str, dtype: str) -> Digests:
    digests = shipped(CASES[case_id], dtype)
    assert digests is not None
    return digests


@pytest.mark.parametrize(("case_id", "dtype"), PAIRS)
def test_the_reference_has_the_shipped_digests(case_id, dtype):
    case = CASES[case_id]
    data = computation(case, dtype).data
    assert isinstance(data, DigestedData)
    parameters = digest(*data.parameters(case, dtype))
    outputs = host_outputs(case, dtype, "reference")
    assert Digests(digest(outputs["logits"]), digest(outputs["output"]), parameters) == of(case_id, dtype)


def test_they_are_shipped_for_every_case_and_dtype_and_no_other():
    there = []
    for suite in SUITES:
        content = json.loads((Path(paragon_tui.suites.__file__).parent / FOLDER / f"{suite.name}.json").read_text())
        assert content["arithmetic"] == VERSION
        there += [(case_id, dtype) for case_id, dtypes in content["digests"].items() for dtype in dtypes]
    assert there == [(case.id, dtype) for case, dtype in EVERY]


def test_no_two_checks_or_cases_have_one_name():
    names = [case.id for suite in SUITES for case in suite.cases] + [check.id for check in CHECKS]
    assert len(set(names)) == len(names)


def test_every_operation_is_checked_at_ragged_sizes():
    assert {check.operation for check in CHECKS} | {"matmul-rectangular"} == {case.operation for case, _ in EVERY}


def test_each_is_a_digest_and_those_of_networks_all_differ():
    for case, dtype in EVERY:
        digests = shipped(case, dtype)
        assert digests is not None
        each = [digests.values, digests.output, digests.parameters, *digests.checkpoints]
        assert all(len(value) == 64 and set(value) <= set("0123456789abcdef") for value in each if value)
        assert (digests.output is not None) is (case.operation == "network")
        if case.operation == "training":
            assert digests.checkpoints[-1] == digests.values
            assert len(digests.checkpoints) == -(-case.shape[3] // 100)
    networks = [of(case_id, dtype) for case_id, dtype in PAIRS]
    assert len({value for d in networks for value in (d.values, d.output, d.parameters)}) == 90


def test_there_is_none_for_what_is_not_shipped():
    assert shipped(network_case("784-301-10", (784, 301, 10)), "f32") is None
    assert shipped(CASES["S1"], "f64") is None
    assert shipped(network_case("S1", (784, 65, 10)), "f32") is None
    assert shipped(replace(CASES["S1"], batch=2), "f32") is None


def sha256(values: list[float] | list[int], kind: str) -> str:
    return hashlib.sha256(np.array(values, dtype=kind).tobytes()).hexdigest()


@pytest.mark.parametrize("case_id", ["S1", "S2"])
def test_plain_python_has_the_shipped_digests_of_f16(case_id):
    assert sha256(f16_logits(CASES[case_id].shape), "<f4") == of(case_id, "f16").values


@pytest.mark.parametrize("case_id", ["S1", "S2", "M1"])
def test_plain_python_has_the_shipped_digests_of_i8(case_id):
    widths = CASES[case_id].shape
    assert sha256(i8_hidden_sums(widths, shifts(widths))[-1], "<i4") == of(case_id, "i8").values


def test_parameters_are_digested_weights_before_bias_layer_by_layer():
    whole = hashlib.sha256()
    for layer, (k, o) in enumerate(((784, 64), (64, 10))):
        weights, bias = i8_layer(layer, k, o)
        whole.update(np.array(weights, dtype="i1").tobytes() + np.array(bias, dtype="<i4").tobytes())
    assert whole.hexdigest() == of("S1", "i8").parameters


def checked(*argv: str) -> str:
    done = subprocess.run([sys.executable, str(MAKE), "--check", *argv], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()[-1]


def test_the_program_that_makes_them_finds_nothing_to_change():
    assert checked("--suite", "parallel", "--case", "*5*") == "the shipped digests match the reference"


@pytest.mark.exhaustive  # about ten minutes
def test_all_of_them_are_the_references():
    assert checked() == "the shipped digests match the reference"
