"""Sources for the screen: a recorded stream with fixed figures, and the real engine on the fake backend."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from backends.adapter import Adapter
from backends.fingerprint import CANONICAL_HOST, Fingerprint, ProbeResult, Tiers
from paragon_tui.arithmetic.comparison import compare, differences
from paragon_tui.arithmetic.digest import digest
from paragon_tui.engine.discovery import DiscoveryEvent, discover
from paragon_tui.engine.events import (
    AdapterFound,
    Check,
    Checked,
    DiscoveryFinished,
    Event,
    Failed,
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
    Summary,
    Verdict,
)
from paragon_tui.engine.job import Job, Sampling
from paragon_tui.engine.probing import fingerprints
from paragon_tui.engine.requests import Chosen, measuring, verifying
from paragon_tui.engine.run import Run
from paragon_tui.engine.selection import runs_canonically
from paragon_tui.suites import network
from paragon_tui.suites.forward import output_of

HOST = {"vendor": "Maker", "driver": "NumPy", "driver_version": "2.0, blas 1", "type": "cpu", "memory_bytes": 2**34}
ADAPTERS = (
    Adapter(id="numpy", identity="numpy", api="host", name="NumPy on Example CPU", **HOST),
    Adapter(id="reference", identity="reference", api="host", name="Canonical reference on Example CPU", **HOST),
    Adapter("opencl:0", "pocl#0", "opencl", "pthread-Example", "Maker", "Portable Computing Language", "3.0", "cpu", 2),
    Adapter("vulkan:0", "x#0", "vulkan", "Example GPU 9000", "NVIDIA", "NVIDIA", "999.99", "discrete-gpu"),
    Adapter("gl:0", "y#0", "gl", "Example GPU 9000/PCIe/SSE2", "NVIDIA", "OpenGL", "4.6", "discrete-gpu"),
)
_PROBES = (
    ProbeResult("no contraction", "00000000", "00000000", True, ("guarded",)),
    ProbeResult("tie to even, up", "3f800002", "3f800002", True, ("exact", "guarded")),
    ProbeResult("a bare a*b+c stays unfused", "33800000", "00000000", True, ()),
)
FINGERPRINTS = {
    "reference": CANONICAL_HOST,
    "opencl:0": Fingerprint(0, _PROBES, Tiers("guaranteed", "guaranteed", "guaranteed")),
    "vulkan:0": Fingerprint(1, _PROBES, Tiers("guaranteed", "observed", "observed")),
    "gl:0": Fingerprint(3, _PROBES, Tiers("guaranteed", "observed", "observed")),
}
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

    async def probe(self, adapters: Sequence[Adapter]) -> AsyncIterator[Probed]:
        for adapter in adapters:
            if runs_canonically(adapter):
                yield Probed(adapter.id, FINGERPRINTS[adapter.id])

    def run(self, chosen: Chosen) -> ScriptedRun:
        return ScriptedRun(self, chosen)

    def verify(self, chosen: Chosen) -> ScriptedVerification:
        return ScriptedVerification(self, chosen)


@dataclass
class ScriptedRun:
    source: ScriptedSource
    chosen: Chosen
    stopped: bool = False

    def stop(self) -> None:
        self.stopped = True
        self.source.released.set()

    async def events(self) -> AsyncIterator[Event]:
        request = measuring(self.chosen, Path("nowhere"))
        jobs = [job for job in request.jobs if job.adapter.id in request.listed]
        yield RunStarted(
            "20261121-120000-beef", "2026-11-21T12:00:00+00:00", {}, tuple(map(planned, jobs)), request.listed
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


@dataclass
class ScriptedVerification:
    """Everything is as shipped, but for one result; ``hold_run_at`` of the source holds it back."""

    source: ScriptedSource
    chosen: Chosen
    stopped: bool = False

    def stop(self) -> None:
        self.stopped = True
        self.source.released.set()

    async def events(self) -> AsyncIterator[Event]:
        jobs = verifying(self.chosen, Path("nowhere")).jobs
        session = "20261121-120000-cafe"
        yield RunStarted(session, "2026-11-21T12:00:00+00:00", {}, tuple(map(planned, jobs)), self.chosen.selected)
        for adapter in dict.fromkeys(job.adapter.id for job in jobs):
            yield Probed(adapter, FINGERPRINTS[adapter])
        for job in jobs:
            if self.stopped:
                yield Failed(job.id, "stopped", "not run: the session was stopped before it")
                continue
            yield JobStarted(job.id)
            if str(job.id) == self.source.hold_run_at:
                await self.source.released.wait()
            wrong = (job.case.id, job.dtype, job.adapter.id) == ("M1", "f16", "gl:0")
            checks = (Check("parameters", "aa" * 32, "aa" * 32), Check("logits of rows", "bb" * 32, "bb" * 32))
            checks += (Check("output of rows", "cd" * 32 if wrong else "cc" * 32, "cc" * 32, 4 if wrong else None),)
            yield Prepared(job.id, 1.5, 20.0, 4.0, "rows", "observed")
            yield Checked(job.id, checks)
        yield RunFinished(session, self.stopped)


def planned(job: Job) -> Planned:
    tier = None if job.adapter.id == "numpy" else network.tier(job.dtype, job.variant)
    megabytes = network.megabytes(job.case, job.dtype)
    return Planned(job.id, job.case, job.adapter, network.describe(job.case), megabytes, tier)


def script(job: Job, index: int) -> list[Event]:
    """What a worker would say: the case's true logits (numpy's last bit turned), and times made from the index."""
    if (job.case.id, job.adapter.id) == ("M3", "gl:0"):
        return [JobStarted(job.id), Failed(job.id, "failed", "the worker of gl:0 was ended by SIGSEGV")]
    host = network.host_form(job.case, job.dtype, "reference")
    case_logits = host(**network.inputs(job.case, job.dtype))["logits"]
    logits = case_logits.copy()
    if job.adapter.id == "numpy" or (job.case.id, job.adapter.id) == ("M1", "opencl:0"):
        logits.view("u4")[4] ^= 3
    reference, answer = (network.answer({"logits": z, "output": output_of(z)}) for z in (case_logits, logits))
    base = 10_000 * (index + 1) ** 2
    samples = tuple(base + (k * 7919) % 101 * base // 400 for k in range(120))
    median = sorted(samples)[60] / 1e6
    summary = Summary(median, min(samples) / 1e6, median * 0.95, median * 1.05, median * 0.02, 120)
    return [
        JobStarted(job.id),
        _prepared(job),
        Output(
            job.id,
            digest(logits),
            digest(answer.output),
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


def _prepared(job: Job) -> Prepared:
    if job.adapter.is_host:
        return Prepared(job.id, 1.5, None, None, None, "guaranteed" if job.adapter.id == "reference" else None)
    standing = None if job.variant == "plain" else "observed"
    return Prepared(job.id, 1.5, 20.0, 4.0, "rows", standing)


@dataclass(frozen=True)
class FakeBackendSource:
    """The real engine with its processes, on the fake device."""

    cache: Path
    iterations: int = 4
    apis: tuple[str, ...] = tuple(FAKE_BACKENDS)

    def discover(self) -> AsyncIterator[DiscoveryEvent]:
        return discover(self.apis, FAKE_BACKENDS)

    def probe(self, adapters: Sequence[Adapter]) -> AsyncIterator[Probed | Log]:
        return fingerprints(adapters, FAKE_BACKENDS)

    def run(self, chosen: Chosen) -> Run:
        sampling = Sampling(warmup=1, iterations=self.iterations)
        return Run(measuring(chosen, self.cache, sampling, backends=FAKE_BACKENDS))

    def verify(self, chosen: Chosen) -> Run:
        return Run(verifying(chosen, self.cache, backends=FAKE_BACKENDS))
