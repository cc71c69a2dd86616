"""Sources for the screen: a recorded stream with fixed figures, and the real engine on the fake backend."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from paragon_tui.arithmetic.compare import compare, differences
from paragon_tui.arithmetic.digest import digest
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.fingerprint import Fingerprint, ProbeResult, Standing, Tiers
from paragon_tui.diagnosis.finding import Finding
from paragon_tui.engine.analysis.verdict import verdict
from paragon_tui.engine.messages.events import (
    AdapterFound,
    CeilingFound,
    Check,
    Checked,
    Closed,
    Compared,
    DiscoveryFinished,
    Event,
    Examined,
    Failed,
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
from paragon_tui.engine.messages.figures import (
    Ceiling,
    Conditions,
    Flag,
    Interval,
    LaunchCost,
    Overhead,
    Ratio,
    Summary,
)
from paragon_tui.engine.messages.job import BASELINE, Job, JobId, Sampling
from paragon_tui.engine.results.session import Session
from paragon_tui.engine.runner.discovery import DiscoveryEvent, discover
from paragon_tui.engine.runner.probing import probe_adapters
from paragon_tui.engine.runner.requests import (
    Continued,
    MeasureRequest,
    RunSettings,
    Selection,
    again_request,
    measure_request,
    verify_request,
)
from paragon_tui.engine.runner.run import Run
from paragon_tui.operators.operator import Cost, Tier
from paragon_tui.suites.case import Arithmetic, Case
from paragon_tui.suites.workloads.registry import workload
from tests.support.engine_runs import BACKENDS
from tests.support.examples import ALL_GUARANTEED
from tests.support.host_forms import host_outputs, softmax_of

HOST: dict[str, Any] = {
    "vendor": "Maker",
    "driver": "NumPy",
    "driver_version": "2.0, blas 1",
    "type": "cpu",
    "memory_bytes": 2**34,
}
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
    "reference": ALL_GUARANTEED,
    "opencl:0": Fingerprint(0, _PROBES, Tiers("guaranteed", "guaranteed", "guaranteed")),
    "vulkan:0": Fingerprint(1, _PROBES, Tiers("guaranteed", "observed", "observed")),
    "gl:0": Fingerprint(3, _PROBES, Tiers("guaranteed", "observed", "observed")),
}
FINDINGS = (
    Finding("GPU", "device nodes", "note", "there is none: no GPU, or its kernel driver is not loaded"),
    Finding("Vulkan", "loader", "fine", "libvulkan.so.1 loads"),
    Finding("Vulkan", "drivers", "problem", "no driver is registered", "sudo apt install mesa-vulkan-drivers"),
)
SPEEDUPS = ((0.06, 0.05, 0.07), (0.52, 0.48, 0.55), (1.0, 0.995, 1.004), (1.04, 0.93, 1.15), (2.31, 2.2, 2.4))
TERMS = RunSettings(Path("nowhere"))


@dataclass
class ScriptedSource:
    """The same events every time. A run stops before the figures of ``hold_run_at`` until ``released`` is set."""

    apis: tuple[str, ...] = ("host", "opencl", "vulkan", "gl")
    adapters: tuple[Adapter, ...] = ADAPTERS
    hold_discovery: asyncio.Event | None = None
    hold_run_at: str | None = None
    released: asyncio.Event = field(default_factory=asyncio.Event)
    asked: Sampling | None = None
    chosen: Selection = field(init=False)

    async def discover(self) -> AsyncIterator[DiscoveryEvent]:
        if self.hold_discovery is not None:
            await self.hold_discovery.wait()
        for adapter in self.adapters:
            yield AdapterFound(adapter)
        for api in self.apis:
            yield DiscoveryFinished(api, 1, 12.5)

    async def probe(self, adapters: Sequence[Adapter]) -> AsyncIterator[Probed]:
        for adapter in adapters:
            if adapter.is_canonical:
                yield Probed(adapter.id, FINGERPRINTS[adapter.id])

    async def examine(self) -> list[Finding]:
        return list(FINDINGS)

    def expected(self, chosen: Selection, sampling: Sampling | None = None) -> tuple[int, float]:
        jobs = [job for group in groups_of(chosen) for job in group]
        return len(jobs), 1.5 * len(jobs)

    def run(self, chosen: Selection, sampling: Sampling | None = None) -> ScriptedRun:
        self.asked, self.chosen = sampling, chosen
        return ScriptedRun(self, chosen, sampling or Sampling())

    def expected_again(self, session: Session, ids: Collection[JobId]) -> tuple[int, float]:
        return len(ids), 1.5 * len(ids)

    def again(self, session: Session, ids: Collection[JobId]) -> ScriptedRun:
        return ScriptedRun(self, self.chosen, session.sampling or Sampling(), session, frozenset(ids))

    def verify(self, chosen: Selection) -> ScriptedVerification:
        return ScriptedVerification(self, chosen)


@dataclass
class ScriptedRun:
    """A run in which the jobs of a case are prepared one after another, then end one after another."""

    source: ScriptedSource
    chosen: Selection
    sampling: Sampling
    continues: Session | None = None
    again: frozenset[JobId] = frozenset()
    stopped: bool = False
    skipped: bool = False
    held: bool = False

    def stop(self) -> None:
        self.stopped = True
        self.source.released.set()

    def skip(self) -> None:
        self.skipped = True
        self.source.released.set()

    def hold(self, on: bool) -> None:
        self.held = on

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        yield

    async def events(self) -> AsyncIterator[Event]:
        groups = groups_of(self.chosen)
        if self.continues is not None:
            groups = [group for group in groups if self.again & {job.id for job in group}]
        jobs = [job for group in groups for job in group if job.adapter.id in self.chosen.selected]
        started = RunStarted(
            self.name,
            "2026-11-21T12:00:00+00:00",
            {},
            tuple(planned(job, expected_s=1.5) for job in jobs),
            self.chosen.selected,
            {"host": 12.5},
            self.sampling,
        )
        if self.continues is not None:
            again = tuple(job.id for job in jobs)
            planned_before = tuple(self.continues.planned.values())
            started = replace(started, planned=planned_before, continues=self.continues.id, again=again)
        yield started
        for job in jobs:
            yield CeilingFound(job.adapter.id, Ceiling(40.0, 160.0, 2**16))
        places = {job.id: place for place, job in enumerate(jobs)}
        for group in groups:
            if self.stopped:
                for job in (job for job in group if job.id in places):
                    yield Failed(job.id, "stopped", "not run: the session was stopped first")
                continue
            turns = [script(job, places[job.id]) for job in group if job.id in places]
            for turn, job in zip(turns, group, strict=False):
                async for event in self._events_of(turn.prepared, job):
                    yield event
            for turn, job in zip(turns, group, strict=False):
                async for event in self._events_of(turn.ended, job):
                    yield event
        yield RunFinished(self.name, self.stopped)

    @property
    def name(self) -> str:
        return "20261121-120000-beef" if self.continues is None else "20261121-120500-f00d"

    async def _events_of(self, events: list[Event], job: Job) -> AsyncIterator[Event]:
        if self.stopped:
            yield Failed(job.id, "stopped", "not run: the session was stopped first")
            return
        for event in events:
            if isinstance(event, Figures) and str(event.id) == self.source.hold_run_at:
                await self.source.released.wait()
                if self.skipped:
                    yield Failed(job.id, "stopped", "skipped by the user after 120 samples")
                    self.skipped = False
                    return
            yield event


@dataclass
class ScriptedVerification:
    """A verification in which one result has wrong bits; it waits at the source's ``hold_run_at``."""

    source: ScriptedSource
    chosen: Selection
    stopped: bool = False

    def stop(self) -> None:
        self.stopped = True
        self.source.released.set()

    def skip(self) -> None:
        raise NotImplementedError

    def hold(self, on: bool) -> None:
        raise NotImplementedError

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        yield

    async def events(self) -> AsyncIterator[Event]:
        jobs = verify_request(self.chosen, TERMS).jobs
        session = "20261121-120000-cafe"
        started = "2026-11-21T12:00:00+00:00"
        yield RunStarted(session, started, {}, tuple(map(planned, jobs)), self.chosen.selected, {}, None)
        for adapter in dict.fromkeys(job.adapter.id for job in jobs):
            yield Probed(adapter, FINGERPRINTS[adapter])
        for job in jobs:
            if self.stopped:
                yield Failed(job.id, "stopped", "not run: the session was stopped first")
                continue
            yield JobStarted(job.id)
            if str(job.id) == self.source.hold_run_at:
                await self.source.released.wait()
            wrong = (job.case.id, job.dtype, job.adapter.id) == ("M1", "f16", "gl:0")
            checks = (
                Check("parameters", "aa" * 32, "aa" * 32),
                Check("logits of rows", "bb" * 32, "bb" * 32),
                Check("output of rows", "cd" * 32 if wrong else "cc" * 32, "cc" * 32, 4 if wrong else None),
            )
            yield Prepared(job.id, 1.5, 20.0, 4.0, "rows", "observed")
            yield Checked(job.id, checks)
        yield RunFinished(session, self.stopped)


