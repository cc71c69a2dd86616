"""Planted faults: a driver that crashes, hangs or chatters costs its own result and nothing else."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from paragon_tui.engine.messages.events import (
    DiscoveryFinished,
    Event,
    Finished,
    JobStarted,
    Log,
    NotMeasured,
    Prepared,
    Probed,
    RunFinished,
    RunStarted,
    SampleBatch,
)
from paragon_tui.engine.messages.figures import Dropped
from paragon_tui.engine.results.result import Result
from paragon_tui.engine.runner import worker_pool
from paragon_tui.engine.runner.run import Run
from paragon_tui.formatting.timings import timing_rows
from paragon_tui.suites.case import Arithmetic
from tests.support.engine_runs import QUICK, Ran, adapters_in, discovery_events, driven, request_for, run_cases, workers

IN_A_VISIT = "4"  # compared is one run, warmed up are two, and a sample's are two more
IN_THE_SECOND_VISIT = "10"
LOST = "the fake device was lost; plug it in again"

pytestmark = pytest.mark.usefixtures("fake_path")


@pytest.fixture
def fault(monkeypatch: pytest.MonkeyPatch):
    """Plant one: ``fault("hang", CASE="S1")``."""

    def plant(name: str, **limits: str) -> None:
        for key, value in {"FAKE_FAULT": name, **{f"FAKE_FAULT_{key}": v for key, v in limits.items()}}.items():
            monkeypatch.setenv(key, value)

    return plant


async def test_without_faults_every_result_is_ok_and_identical(tmp_path: Path) -> None:
    ran = await run_cases(tmp_path, "S[12]")
    assert isinstance(ran.events[0], RunStarted)
    assert isinstance(ran.events[-1], RunFinished)
    assert {r.status for r in ran.session.results.values()} == {"ok"}
    assert not ran.session.failures
    fake = ran.result("vulkan:0")
    assert fake.bits.comparison is not None and fake.bits.comparison.bit_identical and fake.bits.deterministic
    assert fake.timings.latency_ms is not None and fake.timings.latency_ms.n == 4
    assert 2.0 <= fake.timings.latency_ms.median <= 2.1
    assert fake.timings.device_ms is not None and 1.5 <= fake.timings.device_ms.median <= 1.6
    assert fake.resources.device_bytes == 2**20 and (fake.resources.host_peak_bytes or 0) > 2**20
    assert fake.elapsed_s is not None and fake.elapsed_s > 0


# Crashes


@pytest.mark.parametrize(
    ("name", "first_run", "words"),
    [
        ("segfault", "1", "SIGSEGV"),
        ("raise", "1", "was lost"),
        ("segfault", IN_A_VISIT, "SIGSEGV"),
        ("abort", IN_A_VISIT, "SIGABRT"),
        ("raise", IN_A_VISIT, "was lost"),
    ],
)
async def test_a_crash_costs_that_result_and_no_other(
    name: str, first_run: str, words: str, tmp_path: Path, fault
) -> None:
    fault(name, CASE="S1", ADAPTER="gl:0", RUN=first_run)
    ran = await run_cases(tmp_path, "S[12]", selected=("gl:0", "vulkan:0"))
    crashed = ran.result("gl:0")
    assert crashed.status == "failed"
    assert words in (crashed.error or "") and "Error:" not in (crashed.error or "")
    assert (crashed.timings.latency_ms, crashed.bits.comparison) == (None, None)
    assert ran.session.failures == [crashed]
    assert {r.status for r in ran.session.results.values() if r is not crashed} == {"ok"}


async def test_a_lost_device_is_opened_anew_for_the_next_result(tmp_path: Path, fault) -> None:
    fault("lost", CASE="S1", RUN=IN_A_VISIT)
    ran = await run_cases(tmp_path, "S[123]", selected=("gl:0",))
    assert [ran.result("gl:0", case).status for case in ("S1", "S2", "S3")] == ["failed", "ok", "ok"]
    assert [event.adapter for event in ran.of(Probed)].count("gl:0") == 2  # once for S1, and once more


async def test_a_crash_reports_the_drivers_last_words(tmp_path: Path, fault) -> None:
    fault("segfault")
    ran = await run_cases(tmp_path, selected=("gl:0",))
    assert "about to crash" in (ran.result("gl:0").error or "")
    assert any("about to crash" in event.text for event in ran.of(Log))


async def test_a_variant_whose_worker_another_takes_down_is_made_ready_anew(tmp_path: Path, fault) -> None:
    """Both are open in one worker, and the naive one crashes it in its first visit."""
    fault("segfault", PLAN="plain", RUN=IN_A_VISIT)
    both = (Arithmetic(), Arithmetic(variant="plain"))
    ran = await run_cases(tmp_path, selected=("gl:0",), arithmetic=both)
    plain, usual = ran.result("gl:0", variant="plain"), ran.result("gl:0")
    assert plain.status == "failed" and "SIGSEGV" in (plain.error or "")
    assert usual.status == "ok"
    assert usual.timings.latency_ms is not None and usual.timings.latency_ms.n == 4
    assert len([event for event in ran.of(Prepared) if event.id == usual.id]) == 2
    assert len([event for event in ran.of(JobStarted) if event.id == usual.id]) == 1


async def test_workers_that_die_between_cases_cost_nothing(tmp_path: Path) -> None:
    killed: set[int] = set()

    def kill(event: Event, ran: Ran) -> None:
        if isinstance(event, Finished) and event.id.case == "S1" and event.id.adapter == "gl:0":
            killed.update(workers())
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    ran = await run_cases(tmp_path, "S[12]", kill, selected=("gl:0",))
    assert len(killed) == 3  # NumPy's, the device's, and the one that knows statistics, all of which begin anew
    assert {r.status for r in ran.session.results.values()} == {"ok"}
    assert all(r.timings.latency_ms is not None for r in ran.session.results.values())


# Hangs


async def test_a_hang_ends_with_the_time_limit(tmp_path: Path, fault) -> None:
    fault("hang", CASE="S1", ADAPTER="vulkan:0")
    ran = await run_cases(tmp_path, "S[12]", selected=("vulkan:0",), timeout_s=3.0)
    hung = ran.result("vulkan:0")
    assert hung.status == "timeout"
    assert "--timeout" in (hung.error or "")
    assert ran.session.failures == [hung]
    assert ran.result("vulkan:0", "S2").status == "ok"


async def test_a_hang_in_a_visit_costs_that_result_and_no_other(tmp_path: Path, fault) -> None:
    fault("hang", CASE="S1", RUN=IN_A_VISIT)
    ran = await run_cases(tmp_path, "S[12]", selected=("gl:0",), timeout_s=3.0)
    hung = ran.result("gl:0")
    assert (hung.status, hung.timings.latency_ms) == ("timeout", None)
    assert ran.session.failures == [hung]
    assert ran.result("gl:0", "S2").status == "ok"
    starts = [event for event in ran.of(JobStarted) if event.id.adapter == "gl:0"]
    assert len(starts) == 2


# What a result can do without

EXTRAS = replace(QUICK, cold=2, chained=2, examine=True)
WHAT = {
    "cold": "cold caches",
    "chained": "chained runs",
    "examine": "the harness's overhead",
    "close": "memory and determinism",
}


def had(result: Result) -> set[str]:
    """Return the measurements beside the samples that the result has."""
    values = (result.timings.cold_ms, result.timings.launch_cost, result.resources.overhead, result.bits.deterministic)
    return {place for place, value in zip(WHAT, values, strict=True) if value is not None}


async def test_without_faults_everything_is_had(tmp_path: Path) -> None:
    ran = await run_cases(tmp_path, "L1", apis=("gl",), sampling=EXTRAS)  # 10 MB of weights, bound by memory
    result = ran.result("gl:0", "L1")
    assert (had(result), result.conditions.not_measured) == (set(WHAT), ())
    assert result.timings.cold_ms is not None and result.timings.warm_ms is not None
    assert result.timings.cold_ms.n == result.timings.warm_ms.n == 2


@pytest.mark.parametrize("place", WHAT)
async def test_what_fails_beside_the_samples_costs_itself_alone(place: str, tmp_path: Path, fault) -> None:
    fault("raise", CASE="L1", IN=place)
    ran = await run_cases(tmp_path, "L1", apis=("gl",), sampling=EXTRAS)
    result = ran.result("gl:0", "L1")
    assert (result.status, result.error, result.timings.samples) == ("ok", None, 4)
    assert result.timings.latency_ms is not None and result.timings.latency_ms.n == 4
    assert result.bits.comparison is not None and result.bits.comparison.bit_identical
    assert result.conditions.not_measured == (f"{WHAT[place]}: {LOST}",)
    assert had(result) == set(WHAT) - {place}
    assert not ran.session.failures


@pytest.mark.parametrize("place", ["chained", "examine", "close"])
async def test_a_worker_that_dies_beside_the_samples_costs_no_figure(place: str, tmp_path: Path, fault) -> None:
    """Its later measurements are lost and reported; the next case has a new worker."""
    fault("segfault", CASE="S1", IN=place)
    ran = await run_cases(tmp_path, "S[12]", selected=("gl:0",), sampling=replace(EXTRAS, cold=0))
    result, other = ran.result("gl:0"), ran.result("gl:0", "S2")
    assert (result.status, result.error) == ("ok", None)
    assert result.timings.latency_ms is not None and result.timings.latency_ms.n == 4
    places = list(WHAT)
    first, *later = result.conditions.not_measured
    assert first.startswith(f"{WHAT[place]}: the worker of gl:0 was killed by SIGSEGV")
    assert later == [f"{WHAT[lost]}: its worker had exited" for lost in places[places.index(place) + 1 :]]
    assert had(result) == set(places[1 : places.index(place)])
    assert (other.status, other.conditions.not_measured, had(other)) == ("ok", (), {"chained", "examine", "close"})
    assert not ran.session.failures


async def test_what_hangs_beside_the_samples_takes_its_time_limit_and_costs_no_figure(tmp_path: Path, fault) -> None:
    fault("hang", CASE="S1", IN="chained")
    ran = await run_cases(tmp_path, apis=("gl",), sampling=replace(QUICK, chained=2), timeout_s=3.0)
    result = ran.result("gl:0")
    assert result.status == "ok" and result.timings.latency_ms is not None and result.timings.latency_ms.n == 4
    assert result.conditions.not_measured[0].startswith("chained runs: no answer within 3 s, so its worker was killed")


async def test_what_fails_in_every_process_is_said_once(tmp_path: Path, fault) -> None:
    fault("raise", CASE="S1", IN="chained")
    ran = await run_cases(tmp_path, apis=("gl",), sampling=replace(QUICK, chained=2, repeat=3))
    result = ran.result("gl:0")
    assert (result.status, result.timings.processes) == ("ok", 3)
    assert len(ran.of(NotMeasured)) == 3
    assert result.conditions.not_measured == (f"chained runs: {LOST}",)


# What it prints, and what it computes


async def test_rubbish_on_stdout_is_logged_and_harms_nothing(tmp_path: Path, fault) -> None:
    fault("rubbish")
    ran = await run_cases(tmp_path, selected=("vulkan:0",))
    chatty = ran.result("vulkan:0")
    assert (chatty.status, chatty.timings.samples) == ("ok", 4)  # no event was lost to a line that it had to share
    assert chatty.bits.digest is not None
    assert any("driver chatter" in event.text for event in ran.of(Log))
    assert any("hello from python" in event.text for event in ran.of(Log))


async def test_wrong_bits_break_the_claim(tmp_path: Path, fault) -> None:
    fault("wrong")
    ran = await run_cases(tmp_path, selected=("gl:0",))
    wrong = ran.result("gl:0")
    assert wrong.status == "ok"
    assert wrong.bits.broken_claim and wrong.bits.deterministic
    assert wrong.bits.comparison is not None
    assert (wrong.bits.comparison.first_difference, wrong.bits.comparison.ulp_max) == (3, 1)
    assert wrong in ran.session.failures


@pytest.mark.parametrize(("name", "words"), [("nan", "logits[2] is nan"), ("flaky", "not deterministic")])
async def test_a_result_that_cannot_be_believed_fails(name: str, words: str, tmp_path: Path, fault) -> None:
    fault(name)
    ran = await run_cases(tmp_path, selected=("reference", "gl:0"))
    broken = ran.result("gl:0")
    assert broken.status == "failed"
    assert words in (broken.error or "")
    assert (broken.bits.comparison, broken.timings.latency_ms) == (
        None,
        None,
    )  # it has no bits, and no time, to speak of
    assert ran.session.claims == (1, 1)  # the reference's own


async def test_unsupported_is_no_failure(tmp_path: Path, fault) -> None:
    fault("unsupported")
    ran = await run_cases(tmp_path, selected=("gl:0",))
    assert ran.result("gl:0").status == "unsupported"
    assert "400.0 MiB" in (ran.result("gl:0").error or "")
    assert not ran.session.failures


@pytest.mark.parametrize("name", ["", "flaky"])
async def test_what_is_made_ready_is_given_back_however_it_ends(
    name: str, tmp_path: Path, fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_LOG", "1")
    fault(name)
    ran = await run_cases(tmp_path, "S[12]", selected=("gl:0",))
    messages = [event.text.split() for event in ran.of(Log) if event.source == "gl:0"]
    ready, back = ([words[0] for words in messages if words[1] == what] for what in ("ready", "given"))
    assert len(ready) >= 2 and ready.count("rows") == back.count("rows")


async def test_a_cache_that_cannot_be_named_fails_its_results_and_says_so(tmp_path: Path) -> None:
    strange = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    ran = await run_cases(strange, selected=("numpy",))
    assert "not Unicode" in (ran.result("numpy").error or "")


# Stops


async def test_a_failure_during_a_stop_is_still_a_failure(
    tmp_path: Path, fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stop ends a visit that would go on for ever, in which the bits have changed already."""
    monkeypatch.setenv("FAKE_LOG", "1")
    fault("flaky", RUN=IN_A_VISIT)
    endless = replace(QUICK, iterations=10**9, min_time_s=10**6)
    run = Run(await request_for(tmp_path, sampling=endless, apis=("gl",)))

    def stop(event: Event, ran: Ran) -> None:
        if isinstance(event, Log) and "goes wrong" in event.text:
            run.stop()

    ran = await driven(run, stop)
    assert ran.session.interrupted
    assert ran.result("gl:0").status == "failed"
    assert "not deterministic" in (ran.result("gl:0").error or "")
    assert ran.session.failures


