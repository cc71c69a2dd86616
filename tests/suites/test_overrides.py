"""Another batch or learning rate: what is typed, which cases take it, and what they are called then."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paragon_tui.engine.runner.selection import all_cases, shape_case
from paragon_tui.suites.case import Case
from paragon_tui.suites.overrides import (
    Overrides,
    batches,
    decimal,
    learns,
    millionths,
    samples,
    takes_batch,
    with_overrides,
    without_batch,
)
from tests.support.examples import CASES

S1 = CASES["S1"]
ADD = Case("vector", "add-1k", "add", (1000,), ("1k",))
XOR = Case("training", "train-xor", "training", (2, 8, 1, 1000, 100_000), ("xor", "2x8x1"), 4)


def ids(*cases: Case, **changes: Any) -> list[str]:
    return [case.id for case in with_overrides(cases, Overrides(**changes))]


# What is typed


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("64", 64), ("16777216", 2**24), ("007", 7)])
def test_a_batch_is_a_whole_number_up_to_2_24(text, number):
    assert samples(text) == number


@pytest.mark.parametrize("text", ["0", "-1", "", "64.0", "many", "16777217", "9" * 5000, "٣", "1e3"])
def test_what_is_no_batch_is_refused_in_words(text):
    with pytest.raises(ValueError, match=r"is not a batch: a whole number of samples from 1 to 16,777,216"):
        samples(text)


@pytest.mark.parametrize(
    ("text", "numbers"), [("64", (64,)), ("1,8,64", (1, 8, 64)), (" 64 , 8", (64, 8)), ("16777216,1", (2**24, 1))]
)
def test_several_batches_stand_between_commas(text, numbers):
    assert batches(text) == numbers


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1,,8", "'' is not a batch: .* from 1 to 16,777,216; '1,,8' should be a list such as 1,8,64"),
        ("1,8,", "'' is not a batch: .*; '1,8,' should be a list"),
        (",", "'' is not a batch: .*; ',' should be a list"),
        ("1,0", "'0' is not a batch: "),
        ("1;8", "'1;8' is not a batch: [^;]*$"),
        ("8,1,08", "'8,1,08' names the batch 8 twice"),
        ("1," * 5000, "is not a batch: .*; '1,1,1.* should be a list"),
    ],
)
def test_what_is_no_list_of_batches_is_refused_in_words(text, words):
    with pytest.raises(ValueError, match=words) as refusal:
        batches(text)
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.05", 50_000),
        ("1", 1_000_000),
        ("1e-6", 1),
        (".5", 500_000),
        ("0.1000000", 100_000),
        ("2147.483647", 2**31 - 1),
    ],
)
def test_a_learning_rate_is_kept_in_millionths(text, number):
    assert millionths(text) == number


@pytest.mark.parametrize(
    ("text", "words"),
    [
        *((text, "is not a learning rate above 0, such as 0.05") for text in ("0", "-0.1", "nan", "inf", "fast", "")),
        *((text, "is not a learning rate above 0") for text in ("sNaN", "1e999999999", "0,5")),
        ("2147.483648", "is above the largest learning rate, 2147.483647"),
        ("1e300", "is above the largest learning rate"),
        ("0.0000001", "has more than six decimals: learning rates are whole millionths"),
        ("1.0000005", "has more than six decimals"),
    ],
)
def test_what_is_no_learning_rate_is_refused_in_words(text, words):
    with pytest.raises(ValueError, match=words):
        millionths(text)


@given(st.integers(1, 2**31 - 1))
def test_a_learning_rate_that_is_told_can_be_typed(number):
    assert millionths(decimal(number)) == number
    assert "." in decimal(number)


@pytest.mark.parametrize(
    ("number", "text"), [(500_000, "0.5"), (1_000_000, "1.0"), (1, "0.000001"), (12_345_600, "12.3456")]
)
def test_a_learning_rate_is_told_with_a_point_and_no_zeros_behind(number, text):
    assert decimal(number) == text


# What becomes of cases


def test_a_batch_that_is_not_the_usual_is_told_by_the_id():
    (case,) = with_overrides((S1,), Overrides(batches=(64,)))
    assert (case.id, case.batch, case.shape, case.sizes) == ("S1@64", 64, S1.shape, S1.sizes)
    assert with_overrides((S1, XOR), Overrides(batches=(1,)))[0] is S1
    assert ids(S1, XOR, batches=(4,)) == ["S1@4", "train-xor"]


def test_a_case_is_there_once_for_each_of_several_batches():
    assert ids(S1, ADD, XOR, batches=(8, 1, 4)) == [
        *("S1@8", "S1", "S1@4"),
        "add-1k",
        *("train-xor@8", "train-xor@1", "train-xor"),
    ]
    assert ids(XOR, batches=(1, 2), millionths=500_000) == ["train-xor@1@0.5", "train-xor@2@0.5"]


@pytest.mark.parametrize("case", [S1, XOR], ids=lambda case: case.id)
def test_an_id_can_be_told_without_its_batch(case):
    for rate in (None, 500_000):
        (usual,) = ids(case, millionths=rate)
        assert {without_batch(name) for name in ids(case, batches=(1, 4, 64), millionths=rate)} == {usual}


def test_what_takes_no_batch_runs_as_it_is():
    assert with_overrides((ADD,), Overrides(batches=(64,), millionths=1)) == (ADD,)
    assert not takes_batch(ADD) and takes_batch(S1) and takes_batch(XOR)


def test_a_shape_of_ones_own_takes_a_batch():
    assert ids(shape_case("784,300,10"), batches=(16,)) == ["784-300-10@16"]


def test_a_learning_rate_is_the_last_number_of_a_trainings_shape():
    (case,) = with_overrides((XOR,), Overrides(millionths=500_000))
    assert (case.id, case.shape) == ("train-xor@0.5", (2, 8, 1, 1000, 500_000))
    assert with_overrides((S1, XOR), Overrides(millionths=100_000)) == (S1, XOR)
    assert learns(XOR) and not learns(S1)


def test_a_batch_and_a_learning_rate_of_one_are_two_names():
    assert ids(XOR, batches=(1,)) == ["train-xor@1"]
    assert ids(XOR, millionths=1_000_000) == ["train-xor@1.0"]
    assert ids(XOR, batches=(1,), millionths=1_000_000) == ["train-xor@1@1.0"]


def test_nothing_asked_for_changes_nothing():
    assert with_overrides(all_cases(), Overrides()) == all_cases()


def test_every_case_whose_batch_is_not_one_takes_others():
    assert all(takes_batch(case) for case in all_cases() if case.batch > 1)
