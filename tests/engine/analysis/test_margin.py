"""Margins: what makes them wider, and that they are computed as they say."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paragon_tui.engine.analysis.margin import LEAST_VISITS, processes_margin, visits_margin
from tests.support.disturbances import autoregressive

SEEDED = random.Random(3)


def independent(count: int, deviation: float = 0.02) -> list[float]:
    return [SEEDED.gauss(0, deviation) for _ in range(count)]


def test_independent_visits_have_about_the_margin_of_textbooks():
    """Of the median of 60 normal values: 1.2533 · s / sqrt(60) · 2.0."""
    margins = sorted(visits_margin(independent(60)) for _ in range(200))
    assert 1 < margins[100] / (1.2533 * 0.02 / math.sqrt(60) * 2.0) < 1.8


@pytest.mark.parametrize(("correlation", "wider"), [(0.5, 1.4), (0.8, 2.0)])
def test_correlated_visits_say_less(correlation, wider):
    correlated = sorted(visits_margin(autoregressive(SEEDED, 40, correlation, 0.02)) for _ in range(200))
    unrelated = sorted(visits_margin(independent(40)) for _ in range(200))
    assert correlated[100] > wider * unrelated[100]


def test_a_step_in_the_middle_is_covered_from_end_to_end():
    logs = [*independent(30, 0.002), *(value + 0.3 for value in independent(30, 0.002))]
    assert visits_margin(logs) == pytest.approx(0.15, abs=0.01)


def test_a_few_outliers_hardly_widen_it():
    calm = independent(40)
    hit = list(calm)
    for index in (5, 13, 26, 38):
        hit[index] = 3.0
    assert visits_margin(hit) < 1.6 * visits_margin(calm)


def test_what_hits_both_sides_cancels():
    common = autoregressive(SEEDED, 40, 0.8, 0.2)
    first, second = ([each + own for each, own in zip(common, independent(40, 0.001), strict=True)] for _ in range(2))
    assert visits_margin(first, second) < 0.05 < visits_margin(first)


def test_both_ways_round_it_is_the_same_and_alone_is_against_nothing():
    first, second = independent(21), independent(21)
    assert visits_margin(first, second) == pytest.approx(visits_margin(second, first))
    assert visits_margin(first) == visits_margin(first, [0.0] * 21)


def test_visits_that_do_not_vary_have_no_margin():
    assert visits_margin([0.5] * LEAST_VISITS) == 0


def test_very_many_visits_are_joined_and_still_narrow_it():
    many = independent(2000)
    assert visits_margin(many) < visits_margin(many[:200]) < visits_margin(many[:20])


def test_the_median_of_differences_and_the_difference_of_medians_are_both_covered():
    first, second = [0.0] * 10 + [1.0] * 9, [0.0] * 9 + [1.0] * 10
    assert visits_margin(first, second) >= 1.0


def test_processes_have_the_margin_of_so_few_independent_values():
    assert processes_margin([1.0, 1.1, 1.2]) == pytest.approx(1.2533 * 4.3027 * 0.1 / math.sqrt(3), rel=1e-4)


@given(st.lists(st.floats(-50, 50), min_size=LEAST_VISITS, max_size=120))
def test_it_is_a_finite_distance_whatever_the_visits(logs):
    margin = visits_margin(logs)
    assert 0 <= margin < math.inf
    assert visits_margin([-log for log in logs]) == pytest.approx(margin, abs=1e-9)
