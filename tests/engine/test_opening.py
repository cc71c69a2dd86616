"""Workers open their adapters beside one another, ahead of the first job, and while nothing is timed."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from paragon_tui.engine.messages.events import Doing, Event, Opened, Prepared, Probed, SampleBatch
from paragon_tui.engine.runner import worker_pool
from paragon_tui.engine.runner.run import Run
from paragon_tui.engine.runner.scheduler import ESTIMATOR
from tests.support.engine_runs import Ran, driven, request_for, run_cases

pytestmark = pytest.mark.usefixtures("fake_path")
DEVICES = ("vulkan:0", "gl:0")


@pytest.fixture(params=[1, 2], ids=["one core", "two cores"])
def cores(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(worker_pool, "usable_cores", lambda: request.param)
    return int(request.param)


async def test_as_many_are_started_together_as_there_are_cores_and_one_more(cores: int, tmp_path: Path) -> None:
    run = Run(await request_for(tmp_path, selected=DEVICES))
    alive: list[set[str]] = []

    def look(event: Event, ran: Ran) -> None:
        if isinstance(event, Probed):
            workers = {name: run._pool.worker(name) for name in ("numpy", *DEVICES, ESTIMATOR)}
            alive.append({name for name, worker in workers.items() if worker is not None and worker.alive})

    ran = await driven(run, look)
    assert alive[0] == {"numpy", *DEVICES[:cores]}
    assert {result.status for result in ran.session.results.values()} == {"ok"}


async def test_none_is_opened_from_a_first_preparation_to_the_visit_after_it(cores: int, tmp_path: Path) -> None:
    ran = await run_cases(tmp_path, selected=DEVICES)
    kinds = [type(event) for event in ran.events if isinstance(event, Prepared | SampleBatch | Probed)]
    behind = [second for first, second in pairwise(kinds) if first is Prepared]
    assert behind == [SampleBatch] * 3
    assert kinds.index(Prepared) == cores  # the devices that were opened first
    assert not ran.of(Opened)


async def test_the_first_result_says_that_adapters_are_being_opened(tmp_path: Path) -> None:
    ran = await run_cases(tmp_path, selected=DEVICES)
    told = [event.id.adapter for event in ran.of(Doing) if event.what == "opening"]
    assert told[0] == "numpy" and len(told) == len(set(told))


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [("hang", "timeout", "no answer within 4 s"), ("segfault", "failed", "SIGSEGV"), ("raise", "failed", "was lost")],
)
async def test_one_that_cannot_be_opened_costs_its_own_result_and_its_time_once(
    fault: str, status: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"": fault, "_CASE": "probes", "_ADAPTER": "gl:0"}.items():
        monkeypatch.setenv(f"FAKE_FAULT{name}", value)
    monkeypatch.setenv("FAKE_PROCESSES", str(tmp_path))
    ran = await run_cases(tmp_path, selected=DEVICES, timeout_s=4.0)
    result = ran.result("gl:0")
    assert (result.status, words in (result.error or "")) == (status, True), result.error
    assert [ran.result(name).status for name in ("numpy", "vulkan:0")] == ["ok", "ok"]
    tries = (tmp_path / "opened gl").read_text()
    assert tries == ("++" if fault == "raise" else "+")  # what ended or held up a process is not tried again
