"""Lines that no worker of ours writes: each is a message that can be kept, or is told from one."""

from __future__ import annotations

import io
import json
import random
from pathlib import Path

import pytest
from rich.console import Console

from paragon_tui.console.report import block, closing_lines
from paragon_tui.console.results_table import table_for, table_lines
from paragon_tui.engine.messages.events import CheckpointReached, Event
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.messages.wire import ProtocolError, decode, encode
from paragon_tui.engine.results.session import Session
from paragon_tui.engine.runner.requests import RunSettings
from paragon_tui.engine.runner.scheduler import Scheduler
from paragon_tui.engine.runner.steering import Steering
from paragon_tui.engine.runner.worker_pool import WorkerPool, checked
from paragon_tui.formatting.session_lines import announcement
from paragon_tui.sessions.document import encode as document
from paragon_tui.sessions.store import statements
from paragon_tui.suites.score import Prediction, Score
from tests.support.fuzzing import changed, damaged, places
from tests.support.sessions import FAST, run

BEGIN, *EVENTS, END = (
    *run()[:-1],
    CheckpointReached(FAST.id, 1, 2, (0.5, 0.25), "b0e9", "b0e9", 0.5, Score(1, 2, (Prediction((0.0,), 1, 0.75, 1),))),
    run()[-1],
)
SENT = [event for event in EVENTS if getattr(event, "id", FAST.id) == FAST.id]
DECODED = [json.loads(encode(event)) for event in SENT]
PLACES = [places(value) for value in DECODED]


def test_a_worker_can_send_most_kinds_of_events() -> None:
    assert len({type(event) for event in SENT}) >= 12


def fold(event: Event) -> None:
    """Do with an event of a worker what a run, its session and its store do."""
    pool = WorkerPool(lambda _: None, Steering(), {})
    scheduler = Scheduler(RunSettings(Path()), pool, lambda _: None, Steering())
    job = Job(FAST.case, FAST.adapter)
    scheduler._states = {FAST.id: scheduler._new_state(job, 0)}
    session = Session()
    for each in (BEGIN, event, event, END):
        session.apply(each)
        scheduler.record(each)
        list(statements(session, each))
    scheduler._bound_by_memory(job)
    scheduler._measured(FAST.id)
    document(session)
    announcement(session)
    block(session, session.results[FAST.id])
    closing_lines(session)
    console = Console(file=io.StringIO(), width=200, markup=False)
    for line in (*table_lines(session.listed, 80), *table_for(session.listed, 200).rows(session.listed)):
        console.print(line)


def fuzz(seed: int, count: int) -> None:
    chance = random.Random(seed)
    for number in range(count):
        which = number % len(DECODED)
        if chance.random() < 0.8:
            line = json.dumps(changed(chance, DECODED[which], PLACES[which])).encode()
        else:
            line = damaged(chance, encode(SENT[which]))
        try:
            message = checked(decode(line), "gl:0", FAST.id)
        except ProtocolError as refusal:
            assert str(refusal).isprintable()
            continue
        try:
            fold(message)
        except Exception as error:
            raise AssertionError(line) from error


@pytest.mark.parametrize("seed", range(4))
def test_a_sample_of_odd_lines_can_be_kept_or_is_told(seed: int) -> None:
    fuzz(seed, 250)


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(10, 20))
def test_a_hundred_thousand_odd_lines_can_be_kept_or_are_told(seed: int) -> None:
    fuzz(seed, 10_000)
