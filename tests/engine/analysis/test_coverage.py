"""The error rates of intervals and verdicts over 200 seeded trials of known distributions; rates are recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest

from paragon_tui.engine.analysis.statistics import ratio, summarise
from paragon_tui.engine.analysis.verdict import ratio_of_medians
from paragon_tui.engine.messages.figures import Visit
from tests.support.distributions import DISTRIBUTIONS, Distribution, measured, samples_of, true_median_ms, visits

TRIALS = 200
QUIET = DISTRIBUTIONS["quiet"]
DRIFTING = DISTRIBUTIONS["drift 20 %"]
ROUNDED = 1e-6  # samples are whole nanoseconds


@pytest.mark.parametrize(("rounds", "samples"), [(10, 1), (20, 20)], ids=str)
@pytest.mark.parametrize("name", [name for name, each in DISTRIBUTIONS.items() if not (each.process or each.drift)])
def test_a_medians_interval_covers_the_true_one(name, rounds, samples, record_property):
    check_coverage(DISTRIBUTIONS[name], 1, rounds, samples, record_property)


@pytest.mark.parametrize("processes", [3, 5])
@pytest.mark.parametrize("name", [name for name, each in DISTRIBUTIONS.items() if not each.drift])
def test_so_does_that_of_a_few_processes(name, processes, record_property):
    check_coverage(DISTRIBUTIONS[name], processes, 10, 10, record_property)


def check_coverage(distribution: Distribution, processes: int, rounds: int, samples: int, record_property) -> None:
    truth = true_median_ms(distribution)
    intervals = [
        summarise(samples_of(visits(distribution, (seed, 3), processes, rounds, samples))).interval
        for seed in range(TRIALS)
    ]
    intervals = [each for each in intervals if each is not None]
    assert len(intervals) >= 0.7 * TRIALS
    covered = sum(each.low - ROUNDED <= truth <= each.high + ROUNDED for each in intervals) / len(intervals)
    record_property("coverage", covered)
    assert covered >= 0.90


def judgement(baseline: Sequence[Visit], other: Sequence[Visit]) -> str:
    found = ratio(measured(baseline), measured(other))
    assert found is not None
    return found.judgement


def verdicts(distribution: Distribution, slowdown: float) -> Counter[str]:
    return Counter(
        judgement(visits(distribution, (seed, 0)), visits(distribution, (seed, 1), slowdown=slowdown))
        for seed in range(TRIALS)
    )


def test_a_planted_two_percent_is_called_slower(record_property):
    counts = verdicts(QUIET, 0.02)
    record_property("missed", 1 - counts["slower"] / TRIALS)
    assert counts["slower"] >= 0.95 * TRIALS, counts


def test_a_planted_nothing_is_called_same(record_property):
    counts = verdicts(QUIET, 0.0)
    record_property("false verdicts", (counts["faster"] + counts["slower"]) / TRIALS)
    record_property("same", counts["same"] / TRIALS)
    assert counts["faster"] + counts["slower"] <= 0.05 * TRIALS, counts
    assert counts["same"] >= 0.80 * TRIALS, counts


@pytest.mark.parametrize("name", [name for name, each in DISTRIBUTIONS.items() if not each.process])
def test_where_nothing_was_planted_noise_is_taken_for_a_difference_in_5_of_100(name):
    """The nominal error is 5 %; 200 trials of that stay below 8 % in 19 of 20 cases."""
    counts = verdicts(DISTRIBUTIONS[name], 0.0)
    assert counts["faster"] + counts["slower"] <= 0.08 * TRIALS, counts


def test_a_drift_of_20_percent_that_both_share_cancels():
    assert verdicts(DRIFTING, 0.02)["slower"] >= 0.95 * TRIALS
    still = verdicts(DRIFTING, 0.0)
    assert still["same"] >= 0.80 * TRIALS and not still["faster"] + still["slower"], still


def test_a_baseline_that_drifts_on_after_the_other_has_ended_says_nothing_of_it():
    counts = Counter(
        judgement(visits(DRIFTING, (seed, 0), rounds=24), visits(DRIFTING, (seed, 1), rounds=24)[:12])
        for seed in range(50)
    )
    assert counts["faster"] + counts["slower"] <= 4, counts


@pytest.mark.parametrize(("slowdown", "least", "most"), [(0.0, 0.0, 0.05), (0.1, 0.40, 1.0)])
def test_two_sessions_whose_processes_differ_are_seldom_told_apart_by_accident(slowdown, least, most, record_property):
    between = DISTRIBUTIONS["between processes 2 %"]
    counts = Counter(
        ratio_of_medians(
            summarise(samples_of(visits(between, (seed, 0), 3, 10, 10))),
            summarise(samples_of(visits(between, (seed, 1), 3, 10, 10, slowdown))),
        ).judgement
        for seed in range(TRIALS)
    )
    said = (counts["faster"] + counts["slower"]) / TRIALS
    record_property("told apart", said)
    assert least <= said <= most, counts


@pytest.mark.parametrize(("slowdown", "expected"), [(0.0, "same"), (0.02, "slower")])
def test_two_sessions_are_compared_by_their_intervals_alone(slowdown, expected):
    counts = Counter(
        ratio_of_medians(
            summarise(samples_of(visits(QUIET, (seed, 0)))),
            summarise(samples_of(visits(QUIET, (seed, 1), slowdown=slowdown))),
        ).judgement
        for seed in range(TRIALS)
    )
    assert counts[expected] >= (0.95 if slowdown else 0.80) * TRIALS, counts
