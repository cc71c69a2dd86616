"""The bootstrap's parts: what is drawn, its medians, and Student's t."""

from __future__ import annotations

import math

import numpy as np
import pytest

from paragon_tui.engine.analysis.bootstrap import REPLICATES, draws, margin, medians, student_t


@pytest.mark.parametrize(
    ("degrees", "exceeded"),
    [(1, 12.7062), (2, 4.3027), (3, 3.1824), (4, 2.7764), (9, 2.2622), (10, 2.2281), (30, 2.0423), (120, 1.9799)],
)
def test_students_t_is_the_tables(degrees, exceeded):
    assert student_t(degrees) == pytest.approx(exceeded, abs=5e-5)


def test_each_replicate_draws_as_many_units_as_there_are():
    drawn = draws(12)
    assert drawn.shape == (REPLICATES, 12)
    assert (drawn.sum(axis=1) == 12).all()
    assert drawn.mean(axis=0) == pytest.approx(np.ones(12), abs=0.15)


def test_the_same_draws_every_time():
    assert (draws(7) == draws(7)).all()


def test_a_replicates_median_is_that_of_the_samples_it_drew():
    generator = np.random.default_rng(0)
    units = [generator.integers(0, 40, size).astype(float) for size in (1, 9, 30, 2, 17)]
    drawn = draws(len(units))
    for times, median in zip(drawn, medians(units, drawn), strict=True):
        samples = np.sort(np.concatenate([np.repeat(unit, n) for unit, n in zip(units, times, strict=True)]))
        assert median == samples[(len(samples) - 1) // 2]


def test_a_single_unit_is_always_its_own_median():
    assert set(medians([np.array([3.0, 1.0, 2.0])], draws(1))) == {2.0}


def test_a_margin_is_wider_than_the_spread_of_few_units_says():
    """Three units: t of two degrees, and the spread as if it were divided by one less."""
    replicates = np.array([-1.0, 1.0] * 500)
    assert margin(replicates, 3) == pytest.approx(4.3027 * math.sqrt(3 / 2), abs=1e-4)
    assert margin(replicates, 1001) == pytest.approx(1.962, abs=2e-3)
