"""Figures of batches whose medians are known: what goes where. How they are worked out is tested elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from paragon_tui.engine.messages.commands import Estimate
from paragon_tui.engine.messages.events import ChainedBatch, ColdBatch, Figures, SampleBatch
from paragon_tui.engine.messages.figures import Conditions
from paragon_tui.engine.messages.job import JobId
from paragon_tui.engine.worker.estimator import Estimator
from tests.support.examples import CALM, GPU, NUMPY, job_id

BASE, FAST = job_id("S1", NUMPY), job_id("S1", GPU)
US, MS = 1_000, 1_000_000


def analyst(*batches: SampleBatch | ColdBatch | ChainedBatch) -> Estimator:
    made = Estimator()
    for batch in batches:
        made.keep(batch)
    return made


def visits(
    name: JobId, median_ns: int, device_ns: int | None = None, process: int = 0, conditions: Conditions = CALM
) -> list[SampleBatch]:
    """Eight rounds of five samples, half a percent around the median."""
    return [
        SampleBatch(name, process, round_, around(median_ns, round_), around(device_ns, round_), conditions)
        for round_ in range(8)
    ]


def around(median_ns: int | None, round_: int) -> tuple[int, ...]:
    if median_ns is None:
        return ()
    wobble = (round_ % 3 - 1) / 2000
    return tuple(round(median_ns * (1 + wobble + share / 1000)) for share in (-2, -1, 0, 1, 2))


def estimate(made: Estimator, name: JobId = FAST, **changes) -> Figures:
    return made.figures(replace(Estimate(name, BASE, None, on_cpu=False), **changes))


def test_medians_are_those_of_the_samples():
    figures = estimate(analyst(*visits(FAST, 2 * MS, 1500 * US)))
    assert (figures.id, figures.processes, figures.rounds) == (FAST, 1, 8)
    assert figures.latency_ms.median == pytest.approx(2.0, rel=1e-3)
    assert figures.device_ms.median == pytest.approx(1.5, rel=1e-3)
    assert (figures.latency_ms.n, figures.device_ms.n) == (40, 40)
    assert figures.latency_ms.interval.low < 2.0 < figures.latency_ms.interval.high
    assert (figures.cold_ms, figures.launch_cost, figures.speedup, figures.flags) == (None, None, None, ())


def test_without_a_device_clock_there_is_no_device_time():
    assert estimate(analyst(*visits(FAST, 2 * MS))).device_ms is None


def test_the_speedup_is_over_the_baseline_that_is_named():
    made = analyst(*visits(BASE, 3 * MS), *visits(FAST, 2 * MS))
    figures = estimate(made)
    assert figures.speedup.value == pytest.approx(1.5, rel=1e-3)
    assert (figures.speedup.judgement, figures.speedup.interval.low > 1.49) == ("faster", True)
    assert estimate(made, baseline=None).speedup is None
    assert estimate(made, BASE, baseline=FAST).speedup.judgement == "slower"


def test_a_variant_is_set_beside_the_usual_one_and_what_both_met_cancels():
    """Both drift by half; the ratio of the visits that lay side by side does not."""
    usual, loop = replace(FAST, variant="tiled"), replace(FAST, variant="for-loop")
    drifting = [
        SampleBatch(
            name, 0, round_, tuple(round(each * (1 + round_ / 16)) for each in around(median, round_)), (), CALM
        )
        for name, median in ((usual, MS), (loop, 4 * MS))
        for round_ in range(8)
    ]
    figures = estimate(analyst(*drifting), loop, baseline=None, usual=usual)
    assert figures.speedup is None
    assert figures.variant_speedup.value == pytest.approx(0.25, rel=1e-3)
    assert (figures.variant_speedup.judgement, figures.variant_speedup.interval.high < 0.26) == ("slower", True)
    assert estimate(analyst(*drifting), usual, baseline=None).variant_speedup is None


def test_a_baseline_without_samples_gives_no_speedup():
    assert estimate(analyst(*visits(FAST, 2 * MS))).speedup is None


def test_a_clock_that_did_not_move_gives_no_speedup_and_costs_nothing_else():
    still = [SampleBatch(BASE, 0, round_, (0, 0, 0), (), CALM) for round_ in range(8)]
    figures = estimate(analyst(*still, *visits(FAST, 2 * MS)))
    assert (figures.speedup, figures.latency_ms.n) == (None, 40)


def test_chains_of_several_processes_are_as_long_as_the_shortest():
    """A run of about an eighth of what a submission may take is chained eight times in one process, not in another."""
    long = tuple(tuple((n, MS * (1 + 12 * n)) for n in (1, 2, 4, 8)) for _ in range(4))
    short = tuple(series[:3] for series in long)
    figures = estimate(analyst(*visits(FAST, 2 * MS), ChainedBatch(FAST, 0, long), ChainedBatch(FAST, 1, short)))
    assert figures.launch_cost.longest == 4
    assert figures.launch_cost.forward_ms == pytest.approx(12)


def test_processes_and_their_visits_are_counted():
    made = analyst(*(batch for process in range(3) for batch in visits(FAST, 2 * MS, process=process)))
    figures = estimate(made)
    assert (figures.processes, figures.rounds, figures.latency_ms.n) == (3, 24, 120)


def test_cold_samples_are_units_of_their_own():
    figures = estimate(analyst(*visits(FAST, 2 * MS), ColdBatch(FAST, 0, around(5 * MS, 1), around(2 * MS, 1))))
    assert (figures.cold_ms.median, figures.cold_ms.n) == (5.0, 5)
    assert (figures.warm_ms.median, figures.warm_ms.n) == (2.0, 5)
    assert figures.cold_ms.interval is not None  # one for each, or there would be none
    assert figures.warm_ms.interval is not None
    assert figures.latency_ms.n == 40


def test_cold_samples_of_all_processes_count_and_so_do_the_warm_ones_beside_them():
    batches = [ColdBatch(FAST, process, (5 * MS, 6 * MS), (2 * MS, 3 * MS)) for process in range(3)]
    figures = estimate(analyst(*visits(FAST, 2 * MS), *batches, ColdBatch(BASE, 0, (9 * MS,), (9 * MS,))))
    assert (figures.cold_ms.median, figures.cold_ms.n) == (5.5, 6)
    assert (figures.warm_ms.median, figures.warm_ms.n) == (2.5, 6)


def test_a_cold_batch_without_samples_is_none():
    assert estimate(analyst(*visits(FAST, 2 * MS), ColdBatch(FAST, 0, (), ()))).cold_ms is None
    assert estimate(analyst(*visits(FAST, 2 * MS), ColdBatch(FAST, 0, (), ()))).warm_ms is None


def test_chained_forwards_give_the_price_of_each():
    series = tuple(tuple((n, 100 * US + n * 50 * US) for n in (1, 2, 4, 8)) for _ in range(4))
    made = analyst(*visits(FAST, 2 * MS), ChainedBatch(FAST, 0, series[:2]), ChainedBatch(FAST, 1, series[2:]))
    through = estimate(made).launch_cost
    assert (through.synchronisation_ms, through.forward_ms) == (pytest.approx(0.1), pytest.approx(0.05))
    assert through.longest == 8


def test_a_chained_batch_of_nothing_gives_no_throughput():
    assert estimate(analyst(*visits(FAST, 2 * MS), ChainedBatch(FAST, 0, ()))).launch_cost is None


def names(figures: Figures) -> list[str]:
    return [flag.name for flag in figures.flags]


def test_a_slow_first_run_is_told_by_the_time_that_is_given():
    made = analyst(*visits(FAST, 2 * MS))
    assert names(estimate(made, first_run_ms=40.0)) == ["first run slow"]
    assert names(estimate(made, first_run_ms=2.1)) == []


def test_the_clocks_best_is_that_of_all_results_and_counts_on_the_processor_alone():
    slower = replace(CALM, spin_ns=2 * CALM.spin_ns)
    made = analyst(*visits(FAST, 2 * MS, conditions=slower), *visits(BASE, 2 * MS))
    assert names(estimate(made, on_cpu=True)) == ["throttled"]
    assert names(estimate(made, on_cpu=False)) == []
    assert names(estimate(made, BASE, baseline=None, on_cpu=True)) == []


def test_results_are_kept_apart():
    made = analyst(*visits(BASE, 3 * MS, conditions=replace(CALM, other_cores=1.5)), *visits(FAST, 2 * MS))
    assert names(estimate(made)) == []
    assert names(estimate(made, BASE, baseline=None)) == ["other load"]


@pytest.mark.parametrize("batches", [(), (ColdBatch(FAST, 0, (1, 2), (1, 1)),), visits(BASE, 3 * MS)])
def test_what_was_never_sampled_has_no_figures(batches):
    with pytest.raises(ValueError, match="no samples"):
        estimate(analyst(*batches))