def groups_of(chosen: Selection) -> list[tuple[Job, ...]]:
    """Return the groups of a run's jobs. Cases of other operations than networks are scripted at f32 alone."""
    networks = replace(chosen, cases=tuple(case for case in chosen.cases if case.operation == "network"))
    selected = [adapter for adapter in chosen.adapters if adapter.id in chosen.selected]
    others = [case for case in chosen.cases if case.operation != "network" and Arithmetic() in chosen.arithmetic]
    return [
        *measure_request(networks, TERMS).groups,
        *(tuple(Job(case, adapter, "f32") for adapter in selected) for case in others),
    ]


def planned(job: Job, expected_s: float = 0.0) -> Planned:
    tier: Tier | None
    if job.case.operation != "network":
        tier, count = None if job.adapter.id == "numpy" else "guarded", math.prod(job.case.shape)
        cost = Cost(count, 12 * count)
        return Planned(job.id, job.case, job.adapter, str(count), count / 2**18, tier, cost, expected_s)
    network = workload(job.case.operation)
    tier = None if job.adapter.id == "numpy" else network.tier(job.case, job.dtype, job.variant)
    megabytes = network.megabytes(job.case, job.dtype)
    cost = network.cost(job.case, job.dtype)
    return Planned(job.id, job.case, job.adapter, network.describe(job.case), megabytes, tier, cost, expected_s)


