"""Figures in few columns."""

from __future__ import annotations

from dataclasses import replace

import pytest

from paragon_tui.engine.messages.events import Compared
from paragon_tui.engine.results.result import Result
from paragon_tui.engine.results.session import Session
from paragon_tui.formatting.bits import describe_bits
from paragon_tui.formatting.columns import bits_mark, factor, milliseconds, time_parts
from paragon_tui.formatting.quantities import size
from tests.support.examples import DIFFERENT, GPU, NUMPY, SAME, planned, prepared, started
from tests.support.sessions import changed


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0.000"),
        (0.0004, "0.000"),
        (0.006, "0.006"),
        (1.2344, "1.234"),
        (9.999, "9.999"),
        (10, "10.00"),
        (12.344, "12.34"),
        (99.99, "99.99"),
        (100, "100.0"),
        (123.44, "123.4"),
        (999.9, "999.9"),
        (1000, "1000"),
        (12345.4, "12345"),
    ],
)
def test_milliseconds_lose_digits_as_they_grow(value, text):
    assert milliseconds(value) == text
    assert len(milliseconds(value)) <= 5


@pytest.mark.parametrize(
    ("ms", "parts"),
    [
        (0.00085, ("850", "", "ns")),
        (0.0101, ("10", ".1", "µs")),
        (0.145, ("145", "", "µs")),
        (0.9994, ("999", "", "µs")),
        (0.9996, ("1", ".00", "ms")),
        (2.7649, ("2", ".76", "ms")),
        (9.996, ("10", ".0", "ms")),
        (99.96, ("100", "", "ms")),
        (1013.0, ("1", ".01", "s ")),
        (123456.0, ("123", "", "s ")),
        (1e8, ("100000", "", "s ")),
    ],
)
def test_times_have_three_digits_and_the_unit_that_keeps_them_short(ms, parts):
    assert time_parts(ms) == parts


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1.0"),
        (0.5, "2.0"),
        (2.54, "2.5"),
        (0.07, "14"),
        (9.94, "9.9"),
        (9.96, "10"),
        (141.83, "142"),
        (1 / 999.4, "999"),
        (1200, "1.2k"),
        (12_345, "12k"),
        (1e9, "≫"),
        (0.0, "≫"),
    ],
)
def test_factors_are_never_below_one_and_short(value, text):
    assert factor(value) == text
    assert len(factor(value)) <= 4


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (49152, "48 KiB"),
        (128 * 2**20, "128 MiB"),
        (2**30, "1 GiB"),
        (3 * 2**29, "1.5 GiB"),
        (150_754_820_096, "140.4 GiB"),
        (2**41, "2048 GiB"),
    ],
)
def test_sizes_are_in_binary_units(value, text):
    assert size(value) == text
    assert len(size(value)) <= 10


def compared(adapter, comparison) -> Result:
    session = Session()
    plan = planned("S1", adapter)
    session.apply(started(plan))
    session.apply(prepared(plan.id, "observed" if plan.tier else None))
    if comparison is not None:
        session.apply(Compared(plan.id, comparison, comparison, ()))
    return session.results[plan.id]


@pytest.mark.parametrize(
    ("adapter", "comparison", "mark", "words"),
    [
        (GPU, None, "–", "not compared"),
        (GPU, SAME, "✓", "✓ identical to the reference"),
        (NUMPY, SAME, "✓", "✓ identical to the reference"),
        (GPU, DIFFERENT, "≠3·2", "≠ first at index 3, max 2 ULP"),
        (NUMPY, DIFFERENT, "≠", "≠ first at index 3, max 2 ULP; no identity claimed"),
    ],
)
def test_bits_say_where_a_claim_breaks_and_only_that_they_differ_where_there_is_none(adapter, comparison, mark, words):
    result = compared(adapter, comparison)
    assert (bits_mark(result), describe_bits(result)) == (mark, words)


def test_a_softmax_is_marked_by_its_own_claim():
    result = changed(compared(GPU, SAME), output_comparison=DIFFERENT)
    assert bits_mark(result) == "≠3·2"
    assert bits_mark(changed(result, output_standing="not here")) == "≠"
    assert bits_mark(changed(compared(GPU, DIFFERENT), output_standing="not here")) == "≠3·2"


def test_bits_that_changed_from_run_to_run_are_not_those_of_the_reference():
    result = changed(compared(GPU, SAME), deterministic=False)
    assert (bits_mark(result), describe_bits(result)) == ("≠", "≠ bits changed from run to run")


def test_another_digest_where_a_sample_agrees_is_a_mark_and_words():
    result = changed(compared(GPU, replace(SAME, sample=32_768)), unlike=("gl:0", "opencl:0"))
    assert (bits_mark(result), describe_bits(result)) == ("≠#", "≠ digest differs from that of gl:0, opencl:0")
    alike = changed(result, unlike=())
    assert (bits_mark(alike), describe_bits(alike)) == ("✓", "✓ identical to the reference at 32,768 indices")
