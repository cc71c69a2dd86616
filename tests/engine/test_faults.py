"""Planted faults: a driver that crashes, hangs or chatters costs its own result and nothing else."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from backends.adapter import Adapter
from paragon_tui.engine.discovery import discover
from paragon_tui.engine.events import (
    AdapterFound,
    DiscoveryFinished,
    Event,
    Finished,
    Log,
    RunFinished,
    RunStarted,
    SampleBatch,
)
from paragon_tui.engine.job import Sampling
from paragon_tui.engine.requests import Chosen, RunRequest, measuring
from paragon_tui.engine.results import Result, Session
from paragon_tui.engine.run import Run
from paragon_tui.engine.selection import select_cases

BACKENDS = {"host": "backends.host", "vulkan": "fake_backend", "gl": "fake_backend"}
QUICK = Sampling(warmup=1, iterations=4)

pytestmark = pytest.mark.usefixtures("fake_path")


async def found(apis: tuple[str, ...] = tuple(BACKENDS), timeout_s: float = 30.0) -> list[Event]:
    return [event async for event in discover(apis, BACKENDS, timeout_s)]


def adapters_in(events: list[Event]) -> list[Adapter]:
    found = [event.adapter for event in events if isinstance(event, AdapterFound)]
    return sorted(found, key=lambda adapter: list(BACKENDS).index(adapter.api))


def request_for(
    cases: str,
    adapters: list[Adapter],
    selected: tuple[str, ...],
    cache: Path,
    sampling: Sampling = QUICK,
    timeout_s: float = 60.0,
) -> RunRequest:
    chosen = Chosen(select_cases([cases], []), tuple(adapters), selected)
    return measuring(chosen, cache, sampling, timeout_s, BACKENDS)


async def run(tmp_path: Path, cases: str = "S[12]", timeout_s: float = 20.0) -> tuple[Session, list[Event]]:
    adapters = adapters_in(await found())
    request = request_for(cases, adapters, tuple(a.id for a in adapters), tmp_path / "reference", timeout_s=timeout_s)
    session, events = Session(), []
    async for event in Run(request).events():
        session.apply(event)
        events.append(event)
    return session, events


def result(session: Session, case: str, adapter: str) -> Result:
    (match,) = [r for r in session.results.values() if (r.id.case, r.id.adapter) == (case, adapter)]
    return match


async def test_without_faults_every_result_is_ok_and_identical(tmp_path: Path) -> None:
    session, events = await run(tmp_path)
    assert isinstance(events[0], RunStarted)
    assert isinstance(events[-1], RunFinished)
    assert {r.progress for r in session.results.values()} == {"ok"}
    assert not session.failures
    fake = result(session, "S1", "vulkan:0")
    assert fake.comparison is not None and fake.comparison.bit_identical
    assert fake.latency_ms is not None and fake.latency_ms.n == 4
    assert 2.0 <= fake.latency_ms.median <= 2.1
    assert fake.device_ms is not None and 1.5 <= fake.device_ms.median <= 1.6


@pytest.mark.parametrize(("fault", "words"), [("segfault", "SIGSEGV"), ("abort", "SIGABRT"), ("raise", "was lost")])
async def test_a_crash_costs_that_result_and_no_other(
    fault: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_FAULT", fault)
    monkeypatch.setenv("FAKE_FAULT_CASE", "S1")
    session, _ = await run(tmp_path)
    for adapter in ("vulkan:0", "gl:0"):
        crashed = result(session, "S1", adapter)
        assert crashed.progress == "failed"
        assert words in (crashed.error or "")
        assert crashed.latency_ms is None
        assert result(session, "S2", adapter).progress == "ok"
    assert result(session, "S1", "numpy").progress == "ok"
    assert len(session.failures) == 2


async def test_a_crash_reports_the_drivers_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_FAULT", "segfault")
    session, events = await run(tmp_path, cases="S1")
    assert "about to crash" in (result(session, "S1", "gl:0").error or "")
    assert any(isinstance(event, Log) and "about to crash" in event.text for event in events)


async def test_a_hang_ends_with_the_time_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_FAULT", "hang")
    monkeypatch.setenv("FAKE_FAULT_CASE", "S1")
    session, _ = await run(tmp_path, timeout_s=3.0)
    hung = result(session, "S1", "vulkan:0")
    assert hung.progress == "timeout"
    assert "--timeout" in (hung.error or "")
    assert result(session, "S2", "vulkan:0").progress == "ok"


async def test_rubbish_on_stdout_is_logged_and_harms_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_FAULT", "rubbish")
    session, events = await run(tmp_path, cases="S1")
    chatty = result(session, "S1", "vulkan:0")
    assert (chatty.progress, chatty.samples) == ("ok", 4)  # no event was lost to a line that it had to share
    assert chatty.digest is not None
    assert any(isinstance(event, Log) and "driver chatter" in event.text for event in events)
    assert any(isinstance(event, Log) and "hello from python" in event.text for event in events)


async def test_wrong_bits_break_the_claim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_FAULT", "wrong")
    session, _ = await run(tmp_path, cases="S1")
    wrong = result(session, "S1", "gl:0")
    assert wrong.progress == "ok"
    assert wrong.broken_claim
    assert wrong.comparison is not None
    assert (wrong.comparison.first_difference, wrong.comparison.ulp_max) == (3, 1)
    assert wrong in session.failures


@pytest.mark.parametrize(("fault", "words"), [("nan", "logits[2] is nan"), ("flaky", "not deterministic")])
async def test_a_result_that_cannot_be_believed_fails(
    fault: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_FAULT", fault)
    session, _ = await run(tmp_path, cases="S1")
    broken = result(session, "S1", "gl:0")
    assert broken.progress == "failed"
    assert words in (broken.error or "")
    assert broken.comparison is None  # it has no bits to speak of
    assert session.claims == (1, 1)  # the reference's own


async def test_a_worker_that_dies_between_jobs_costs_nothing(tmp_path: Path) -> None:
    adapters = adapters_in(await found(("host", "gl")))
    run = Run(request_for("S[12]", adapters, ("gl:0",), tmp_path, QUICK))
    session = Session()
    async for event in run.events():
        session.apply(event)
        if isinstance(event, Finished) and event.id.case == "S1" and event.id.adapter == "gl:0":
            for pid in workers():
                os.kill(pid, signal.SIGKILL)
    assert {r.progress for r in session.results.values()} == {"ok"}


async def test_a_failure_during_a_stop_is_still_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_FAULT", "flaky")
    adapters = adapters_in(await found(("host", "gl")))
    endless = Sampling(warmup=0, iterations=10**9)
    run = Run(request_for("S1", adapters, ("gl:0",), tmp_path, endless))
    session = Session()
    async for event in run.events():
        session.apply(event)
        if isinstance(event, SampleBatch):
            run.stop() if event.id.adapter == "gl:0" else await run._children["numpy"].stop_job()
    assert result(session, "S1", "gl:0").progress == "failed"
    assert session.failures


async def test_a_cache_that_cannot_be_named_fails_its_results_and_says_so(tmp_path: Path) -> None:
    adapters = adapters_in(await found(("host",)))
    strange = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    run = Run(request_for("S1", adapters, ("numpy",), strange, QUICK))
    session = Session()
    async for event in run.events():
        session.apply(event)
    assert "no Unicode" in (result(session, "S1", "numpy").error or "")


async def test_unsupported_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_FAULT", "unsupported")
    session, _ = await run(tmp_path, cases="S1")
    assert result(session, "S1", "gl:0").progress == "unsupported"
    assert "400.0 MiB" in (result(session, "S1", "gl:0").error or "")
    assert not session.failures


async def test_stop_keeps_what_was_measured_and_marks_the_rest(tmp_path: Path) -> None:
    adapters = adapters_in(await found())
    chosen = tuple(adapter.id for adapter in adapters)
    run = Run(request_for("S*", adapters, chosen, tmp_path, QUICK))
    session = Session()
    async for event in run.events():
        session.apply(event)
        if any(r.progress == "ok" for r in session.results.values()):
            run.stop()
    ended = [r.progress for r in session.results.values()]
    assert "ok" in ended and ended[-1] == "stopped"
    assert set(ended) == {"ok", "stopped"}
    assert session.interrupted


async def test_stop_ends_a_worker_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_FAULT", "hang")
    adapters = adapters_in(await found())
    run = Run(request_for("S1", adapters, ("gl:0",), tmp_path, QUICK))
    session = Session()
    began = time.monotonic()
    async for event in run.events():
        session.apply(event)
        if session.running and session.running.adapter == "gl:0":
            run.stop()
    assert result(session, "S1", "gl:0").progress == "stopped"
    assert time.monotonic() - began < 15


async def test_workers_end_with_the_run(tmp_path: Path) -> None:
    adapters = adapters_in(await found())
    chosen = tuple(adapter.id for adapter in adapters)
    run = Run(request_for("S1", adapters, chosen, tmp_path, QUICK))
    pids: set[int] = set()
    async for event in run.events():
        if isinstance(event, Finished):
            pids |= workers()
    assert len(pids) == 4
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
    assert await asyncio.wait_for(process.wait(), 10) == 0


@pytest.mark.parametrize(
    ("fault", "words"), [("segfault", "SIGSEGV"), ("raise", "loader is broken"), ("hang", "hangs")]
)
async def test_discovery_survives_a_broken_api(fault: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_DISCOVERY_FAULT", fault)
    events = await found(("host", "gl"), timeout_s=5.0)
    assert {adapter.id for adapter in adapters_in(events)} == {"numpy", "reference"} | torch_if_installed()
    (failed,) = [event for event in events if isinstance(event, DiscoveryFinished) and event.error]
    assert failed.api == "gl"
    assert words in (failed.error or "")


async def test_equal_devices_get_ids_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_DEVICES", "2")
    adapters = adapters_in(await found(("gl",)))
    assert [adapter.id for adapter in adapters] == ["gl:0", "gl:1"]
    assert adapters[0].identity != adapters[1].identity


def workers() -> set[int]:
    """The processes that this one has started and that are still there."""
    listed = subprocess.run(
        ["pgrep", "-P", str(os.getpid()), "-f", "engine.worker"], capture_output=True, text=True, check=False
    )
    return {int(pid) for pid in listed.stdout.split()}


def torch_if_installed() -> set[str]:
    from importlib.util import find_spec

    return {"torch"} if find_spec("torch") else set()
