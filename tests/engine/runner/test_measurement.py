"""Which of a result's samples count, on batches made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from paragon_tui.engine.analysis import disturbance
from paragon_tui.engine.messages.events import ChainedBatch, ColdBatch, SampleBatch
from paragon_tui.engine.messages.figures import Conditions
from paragon_tui.engine.runner import measurement as module
from paragon_tui.engine.runner.measurement import Measurement, combined
from tests.support.examples import CALM, GPU, job_id

ID = job_id("S1", GPU)
BUSY = replace(CALM, other_cores=1.0)


@pytest.fixture(autouse=True)
def two_cores_whose_load_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disturbance, "QUIET_CORES", 0.1)
    monkeypatch.setattr(module, "usable_cores", lambda: 2)


def visit(
    round_: int, conditions: Conditions, preempted: tuple[int, ...] | None, process: int = 0, device: bool = False
) -> SampleBatch:
    """Ten samples of 100 ns, those interrupted 1,000."""
    values = tuple(1000 if index in (preempted or ()) else 100 for index in range(10))
    hit = replace(conditions, preempted=preempted, device_preempted=preempted)
    return SampleBatch(ID, process, round_, values, values if device else (), hit)


def measured(*batches: SampleBatch | ColdBatch | ChainedBatch, on_cpu: bool = True) -> Measurement:
    measurement = Measurement(on_cpu)
    for batch in batches:
        measurement.add(batch)
    return measurement


def test_beside_others_the_samples_count_that_were_not_interrupted():
    measurement = measured(*(visit(r, BUSY, tuple(range(8)), device=True) for r in range(10)))
    found = measurement.measured(None)
    assert found is not None and found.device is not None
    assert (measurement.choice, found.disturbed, found.preempted) == ("uninterrupted", False, 80)
    assert (
        {each.median_ns for each in found.latency.visits} == {each.median_ns for each in found.device.visits} == {100}
    )
    assert (measurement.samples, found.latency.n) == (100, 20)


def test_on_a_quiet_machine_all_count_since_the_worker_interrupts_itself():
    found = measured(*(visit(r, CALM, tuple(range(8))) for r in range(10))).measured(None)
    assert found is not None
    assert (found.latency.n, found.preempted, found.disturbed) == (100, 0, False)


@pytest.mark.parametrize("interrupted", [tuple(range(10)), None])
def test_without_an_undisturbed_sample_the_result_is_disturbed(interrupted):
    found = measured(*(visit(r, BUSY, interrupted) for r in range(10))).measured(None)
    assert found is not None
    assert (found.disturbed, found.latency.n) == (True, 100)
    assert found.other_cores == pytest.approx(1.0)
    elsewhere = measured(*(visit(r, BUSY, interrupted) for r in range(10)), on_cpu=False).measured(None)
    assert elsewhere is not None and not elsewhere.disturbed


def test_the_load_is_the_mean_over_the_visits():
    """A visit's own figure is rough: below zero, where a system's tick fell outside."""
    visits = [visit(r, replace(CALM, other_cores=0.3 * (-1) ** r), ()) for r in range(10)]
    measurement = measured(*visits)
    assert measurement.load.other_cores == pytest.approx(0)
    assert measured(visit(0, replace(CALM, other_cores=None), ())).load.other_cores is None


def test_cold_samples_are_visits_of_their_own_and_chains_are_gathered():
    chain = (((1, 10), (2, 20)),)
    measurement = measured(visit(0, CALM, ()), ColdBatch(ID, 0, (5, 6), (2, 3)), ChainedBatch(ID, 0, chain))
    found = measurement.measured(7)
    assert found is not None and found.cold is not None and found.warm is not None
    assert [each.median_ns for each in found.cold.visits] == [5, 6]
    assert [each.median_ns for each in found.warm.visits] == [2, 3]
    assert (found.chained, found.spin_ns, found.best_spin_ns, found.tick_ns) == (chain, CALM.spin_ns, 7, CALM.tick_ns)


def test_nothing_was_measured_without_samples():
    assert measured().measured(None) is None
    assert measured(ColdBatch(ID, 0, (5,), (2,))).measured(None) is None
    assert combined([]) is None


def test_a_process_that_was_disturbed_disturbs_all():
    calm, busy = (
        measured(*(visit(r, conditions, tuple(range(10)), process) for r in range(10))).measured(None)
        for process, conditions in enumerate((CALM, BUSY))
    )
    assert calm is not None and busy is not None
    together = combined([calm, busy])
    assert together is not None
    assert (together.disturbed, together.latency.n) == (True, 200)
    assert {each.process for each in together.latency.visits} == {0, 1}
    assert together.other_cores == pytest.approx((0.05 + 1.0) / 2)
    assert combined([calm]) == calm
