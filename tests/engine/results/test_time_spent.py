"""Where the time of a result goes: parts that are its latency together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from paragon_tui.engine.messages.figures import LaunchCost, Overhead
from paragon_tui.engine.results.parts import Resources, Timings
from paragon_tui.engine.results.time_spent import time_spent
from tests.support.examples import summary
from tests.support.sessions import fast_result

OVERHEAD = Overhead(loop_ns=1_000, host_ns=4_000, round_trip_ns=20_000)


def result(latency, device, overhead=OVERHEAD, launch_cost=None):
    timings = Timings(
        latency_ms=summary(latency) if latency else None,
        device_ms=summary(device) if device else None,
        launch_cost=launch_cost,
    )
    return replace(fast_result(), timings=timings, resources=Resources(overhead=overhead))


def parts(*arguments, **named):
    return {part.what: round(part.ms, 6) for part in time_spent(result(*arguments, **named))}


def test_the_parts_are_the_latency_together():
    assert parts(0.1, 0.06) == {
        "kernels": 0.06,
        "this program": 0.005,
        "launch and wait": 0.02,
        "transfers, rest": 0.015,
    }


@pytest.mark.parametrize("device", [0.01, 0.079, 0.0999, 0.1, 0.2])
def test_they_never_exceed_it_and_none_is_negative(device):
    spent = parts(0.1, device)
    assert sum(spent.values()) == pytest.approx(0.1) and min(spent.values()) > 0


def test_without_a_clock_the_kernels_take_the_time_of_a_run_in_a_chain():
    assert parts(0.1, None, launch_cost=LaunchCost(0.02, None, 0.05, None, 8))["kernels"] == 0.05


def test_without_overhead_all_but_the_kernels_is_the_rest():
    assert parts(0.1, 0.06, overhead=None) == {"kernels": 0.06, "transfers, rest": 0.04}


def test_a_host_and_a_result_without_times_have_no_parts():
    assert not parts(0.1, None) and not parts(None, None)
