"""Figures of samples whose answers are known."""

from __future__ import annotations

import math
import random
import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paragon_tui.engine.analysis.statistics import ratio, summarise
from paragon_tui.engine.messages.figures import Interval, Ratio, Summary, Visit
from tests.support.distributions import DISTRIBUTIONS, measured, samples_of, visit, visits, width

MS = 1_000_000  # nanoseconds
QUIET = DISTRIBUTIONS["quiet"]


def rounds(*samples: list[int]) -> list[Visit]:
    return [visit(0, i, values) for i, values in enumerate(samples)]


def summary(taken: list[Visit] | tuple[Visit, ...], disturbed: bool = False) -> Summary:
    return summarise(samples_of(taken), disturbed)


def speedup(baseline: list[Visit] | tuple[Visit, ...], other: list[Visit] | tuple[Visit, ...]) -> Ratio:
    found = ratio(measured(baseline), measured(other))
    assert found is not None
    return found


def test_five_samples_in_milliseconds():
    found = summary(rounds([5 * MS, 1 * MS, 4 * MS, 2 * MS, 3 * MS]))
    assert found.stdev == pytest.approx(math.sqrt(2.5))
    assert replace(found, stdev=None) == Summary(
        median=3.0,
        interval=None,
        min=1.0,
        q1=2.0,
        q3=4.0,
        p95=4.8,
        mad=1.0,
        mean=3.0,
        stdev=None,
        n=5,
        max=5.0,
        total=15.0,
    )


def test_the_median_is_of_visits_which_weigh_alike_and_the_quartiles_are_of_samples():
    """A slow visit takes fewer samples in its time: 300 fast ones must not outvote two slow visits."""
    found = summary(rounds([MS] * 300, [3 * MS] * 100, [3 * MS] * 100))
    assert (found.median, found.q1, found.n) == (3.0, 1.0, 500)


def test_one_sample_is_every_figure_but_the_deviations():
    assert summary(rounds([250_000])) == Summary(0.25, None, 0.25, 0.25, 0.25, 0.25, None, 0.25, None, 1, 0.25, 0.25)


def test_an_outlier_moves_neither_median_nor_mad():
    calm = summary(rounds([10 * MS] * 50 + [11 * MS] * 49))
    hiccup = summary(rounds([10 * MS] * 50 + [11 * MS] * 48 + [5000 * MS]))
    assert (hiccup.median, hiccup.mad) == (calm.median, calm.mad)


@given(st.lists(st.lists(st.integers(0, 10**15), min_size=1, max_size=9), min_size=1, max_size=14))
def test_the_figures_are_finite_and_in_order(samples):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figures = summary(rounds(*samples))
    everything = [value / 1e6 for values in samples for value in values]
    assert min(everything) == figures.min <= figures.q1 <= figures.q3 <= figures.p95 <= max(everything)
    assert figures.min <= figures.median <= max(everything)
    assert figures.n == len(everything)
    assert (figures.mad is None) == (figures.stdev is None) == (len(everything) == 1)
    if figures.mad is not None and figures.stdev is not None:
        assert figures.mad >= 0 and math.isfinite(figures.stdev)
    if figures.interval is not None:
        assert 0 < figures.interval.low <= figures.median <= figures.interval.high < math.inf


def test_nine_visits_have_no_interval_and_ten_have():
    close = [[MS + i, MS + i] for i in (1, 3, 9, 2, 5, 4, 8, 7, 0, 6)]
    assert summary(rounds(*close)).interval is not None
    assert summary([*rounds(*close[:9]), visit(0, 9, ())]).interval is None


def test_an_interval_that_says_nothing_is_none():
    """Visits between 1 and 100 ms: the median could be anything."""
    assert summary(rounds(*([MS if i % 2 else 100 * MS] for i in range(12)))).interval is None


def test_disturbed_samples_have_a_median_and_no_interval():
    taken = visits(QUIET, 0)
    assert summary(taken, disturbed=True) == replace(summary(taken), interval=None)


