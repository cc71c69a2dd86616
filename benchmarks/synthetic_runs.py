"""Runs without devices, for measuring what the interface costs: their samples are drawn, and arrive at a given rate."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from paragon_tui.arithmetic.comparison import Comparison
from paragon_tui.backends.adapter import Adapter
from paragon_tui.diagnosis.finding import Finding
from paragon_tui.engine.messages.events import (
    AdapterFound,
    Closed,
    Compared,
    DiscoveryFinished,
    Event,
    Figures,
    Finished,
    JobStarted,
    Log,
    Output,
    Planned,
    Prepared,
    Probed,
    RunFinished,
    RunStarted,
    SampleBatch,
)
from paragon_tui.engine.messages.figures import Conditions, Interval, Ratio, Summary
from paragon_tui.engine.messages.job import BASELINE, Job, JobId, Sampling
from paragon_tui.engine.results.session import Session
from paragon_tui.engine.runner.discovery import DiscoveryEvent
from paragon_tui.engine.runner.requests import RunSettings, Selection, measure_request
from paragon_tui.suites.workloads.registry import workload
from paragon_tui.tui.source import RunHandle

VISITS, PER_VISIT = 20, 20  # of a result: visits, and samples in each
_HOST = ("host", "Example CPU", "Maker", "NumPy", "2.0", "cpu")
_DEVICES = tuple(
    Adapter(f"{api}:0", f"{api}#0", api, f"Example {api}", "Maker", "Example", "1.0", "discrete-gpu")
    for api in ("opencl", "vulkan", "gl")
)
ADAPTERS = (Adapter(BASELINE, BASELINE, *_HOST), Adapter("reference", "reference", *_HOST), *_DEVICES)
_SAME = Comparison(True, None, 0, 0.0, 0.0, 0.0)


@dataclass
class SyntheticSource:
    """As many adapters as ``adapters``; runs with so many samples a second, or ``None``: as fast as they are taken."""

    samples_per_s: float | None
    adapters: int = len(ADAPTERS)
    _sessions: itertools.count[int] = field(default_factory=itertools.count)

    @property
    def apis(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(adapter.api for adapter in ADAPTERS[: self.adapters]))

    async def discover(self) -> AsyncIterator[DiscoveryEvent]:
        for adapter in ADAPTERS[: self.adapters]:
            yield AdapterFound(adapter)
        for api in self.apis:
            yield DiscoveryFinished(api, 1, 1.0)

    async def probe(self, adapters: Sequence[Adapter]) -> AsyncIterator[Probed | Log]:
        for _ in ():
            yield _

    async def examine(self) -> list[Finding]:
        return []

    def expected(self, selection: Selection, sampling: Sampling | None = None) -> tuple[int, float]:
        return len(_groups(selection)) * self.adapters, 1.0

    def run(self, selection: Selection, sampling: Sampling | None = None) -> RunHandle:
        return SyntheticRun(selection, self.samples_per_s, f"20260101-000000-{next(self._sessions):04x}")

    def expected_again(self, session: Session, ids: Collection[JobId]) -> tuple[int, float]:
        raise NotImplementedError

    def again(self, session: Session, ids: Collection[JobId]) -> RunHandle:
        raise NotImplementedError

    def verify(self, selection: Selection) -> RunHandle:
        raise NotImplementedError


@dataclass
class SyntheticRun:
    """A run in which the adapters of a case take turns, as they do in a real one."""

    selection: Selection
    samples_per_s: float | None
    session: str
    stopped: bool = False

    def stop(self) -> None:
        self.stopped = True

    def skip(self) -> None:
        raise NotImplementedError

    def hold(self, on: bool) -> None:
        raise NotImplementedError

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        yield

    async def events(self) -> AsyncIterator[Event]:
        groups = _groups(self.selection)
        planned = tuple(_planned(job) for group in groups for job in group)
        listed = self.selection.selected
        yield RunStarted(self.session, "2026-01-01T00:00:00+00:00", {}, planned, listed, {}, Sampling())
        draw = random.Random(self.session)
        clock = asyncio.get_running_loop().time
        due = clock()
        for group in groups:
            for job in group:
                for event in _prepared(job):
                    yield event
            for visit in range(VISITS):
                for job in group:
                    yield _batch(job, visit, draw)
                    if self.samples_per_s is None:
                        await asyncio.sleep(0)
                        continue
                    due += PER_VISIT / self.samples_per_s
                    await asyncio.sleep(max(0.0, due - clock()))
            for job in group:
                for event in _ended(job):
                    yield event
            if self.stopped:
                break
        yield RunFinished(self.session, self.stopped)


def _groups(selection: Selection) -> list[tuple[Job, ...]]:
    return list(measure_request(selection, RunSettings(Path("nowhere"))).groups)


def _planned(job: Job) -> Planned:
    case, computed = job.case, workload(job.case.operation)
    cost, size = computed.cost(case, job.dtype), computed.megabytes(case, job.dtype)
    tier = None if job.adapter.id == BASELINE else computed.tier(case, job.dtype, job.variant)
    return Planned(job.id, case, job.adapter, computed.describe(case), size, tier, cost, 1.0)


def _prepared(job: Job) -> tuple[Event, ...]:
    standing = None if job.adapter.id == BASELINE else "observed"
    values = (0.5,) * 256
    return (
        JobStarted(job.id),
        Prepared(job.id, 1.5, 20.0, 4.0, "rows", standing),
        Output(job.id, 2.0, "ab" * 32, None, values, None, None),
        Compared(job.id, _SAME, None, ()),
    )


def _batch(job: Job, visit: int, draw: random.Random) -> SampleBatch:
    samples = tuple(int(draw.lognormvariate(13.0, 0.05)) for _ in range(PER_VISIT))
    return SampleBatch(job.id, 0, visit, samples, samples, Conditions(0.1, 20_000, 30))


def _ended(job: Job) -> tuple[Event, ...]:
    interval = Interval(0.43, 0.45)
    summary = Summary(0.44, interval, 0.4, 0.42, 0.46, 0.48, 0.01, 0.44, 0.02, VISITS * PER_VISIT)
    speedup = None if job.adapter.id == BASELINE else Ratio(1.0, Interval(0.97, 1.03), "same", 0.44)
    return (
        Closed(job.id, True, 150 * 2**20),
        Figures(job.id, 1, VISITS, summary, summary, None, None, speedup, None, ()),
        Finished(job.id, "ok", 1.0),
    )
