"""The differences between two results: bits, ULP, then magnitudes."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paragon_tui.arithmetic.compare import compare, differences, ordered
from paragon_tui.arithmetic.comparison import Comparison
from tests.support.floats import f32

FINITE = st.floats(width=32, allow_nan=False, allow_infinity=False)


def next_up(value: float) -> float:
    return float(np.nextafter(np.float32(value), np.float32(inf)))


def ulp_between(a: float, b: float) -> int:
    return compare(f32(a), f32(b)).ulp_max


def test_identical_results_have_no_difference():
    same = f32(1, -2, 0, 3e38)
    assert compare(same, same.copy()) == Comparison(
        bit_identical=True, first_difference=None, ulp_max=0, mae=0.0, max=0.0, nmse=0.0
    )


def test_the_figures_of_a_known_difference():
    result = compare(f32(1, 2, 3.5, 4), f32(1, 2.5, 3.5, 3))
    assert (result.bit_identical, result.first_difference) == (False, 1)
    assert (result.mae, result.max) == (0.375, 1.0)
    assert result.ulp_max == 2**22  # from 3 to 4 there are 2^22 steps of 2^-22; from 2 to 2.5 half as many


def test_magnitudes_are_taken_in_binary64():
    result = compare(f32(3.4e38, 1), f32(-3.4e38, 1))
    assert result.max == 2 * float(np.float32(3.4e38))
    assert result.mae == float(np.float32(3.4e38))


@given(FINITE.filter(lambda value: value < np.finfo(np.float32).max))
def test_neighbours_are_one_ulp_apart(value):
    assert ulp_between(value, next_up(value)) == ulp_between(next_up(value), value) == 1


@given(st.lists(FINITE, min_size=2, max_size=20))
def test_ordered_sorts_as_the_values_do(numbers):
    values = f32(*numbers)
    assert np.all(np.diff(ordered(values)[np.argsort(values, kind="stable")]) >= 0)


def test_distances_add_up_across_zero():
    smallest = float(np.float32(1e-45))
    assert ulp_between(-smallest, smallest) == 2
    assert ulp_between(-0.0, smallest) == 1
    assert ulp_between(0.0, -smallest) == 1
    assert ulp_between(-1.0, 1.0) == 2 * 0x3F800000


def test_both_zeros_are_no_ulp_apart_yet_their_bits_differ():
    result = compare(f32(1, 0.0), f32(1, -0.0))
    assert result == Comparison(bit_identical=False, first_difference=1, ulp_max=0, mae=0.0, max=0.0, nmse=0.0)


def test_the_largest_distance_does_not_overflow():
    largest = float(np.finfo(np.float32).max)
    assert ulp_between(-largest, largest) == 2 * 0x7F7FFFFF


def test_the_first_difference_counts_in_c_order():
    reference = np.arange(12, dtype=np.float32).reshape(3, 4)
    result = reference.copy()
    result[1, 2] = result[2, 0] = -1
    assert compare(result, reference).first_difference == 6


def test_views_that_are_not_contiguous_are_compared_by_value():
    table = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert compare(table.T, np.ascontiguousarray(table.T)).bit_identical
    assert compare(table[:, ::2], table[:, ::2].copy()).bit_identical


def test_results_without_elements_agree():
    assert compare(f32(), f32()) == Comparison(True, None, 0, 0.0, 0.0)


@pytest.mark.parametrize("shape", [(3,), (2, 2), (4, 1), (1, 4), ()])
def test_results_of_different_shapes_cannot_be_compared(shape):
    with pytest.raises(ValueError, match="cannot be compared"):
        compare(np.zeros(shape, dtype=np.float32), np.zeros(4, dtype=np.float32))


def test_all_rows_are_listed_where_they_fit():
    rows = differences(f32(1, next_up(2), -0.0), f32(1, 2, 0), limit=3)
    assert [row.index for row in rows] == [0, 1, 2]
    assert [row.ulp for row in rows] == [0, 1, 0]
    assert [(row.reference_hex, row.hex) for row in rows] == [
        ("3f800000", "3f800000"),
        ("40000000", "40000001"),
        ("00000000", "80000000"),
    ]
    assert (rows[1].reference, rows[1].value, rows[1].delta) == (2.0, next_up(2), 2.0**-22)


def test_over_the_limit_the_differing_rows_come_before_the_equal_ones():
    reference = np.arange(100, dtype=np.float32)
    result = reference.copy()
    result[[40, 99]] += 1
    assert [row.index for row in differences(result, reference, limit=4)] == [0, 1, 40, 99]


def test_over_the_limit_the_first_of_many_differing_rows_are_listed():
    reference = np.arange(100, dtype=np.float32)
    result = reference.copy()
    result[10:] += 1
    assert [row.index for row in differences(result, reference, limit=3)] == [10, 11, 12]


def test_a_zero_of_the_other_sign_is_a_differing_row():
    result, reference = np.zeros(10, dtype=np.float32), np.zeros(10, dtype=np.float32)
    result[7] = -0.0
    assert [row.index for row in differences(result, reference, limit=1)] == [7]


def test_nmse_is_the_square_error_over_the_references_squares():
    a, b = np.array([1, 2, 4], dtype=np.float32), np.array([1, 3, 0], dtype=np.float32)
    assert compare(a, b).nmse == (0 + 1 + 16) / 10
    assert compare(b, b).nmse == 0


def test_nmse_is_absent_where_the_reference_is_zero():
    zero = np.zeros(3, dtype=np.float32)
    assert compare(np.ones(3, dtype=np.float32), zero).nmse is None
