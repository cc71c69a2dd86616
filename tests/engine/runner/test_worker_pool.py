"""A worker that sends what no worker sends: its result fails and says why, and nothing of it reaches the session."""

from __future__ import annotations

import json

import pytest

from paragon_tui.engine.messages.commands import Examine
from paragon_tui.engine.messages.events import Event, Examined, Failed, Finished, JobStarted, Log, RunFinished
from paragon_tui.engine.messages.job import JobId
from paragon_tui.engine.messages.wire import encode
from paragon_tui.engine.runner import worker_process
from paragon_tui.engine.runner.steering import Steering
from paragon_tui.engine.runner.worker_pool import CommandFailed, WorkerPool

ID = JobId("inference", "S1", "f32", "default", "gl:0")
OTHER = JobId("inference", "S2", "f32", "default", "gl:0")
ANSWERS = """
import sys
sys.stdin.buffer.readline()
sys.stdout.buffer.write(bytes.fromhex({!r}))
sys.stdout.buffer.flush()
if {!r}:
    sys.stdin.buffer.read()
"""


async def ask(monkeypatch: pytest.MonkeyPatch, answer: bytes, stays: bool = True) -> tuple[list[Event], str]:
    """Ask a worker that answers with these bytes; return the events that were passed on, and why it failed."""
    monkeypatch.setattr(worker_process, "_WORKER", ("-c", ANSWERS.format(answer.hex(), stays)))
    events: list[Event] = []
    pool = WorkerPool(events.append, Steering(), {})
    try:
        with pytest.raises(CommandFailed) as failure:
            await pool.ask("gl:0", ID, Examine(ID), Examined, 20.0)
        assert failure.value.status == "failed" and pool.worker("gl:0") is None
        return events, str(failure.value)
    finally:
        await pool.end()


@pytest.mark.parametrize("event", [RunFinished("s", False), JobStarted(ID), Finished(ID, "ok", 1.0)])
async def test_a_worker_does_not_end_a_run(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    events, words = await ask(monkeypatch, encode(event))
    assert events == []
    assert f"the worker of gl:0 sent a {type(event).__name__}, which is not a worker's to send" in words


async def test_a_worker_does_not_speak_of_other_results(monkeypatch: pytest.MonkeyPatch) -> None:
    events, words = await ask(monkeypatch, encode(Failed(OTHER, "failed", "no")))
    assert events == []
    assert "the worker of gl:0 sent a Failed of another result, S2 on gl:0" in words


async def test_a_worker_that_ends_too_early_has_failed_even_with_status_0(monkeypatch: pytest.MonkeyPatch) -> None:
    events, words = await ask(monkeypatch, b"", stays=False)
    assert events == [] and "exited with status 0" in words


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 30_000,
        b'{"v":1,"type":"Log","data":' + b'{"a":' * 10_000,
        b'{"v":99,"type":"Log","data":{}}',
        b'{"v":1,"type":"Nonsense","data":{}}',
        b'{"v":1,"type":"Examined","data":{"id":{}}}',
        b"\xff\xfe\x00",
        json.dumps({"v": 1, "type": "Log", "data": {"source": 1}}).encode(),
    ],
    ids=range(7),
)
async def test_a_line_that_is_no_message_is_a_drivers_and_ends_nothing(
    line: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    events, words = await ask(monkeypatch, line + b"\n", stays=False)
    assert events
    for event in events:
        assert isinstance(event, Log) and event.level == "driver" and event.text.isprintable()
    assert "exited with status 0" in words
