"""A person steers a run: skips a case, holds measuring, goes on with what was stopped."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from paragon_tui.engine.messages.events import Event, JobStarted, RunFinished, RunStarted, SampleBatch
from paragon_tui.engine.results.session import Session
from paragon_tui.engine.runner.requests import Continued, again_request
from paragon_tui.engine.runner.run import Run
from paragon_tui.sessions.recorder import Recorder
from paragon_tui.sessions.saved_session import saved_session
from paragon_tui.sessions.session_lookup import find_session
from paragon_tui.sessions.store import reading
from tests.support.engine_runs import Ran, driven, request_for

pytestmark = pytest.mark.usefixtures("fake_path")


def again(session: Session, cases: tuple[str, ...], run: Run) -> Run:
    """A run that goes on with a session, and measures some of its cases again."""
    ids = {id_ for id_ in session.results if id_.case in cases}
    continued = Continued(session.id, tuple(session.planned.values()))
    return Run(again_request(continued, ids, session.listed_adapters, run._request.settings))


async def test_a_case_that_is_skipped_keeps_its_samples_and_the_next_one_is_measured(tmp_path: Path) -> None:
    run = Run(await request_for(tmp_path, "S[12]", selected=("numpy", "gl:0")))

    def skip_at_the_first_samples(event: Event, ran: Ran) -> None:
        if len(ran.of(SampleBatch)) == 1 and isinstance(event, SampleBatch):
            run.skip()

    ran = await driven(run, skip_at_the_first_samples)
    assert not ran.session.interrupted
    assert ran.result("gl:0", "S2").status == ran.result("numpy", "S2").status == "ok"
    skipped = [ran.result(adapter, "S1") for adapter in ("numpy", "gl:0")]
    assert {result.status for result in skipped} == {"stopped"}
    assert any((result.error or "").startswith("skipped by the user after 2 samples") for result in skipped)
    assert any(result.timings.latency_ms is not None for result in skipped)


async def test_a_case_that_is_skipped_before_its_samples_says_so(tmp_path: Path) -> None:
    run = Run(await request_for(tmp_path, "S[12]", selected=("gl:0",)))

    def skip_at_once(event: Event, ran: Ran) -> None:
        if isinstance(event, JobStarted) and event.id.case == "S2":
            run.skip()

    ran = await driven(run, skip_at_once)
    assert ran.result("gl:0", "S1").status == "ok"
    assert (ran.result("gl:0", "S2").error or "").startswith("skipped by the user")


async def test_measuring_is_held_between_two_visits_and_goes_on(tmp_path: Path) -> None:
    run = Run(await request_for(tmp_path, "S1", selected=("gl:0",)))
    seen: list[Event] = []
    held = asyncio.Event()

    async def follow() -> None:
        async for event in run.events():
            seen.append(event)
            if isinstance(event, SampleBatch) and not held.is_set():
                run.hold(True)
                held.set()

    following = asyncio.create_task(follow())
    await held.wait()
    while not run._steering.rests:
        await asyncio.sleep(0)
    assert sum(isinstance(event, SampleBatch) for event in seen) == 1
    run.hold(False)
    await following
    assert sum(isinstance(event, SampleBatch) for event in seen) == 4
    assert isinstance(seen[-1], RunFinished) and not seen[-1].interrupted


async def test_a_run_that_is_held_can_be_stopped(tmp_path: Path) -> None:
    run = Run(await request_for(tmp_path, "S1", selected=("gl:0",)))

    def hold_and_stop(event: Event, ran: Ran) -> None:
        if isinstance(event, JobStarted):
            run.hold(True)
            run.stop()

    ran = await driven(run, hold_and_stop)
    assert ran.session.interrupted


async def stopped_at_s2(folder: Path, cases: str, database: Path) -> tuple[Run, Recorder]:
    """A run of some networks that is stopped when S2 begins, and what recorded it."""
    run, recorder = Run(await request_for(folder, cases, selected=("numpy", "gl:0"))), Recorder(database)
    async for event in run.events():
        recorder.apply(event)
        if isinstance(event, JobStarted) and event.id.case == "S2":
            run.stop()
    return run, recorder


async def test_what_neither_session_reached_stays_to_be_gone_on_with(tmp_path: Path) -> None:
    database = tmp_path / "sessions.sqlite3"
    run, recorder = await stopped_at_s2(tmp_path, "S[123]", database)
    further = Recorder(database, recorder)
    async for event in again(recorder.session, ("S1",), run).events():
        further.apply(event)
    assert further.wait() and further.session.interrupted
    statuses = {id_.case: result.status for id_, result in further.session.results.items()}
    assert statuses == {"S1": "ok", "S2": "stopped", "S3": "stopped"}
    with reading(database) as connection:
        cases = connection.execute("SELECT DISTINCT case_id FROM result WHERE session = ?", (further.session.id,))
        assert {case for (case,) in cases} == {"S1", "S2"}, "S3 never began"
    assert saved_session(find_session(further.session.id, database), "it").interrupted


async def test_a_stopped_run_is_gone_on_with_where_it_stood(tmp_path: Path) -> None:
    database = tmp_path / "sessions.sqlite3"
    run, recorder = await stopped_at_s2(tmp_path, "S[12]", database)
    assert recorder.wait()
    stopped = recorder.session
    before = {id_: result for id_, result in stopped.results.items() if id_.case == "S1"}
    assert all(result.status == "ok" for result in before.values())

    going_on = again(stopped, ("S2",), run)
    further = Recorder(database, recorder)
    starts = []
    async for event in going_on.events():
        further.apply(event)
        if isinstance(event, JobStarted):
            starts.append(event.id.case)
        if isinstance(event, RunStarted):
            assert further.session.share_done == 0.0 and not further.session.finished
    assert further.wait()
    session = further.session
    assert set(starts) == {"S2"}
    assert session.id != stopped.id and session.finished and not session.interrupted
    assert {id_: session.results[id_] for id_ in before} == {
        id_: replace(result, measured_in=stopped.id) for id_, result in before.items()
    }
    assert {result.status for result in session.results.values()} == {"ok"}
    assert stopped.interrupted and any(result.status == "stopped" for result in stopped.results.values())

    documents = [saved_session(find_session(name, database), name) for name in (stopped.id, session.id)]
    assert documents[0].interrupted and not documents[1].interrupted
    assert [result.id for result in documents[1].results] == list(session.results)
    with reading(database) as connection:
        counted = dict(
            connection.execute("SELECT case_id, count(*) FROM sample_batch WHERE session = ? GROUP BY 1", (session.id,))
        )
    assert counted == {"S1": 4, "S2": 4}