async def test_stop_ends_a_worker_that_hangs(tmp_path: Path, fault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_pool, "_STOP_GRACE_S", 1.0)
    fault("hang")
    run = Run(await request_for(tmp_path, selected=("gl:0",), timeout_s=600.0))

    def stop(event: Event, ran: Ran) -> None:
        if isinstance(event, JobStarted) and event.id.adapter == "gl:0":
            run.stop()

    began = time.monotonic()
    ran = await driven(run, stop)
    assert ran.result("gl:0").status == "stopped"
    assert time.monotonic() - began < 120


async def test_a_worker_that_is_ended_after_a_stop_has_left_its_samples(
    tmp_path: Path, fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It hangs in its second visit, and does not hear that it shall stop."""
    monkeypatch.setenv("FAKE_LOG", "1")
    fault("hang", CASE="S1", RUN=IN_THE_SECOND_VISIT)
    run = Run(await request_for(tmp_path, apis=("gl",), sampling=replace(QUICK, chained=2)))

    def stop(event: Event, ran: Ran) -> None:
        if isinstance(event, Log) and "goes wrong" in event.text:
            run.stop()

    ran = await driven(run, stop)
    result = ran.result("gl:0")
    assert (result.status, result.error) == ("stopped", "stopped by the user after 2 samples")
    assert result.timings.latency_ms is not None and result.timings.latency_ms.n == 2
    assert not ran.session.failures and not workers()


# Interruptions


async def test_a_worker_that_is_stopped_in_a_sample_drops_it_and_says_so(
    tmp_path: Path, fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_LOG", "1")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    fault("wait", RUN=IN_A_VISIT, PIPE=str(pipe))

    def stop_and_continue(event: Event, ran: Ran) -> None:
        if isinstance(event, Log) and "goes wrong" in event.text:
            pid = int(event.text.split()[-1])
            assert pid in workers()
            os.kill(pid, signal.SIGSTOP)
            _, status = os.waitpid(pid, os.WUNTRACED)
            assert os.WIFSTOPPED(status)
            os.kill(pid, signal.SIGCONT)
            pipe.write_bytes(b"go on")

    ran = await run_cases(tmp_path, on_event=stop_and_continue, apis=("gl",))
    result = ran.result("gl:0")
    dropped = Dropped(stopped=1)
    assert [(len(batch.latency_ns), batch.conditions.dropped) for batch in ran.of(SampleBatch)] == [
        (1, dropped),
        (2, None),
        (1, None),
    ]
    assert (result.status, result.timings.latency_ms.n, result.conditions.dropped) == ("ok", 4, dropped)
    assert ("Dropped", "1 sample in which the process was stopped") in timing_rows(ran.session, result)
    said = f"{result.id}: dropped 1 sample in which the process was stopped"
    assert [event.text for event in ran.of(Log) if "dropped" in event.text] == [said]


async def test_cold_samples_and_chains_are_dropped_and_said_too(tmp_path: Path, fault) -> None:
    fault("continue", CASE="L1", IN="cold")
    ran = await run_cases(tmp_path, "L1", apis=("gl",), sampling=EXTRAS)
    result = ran.result("gl:0", "L1")
    assert (result.status, result.timings.samples, result.timings.cold_ms) == ("ok", 4, None)
    assert any("dropped 2 samples in which" in event.text for event in ran.of(Log))
    fault("continue", CASE="L1", IN="chained")
    ran = await run_cases(tmp_path, "L1", apis=("gl",), sampling=EXTRAS)
    result = ran.result("gl:0", "L1")
    assert (result.status, result.timings.samples, result.timings.launch_cost) == ("ok", 4, None)
    assert any("dropped 2 samples in which" in event.text for event in ran.of(Log))


async def test_a_result_without_a_whole_sample_fails_and_says_why(tmp_path: Path, fault) -> None:
    fault("continue", CASE="S1", RUN=IN_A_VISIT)
    sampling = replace(QUICK, iterations=None, rounds=1, max_samples=2)
    ran = await run_cases(tmp_path, "S[12]", apis=("gl",), sampling=sampling)
    lost = ran.result("gl:0")
    assert (lost.status, lost.timings.latency_ms) == ("failed", None)
    assert lost.error == "its process was stopped, or the machine slept, in each of its samples"
    assert ran.session.failures == [lost]
    assert ran.result("gl:0", "S2").status == "ok"


# Processes


async def test_workers_end_with_the_run(tmp_path: Path) -> None:
    pids: set[int] = set()

    def note_workers(event: Event, ran: Ran) -> None:
        if isinstance(event, Finished):
            pids.update(workers())

    await run_cases(tmp_path, on_event=note_workers)
    assert len(pids) == 5  # four adapters', and the one that knows statistics
    assert not pids & workers()


async def test_no_worker_outlives_a_killed_parent(tmp_path: Path) -> None:
    """The child sees the end of its stdin and ends, whatever its driver does."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "paragon_tui.engine.worker",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.close()
    assert await asyncio.wait_for(process.wait(), 120) == 0


# Discovery


@pytest.mark.parametrize(("name", "words"), [("segfault", "SIGSEGV"), ("raise", "loader is broken"), ("hang", "hangs")])
async def test_discovery_survives_a_broken_api(name: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_DISCOVERY_FAULT", name)
    events = await discovery_events(("host", "gl"), timeout_s=3.0)
    unasked = {adapter.id for adapter in adapters_in(events) if not adapter.on_request}
    assert unasked == {"numpy", "reference"} | torch_if_installed()
    (failed,) = [event for event in events if isinstance(event, DiscoveryFinished) and event.error]
    assert failed.api == "gl"
    assert words in (failed.error or "")


async def test_equal_devices_get_ids_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_DEVICES", "2")
    adapters = adapters_in(await discovery_events(("gl",)))
    assert [adapter.id for adapter in adapters] == ["gl:0", "gl:1"]
    assert adapters[0].identity != adapters[1].identity


def torch_if_installed() -> set[str]:
    from importlib.util import find_spec

    return {"torch"} if find_spec("torch") else set()
