"""A run's rounds: the order of visits, the processes, other measurements, and the results after a stop."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import psutil
import pytest

from paragon_tui.engine.messages.events import (
    CeilingFound,
    ChainedBatch,
    Closed,
    ColdBatch,
    Compared,
    Doing,
    Event,
    Examined,
    Failed,
    Figures,
    Finished,
    JobStarted,
    Log,
    Output,
    Prepared,
    Probed,
    RunStarted,
    SampleBatch,
)
from paragon_tui.engine.messages.job import FAST
from paragon_tui.engine.runner import measurement, scheduler
from paragon_tui.engine.runner.run import Run
from paragon_tui.engine.runner.scheduler import ESTIMATOR
from paragon_tui.engine.runner.steering import Steering
from paragon_tui.suites.case import Arithmetic
from tests.support.engine_runs import QUICK, Ran, driven, request_for, run_cases, workers

FOUR_ROUNDS = replace(QUICK, rounds=4)

pytestmark = pytest.mark.usefixtures("fake_path")


def names(events: Sequence[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


# Rounds


async def test_the_adapters_of_a_case_take_turns_and_every_other_round_goes_backwards(tmp_path: Path) -> None:
    ran = await run_cases(tmp_path, sampling=FOUR_ROUNDS)
    adapters = ["numpy", "reference", "vulkan:0", "gl:0"]
    assert [visit.id.adapter for visit in ran.of(SampleBatch)] == (adapters + adapters[::-1]) * 2
    assert [visit.round for visit in ran.of(SampleBatch)] == [round_ for round_ in range(4) for _ in adapters]
    assert {(visit.process, len(visit.latency_ns)) for visit in ran.of(SampleBatch)} == {(0, 1)}


async def test_the_workers_of_the_host_stand_still_while_another_is_visited(tmp_path: Path) -> None:
    """BLAS threads spin for 0.1 s after a call."""
    still: list[int] = []

    def count_still(event: Event, ran: Ran) -> None:
        if isinstance(event, SampleBatch) and event.id.adapter in ("vulkan:0", "gl:0"):
            still.append(sum(psutil.Process(pid).status() == psutil.STATUS_STOPPED for pid in workers()))

    ran = await run_cases(tmp_path, on_event=count_still, sampling=FOUR_ROUNDS)
    assert still == [2] * 8
    assert {result.status for result in ran.session.results.values()} == {"ok"}
    assert not any(visit.conditions.dropped for visit in ran.of(SampleBatch))


async def test_a_case_is_finished_before_the_next_begins(tmp_path: Path) -> None:
    ran = await run_cases(tmp_path, "S[12]", selected=("gl:0",))
    events = [
        event for event in ran.events if isinstance(event, JobStarted | SampleBatch | Closed | Figures | Finished)
    ]
    assert [case for case, _ in groupby(events, key=lambda event: event.id.case)] == ["S1", "S2"]
    assert [kind for kind, _ in groupby(names([event for event in events if event.id.case == "S1"]))] == [
        *("JobStarted", "SampleBatch", "JobStarted", "SampleBatch", "Figures", "Closed", "Finished"),
    ]


async def test_the_variants_and_adapters_of_a_case_take_turns(tmp_path: Path) -> None:
    both = (Arithmetic(), Arithmetic(variant="plain"))
    ran = await run_cases(tmp_path, selected=("gl:0",), arithmetic=both)
    order = [("numpy", "default"), ("gl:0", "default"), ("gl:0", "plain")]
    assert [(visit.id.adapter, visit.id.variant) for visit in ran.of(SampleBatch)] == order + order[::-1]
    chain = ran.result("gl:0", variant="plain").bits.chain
    assert (ran.result("gl:0").bits.chain, chain) == (
        None,
        "neither",
    )  # the fake computes canonically whatever the plan


async def test_a_results_events_come_in_order_and_nothing_is_told_between_two_visits(tmp_path: Path) -> None:
    ran = await run_cases(tmp_path, selected=("gl:0",), sampling=replace(QUICK, chained=2, examine=True))
    mine = [event for event in ran.events if getattr(getattr(event, "id", None), "adapter", "") == "gl:0"]
    kinds = [JobStarted, Prepared, Output, Compared, SampleBatch, SampleBatch, ChainedBatch, Examined]
    told = [type(event) for event in mine if not isinstance(event, Doing)]
    assert told == [*kinds, Figures, Closed, Finished]
    doing = [event.what for event in mine if isinstance(event, Doing)]
    assert doing == ["peaks", "operands", "reference", "compiling", "reference", "comparing"]
    (beside,) = (event.id.adapter for event in ran.of(Doing) if event.what == "opening")
    assert beside == "numpy"
    opened, *_, last = (ran.events.index(visit) for visit in ran.of(SampleBatch) if visit.id.adapter == "gl:0")
    assert {type(event) for event in ran.events[opened : last + 1]} == {SampleBatch}  # from when all are open


async def test_each_adapter_is_visited_as_soon_as_it_is_open(tmp_path: Path) -> None:
    ran = await run_cases(tmp_path, selected=("gl:0",))
    kinds = [(type(event), event.id.adapter) for event in ran.events if isinstance(event, Prepared | SampleBatch)]
    assert kinds[:4] == [(Prepared, "numpy"), (SampleBatch, "numpy"), (Prepared, "gl:0"), (SampleBatch, "gl:0")]


async def test_all_adapters_of_a_case_go_along_until_the_last_is_precise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the times of a row are of the same rounds: a constant device waits for NumPy, which takes real time."""
    monkeypatch.setenv("FAKE_TIMES", "constant")
    monkeypatch.setenv("FAKE_SLOWER", "0.05")
    exact = replace(QUICK, iterations=None, min_time_s=0.02, precision=1e-6, most_rounds=17)
    ran = await run_cases(tmp_path, selected=("gl:0",), sampling=exact)
    rounds = {name: [v.round for v in ran.of(SampleBatch) if v.id.adapter == name] for name in ("numpy", "gl:0")}
    assert rounds["numpy"] == rounds["gl:0"] == list(range(17))
    numpy, device = (ran.result(name).timings for name in rounds)
    assert numpy.latency_ms is not None and device.latency_ms is not None and device.speedup is not None
    assert device.speedup.baseline_ms == numpy.latency_ms.median
    assert device.speedup.value == numpy.latency_ms.median / device.latency_ms.median


