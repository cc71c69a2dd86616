"""A session with every kind of result, for the tests of saving, exporting and comparing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from paragon_tui.engine.messages.events import (
    CeilingFound,
    ChainedBatch,
    Closed,
    ColdBatch,
    Compared,
    Event,
    Examined,
    Failed,
    Finished,
    JobStarted,
    NotMeasured,
    Output,
    Prepared,
    RunFinished,
)
from paragon_tui.engine.messages.figures import Ceiling, Flag, Interval, LaunchCost, Overhead
from paragon_tui.engine.results.result import Result
from paragon_tui.engine.results.session import Session
from paragon_tui.sessions.store import Store
from tests.support.examples import (
    DIFFERENT,
    GPU,
    NUMPY,
    ROW,
    SAME,
    adapter,
    batch,
    figures,
    measured,
    planned,
    ratio,
    started,
    summary,
)

ODD = adapter("vulkan:1", name='Odd "GPU", 8 GB™')
BASE, FAST, WRONG, LOST = planned("S1", NUMPY), planned("S1", GPU), planned("S1", ODD), planned("S2", GPU)
LISTED = ("numpy", "reference", "vulkan:0", "vulkan:1")
THROUGH = LaunchCost(0.125, Interval(0.12, 0.13), 0.0625, None, 8)
NOISY = Flag("noisy", "only half of the samples are within ±8.0 % of the median")
SLOW_START = Flag("first run slow", "the first run took 9.0 times the median (4.5 ms)")
TIMES = {"device_ms": summary(0.1), "cold_ms": summary(0.3), "warm_ms": summary(0.15)}
DEVICE = TIMES | {"launch_cost": THROUGH, "preempted": 3, "flags": (NOISY, SLOW_START)}


def run(session: str = "one", listed: tuple[str, ...] = LISTED) -> tuple[Event, ...]:
    """A baseline, identical bits on one adapter, different ones on another, a failure before any figure."""
    return (
        started(BASE, FAST, WRONG, LOST, session=session, listed=listed, threads=2),
        JobStarted(BASE.id),
        Prepared(BASE.id, 50.5, None, None, None, None, "OpenBLAS 0.3.31 SkylakeX", 2),
        Compared(BASE.id, DIFFERENT, DIFFERENT, ()),
        *measured(BASE.id, 0.4),
        JobStarted(FAST.id),
        CeilingFound("vulkan:0", Ceiling(copy_gb_s=8.0, multiply_add_gflop_s=64.0, cache_bytes=2**16)),
        Prepared(FAST.id, 12.5, 3.25, None, "rows", "observed", device_bytes=4096, output_standing="observed"),
        Output(FAST.id, 4.5, "b0e9", "44b4", (1.5, -2.0), (0.75, 0.25), (0.75, 0.25)),
        Compared(FAST.id, SAME, SAME, ()),
        batch(FAST.id, (100_000, 250_000, 2**62), (90_000, 240_000)),
        batch(FAST.id, (300_000,), visit=1),
        ColdBatch(FAST.id, 0, (300_000, 310_000), (200_000, 210_000)),
        ChainedBatch(FAST.id, 0, (((1, 187_500), (2, 250_000)), ((1, 190_000), (2, 260_000)))),
        Examined(FAST.id, Overhead(600, 5_000, 40_000)),
        Closed(FAST.id, deterministic=True, host_peak_bytes=2**26),
        *measured(FAST.id, 0.2, ratio(2.0, "faster"), **DEVICE),
        JobStarted(WRONG.id),
        Prepared(WRONG.id, 0.1234567, None, None, "lanes", "observed", output_standing="observed"),
        Compared(WRONG.id, DIFFERENT, SAME, (ROW,)),
        NotMeasured(WRONG.id, "cold caches", "out of memory"),
        NotMeasured(WRONG.id, "chained runs", "a run takes too long"),
        figures(WRONG.id, 1234.5678, ratio(0.4 / 1234.5678, "slower")),
        Finished(WRONG.id, "stopped", 3.5, "stopped by the user after 12 samples"),
        JobStarted(LOST.id),
        Failed(LOST.id, "failed", 'the driver said "no",\nthen nothing'),
        RunFinished(session, interrupted=False),
    )


def folded(*events: Event) -> Session:
    session = Session()
    for event in events:
        session.apply(event)
    return session


def fast_result(**changes: Any) -> Result:
    """Return the device's result of the session that has one of each kind."""
    return changed(folded(*run()).results[FAST.id], **changes)


def changed(result: Result, **changes: Any) -> Result:
    """Return a result with other values in fields of its own or of its parts, each named alone."""
    parts: dict[str, Any] = {}
    for name in ("timings", "bits", "resources", "conditions"):
        part = getattr(result, name)
        names = {field.name for field in fields(part)} & changes.keys()
        parts[name] = replace(part, **{field: changes.pop(field) for field in names})
    return replace(result, **parts, **changes)


def record(database: Path, *events: Event) -> Session:
    """Record a session of these events in the store, and return it."""
    session, store = Session(), Store(database)
    for event in events:
        session.apply(event)
        store.record(session, event)
    store.close()
    return session


def rows(database: Path, query: str) -> list[tuple[Any, ...]]:
    """Return what a query finds in a store."""
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


KNOWN_AHEAD = {
    *(
        "suite",
        "case",
        "operation",
        "size",
        "dtype",
        "variant",
        "adapter",
        "adapter_name",
        "driver",
        "adapter_vendor",
        "adapter_type",
        "device_name",
        "driver_family",
        "shape",
        "batch",
        "megabytes",
    ),
    *("operations", "bytes", "tier", "output_tier", "status"),
}
"""The fields that a result has before anything is measured."""
