"""The quantiles of Student's t, against tables."""

from __future__ import annotations

import math

import pytest

from paragon_tui.engine.analysis.student import exceeded, student_t


@pytest.mark.parametrize(
    ("degrees", "value"),
    [(1, 12.7062), (2, 4.3027), (3, 3.1824), (4, 2.7764), (9, 2.2622), (10, 2.2281), (30, 2.0423), (120, 1.9799)],
)
def test_what_five_percent_exceed_on_both_sides_is_the_tables(degrees, value):
    assert student_t(degrees) == exceeded(degrees, 0.025) == pytest.approx(value, abs=5e-5)


@pytest.mark.parametrize(
    ("degrees", "value"), [(1, 636.619), (2, 31.599), (4, 8.610), (10, 4.587), (19, 3.883), (30, 3.646)]
)
def test_so_is_what_one_in_two_thousand_exceed(degrees, value):
    assert exceeded(degrees, 0.0005) == pytest.approx(value, abs=5e-4)


@pytest.mark.parametrize("share", [0.2, 1e-4, 1e-6])
def test_one_degree_is_cauchys(share):
    assert exceeded(1, share) == pytest.approx(1 / math.tan(math.pi * share), rel=1e-6)


def test_more_degrees_exceed_less():
    limits = [exceeded(degrees, 1e-4) for degrees in range(1, 60)]
    assert limits == sorted(limits, reverse=True)
    assert limits[-1] > 3.719  # that of a normal deviate


def test_between_whole_degrees_it_is_between_theirs():
    assert student_t(2.25) == pytest.approx(0.75 * student_t(2) + 0.25 * student_t(3))


def test_fewer_than_one_degree_are_one_and_very_many_are_enough():
    assert student_t(0.2) == student_t(1)
    assert student_t(10_000) == student_t(200) == pytest.approx(1.97, abs=0.005)
