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

from paragon_tui.engine.analysis.statistics import fit_launch_cost, ratio, summarise
from paragon_tui.engine.messages.figures import Interval, Summary, Visit
from tests.support.distributions import DISTRIBUTIONS, visits

MS = 1_000_000  # nanoseconds
QUIET = DISTRIBUTIONS["quiet"]


def rounds(*samples: list[int]) -> list[Visit]:
    return [Visit(0, i, tuple(values)) for i, values in enumerate(samples)]


def width(interval: Interval | None) -> float:
    assert interval is not None
    return interval.high - interval.low


def test_five_samples_in_milliseconds():
    summary = summarise(rounds([5 * MS, 1 * MS, 4 * MS, 2 * MS, 3 * MS]))
    assert summary.stdev == pytest.approx(math.sqrt(2.5))
    assert replace(summary, stdev=None) == Summary(
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
    )


def test_the_samples_of_all_visits_count_alike():
    summary = summarise(rounds([1 * MS], [2 * MS, 3 * MS], [10 * MS]))
    assert (summary.median, summary.q1, summary.q3, summary.n) == (2.5, 1.75, 4.75, 4)


def test_one_sample_is_every_figure_but_the_deviations():
    assert summarise(rounds([250_000])) == Summary(0.25, None, 0.25, 0.25, 0.25, 0.25, None, 0.25, None, 1)


def test_an_outlier_moves_neither_median_nor_mad():
    calm = summarise(rounds([10 * MS] * 50 + [11 * MS] * 49))
    hiccup = summarise(rounds([10 * MS] * 50 + [11 * MS] * 48 + [5000 * MS]))
    assert (hiccup.median, hiccup.mad) == (calm.median, calm.mad)


@pytest.mark.parametrize("none", [[], [Visit(0, 0, ())]])
def test_no_samples_have_no_figures(none):
    with pytest.raises(ValueError, match="no samples"):
        summarise(none)


@given(st.lists(st.lists(st.integers(0, 10**15), min_size=1, max_size=9), min_size=1, max_size=7))
def test_the_figures_are_finite_and_in_order(samples):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figures = summarise(rounds(*samples))
    everything = [value / 1e6 for values in samples for value in values]
    assert min(everything) == figures.min <= figures.q1 <= figures.median <= figures.q3
    assert figures.median <= figures.p95 <= max(everything)
    assert figures.n == len(everything)
    assert (figures.mad is None) == (figures.stdev is None) == (len(everything) == 1)
    if figures.mad is not None and figures.stdev is not None:
        assert figures.mad >= 0 and math.isfinite(figures.stdev)
    if figures.interval is not None:
        assert 0 < figures.interval.low <= figures.median <= figures.interval.high < math.inf


def test_three_visits_have_no_interval_and_four_have():
    """Of two visits that differ the interval would reach over millions of percent, of three still over hundreds."""
    wide = [[i * MS, (i + 1) * MS] for i in (1, 3, 9, 2)]
    assert summarise(rounds(*wide)).interval is not None
    assert summarise([*rounds(*wide[:3]), Visit(0, 3, ())]).interval is None
    assert summarise(rounds(*wide[:2])).interval is summarise(rounds(*wide[:1])).interval is None


def test_a_constant_has_an_interval_of_no_width_and_a_clock_that_stands_still_has_none():
    assert summarise(visits(DISTRIBUTIONS["constant"], 0)).interval == Interval(1.0, 1.0)
    assert summarise(rounds([0, 0], [0, 0], [0, 0], [0, 5])).interval is None


def test_the_same_samples_have_the_same_interval_in_any_order():
    taken = list(visits(QUIET, 0))
    shuffled = random.Random(0).sample(taken, len(taken))
    assert summarise(taken) == summarise(taken) == summarise(shuffled)


def test_more_samples_of_the_same_visits_are_no_more_evidence():
    """Visits that differ by 2 % leave the median open by a percent, however often each is sampled."""
    between = DISTRIBUTIONS["between visits 2 %"]
    assert width(summarise(visits(between, 0, samples=400)).interval) > 0.01
    assert width(summarise(visits(QUIET, 0, samples=400)).interval) < 0.01


