"""The rule that ends the sampling of a result, on batches made by hand."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from paragon_tui.engine.messages.job import FAST, Sampling
from paragon_tui.engine.runner.stopping import SamplingProgress, noise
from tests.support.examples import GPU, batch, job_id

ID = job_id("S1", GPU)
MS = 1_000_000
ADAPTIVE = Sampling(
    min_samples=10, min_time_s=0.25, max_time_s=1.0, max_samples=4000, noise=0.005, rounds=5, iterations=None
)
FIXED = Sampling(iterations=25, rounds=10)


def sampled(sampling: Sampling, *visits: Sequence[int]) -> SamplingProgress:
    taken = SamplingProgress(sampling)
    for visit in visits:
        taken.add(batch(ID, tuple(visit)))
    return taken


def visits(total_s: float, count: int, samples: int = 10, spread: float = 0.0) -> list[list[int]]:
    """``count`` visits of ``samples`` each that take ``total_s`` together; every other sample is ``spread`` longer."""
    each = total_s * 1e9 / (count * samples * (1 + spread / 2))
    return [[round(each * (1 + spread * (n % 2))) for n in range(samples)] for _ in range(count)]


# Noise


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([100, 100, 100], 0.0),
        ([90, 100, 110], 1.4826 * 0.1),
        ([99, 100, 101, 100, 10_000], 1.4826 * 0.01),  # what happens once is no noise
        ([0, 0, 0], 0.0),
    ],
)
def test_noise_is_the_robust_relative_deviation(values, expected):
    assert noise(values) == pytest.approx(expected)


def test_noise_estimates_the_standard_deviation_of_normal_samples():
    seeded = random.Random(5)
    assert noise([seeded.gauss(1000, 20) for _ in range(20_000)]) == pytest.approx(0.02, rel=0.03)


# Fixed iterations


@pytest.mark.parametrize(("taken", "enough"), [(0, False), (24, False), (25, True), (26, True)])
def test_fixed_iterations_know_neither_time_nor_noise_nor_rounds(taken, enough):
    assert sampled(FIXED, [1] * taken).enough is enough
    assert sampled(FIXED, [100_000 * MS] * taken).enough is enough


def test_fixed_iterations_are_spread_over_the_rounds_and_never_exceeded():
    taken = SamplingProgress(FIXED)
    wanted = []
    while not taken.enough:
        wanted.append(taken.next_samples)
        taken.add(batch(ID, (MS,) * taken.next_samples))
    assert wanted == [3] * 8 + [1]


def test_fewer_iterations_than_rounds_are_one_a_visit():
    assert sampled(Sampling(iterations=4, rounds=10)).next_samples == 1


# Adaptive


def test_an_adaptive_visit_takes_its_share_of_the_most_samples():
    assert sampled(ADAPTIVE).next_samples == 800
    assert sampled(ADAPTIVE, [MS] * 790).next_samples == 800


@pytest.mark.parametrize(
    ("total_s", "count", "samples", "enough"),
    [
        (0.26, 5, 10, True),
        (0.26, 4, 10, False),  # too few rounds
        (0.24, 5, 10, False),  # too short
        (0.26, 5, 1, False),  # too few samples
        (0.26, 10, 1, True),
        (0.10, 5, 799, False),
        (0.10, 5, 800, True),  # the most samples that are wanted
    ],
)
def test_quiet_samples_are_enough_where_there_are_enough_of_them(total_s, count, samples, enough):
    assert sampled(ADAPTIVE, *visits(total_s, count, samples)).enough is enough


def test_noisy_samples_go_on_until_their_noise_is_steady():
    """Each visit here is as noisy as all of them together, but three say less than four."""
    noisy = visits(0.3, 5, spread=0.2)
    assert noise(noisy[0]) > ADAPTIVE.noise
    assert sampled(ADAPTIVE, *noisy).enough
    assert not sampled(Sampling(rounds=3, min_time_s=0.1), *visits(0.3, 3, spread=0.2)).enough
    assert sampled(Sampling(rounds=3, min_time_s=0.1), *visits(0.3, 4, spread=0.2)).enough


def test_noise_that_still_changes_is_not_steady():
    growing = [visit for spread in (0.02, 0.1, 0.3, 0.6, 1.2, 2.4) for visit in visits(0.1, 1, spread=spread)]
    taken = sampled(ADAPTIVE, *growing)
    assert max(taken.noises[-4:]) > 1.1 * min(taken.noises[-4:])
    assert (taken.seconds > ADAPTIVE.min_time_s, taken.enough) == (True, False)


def test_time_ends_even_what_is_neither_quiet_nor_steady_nor_often_enough_sampled():
    assert sampled(ADAPTIVE, [999 * MS]).enough is False
    assert sampled(ADAPTIVE, [1000 * MS]).enough is True


@pytest.mark.parametrize(("rounds", "enough"), [(49, False), (50, True)])
def test_ten_times_the_rounds_end_what_time_does_not(rounds, enough):
    """A device so slow beside its own latency that its samples hardly come to anything."""
    assert sampled(ADAPTIVE, *[[1]] * rounds).enough is enough
    assert not sampled(FIXED, *[[1]] * 20).enough
    assert not sampled(replace(FIXED, iterations=1000), *[[1]] * 200).enough  # as many as were asked for


def test_a_clock_that_does_not_move_ends_with_the_most_samples():
    assert sampled(ADAPTIVE, *[[0] * 800] * 5).enough


def test_nothing_is_never_enough():
    for sampling in (ADAPTIVE, FIXED, FAST):
        assert not SamplingProgress(sampling).enough
        assert not sampled(sampling, []).enough


def test_a_fast_result_is_sampled_for_at_most_a_fifth_of_a_second():
    """Of a run that is noisy for good, of which every visit takes all of its budget and one sample more."""
    taken, seeded = SamplingProgress(FAST), random.Random(7)
    while not taken.enough:
        visit: list[int] = []
        while sum(visit) < FAST.visit_s * 1e9:
            visit.append(round(MS * seeded.uniform(0.2, 3.0)))
        taken.add(batch(ID, tuple(visit)))
    assert taken.seconds <= 0.2
