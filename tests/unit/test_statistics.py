"""Robust figures of samples whose answers are known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paragon_tui.engine.events import Summary
from paragon_tui.engine.statistics import noise, summarise

MS = 1_000_000  # nanoseconds


def test_five_samples_in_milliseconds():
    assert summarise([5 * MS, 1 * MS, 4 * MS, 2 * MS, 3 * MS]) == Summary(
        median=3.0, min=1.0, q1=2.0, q3=4.0, mad=1.0, n=5
    )


def test_an_even_number_of_samples_is_interpolated():
    assert summarise([1 * MS, 2 * MS, 3 * MS, 10 * MS]) == Summary(median=2.5, min=1.0, q1=1.75, q3=4.75, mad=1.0, n=4)


def test_one_sample_is_every_figure():
    assert summarise([250_000]) == Summary(median=0.25, min=0.25, q1=0.25, q3=0.25, mad=0.0, n=1)


def test_an_outlier_moves_neither_median_nor_mad():
    calm = summarise([10 * MS] * 50 + [11 * MS] * 49)
    hiccup = summarise([10 * MS] * 50 + [11 * MS] * 48 + [5000 * MS])
    assert (hiccup.median, hiccup.mad) == (calm.median, calm.mad)


def test_no_samples_have_no_figures():
    with pytest.raises(ValueError, match="no samples"):
        summarise([])


@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=60))
def test_the_figures_are_in_order(samples):
    figures = summarise(samples)
    assert figures.min <= figures.q1 <= figures.median <= figures.q3 <= max(samples) / 1e6
    assert figures.min == min(samples) / 1e6
    assert figures.mad >= 0
    assert figures.n == len(samples)


def test_noise_is_the_robust_relative_deviation():
    assert noise(Summary(median=3.0, min=1.0, q1=2.0, q3=4.0, mad=1.0, n=5)) == pytest.approx(1.4826 / 3)


def test_steady_samples_have_no_noise():
    assert noise(summarise([7 * MS] * 20)) == 0


def test_a_clock_that_did_not_move_has_no_noise():
    assert noise(summarise([0, 0, 0])) == 0