def test_a_constant_has_an_interval_of_no_width_and_a_clock_that_stands_still_has_none():
    assert summary(visits(DISTRIBUTIONS["constant"], 0)).interval == Interval(1.0, 1.0)
    assert summary(rounds(*[[0, 0]] * 11, [0, 5])).interval is None


def test_the_same_samples_have_the_same_interval_in_any_order():
    taken = list(visits(QUIET, 0))
    shuffled = random.Random(0).sample(taken, len(taken))
    assert summary(taken).interval == summary(shuffled).interval


def test_more_samples_of_the_same_visits_are_no_more_evidence():
    """Visits that differ by 2 % leave the median open by a percent, however often each is sampled."""
    between = DISTRIBUTIONS["between visits 2 %"]
    assert width(summary(visits(between, 0, samples=400)).interval) > 0.01
    assert width(summary(visits(QUIET, 0, samples=400)).interval) < 0.01


def test_three_processes_are_the_units_and_two_are_not():
    taken = visits(DISTRIBUTIONS["between processes 2 %"], 1, processes=3)
    alone, in_two = (
        [visit(each.process // of, 100 * each.process + each.round, each.values_ns) for each in taken] for of in (3, 2)
    )
    assert summary(in_two).interval == summary(alone).interval
    assert width(summary(taken).interval) > width(summary(visits(QUIET, 1, processes=3)).interval)


def test_twice_as_fast_is_a_ratio_of_two():
    found = speedup(visits(QUIET, 0, slowdown=1.0), visits(QUIET, 1))
    assert found.value == pytest.approx(2, rel=0.01)
    assert found.judgement == "faster"
    assert found.interval is not None and 1.95 < found.interval.low < found.value < found.interval.high < 2.05


def test_a_wide_interval_is_kept_where_it_still_says_which_is_faster():
    wild = rounds(*([MS if i % 2 else 40 * MS] for i in range(12)))
    calm = [rounds(*[[factor * MS]] * 12) for factor in (1, 1000)]
    (near, far) = (speedup(wild, other) for other in calm)
    assert (near.judgement, near.interval) == ("unclear", None)
    assert far.judgement == "slower" and far.interval is not None
    assert far.interval.high < 1 < far.interval.high / far.interval.low / 16


def test_both_ways_round_the_ratio_is_the_same():
    baseline, other = visits(QUIET, 0), visits(QUIET, 1, slowdown=0.5)
    direct, reverse = speedup(baseline, other), speedup(other, baseline)
    assert direct.value == pytest.approx(1 / reverse.value)
    assert direct.interval is not None and reverse.interval is not None
    assert (direct.interval.low, direct.interval.high) == pytest.approx(
        (1 / reverse.interval.high, 1 / reverse.interval.low)
    )
    assert (direct.judgement, reverse.judgement) == ("slower", "faster")


def test_a_ratio_is_the_quotient_of_the_two_times_beside_it():
    """Also where the baseline went on after the other had ended: its time in the shared rounds is kept."""
    baseline, other = visits(QUIET, 0, rounds=30, slowdown=0.7), visits(QUIET, 1, rounds=30)
    for ended in (30, 12):
        found = speedup(baseline, other[:ended])
        assert found.baseline_ms == summary(baseline[:ended]).median
        assert found.value == found.baseline_ms / summary(other[:ended]).median


def test_what_hits_both_sides_of_a_round_cancels():
    """The machine's state moves each round's samples by a fifth, on both sides: their ratio is known to a percent."""
    baseline, other = visits(QUIET, 0), visits(QUIET, 1, slowdown=0.02)
    state = np.random.default_rng(2).uniform(1, 1.2, len(baseline))
    baseline, other = (
        tuple(visit(v.process, v.round, [int(x * s) for x in v.values_ns]) for v, s in zip(side, state, strict=True))
        for side in (baseline, other)
    )
    paired = speedup(baseline, other)
    apart = speedup(baseline, [replace(v, round=(v.round + 5) % len(other)) for v in other])
    assert apart.judgement == "unclear"
    assert 3 * width(paired.interval) < width(apart.interval)


def test_what_the_baseline_sampled_alone_tells_nothing_of_a_ratio():
    baseline, other = visits(QUIET, 0), visits(QUIET, 1)
    wild = [visit(0, 99 + i, (50 * MS,) * 50) for i in range(20)]
    assert speedup([*baseline, *wild], other) == speedup(baseline, other)


def test_what_the_other_sampled_alone_counts_in_its_time_and_widens_the_interval():
    baseline, other = visits(QUIET, 0), visits(QUIET, 1)
    slower = [visit(0, 99 + i, (2 * MS,) * 50) for i in range(60)]
    found = speedup(baseline, [*other, *slower])
    assert found.value == pytest.approx(0.5, rel=0.02)
    assert found.interval is not None and found.interval.high > 0.95


def test_a_baseline_that_goes_on_while_the_machine_slows_down_does_not_make_the_other_faster():
    """Both get slower, the other takes half as long again and ends after twelve rounds: two thirds."""
    slowing = [(1.0 + round_ // 12) * MS for round_ in range(36)]
    baseline, other = (
        [visit(0, i, (round(ns * factor),) * 5) for i, ns in enumerate(slowing)] for factor in (1.0, 1.5)
    )
    found = speedup(baseline, other[:12])
    assert found.value == pytest.approx(2 / 3)
    assert found.judgement == "slower"
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((2 / 3, 2 / 3))


def test_too_few_shared_rounds_give_no_ratio():
    baseline, other = visits(QUIET, 0), visits(QUIET, 1, slowdown=1.0)
    assert ratio(measured(baseline), measured(other[:9])) is None
    assert ratio(measured(baseline), measured(other[:10])) is not None


@pytest.mark.parametrize("other", [[visit(1, r, (MS,)) for r in range(12)], visits(QUIET, 1, rounds=24)[12:]])
def test_without_a_shared_round_there_is_no_ratio(other):
    assert ratio(measured(visits(QUIET, 0)), measured(other)) is None


@pytest.mark.parametrize("sides", [(0, MS), (MS, 0)])
def test_a_ratio_needs_times_above_0(sides):
    baseline, other = (measured(rounds(*[[side]] * 12)) for side in sides)
    assert ratio(baseline, other) is None


@pytest.mark.parametrize("disturbed", [(True, False), (False, True), (True, True)])
def test_beside_a_busy_machine_nothing_is_concluded(disturbed):
    baseline, other = (
        measured(visits(QUIET, seed, slowdown=by), disturbed=is_disturbed)
        for seed, by, is_disturbed in zip((0, 1), (1.0, 0.0), disturbed, strict=True)
    )
    found = ratio(baseline, other)
    assert found is not None
    assert (found.interval, found.judgement, found.busy) == (None, "unclear", True)


@pytest.mark.parametrize(("slowdown", "alone", "beside"), [(0.3, "slower", "unclear"), (1.0, "slower", "slower")])
@pytest.mark.parametrize("loaded", [0, 1])
def test_a_load_must_be_outweighed_by_what_is_concluded_beside_it(slowdown, alone, beside, loaded):
    taken = visits(QUIET, 0), visits(QUIET, 1, slowdown=slowdown)
    quiet = ratio(*map(measured, taken))
    busy = ratio(*(measured(side, load=0.5 if number == loaded else 0.0) for number, side in enumerate(taken)))
    assert quiet and busy and quiet.interval and busy.interval
    assert (quiet.judgement, busy.judgement) == (alone, beside)
    assert busy.interval.high == pytest.approx(1.5 * quiet.interval.high)
    assert busy.interval.low == pytest.approx(quiet.interval.low / 1.5)


def test_very_many_visits_are_joined_in_time_and_cover_as_well():
    taken = visits(DISTRIBUTIONS["between visits 2 %"], 5, rounds=600, samples=5)
    joined = summary(taken)
    alone = summary(taken[:100])
    assert width(joined.interval) < width(alone.interval)
