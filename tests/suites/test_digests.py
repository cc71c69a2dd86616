"""The shipped digests are the reference's, for every case at every dtype."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import paragon_tui.suites
from paragon_tui.arithmetic.digest import digest
from paragon_tui.suites.case import DTYPES
from paragon_tui.suites.computation import computation
from paragon_tui.suites.data.case_data import DigestedData
from paragon_tui.suites.digests import Digests, shipped
from paragon_tui.suites.workloads.networks import shifts
from tests.support.contract import f16_logits, i8_hidden_sums, i8_layer
from tests.support.examples import CASES
from tests.support.host_forms import host_outputs

PAIRS = [(case_id, dtype) for case_id in CASES for dtype in DTYPES]
MAKE = Path(__file__).parents[2] / "benchmarks" / "make_digests.py"


@pytest.mark.parametrize(("case_id", "dtype"), PAIRS)
def test_the_reference_has_the_shipped_digests(case_id, dtype):
    case = CASES[case_id]
    data = computation(case, dtype).data
    assert isinstance(data, DigestedData)
    parameters = digest(*data.parameters(case, dtype))
    outputs = host_outputs(case, dtype, "reference")
    assert Digests(digest(outputs["logits"]), digest(outputs["output"]), parameters) == shipped(case_id, dtype)


def test_they_are_shipped_for_every_case_and_dtype_and_no_other():
    text = Path(paragon_tui.suites.__file__).with_name("digests.json").read_text(encoding="utf-8")
    assert [(case_id, dtype) for case_id, dtypes in json.loads(text).items() for dtype in dtypes] == PAIRS


def test_no_two_are_equal():
    all_digests = [shipped(case_id, dtype) for case_id, dtype in PAIRS]
    each = [value for digests in all_digests for value in (digests.logits, digests.output, digests.parameters)]
    assert len(set(each)) == len(each) == 90
    assert all(len(value) == 64 and set(value) <= set("0123456789abcdef") for value in each)


@pytest.mark.parametrize(("case_id", "dtype"), [("S9", "f32"), ("784-300-10", "f32"), ("S1", "f64")])
def test_there_is_none_for_what_is_not_shipped(case_id, dtype):
    with pytest.raises(KeyError):
        shipped(case_id, dtype)


def sha256(values: list[float] | list[int], kind: str) -> str:
    return hashlib.sha256(np.array(values, dtype=kind).tobytes()).hexdigest()


@pytest.mark.parametrize("case_id", ["S1", "S2"])
def test_plain_python_has_the_shipped_digests_of_f16(case_id):
    assert sha256(f16_logits(CASES[case_id].shape), "<f4") == shipped(case_id, "f16").logits


@pytest.mark.parametrize("case_id", ["S1", "S2", "M1"])
def test_plain_python_has_the_shipped_digests_of_i8(case_id):
    widths = CASES[case_id].shape
    assert sha256(i8_hidden_sums(widths, shifts(widths))[-1], "<i4") == shipped(case_id, "i8").logits


def test_parameters_are_digested_weights_before_bias_layer_by_layer():
    whole = hashlib.sha256()
    for layer, (k, o) in enumerate(((784, 64), (64, 10))):
        weights, bias = i8_layer(layer, k, o)
        whole.update(np.array(weights, dtype="i1").tobytes() + np.array(bias, dtype="<i4").tobytes())
    assert whole.hexdigest() == shipped("S1", "i8").parameters


def test_the_program_that_makes_them_finds_nothing_to_change():
    done = subprocess.run([sys.executable, str(MAKE), "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "the shipped digests match the reference\n"), done.stderr
