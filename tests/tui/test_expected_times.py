"""The store's earlier durations on the screen: read once, and again after a run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from paragon_tui.engine.messages.events import Finished
from paragon_tui.engine.runner.requests import Selection
from paragon_tui.sessions import paths
from paragon_tui.tui.source import EngineSource
from tests.support.examples import GPU, NUMPY, figures, planned, started
from tests.support.sessions import record

ONE = planned("S1", GPU)


def keep(session: str, seconds: float, day: int) -> None:
    """A session of one result that took ``seconds``."""
    first = replace(started(ONE, session=session), started=f"2026-01-{day:02}")
    record(paths.database(), first, figures(ONE.id, 1.0), Finished(ONE.id, "ok", seconds))


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
    count, both_seconds = EngineSource().expected(Selection((ONE.case,), (NUMPY, GPU), (NUMPY.id, GPU.id)))
    assert count == 2
    assert both_seconds == pytest.approx(seconds)
