"""One session with every kind of result in it, for the tests of what is kept of it."""

from __future__ import annotations

from unit_examples import (
    DIFFERENT,
    GPU,
    NUMPY,
    ROW,
    SAME,
    adapter,
    finished,
    planned,
    started,
    summary,
)

from paragon_tui.engine.events import (
    Event,
    Failed,
    Finished,
    JobStarted,
    Output,
    Prepared,
    RunFinished,
    SampleBatch,
    Verdict,
)
from paragon_tui.engine.results import Session

ODD = adapter("vulkan:1", name='Odd "GPU", 8 GB™')
BASE, FAST, WRONG, LOST = planned("S1", NUMPY), planned("S1", GPU), planned("S1", ODD), planned("S2", GPU)
LISTED = ("numpy", "reference", "vulkan:0", "vulkan:1")


def run(session: str = "one", listed: tuple[str, ...] = LISTED) -> tuple[Event, ...]:
    """A baseline, identical bits on one adapter, different ones on another, a failure before any figure."""
    return (
        started(BASE, FAST, WRONG, LOST, session=session, listed=listed),
        JobStarted(BASE.id),
        Verdict(BASE.id, DIFFERENT, DIFFERENT, ()),
        finished(BASE.id, 0.4),
        JobStarted(FAST.id),
        Prepared(FAST.id, 12.5, 3.25, None, "rows", "observed"),
        Output(FAST.id, "b0e9", "44b4", (1.5, -2.0), (0.75, 0.25), (0.75, 0.25)),
        Verdict(FAST.id, SAME, SAME, ()),
        SampleBatch(FAST.id, (100_000, 250_000, 2**62), (90_000, 240_000)),
        SampleBatch(FAST.id, (300_000,), ()),
        Finished(FAST.id, "ok", summary(0.2), summary(0.1)),
        JobStarted(WRONG.id),
        Prepared(WRONG.id, 0.1234567, None, None, "lanes", "observed"),
        Verdict(WRONG.id, DIFFERENT, SAME, (ROW,)),
        Finished(WRONG.id, "stopped", summary(1234.5678), None, "stopped by the user after 12 samples"),
        JobStarted(LOST.id),
        Failed(LOST.id, "failed", 'the driver said "no",\nthen nothing'),
        RunFinished(session, interrupted=False),
    )


def folded(*events: Event) -> Session:
    session = Session()
    for event in events:
        session.apply(event)
    return session
