"""Sources for the screen: a recorded stream with fixed figures, and the real engine on the fake backend."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from backends.adapter import Adapter
from paragon_tui.arithmetic.comparison import compare, differences
from paragon_tui.arithmetic.digest import digest
from paragon_tui.engine.discovery import DiscoveryEvent, discover
from paragon_tui.engine.events import (
    AdapterFound,
    DiscoveryFinished,
    Event,
    Failed,
    Finished,
    JobStarted,
    Output,
    Planned,
    Prepared,
    RunFinished,
    RunStarted,
    SampleBatch,
    Summary,
    Verdict,
)
from paragon_tui.engine.job import Job, Sampling
from paragon_tui.engine.run import Run, RunRequest
from paragon_tui.suites import network
from paragon_tui.suites.case import Case

HOST = {"vendor": "Maker", "driver": "NumPy", "driver_version": "2.0, blas 1", "type": "cpu", "memory_bytes": 2**34}
ADAPTERS = (
    Adapter(id="numpy", identity="numpy", api="host", name="NumPy on Example CPU", **HOST),
    Adapter(id="reference", identity="reference", api="host", name="Canonical reference on Example CPU", **HOST),
    Adapter("opencl:0", "pocl#0", "opencl", "pthread-Example", "Maker", "Portable Computing Language", "3.0", "cpu", 2),
    Adapter("vulkan:0", "x#0", "vulkan", "Example GPU 9000", "NVIDIA", "NVIDIA", "999.99", "discrete-gpu"),
    Adapter("gl:0", "y#0", "gl", "Example GPU 9000/PCIe/SSE2", "NVIDIA", "OpenGL", "4.6", "discrete-gpu"),
)
FAKE_BACKENDS = {"host": "backends.host", "vulkan": "fake_backend", "gl": "fake_backend"}


@dataclass
class ScriptedSource:
    """The same events every time. ``pause_before`` holds the run back there until the test lets it go."""

    apis: tuple[str, ...] = ("host", "opencl", "vulkan", "gl")
    hold_discovery: asyncio.Event | None = None
    hold_run_at: str | None = None
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def discover(self) -> AsyncIterator[DiscoveryEvent]:
        if self.hold_discovery is not None:
            await self.hold_discovery.wait()
        for adapter in ADAPTERS:
            yield AdapterFound(adapter)
        for api in self.apis:
            yield DiscoveryFinished(api, 1)

    def run(self, cases: Sequence[Case], found: Sequence[Adapter], selected: Sequence[str]) -> ScriptedRun:
        return ScriptedRun(self, tuple(cases), tuple(found), tuple(selected))


@dataclass
class ScriptedRun:
    source: ScriptedSource
    cases: tuple[Case, ...]
    found: tuple[Adapter, ...]
    selected: tuple[str, ...]
    stopped: bool = False

    def stop(self) -> None:
        self.stopped = True
        self.source.released.set()

    async def events(self) -> AsyncIterator[Event]:
        jobs = [Job(case, adapter) for case in self.cases for adapter in self.found if adapter.id in self.selected]
        yield RunStarted(
            "20261121-120000-beef", "2026-11-21T12:00:00+00:00", {}, tuple(map(planned, jobs)), self.selected
        )
        for index, job in enumerate(jobs):
            if self.stopped:
                yield Failed(job.id, "stopped", "not run: the session was stopped before it")
                continue
            for event in script(job, index):
                if isinstance(event, Finished) and str(job.id) == self.source.hold_run_at:
                    await self.source.released.wait()
                yield event
        yield RunFinished("20261121-120000-beef", self.stopped)


def planned(job: Job) -> Planned:
    tier = None if job.adapter.id == "numpy" else "guarded"
    return Planned(job.id, job.case, job.adapter, network.describe(job.case), network.megabytes(job.case), tier)


def script(job: Job, index: int) -> list[Event]:
    """What a worker would say: the case's true logits (numpy's last bit turned), and times made from the index."""
    if (job.case.id, job.adapter.id) == ("M3", "gl:0"):
        return [JobStarted(job.id), Failed(job.id, "failed", "the worker of gl:0 was ended by SIGSEGV")]
    case_logits = network.forward_reference(network.parameters(job.case.shape), **network.inputs(job.case, "f32"))
    logits = case_logits.copy()
    if job.adapter.id == "numpy" or (job.case.id, job.adapter.id) == ("M1", "opencl:0"):
        logits.view("u4")[4] ^= 3
    reference, answer = network.answer({"logits": case_logits}), network.answer({"logits": logits})
    base = 10_000 * (index + 1) ** 2
    samples = tuple(base + (k * 7919) % 101 * base // 400 for k in range(120))
    median = sorted(samples)[60] / 1e6
    summary = Summary(median, min(samples) / 1e6, median * 0.95, median * 1.05, median * 0.02, 120)
    return [
        JobStarted(job.id),
        Prepared(job.id, 1.5, None if job.adapter.is_host else 20.0, None if job.adapter.is_host else 4.0),
        Output(
            job.id,
            digest(logits),
            tuple(map(float, logits)),
            tuple(map(float, answer.output)),
            tuple(map(float, reference.output)),
        ),
        Verdict(
            job.id,
            compare(logits, case_logits),
            compare(answer.output, reference.output),
            differences(logits, case_logits, 256),
        ),
        SampleBatch(job.id, samples, ()),
        Finished(job.id, "ok", summary, None if job.adapter.is_host else summary),
    ]


@dataclass(frozen=True)
class FakeBackendSource:
    """The real engine with its processes, on the fake device."""

    cache: Path
    iterations: int = 4
    apis: tuple[str, ...] = tuple(FAKE_BACKENDS)

    def discover(self) -> AsyncIterator[DiscoveryEvent]:
        return discover(self.apis, FAKE_BACKENDS)

    def run(self, cases: Sequence[Case], found: Sequence[Adapter], selected: Sequence[str]) -> Run:
        sampling = Sampling(warmup=1, iterations=self.iterations)
        return Run(
            RunRequest(tuple(cases), tuple(found), tuple(selected), self.cache, sampling, backends=FAKE_BACKENDS)
        )
