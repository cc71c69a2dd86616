"""When the screen asks the store what results took before: once, and again after a run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from paragon_tui.engine.messages.events import Finished
from paragon_tui.engine.results.session import Session
from paragon_tui.engine.runner.requests import Selection
from paragon_tui.sessions import paths
from paragon_tui.sessions.store import Store
from paragon_tui.tui.source import EngineSource
from tests.support.examples import GPU, NUMPY, figures, planned, started

ONE = planned("S1", GPU)


def keep(session: str, seconds: float, day: int) -> None:
    """A session of one result that took ``seconds``."""
    store, folded = Store(paths.database()), Session()
    first = replace(started(ONE, session=session), started=f"2026-01-{day:02}")
    for event in (first, figures(ONE.id, 1.0), Finished(ONE.id, "ok", seconds)):
        folded.apply(event)
        store.record(folded, event)
    store.close()


def test_the_store_is_read_once_and_again_after_a_run():
    keep("one", 100.0, day=1)
    source, chosen = EngineSource(), Selection((ONE.case,), (GPU,), (GPU.id,))
    assert source.expected(chosen) == (1, 100.0)
    keep("two", 300.0, day=2)
    assert source.expected(chosen) == (1, 100.0)
    source.run(chosen)
    assert source.expected(chosen) == (1, 300.0)


def test_a_baseline_that_nobody_ticked_takes_time_and_is_no_result_asked_for():
    keep("one", 100.0, day=1)
    count, seconds = EngineSource().expected(Selection((ONE.case,), (NUMPY, GPU), (GPU.id,)))
    assert count == 1
    assert seconds > 100.0
    assert EngineSource().expected(Selection((ONE.case,), (NUMPY, GPU), (NUMPY.id, GPU.id))) == (
        2,
        pytest.approx(seconds),
    )
