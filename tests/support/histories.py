"""Histories in a store, kept by the recorder that a run has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from paragon_tui.engine.messages.events import Compared, Event, Failed, Finished, Planned, RunFinished
from paragon_tui.engine.messages.figures import Interval
from paragon_tui.engine.messages.job import Sampling
from paragon_tui.sessions.recorder import Recorder
from tests.support.examples import SAME, figures, output, prepared, started, summary


def keep_session(
    database: Path,
    day: int,
    medians: dict[Planned, float | None],
    sampling: Sampling | None = Sampling(),  # noqa: B008  (it is frozen)
    interrupted: bool = False,
    cpu: str = "Example CPU",
    **changes: Any,
) -> str:
    """Record the session of a day of January: results with these medians in ms, or failed ones; return its name."""
    name = f"202601{day:02}-030405-aaaa"
    first = started(*medians, listed=("numpy", "vulkan:0"), session=name, sampling=sampling, **changes)
    events: list[Event] = [replace(first, started=f"2026-01-{day:02}T03:04:05+00:00", host={"cpu": cpu})]
    for planned, median in medians.items():
        events += _failed(planned) if median is None else _measured(planned, median)
    recorder = Recorder(database)
    for event in (*events, RunFinished(name, interrupted)):
        assert recorder.apply(event) == []
    assert recorder.wait()
    return name


def keep_history(database: Path, planned: Planned, medians: Sequence[float]) -> None:
    """Record a session a day, each of one result."""
    for day, median in enumerate(medians, start=1):
        keep_session(database, day, {planned: median})


def _measured(planned: Planned, median: float) -> list[Event]:
    sure = replace(summary(median), interval=Interval(median * 0.998, median * 1.002))
    id_ = planned.id
    return [
        prepared(id_),
        replace(output("aa"), id=id_),
        Compared(id_, SAME, SAME, ()),
        replace(figures(id_, median), latency_ms=sure),
        Finished(id_, "ok", 1.0),
    ]


def _failed(planned: Planned) -> list[Event]:
    return [Failed(planned.id, "failed", "the driver said no")]