@dataclass(frozen=True)
class Script:
    prepared: list[Event]
    ended: list[Event]


def script(job: Job, index: int) -> Script:
    """Return a worker's events: the case's true logits (with bits flipped for numpy), and times made from the index."""
    if (job.case.id, job.adapter.id) == ("M3", "gl:0"):
        return Script([JobStarted(job.id), Failed(job.id, "failed", "the worker of gl:0 was killed by SIGSEGV")], [])
    base = 10_000 * (index + 1) ** 2
    samples = tuple(base + (k * 7919) % 101 * base // 400 for k in range(120))
    median = sorted(samples)[60] / 1e6
    prepared: list[Event] = [
        JobStarted(job.id),
        _prepared(job),
        *(_network(job, median) if job.case.operation == "network" else _values(job, median)),
        SampleBatch(job.id, 0, 0, samples, (), Conditions(0.1, 20_000, 30)),
    ]
    ended: list[Event] = [
        *([] if job.adapter.is_host else [Examined(job.id, Overhead(400, 9_000, 20_000))]),
        Closed(job.id, job.adapter.id != "numpy", 150 * 2**20),
        _figures(job, index, median),
        Finished(job.id, "ok", 1.25),
    ]
    return Script(prepared, ended)


@cache
def _logits(case: Case, dtype: str) -> NDArray[Any]:
    """Return a network's right logits, once for all tests of a process."""
    return host_outputs(case, dtype, "reference")["logits"]


def _network(job: Job, median: float) -> list[Event]:
    case_logits = _logits(job.case, job.dtype)
    logits = case_logits.copy()
    if job.adapter.id == "numpy" or (job.case.id, job.adapter.id) == ("M1", "opencl:0"):
        logits.view("u4")[4] ^= 3
    right, output = softmax_of(case_logits), softmax_of(logits)
    shown = (tuple(map(float, values)) for values in (logits, output, right))
    return [
        Output(job.id, median * 2, digest(logits), digest(output), *shown),
        Compared(job.id, compare(logits, case_logits), compare(output, right), differences(logits, case_logits, 256)),
    ]


def _values(job: Job, median: float) -> list[Event]:
    """Return values on both sides of zero, with the last bit of some flipped for numpy.

    A matrix product has a sample and a digest, which differs for gl:0.
    """
    import numpy as np

    count = math.prod(job.case.shape)
    right = ((np.arange(min(count, 2000), dtype=np.int64) * 37 % 101 - 40) / 8).astype(np.float32)
    values = right.copy()
    if job.adapter.id == "numpy":
        values.view("u4")[::7] ^= 1
    comparison = compare(values, right)
    if sampled := job.case.operation == "matmul":
        comparison = replace(comparison, sample=32_768)
    whole = "ee" * 32 if sampled and job.adapter.id == "gl:0" else digest(values)
    return [
        Output(job.id, median * 2, whole, None, tuple(map(float, values)) if count <= 1024 else None, None, None),
        Compared(job.id, comparison, None, differences(values, right, 256)),
    ]


def _figures(job: Job, index: int, median: float) -> Figures:
    summary = Summary(
        median,
        Interval(median * 0.98, median * 1.03),
        min=median * 0.9,
        q1=median * 0.95,
        q3=median * 1.05,
        p95=median * 1.1,
        mad=median * 0.02,
        mean=median * 1.01,
        stdev=median * 0.04,
        n=120,
    )
    value, low, high = SPEEDUPS[index % len(SPEEDUPS)]
    speedup = Ratio(value, Interval(low, high), verdict(Interval(low, high)))
    doubtful = (job.case.id, job.adapter.id) == ("S2", "vulkan:0")
    flags = (Flag("noisy", "only half of the samples are within ±7 % of the median"),) if doubtful else ()
    host = job.adapter.is_host
    return Figures(
        job.id,
        processes=1,
        rounds=12,
        latency_ms=summary,
        device_ms=None if host else summary,
        cold_ms=summary if job.case.id == "XL2" else None,
        warm_ms=summary if job.case.id == "XL2" else None,
        speedup=None if job.adapter.id == BASELINE else speedup,
        launch_cost=None if host else _launch_cost(median),
        flags=flags,
    )


def _launch_cost(median: float) -> LaunchCost:
    costs = ((median * share, Interval(median * share * 0.95, median * share * 1.05)) for share in (0.2, 0.8))
    (waiting, around_waiting), (computing, around_computing) = costs
    return LaunchCost(waiting, around_waiting, computing, around_computing, 8)


def _prepared(job: Job) -> Prepared:
    if job.adapter.is_host:
        if job.adapter.id == BASELINE:
            return Prepared(job.id, 1.5, None, None, None, None, "OpenBLAS 0.3.31 Example", 2)
        if job.adapter.on_request:
            return Prepared(job.id, 1.5, None, None, None, None, "AVX2: NumPy X86_V3, OpenBLAS 0.3.31 Haswell", 2)
        return Prepared(job.id, 1.5, None, None, None, "guaranteed")
    standing: Standing | None = None if job.variant == "plain" else "observed"
    return Prepared(job.id, 1.5, 20.0, 4.0, "rows", standing, device_bytes=3 * 2**20)


@dataclass(frozen=True)
class FakeBackendSource:
    """The real engine with its processes, on the fake device."""

    cache: Path
    iterations: int = 2
    apis: tuple[str, ...] = tuple(BACKENDS)

    def discover(self) -> AsyncIterator[DiscoveryEvent]:
        return discover(self.apis, BACKENDS)

    def probe(self, adapters: Sequence[Adapter]) -> AsyncIterator[Probed | Log]:
        return probe_adapters(adapters, BACKENDS)

    async def examine(self) -> list[Finding]:
        return list(FINDINGS)

    def expected(self, chosen: Selection, sampling: Sampling | None = None) -> tuple[int, float]:
        request = self._request(chosen, None)
        return len(request.jobs), request.expected_s

    def run(self, chosen: Selection, sampling: Sampling | None = None) -> Run:
        return Run(self._request(chosen, sampling))

    def expected_again(self, session: Session, ids: Collection[JobId]) -> tuple[int, float]:
        request = self._again_request(session, ids)
        return len(request.jobs), request.expected_s

    def again(self, session: Session, ids: Collection[JobId]) -> Run:
        return Run(self._again_request(session, ids))

    def _again_request(self, session: Session, ids: Collection[JobId]) -> MeasureRequest:
        continued = Continued(session.id, tuple(session.planned.values()))
        settings = self._request(Selection((), (), ()), session.sampling).settings
        return again_request(continued, ids, session.listed_adapters, settings)

    def _request(self, chosen: Selection, sampling: Sampling | None) -> MeasureRequest:
        usual = Sampling(warmup=0, iterations=self.iterations, rounds=2, cold=0, chained=0, examine=False)
        return measure_request(chosen, RunSettings(self.cache, BACKENDS, sampling or usual))

    def verify(self, chosen: Selection) -> Run:
        return Run(verify_request(chosen, RunSettings(self.cache, BACKENDS)))
