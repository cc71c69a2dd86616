"""Figures of what was measured: what goes where. How they are computed is tested elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from paragon_tui.engine.messages.commands import Estimate
from paragon_tui.engine.messages.events import Figures
from paragon_tui.engine.messages.figures import Energy, Measured, Readings, SensorSummary, Visit
from paragon_tui.engine.worker.estimator import figures
from tests.support.distributions import measured, samples_of, visit
from tests.support.examples import GPU, job_id

ID = job_id("S1", GPU)
US, MS = 1_000, 1_000_000


def visits(median_ns: int, process: int = 0) -> list[Visit]:
    """Twelve rounds of five samples, half a percent around the median."""
    return [
        visit(process, r, [round(median_ns * (1 + (r % 3 - 1) / 2000 + share / 1000)) for share in (-2, -1, 0, 1, 2)])
        for r in range(12)
    ]


def estimate(found: Measured, baseline: Measured | None = None, **changes) -> Figures:
    return figures(replace(Estimate(ID, found, baseline, None, None, on_cpu=False), **changes))


def test_medians_are_those_of_the_samples():
    found = estimate(measured(visits(2 * MS), device=samples_of(visits(1500 * US))))
    assert (found.id, found.processes, found.rounds) == (ID, 1, 12)
    assert found.latency_ms.median == pytest.approx(2.0, rel=1e-3)
    assert found.device_ms is not None and found.device_ms.median == pytest.approx(1.5, rel=1e-3)
    assert (found.latency_ms.n, found.device_ms.n) == (60, 60)
    assert found.latency_ms.interval is not None and found.latency_ms.interval.low < 2.0
    assert (found.cold_ms, found.launch_cost, found.speedup, found.flags) == (None, None, None, ())


def test_the_ratios_are_over_the_baseline_and_the_usual_variant():
    found = estimate(measured(visits(2 * MS)), measured(visits(3 * MS)).for_ratio, usual=measured(visits(MS)).for_ratio)
    assert found.speedup is not None and found.variant_speedup is not None
    assert (found.speedup.judgement, found.variant_speedup.judgement) == ("faster", "slower")
    assert found.speedup.value == pytest.approx(1.5, rel=1e-3)
    assert found.variant_speedup.value == pytest.approx(0.5, rel=1e-3)


def test_a_clock_that_did_not_move_gives_no_speedup_and_costs_nothing_else():
    still = measured([visit(0, r, (0, 0, 0)) for r in range(12)])
    found = estimate(measured(visits(2 * MS)), still)
    assert (found.speedup, found.latency_ms.n) == (None, 60)


def test_processes_and_their_visits_are_counted():
    found = estimate(measured([each for process in range(3) for each in visits(2 * MS, process)]))
    assert (found.processes, found.rounds, found.latency_ms.n) == (3, 36, 180)


def test_flushed_caches_have_times_of_their_own():
    cold, warm = (samples_of([visit(0, r, (ns + r,)) for r in range(10)]) for ns in (5 * MS, 2 * MS))
    found = estimate(measured(visits(2 * MS), cold=cold, warm=warm))
    assert found.cold_ms is not None and found.warm_ms is not None
    assert (found.cold_ms.n, found.warm_ms.n) == (10, 10)
    assert found.cold_ms.median == pytest.approx(5.0, rel=1e-5)
    assert found.cold_ms.interval is not None  # each is a visit of its own, or there would be none


def test_chained_forwards_give_the_price_of_each():
    series = tuple(tuple((n, 100 * US + n * 50 * US) for n in (1, 2, 4, 8)) for _ in range(4))
    cost = estimate(measured(visits(2 * MS), chained=series)).launch_cost
    assert cost is not None
    assert (cost.synchronisation_ms, cost.forward_ms) == pytest.approx((0.1, 0.05))


def test_a_disturbed_result_has_times_without_intervals_and_a_flag():
    found = estimate(
        measured(visits(2 * MS), device=samples_of(visits(MS)), disturbed=True, other_cores=1.0),
        measured(visits(3 * MS)),
    )
    assert found.preempted == 0
    assert found.latency_ms.interval is None
    assert found.device_ms is not None and found.device_ms.interval is None
    assert found.speedup is not None and found.speedup.busy
    assert [flag.name for flag in found.flags] == ["disturbed"]


def test_samples_that_were_left_out_are_counted():
    assert estimate(measured(visits(2 * MS), preempted=7)).preempted == 7


def test_a_slow_first_run_and_a_time_limit_are_told():
    assert [flag.name for flag in estimate(measured(visits(2 * MS)), first_run_ms=40.0).flags] == ["first run slow"]
    assert [flag.name for flag in estimate(measured(visits(2 * MS)), clipped=True).flags] == ["clipped"]


def test_readings_of_all_visits_come_to_figures_and_to_flags():
    energy = Energy(joules=2.0, seconds=0.05, runs=20, step_s=0.001)
    hot = Readings(3000.0, 71.0, None, ("heat",), energy)
    found = estimate(measured(visits(2 * MS), readings=(hot,) * 12))
    assert found.sensors == SensorSummary(3000.0, 71.0, 40.0, 0.1)
    assert [flag.name for flag in found.flags] == ["throttled"]
    assert estimate(measured(visits(2 * MS))).sensors is None
