"""Samples in bounded memory: exact figures of all of them, and an even part of the values."""

from __future__ import annotations

import random
from statistics import mean, median, stdev

import pytest

from paragon_tui.engine.analysis.collector import Collector, merged

SEEDED = random.Random(9)
VALUES = [[SEEDED.randrange(10**6, 2 * 10**6) for _ in range(n)] for n in (1, 40, 7)]


def collected(visits: list[list[int]], process: int = 0) -> Collector:
    collector = Collector()
    for round_, values in enumerate(visits):
        collector.add(process, round_, values)
    return collector


def test_few_samples_are_all_kept_with_their_figures():
    samples = collected(VALUES).samples
    everything = [value for values in VALUES for value in values]
    assert samples is not None
    assert [list(visit.values_ns) for visit in samples.visits] == VALUES
    assert [visit.median_ns for visit in samples.visits] == [median(values) for values in VALUES]
    assert (samples.n, samples.min_ns, samples.max_ns) == (48, min(everything), max(everything))
    assert (samples.mean_ns, samples.stdev_ns) == pytest.approx((mean(everything), stdev(everything)))


def test_a_visit_without_samples_is_none_and_one_sample_has_no_deviation():
    assert collected([[]]).samples is None
    samples = collected([[], [5]]).samples
    assert samples is not None
    assert ([visit.round for visit in samples.visits], samples.stdev_ns) == ([1], None)


def test_very_many_are_thinned_evenly_and_the_figures_stay_exact():
    visits = [[1000 * round_ + i for i in range(400)] for round_ in range(300)]
    samples = collected(visits).samples
    assert samples is not None
    kept = [len(visit.values_ns) for visit in samples.visits]
    assert 2000 <= sum(kept) <= 4000
    assert max(kept) - min(kept) <= 1
    assert samples.n == 120_000 and len(samples.visits) == 300
    assert samples.mean_ns == pytest.approx(mean(value for values in visits for value in values))
    assert [visit.median_ns for visit in samples.visits] == [median(values) for values in visits]


def test_each_visit_keeps_a_value_however_many_there_are():
    samples = collected([[i] for i in range(9000)]).samples
    assert samples is not None
    assert all(visit.values_ns for visit in samples.visits)


def test_the_samples_of_processes_are_those_of_one_collector():
    parts = [collected(VALUES, process).samples for process in range(3)]
    everything = Collector()
    for process in range(3):
        for round_, values in enumerate(VALUES):
            everything.add(process, round_, values)
    together, expected = merged([part for part in parts if part]), everything.samples
    assert together is not None and expected is not None
    assert together.visits == expected.visits
    assert (together.n, together.min_ns, together.max_ns) == (expected.n, expected.min_ns, expected.max_ns)
    assert (together.mean_ns, together.stdev_ns) == pytest.approx((expected.mean_ns, expected.stdev_ns))
    assert merged([]) is None
