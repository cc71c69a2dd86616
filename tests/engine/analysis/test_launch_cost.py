"""The cost of a launch, of series whose line is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from paragon_tui.engine.analysis.launch_cost import fit_launch_cost
from tests.support.distributions import width


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


def test_series_of_other_lengths_are_an_error():
    with pytest.raises(ValueError, match="same lengths"):
        fit_launch_cost([[(1, 10), (2, 20)], [(1, 10), (4, 40)]])


def test_series_are_as_long_as_the_shortest():
    """A run of about an eighth of what a submission may take is chained eight times in one process, not in another."""
    long = [(n, 1000 * (1 + 12 * n)) for n in (1, 2, 4, 8)]
    cost = fit_launch_cost([long, long, long[:3], long[:3]])
    assert cost is not None
    assert cost.longest == 4 and cost.forward_ms == pytest.approx(0.012)