async def test_the_speedup_is_over_the_baseline_and_figures_come_after_all_sampling(tmp_path: Path) -> None:
    ran = await run_cases(tmp_path, selected=("gl:0",), sampling=replace(QUICK, iterations=10, rounds=10))
    numpy, fake = ran.result("numpy"), ran.result("gl:0")
    assert fake.timings.speedup is not None and numpy.timings.speedup is None
    assert numpy.timings.latency_ms is not None and fake.timings.latency_ms is not None
    assert fake.timings.speedup.value == pytest.approx(numpy.timings.latency_ms.median / fake.timings.latency_ms.median)
    assert ran.events.index(ran.of(SampleBatch)[-1]) < min(ran.events.index(event) for event in ran.of(Figures))


# Beside other programs


class Load:
    """Disturbs every result until quiet comes, which is at the first time that it is waited for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, comes: bool = True) -> None:
        self.disturbs, self.comes = True, comes
        monkeypatch.setattr(measurement, "counting_samples", lambda *_: "disturbed" if self.disturbs else "all")
        monkeypatch.setattr(scheduler, "quiet_comes", self.quiet_comes)

    async def quiet_comes(self, patience_s: float, steering: Steering) -> bool:
        self.disturbs = not self.comes
        return self.comes


ADAPTIVE = replace(QUICK, iterations=None, min_time_s=0.02, precision=10.0, rounds=10, most_rounds=12)


async def test_what_was_disturbed_is_measured_again_when_quiet_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Load(monkeypatch)
    ran = await run_cases(tmp_path, "S[12]", selected=("gl:0",), sampling=ADAPTIVE)
    assert any("disturbed 2 cases: measuring again" in event.text for event in ran.of(Log))
    rounds = [v.round for v in ran.of(SampleBatch) if (v.id.adapter, v.id.case) == ("gl:0", "S1")]
    again = len(rounds) - 12  # as many as it may while it is disturbed, then as many as it and NumPy, a real one, need
    assert rounds == list(range(12 + again)) and 10 <= again <= 12
    result = ran.result("gl:0")
    assert (result.status, result.timings.rounds) == ("ok", again)
    assert result.timings.speedup is not None and not result.timings.speedup.busy
    assert [event.id for event in ran.of(Finished)].count(result.id) == 1


async def test_without_quiet_the_figures_stand_and_are_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Load(monkeypatch, comes=False)
    ran = await run_cases(tmp_path, selected=("gl:0",), sampling=ADAPTIVE)
    result = ran.result("gl:0")
    assert result.timings.latency_ms is not None and result.timings.latency_ms.interval is None
    assert result.timings.speedup is not None and result.timings.speedup.busy
    assert result.conditions.mark == "!"
    assert any("still keep the machine busy" in event.text for event in ran.of(Log))


async def test_a_stop_before_it_was_measured_again_keeps_the_first_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Load(monkeypatch)
    run = Run(await request_for(tmp_path, selected=("gl:0",), sampling=ADAPTIVE))

    def stop(event: Event, ran: Ran) -> None:
        if isinstance(event, Log) and "measuring again" in event.text:
            run.stop()

    ran = await driven(run, stop)
    result = ran.result("gl:0")
    assert result.status == "stopped" and result.timings.latency_ms is not None
    assert result.timings.latency_ms.n == result.timings.samples > 0


# What is measured apart


def ceilings_of(ran: Ran) -> list[str]:
    """The adapters whose ceiling was found. Other tests are at work beside NumPy: then it has none."""
    found = [event.adapter for event in ran.of(CeilingFound)]
    assert set(found) <= {"numpy", "gl:0"}
    return found


async def test_a_usual_run_measures_ceilings_cold_caches_chains_and_the_harness(tmp_path: Path) -> None:
    """L1 is 10 MB of weights: more than a launch moves, and bound by memory on a host that computes this fast."""
    usual = replace(QUICK, cold=3, chained=2, examine=True)
    ran = await run_cases(tmp_path, "L1", selected=("gl:0",), sampling=usual)
    assert "gl:0" in ceilings_of(ran)
    fake, numpy = ran.result("gl:0", "L1"), ran.result("numpy", "L1")
    assert [event.id.adapter for event in ran.of(ChainedBatch)] == ["gl:0"]
    assert fake.timings.launch_cost is not None and numpy.timings.launch_cost is None
    assert fake.timings.launch_cost.synchronisation_ms == pytest.approx(0.5, abs=0.1)
    assert fake.timings.launch_cost.forward_ms == pytest.approx(1.5, abs=0.1)
    assert fake.resources.overhead is not None and numpy.resources.overhead is not None
    assert (fake.resources.overhead.host_ns, fake.resources.overhead.round_trip_ns) == (5_000, 500_000)
    assert (numpy.resources.overhead.host_ns, numpy.resources.overhead.round_trip_ns) == (None, None)
    assert numpy.timings.cold_ms is not None and 1 <= numpy.timings.cold_ms.n <= 3
    line = ran.session.roofline(fake)
    assert line is not None and line.gb_s > 0
    for event in ran.of(ColdBatch):
        assert event.values_ns


async def test_a_ceiling_is_found_once_for_each_adapter(tmp_path: Path) -> None:
    ran = await run_cases(tmp_path, "S[12]", selected=("gl:0",), sampling=replace(QUICK, examine=True))
    found = ceilings_of(ran)
    assert "gl:0" in found and len(found) == len(set(found))


async def test_a_fast_run_measures_nothing_apart(tmp_path: Path) -> None:
    ran = await run_cases(tmp_path, selected=("gl:0",), sampling=FAST)
    assert not ran.of(CeilingFound, ColdBatch, ChainedBatch, Examined)
    assert {r.status for r in ran.session.results.values()} == {"ok"}
    assert len({visit.round for visit in ran.of(SampleBatch)}) >= FAST.rounds
    for name in ("numpy", "gl:0"):
        latency = ran.result(name).timings.latency_ms
        assert latency is not None and latency.n >= FAST.rounds
        # Beside other tests NumPy's real times may scatter too much for an interval; the device has a clock of its own.
        assert latency.interval is not None or name == "numpy"


# Processes


async def test_every_repetition_is_a_fresh_process_of_each_adapter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_LOG", "1")
    ran = await run_cases(tmp_path, "S[12]", sampling=replace(QUICK, repeat=3))
    for name in ("vulkan:0", "gl:0"):
        texts = [event.text for event in ran.of(Log) if event.source == name and " in " in event.text]
        assert len({text.rpartition(" ")[2] for text in texts}) == 3
    assert {r.timings.processes for r in ran.session.results.values()} == {3}
    assert {r.timings.latency_ms.n for r in ran.session.results.values() if r.timings.latency_ms} == {12}
    order = [(visit.process, visit.id.case) for visit in ran.of(SampleBatch)]
    assert [place for place, _ in groupby(order)] == [(p, case) for p in range(3) for case in ("S1", "S2")]
    probed = [event.adapter for event in ran.of(Probed)]  # beside one another, so in any order
    assert [sorted(probed[start : start + 3]) for start in (0, 3, 6)] == [["gl:0", "reference", "vulkan:0"]] * 3
    ends = [event.id for event in ran.of(Finished)]
    assert len(ends) == len(set(ends)) == len(ran.session.results)
    assert all(
        r.timings.rounds == 6 and r.bits.deterministic for r in ran.session.results.values() if r.id.adapter != "numpy"
    )


async def test_what_fails_in_one_process_is_not_measured_in_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_FAULT", "raise")
    ran = await run_cases(tmp_path, selected=("gl:0",), sampling=replace(QUICK, repeat=3))
    assert ran.result("gl:0").status == "failed"
    assert len([event for event in ran.of(JobStarted) if event.id.adapter == "gl:0"]) == 1
    assert (ran.result("numpy").status, ran.result("numpy").timings.processes) == ("ok", 3)


@pytest.mark.parametrize("threads", [1, None])
async def test_threads_reach_the_librarys_worker(
    threads: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    ran = await run_cases(tmp_path, selected=("numpy",), threads=threads)
    numpy = ran.result("numpy")
    if numpy.resources.library is None or not numpy.resources.library.startswith("OpenBLAS"):
        pytest.skip("this NumPy multiplies with another BLAS")
    assert numpy.resources.threads == (threads or min(2, os.cpu_count() or 1))


# The worker that knows statistics


async def test_statistics_that_are_killed_begin_anew_and_nothing_is_lost(tmp_path: Path) -> None:
    """It is killed whenever it has told the figures of a baseline: it keeps nothing that the next needs."""
    run = Run(await request_for(tmp_path, "S[12]"))
    killed = []

    def kill(event: Event, ran: Ran) -> None:
        if isinstance(event, Figures) and event.id.adapter == "numpy":
            statistics = run._pool.worker(ESTIMATOR)
            assert statistics is not None
            killed.append(statistics._running().pid)
            os.kill(killed[-1], signal.SIGKILL)

    ran = await driven(run, kill)
    assert len(set(killed)) == 2
    results = ran.session.results.values()
    assert {r.status for r in results} == {"ok"}
    assert all(r.timings.latency_ms is not None and r.timings.latency_ms.n == 4 for r in results)


# Stops


async def test_stop_keeps_what_was_measured_and_marks_the_rest(tmp_path: Path) -> None:
    run = Run(await request_for(tmp_path, "S*"))

    def stop(event: Event, ran: Ran) -> None:
        if any(r.status == "ok" for r in ran.session.results.values()):
            run.stop()

    ran = await driven(run, stop)
    by_case = {case: {r.status for r in ran.session.results.values() if r.id.case == case} for case in ("S1", "S3")}
    assert by_case == {"S1": {"ok"}, "S3": {"stopped"}}
    assert ran.result("gl:0", "S3").error == "not run: the session was stopped first"
    assert ran.session.interrupted


async def test_a_stop_in_the_middle_keeps_the_samples_and_gives_figures(tmp_path: Path) -> None:
    endless = replace(QUICK, iterations=10**9, min_time_s=0.05, rounds=15)
    run = Run(await request_for(tmp_path, "S[12]", ("gl:0",), endless))

    def stop(event: Event, ran: Ran) -> None:
        if isinstance(event, SampleBatch) and event.round == 12:
            run.stop()

    ran = await driven(run, stop)
    for name in ("numpy", "gl:0"):
        result = ran.result(name)
        assert (result.status, result.timings.latency_ms is not None) == ("stopped", True)
        assert result.timings.latency_ms is not None and result.timings.latency_ms.n == result.timings.samples > 12
        assert result.error == f"stopped by the user after {result.timings.samples} samples"
        assert ran.result(name, "S2").error == "not run: the session was stopped first"
    assert ran.result("gl:0").timings.speedup is not None
    assert not ran.of(ColdBatch, ChainedBatch, Examined)


async def test_a_stop_before_the_first_visit_has_no_figures(tmp_path: Path) -> None:
    run = Run(await request_for(tmp_path, selected=("gl:0",)))

    def stop(event: Event, ran: Ran) -> None:
        if isinstance(event, Prepared):
            run.stop()

    ran = await driven(run, stop)
    assert {(r.status, r.timings.latency_ms) for r in ran.session.results.values()} == {("stopped", None)}
    assert ran.result("numpy").error == "stopped by the user before the first sample"


async def test_a_stop_in_the_second_process_ends_every_result_once(tmp_path: Path) -> None:
    run = Run(await request_for(tmp_path, "S[12]", ("gl:0",), replace(QUICK, repeat=3)))

    def stop(event: Event, ran: Ran) -> None:
        if isinstance(event, SampleBatch) and event.process == 1:
            run.stop()

    ran = await driven(run, stop)
    ends = [event.id for event in ran.of(Finished, Failed)]
    assert len(ends) == len(set(ends)) == len(ran.session.results) == 4
    for result in ran.session.results.values():
        assert (result.status, result.timings.latency_ms is not None) == ("stopped", True)
        assert result.timings.latency_ms is not None and result.timings.latency_ms.n == result.timings.samples >= 4
        assert result.error == f"stopped by the user after {result.timings.samples} samples, in process 2 of 3"
    starts = [event.id.case for event in ran.of(JobStarted)]
    assert (starts.count("S1"), starts.count("S2")) == (3, 2)  # two adapters', and the first one's a second time
    assert {visit.process for visit in ran.of(SampleBatch)} == {0, 1}


async def test_a_results_own_time_limit_ends_its_sampling_and_nothing_else(tmp_path: Path) -> None:
    endless = replace(QUICK, iterations=10**9, chained=1)
    async with asyncio.timeout(300):
        ran = await run_cases(tmp_path, sampling=endless, timeout_s=3.0, apis=("gl",))
    result = ran.result("gl:0")
    assert (result.status, result.error, result.conditions.not_measured) == ("ok", None, ())
    assert result.timings.latency_ms is not None and result.timings.latency_ms.n == result.timings.samples > 1
    assert result.timings.launch_cost is not None
    assert result.elapsed_s is not None and result.elapsed_s >= 3.0


# What is said ahead


async def test_a_run_says_ahead_what_it_will_measure_how_and_how_long(tmp_path: Path) -> None:
    request = await request_for(tmp_path, "S[12]", ("gl:0",))
    ran = await driven(Run(request))
    (begun,) = ran.of(RunStarted)
    assert isinstance(begun, RunStarted)
    assert [planned.id for planned in begun.planned] == [job.id for job in request.jobs]
    assert sum(planned.expected_s for planned in begun.planned) == pytest.approx(request.expected_s)
    assert (begun.sampling, begun.listed) == (QUICK, ("gl:0",))
    assert all(planned.cost is not None for planned in begun.planned)
