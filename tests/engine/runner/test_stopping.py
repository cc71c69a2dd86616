"""The rule that ends the sampling of a result, on batches made by hand."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from paragon_tui.engine.analysis import disturbance
from paragon_tui.engine.messages.events import SampleBatch
from paragon_tui.engine.messages.job import FAST, Sampling
from paragon_tui.engine.runner.measurement import Measurement
from paragon_tui.engine.runner.stopping import SamplingProgress
from tests.support.examples import CALM, GPU, job_id

ID = job_id("S1", GPU)
MS = 1_000_000
ADAPTIVE = Sampling(
    min_time_s=0.25, budget_s=0.5, max_time_s=1.0, max_samples=4000, precision=0.02, rounds=12, most_rounds=40
)
FIXED = Sampling(iterations=25, rounds=10)


def sampled(sampling: Sampling, *visits: Sequence[int], other_cores: float = 0.0) -> SamplingProgress:
    progress = SamplingProgress(sampling, Measurement(on_cpu=True))
    for round_, visit in enumerate(visits):
        take(progress, round_, visit, other_cores)
    return progress


def take(progress: SamplingProgress, round_: int, values: Sequence[int], other_cores: float = 0.0) -> None:
    batch = SampleBatch(ID, 0, round_, tuple(values), (), replace(CALM, other_cores=other_cores))
    progress.measurement.add(batch)
    progress.add(batch)


def visits(total_s: float, count: int, samples: int = 10, spread: float = 0.0) -> list[list[int]]:
    """``count`` visits of ``samples`` each that take ``total_s`` together; visits differ by up to ``spread``."""
    each = total_s * 1e9 / (count * samples)
    return [[round(each * (1 + spread * ((n * 7 % 10) / 9 - 0.5)))] * samples for n in range(count)]


# Fixed iterations


@pytest.mark.parametrize(("taken", "enough"), [(0, False), (24, False), (25, True), (26, True)])
def test_fixed_iterations_know_neither_time_nor_precision_nor_rounds(taken, enough):
    for value in (1, 100_000 * MS):
        progress = sampled(FIXED, [value] * taken)
        assert (progress.precise, progress.spent) == (enough, enough)


def test_fixed_iterations_are_spread_over_the_rounds_and_never_exceeded():
    progress = sampled(FIXED)
    wanted = []
    while not progress.precise:
        wanted.append(progress.next_samples)
        take(progress, len(wanted), (MS,) * progress.next_samples)
    assert wanted == [3] * 8 + [1]


def test_fewer_iterations_than_rounds_are_one_a_visit():
    assert sampled(Sampling(iterations=4, rounds=10)).next_samples == 1


# To a precision


def test_a_visit_takes_its_share_of_the_most_samples():
    assert sampled(ADAPTIVE).next_samples == sampled(ADAPTIVE, [MS] * 790).next_samples == 334


@pytest.mark.parametrize(
    ("total_s", "count", "samples", "precise"),
    [
        (0.26, 12, 10, True),
        (0.26, 11, 10, False),  # too few rounds
        (0.24, 12, 10, False),  # too short
        (0.26, 12, 1, True),
        (0.10, 12, 333, False),
        (0.10, 12, 334, True),  # the most samples that are wanted
    ],
)
def test_steady_samples_are_precise_where_there_are_enough_of_them(total_s, count, samples, precise):
    assert sampled(ADAPTIVE, *visits(total_s, count, samples)).precise is precise


def test_sampling_goes_on_until_the_median_is_known_as_well_as_wished():
    scattered = visits(0.3, 40, spread=0.08)
    few, many = (sampled(ADAPTIVE, *scattered[:n]).half_width for n in (12, 36))
    assert few is not None and many is not None and few > many
    wished = (few + many) / 2
    assert not sampled(replace(ADAPTIVE, precision=wished), *scattered[:12]).precise
    assert sampled(replace(ADAPTIVE, precision=wished, min_time_s=0.05), *scattered[:36]).precise


def test_noise_that_is_steady_is_no_answer():
    """Visits alternate between two times far apart: the noise does not change, and the median stays unknown."""
    progress = sampled(ADAPTIVE, *([MS if n % 2 else 2 * MS] * 20 for n in range(30)))
    assert not progress.precise


def test_a_disturbed_result_is_not_precise_however_steady(monkeypatch):
    monkeypatch.setattr(disturbance, "QUIET_CORES", 0.1)
    assert sampled(ADAPTIVE, *visits(0.3, 20)).precise
    assert not sampled(ADAPTIVE, *visits(0.3, 20), other_cores=64.0).precise


# The budget


@pytest.mark.parametrize(
    ("total_s", "count", "spent"),
    [(0.49, 12, False), (0.51, 12, True), (0.51, 11, False), (1.01, 3, True), (0.1, 39, False), (0.1, 40, True)],
)
def test_a_budget_ends_what_never_gets_precise(total_s, count, spent):
    """The budget after the least number of rounds; the longest time, and the most rounds, in any case."""
    assert sampled(ADAPTIVE, *visits(total_s, count)).spent is spent


def test_nothing_is_never_enough():
    for sampling in (ADAPTIVE, FIXED, FAST):
        progress = sampled(sampling)
        assert not (progress.precise or progress.spent)
        assert not sampled(sampling, []).precise


def test_a_fast_result_is_sampled_for_at_most_a_fifth_of_a_second():
    """Of a run that is noisy for good, of which every visit takes all of its budget and one sample more."""
    progress, seeded, round_ = sampled(FAST), random.Random(7), 0
    while not (progress.precise or progress.spent):
        values: list[int] = []
        while sum(values) < FAST.visit_s * 1e9:
            values.append(round(MS * seeded.uniform(0.2, 3.0)))
        take(progress, round_, values)
        round_ += 1
    assert progress.seconds <= 0.2


def test_a_longer_time_is_of_more_visits_and_a_precision_of_as_many_as_the_longest_time_holds():
    longer = Sampling().for_at_least(30.0)
    assert longer.visit_s == 0.25
    assert longer.most_rounds * longer.visit_s >= 30.0 and longer.max_time_s >= longer.budget_s >= 30.0
    exact = Sampling().to_precision(0.005)
    assert (exact.precision, exact.budget_s) == (0.005, 30.0)
    assert exact.most_rounds * exact.visit_s >= 30.0
