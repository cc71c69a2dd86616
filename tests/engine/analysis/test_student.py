"""Student's t against the printed tables."""

from __future__ import annotations

import pytest

from paragon_tui.engine.analysis.student import student_t


@pytest.mark.parametrize(
    ("degrees", "exceeded"),
    [(1, 12.7062), (2, 4.3027), (3, 3.1824), (4, 2.7764), (9, 2.2622), (10, 2.2281), (30, 2.0423), (120, 1.9799)],
)
def test_it_is_the_tables(degrees, exceeded):
    assert student_t(degrees) == pytest.approx(exceeded, abs=5e-5)


def test_between_whole_degrees_it_is_between_theirs():
    assert student_t(2.25) == pytest.approx(0.75 * student_t(2) + 0.25 * student_t(3))


def test_fewer_than_one_degree_are_one_and_very_many_are_enough():
    assert student_t(0.2) == student_t(1)
    assert student_t(10_000) == student_t(200) == pytest.approx(1.97, abs=0.005)