def test_three_processes_are_the_units_and_two_are_not():
    taken = visits(DISTRIBUTIONS["between processes 2 %"], 1, processes=3)
    alone, in_two = (
        [Visit(visit.process // of, 100 * visit.process + visit.round, visit.values_ns) for visit in taken]
        for of in (3, 2)
    )
    assert summarise(in_two) == summarise(alone)
    assert width(summarise(taken).interval) > 2 * width(summarise(alone).interval)


def test_twice_as_fast_is_a_ratio_of_two():
    speedup = ratio(visits(QUIET, 0, slowdown=1.0), visits(QUIET, 1))
    assert speedup.value == pytest.approx(2, rel=0.01)
    assert speedup.judgement == "faster"
    assert speedup.interval is not None and 1.95 < speedup.interval.low < speedup.value < speedup.interval.high < 2.05


def test_both_ways_round_the_ratio_is_the_same():
    baseline, other = visits(QUIET, 0), visits(QUIET, 1, slowdown=0.5)
    direct, reverse = ratio(baseline, other), ratio(other, baseline)
    assert direct.value == pytest.approx(1 / reverse.value)
    assert direct.interval is not None and reverse.interval is not None
    assert (direct.interval.low, direct.interval.high) == pytest.approx(
        (1 / reverse.interval.high, 1 / reverse.interval.low)
    )
    assert (direct.judgement, reverse.judgement) == ("slower", "faster")


def test_what_hits_both_sides_of_a_round_cancels():
    """The machine's state moves each round's samples by a fifth, on both sides: their ratio is known to a percent."""
    baseline, other = visits(QUIET, 0), visits(QUIET, 1, slowdown=0.02)
    state = np.random.default_rng(2).uniform(1, 1.2, len(baseline))
    baseline, other = (
        tuple(
            Visit(v.process, v.round, tuple(int(x * s) for x in v.values_ns)) for v, s in zip(side, state, strict=True)
        )
        for side in (baseline, other)
    )
    paired = ratio(baseline, other)
    apart = ratio(baseline, [Visit(v.process, (v.round + 5) % len(other), v.values_ns) for v in other])
    assert paired.judgement == "slower" and apart.judgement == "unclear"
    assert 3 * width(paired.interval) < width(apart.interval)


def test_what_one_side_sampled_alone_tells_nothing_of_a_ratio():
    baseline, other = visits(QUIET, 0), visits(QUIET, 1)
    wild = [Visit(0, 99 + i, (50 * MS,) * 50) for i in range(20)]
    assert ratio([*baseline, *wild], other) == ratio(baseline, other) == ratio(baseline, [Visit(1, 0, (MS,)), *other])


def test_a_baseline_that_goes_on_while_the_machine_slows_down_does_not_make_the_other_faster():
    """Both get slower, the other takes half as long again and ends after four rounds: two thirds, whatever follows."""
    slowing = [(1.0 + round_ // 4) * MS for round_ in range(12)]
    baseline, other = (
        [Visit(0, i, (round(ns * factor),) * 5) for i, ns in enumerate(slowing)] for factor in (1.0, 1.5)
    )
    speedup = ratio(baseline, other[:4])
    assert speedup.value == pytest.approx(2 / 3)
    assert speedup.judgement == "slower"
    assert speedup.interval is not None
    assert (speedup.interval.low, speedup.interval.high) == pytest.approx((2 / 3, 2 / 3))


@pytest.mark.parametrize("shared", [1, 2, 3])
def test_with_less_than_four_shared_rounds_nothing_is_clear(shared):
    speedup = ratio(visits(QUIET, 0), visits(QUIET, 1, slowdown=1.0)[:shared])
    assert (speedup.interval, speedup.judgement) == (None, "unclear")
    assert speedup.value == pytest.approx(0.5, rel=0.02)


@pytest.mark.parametrize(
    "other", [[Visit(1, 0, (MS,)), Visit(1, 1, (MS,))], [Visit(0, 0, ())], visits(QUIET, 1, rounds=14)[12:]]
)
def test_without_a_shared_round_there_is_no_ratio(other):
    with pytest.raises(ValueError, match="both sides have"):
        ratio(visits(QUIET, 0), other)


@pytest.mark.parametrize("sides", [([], [MS]), ([MS], []), ([0], [MS]), ([MS], [0])])
def test_a_ratio_needs_times_above_0(sides):
    baseline, other = (rounds(side, side) for side in sides)
    with pytest.raises(ValueError, match=r"both sides have|above 0"):
        ratio(baseline, other)


def launches(seed: int, synchronisation_ns: float, forward_ns: float, repetitions: int) -> list[list[tuple[int, int]]]:
    generator = np.random.default_rng(seed)
    return [
        [
            (n, round((synchronisation_ns + n * forward_ns) * math.exp(generator.normal(0, 0.01))))
            for n in (1, 2, 4, 8, 16)
        ]
        for _ in range(repetitions)
    ]


def test_a_line_without_noise_is_found_again():
    cost = fit_launch_cost([[(n, 20_000 + 50_000 * n) for n in (1, 2, 4, 8)]] * 4)
    assert cost is not None and cost.longest == 8
    assert (cost.synchronisation_ms, cost.forward_ms) == pytest.approx((0.02, 0.05))
    assert width(cost.synchronisation_interval) == pytest.approx(0, abs=1e-12)
    assert width(cost.forward_interval) == pytest.approx(0, abs=1e-12)


def test_relative_errors_count_alike():
    """As least squares of relative errors: numpy's own fit with the weights 1/time."""
    series = launches(0, 20_000, 50_000, 1)
    n, times = np.array(series[0]).T.astype(float)
    slope, start = np.polyfit(n, times / 1e6, 1, w=1 / times)
    cost = fit_launch_cost(series)
    assert cost is not None
    assert (cost.synchronisation_ms, cost.forward_ms) == pytest.approx((start, slope))
    assert (cost.synchronisation_interval, cost.forward_interval) == (None, None)


def test_three_repetitions_carry_no_intervals_and_four_do():
    three, four = (fit_launch_cost(launches(0, 20_000, 50_000, repetitions)) for repetitions in (3, 4))
    assert three is not None and (three.synchronisation_interval, three.forward_interval) == (None, None)
    assert four is not None and four.synchronisation_interval is not None and four.forward_interval is not None


def test_both_prices_lie_in_their_intervals_in_95_of_100_runs(record_property):
    fits = [fit_launch_cost(launches(seed, 20_000, 50_000, 5)) for seed in range(200)]
    for name, truth in (("synchronisation", 0.02), ("forward", 0.05)):
        intervals = [getattr(fit, f"{name}_interval") for fit in fits]
        covered = np.mean([interval.low <= truth <= interval.high for interval in intervals])
        record_property(name, float(covered))
        assert covered >= 0.93
        assert np.median([width(interval) for interval in intervals]) < truth / 2


def test_a_synchronisation_never_gives_time_back():
    """A forward that gets dearer with n draws a line from below 0: it goes through 0 instead, and so do its limits."""
    cost = fit_launch_cost([[(n, 1000 * n * n + r) for n in (1, 2, 4)] for r in range(5)])
    assert cost is not None and cost.synchronisation_interval is not None
    assert (cost.synchronisation_ms, cost.synchronisation_interval.low) == (0, 0)
    relative = np.array([1 / 1.002, 2 / 4.002, 4 / 16.002])  # n over the median, in microseconds
    assert cost.forward_ms == pytest.approx(1e-3 * relative.sum() / (relative**2).sum())


@pytest.mark.parametrize(
    "series",
    [
        [],
        [[]],
        [[(4, 100)], [(4, 101)]],
        [[(1, 0), (2, 0)]],
        [[(1, 100), (2, 90), (4, 80)]],
    ],
)
def test_where_no_price_is_seen_there_is_no_line(series):
    assert fit_launch_cost(series) is None


def test_repetitions_of_different_lengths_are_an_error():
    with pytest.raises(ValueError, match="same lengths"):
        fit_launch_cost([[(1, 10), (2, 20)], [(1, 10), (4, 40)]])


def test_very_many_visits_are_joined_in_time_and_cover_as_well():
    taken = visits(DISTRIBUTIONS["between visits 2 %"], 5, rounds=600, samples=5)
    joined = summarise(taken)
    alone = summarise(taken[:100])
    assert width(joined.interval) < width(alone.interval)
    assert 0.5 < width(joined.interval) * 6**0.5 / width(alone.interval) < 2  # as six times the visits should have
