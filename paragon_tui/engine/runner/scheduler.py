"""Measure the adapters of one case in rounds, a visit each in turn, so that what drifts hits all of them."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from paragon_tui.engine.analysis.roofline import roofline
from paragon_tui.engine.messages.commands import (
    Close,
    Command,
    Estimate,
    Examine,
    OptionalCommand,
    Prepare,
    Sample,
    SampleChained,
    SampleCold,
)
from paragon_tui.engine.messages.events import (
    CeilingFound,
    ChainedBatch,
    Closed,
    ColdBatch,
    Compared,
    Event,
    Examined,
    Failed,
    Figures,
    Finished,
    JobStarted,
    NotMeasured,
    Output,
    SampleBatch,
)
from paragon_tui.engine.messages.figures import Ceiling
from paragon_tui.engine.messages.job import BASELINE, Job, JobId
from paragon_tui.engine.messages.wire import ProtocolError
from paragon_tui.engine.runner.requests import RunSettings, usual_variant
from paragon_tui.engine.runner.stopping import SamplingProgress
from paragon_tui.engine.runner.worker_pool import CommandFailed, WorkerPool
from paragon_tui.engine.runner.worker_process import WorkerDied, WorkerProcess
from paragon_tui.suites.operation import operation

ANALYST = "statistics"
_APART_S = 0.25  # for cold samples and for chained ones, of a result
_SHARE_OF_TIMEOUT = 0.1  # a visit's share: its warming up and the device's runs come on top
_COLD_BYTES = 2**20  # less moves faster than a launch takes


@dataclass(slots=True)
class _Measured:
    """A job as far as it has got in this process. ``worker`` is who has it open, ``None`` before and after."""

    job: Job
    sampled: SamplingProgress
    batches: list[SampleBatch | ColdBatch | ChainedBatch] = field(default_factory=list)
    worker: WorkerProcess | None = None
    failed: bool = False
    spent_s: float = 0.0


class Scheduler:
    """Measures group after group with a crew; remembers what all processes of a session have in common."""

    def __init__(
        self, settings: RunSettings, pool: WorkerPool, tell: Callable[[Event], None], stopping: asyncio.Event
    ) -> None:
        self._settings = settings
        self._pool = pool
        self._tell = tell
        self._stopping = stopping
        self._now: dict[JobId, _Measured] = {}
        self._ended: set[JobId] = set()  # what failed in one process too: another would not make its figures whole
        self._samples: Counter[JobId] = Counter()
        self._first_runs_ms: dict[JobId, float] = {}
        self._ceilings: dict[str, Ceiling] = {}
        self._elapsed_s: defaultdict[JobId, float] = defaultdict(float)
        self._processes = 0

    def hear(self, event: Event) -> None:
        """Take in what workers say; everybody else is told too."""
        match event:
            case Output(first_run_ms=float(first_ms)):
                self._first_runs_ms.setdefault(event.id, first_ms)
            case CeilingFound():
                self._ceilings[event.adapter] = event.ceiling
            case SampleBatch() | ColdBatch() | ChainedBatch() if event.id in self._now:
                self._now[event.id].batches.append(event)
                if isinstance(event, SampleBatch):
                    self._now[event.id].sampled.add(event)
            case Failed():
                self._ended.add(event.id)
                if event.id in self._now:
                    self._now[event.id].failed = True
            case Finished():
                self._ended.add(event.id)

    async def measure(self, group: Sequence[Job], process: int) -> None:
        """One process's share of the jobs of one case; the last process's ends them."""
        self._processes = process + 1
        jobs = [job for job in group if job.id not in self._ended]
        self._now = {job.id: _Measured(job, SamplingProgress(self._settings.sampling)) for job in jobs}
        measured = list(self._now.values())
        for one in measured:
            if not self._stopping.is_set():
                self._tell(JobStarted(one.job.id))
                await self._open(one)
        await self._in_rounds(measured, process)
        for one in measured:
            await self._apart(one, process)
            await self._close(one)
        await self._estimate(measured)
        if process == self._settings.sampling.repeat - 1 or self._stopping.is_set():
            for one in measured:
                self._finish(one)

    async def _ask(self, one: _Measured, command: Command, last: type[Event]) -> bool:
        """Have the job's own worker do something with it, and count the time. Raises ``CommandFailed``."""
        begin = time.monotonic()
        try:
            return await self._pool.ask(one.job.adapter.id, one.job.id, command, last, self._settings.timeout_s)
        finally:
            taken_s = time.monotonic() - begin
            one.spent_s += taken_s
            self._elapsed_s[one.job.id] += taken_s

    def _going(self, one: _Measured) -> bool:
        """Whether a job wants another visit, and has time for it."""
        in_time = one.spent_s < self._settings.timeout_s
        return one.worker is not None and not one.failed and in_time and not one.sampled.enough

    async def _open(self, one: _Measured) -> None:
        job, settings = one.job, self._settings
        command = Prepare(job, settings.modules[job.adapter.api], str(settings.cache), settings.sampling.examine)
        try:
            if await self._ask(one, command, Compared):
                one.worker = self._pool.worker(job.adapter.id)
        except CommandFailed as lost:
            self._tell(Failed(job.id, lost.status, str(lost)))

    async def _in_rounds(self, measured: Sequence[_Measured], process: int) -> None:
        """Visits in turn, every other round in reverse; the baseline goes along as long as anybody is sampled."""
        for round_ in count():
            going = [one for one in measured if self._going(one)]
            if not going or self._stopping.is_set():
                return
            turn = [one for one in measured if one in going or self._goes_along(one)]
            for one in turn if round_ % 2 == 0 else reversed(turn):
                if not self._stopping.is_set():
                    await self._visit(one, process, round_)

    def _goes_along(self, one: _Measured) -> bool:
        unlimited = self._settings.sampling.iterations is None
        return one.job.adapter.id == BASELINE and one.worker is not None and not one.failed and unlimited

    async def _visit(self, one: _Measured, process: int, round_: int) -> None:
        sampling = self._settings.sampling
        if not self._there(one):
            await self._open(one)  # another job took the worker down: this one is made ready anew
        if one.failed:
            return
        visit_s = min(sampling.visit_s, _SHARE_OF_TIMEOUT * self._settings.timeout_s)
        command = Sample(one.job.id, process, round_, sampling.warmup, one.sampled.wanted, visit_s)
        try:
            await self._ask(one, command, SampleBatch)
        except CommandFailed as lost:
            # Stopped by the user with samples in hand: they are what there is.
            if lost.status != "stopped" or not one.sampled.values_ns:
                self._tell(Failed(one.job.id, lost.status, str(lost)))

    async def _apart(self, one: _Measured, process: int) -> None:
        """What is not compared with others: cold caches, chained runs, the harness itself."""
        sampling, id_ = self._settings.sampling, one.job.id
        wanted: list[tuple[OptionalCommand, type[Event]]] = []
        if sampling.cold and self._bound_by_memory(one.job):
            wanted.append((SampleCold(id_, process, sampling.cold, _APART_S), ColdBatch))
        if sampling.chained and not one.job.adapter.is_host:
            wanted.append((SampleChained(id_, process, sampling.chained, _APART_S), ChainedBatch))
        if sampling.examine and process == 0:
            wanted.append((Examine(id_), Examined))
        for command, last in wanted:
            if not self._stopping.is_set():
                await self._try(one, command, last)

    async def _try(self, one: _Measured, command: OptionalCommand, last: type[Event]) -> None:
        """Ask an opened job for what its result can do without: where it fails, the rest stands."""
        if one.failed or one.worker is None:
            return
        if not self._there(one):
            self._tell(NotMeasured(one.job.id, command.what, "its worker had ended"))
            return
        try:
            await self._ask(one, command, last)
        except CommandFailed as lost:
            self._tell(NotMeasured(one.job.id, command.what, str(lost)))

    def _bound_by_memory(self, job: Job) -> bool:
        """Whether caches matter: the bytes that must move take longer than the arithmetic, and than a launch."""
        ceiling = self._ceilings.get(job.adapter.id)
        cost = operation(job.case.operation).cost(job.case, job.dtype)
        if ceiling is None or cost.bytes < _COLD_BYTES:
            return False
        return roofline(cost, 1.0, ceiling, integer=job.dtype == "i8").by == "memory"

    def _there(self, one: _Measured) -> bool:
        """Whether the job is still open: not where its worker has gone."""
        worker = one.worker
        return (
            worker is self._pool.worker(one.job.adapter.id) and worker is not None and worker.alive and not one.failed
        )

    async def _close(self, one: _Measured) -> None:
        await self._try(one, Close(one.job.id), Closed)
        one.worker = None

    async def _estimate(self, measured: Sequence[_Measured]) -> None:
        """Have the figures told, now that nothing is timed, each by a worker that knows the samples of all."""
        for one in measured:
            self._samples[one.job.id] += len(one.sampled.values_ns)
        informed: WorkerProcess | None = None
        for one in measured:
            if one.failed or not one.batches:
                continue
            try:
                if informed is None or informed is not self._pool.worker(ANALYST):
                    await self._inform(measured)
                    informed = self._pool.worker(ANALYST)
                await self._pool.ask(ANALYST, one.job.id, self._question(one.job), Figures, self._settings.timeout_s)
            except (CommandFailed, WorkerDied, ProtocolError, OSError) as error:
                await self._pool.discard(ANALYST)
                self._tell(Failed(one.job.id, "failed", f"its figures were lost: {error}"))

    async def _inform(self, measured: Sequence[_Measured]) -> None:
        for one in measured:
            for batch in one.batches:
                await self._pool.send(ANALYST, batch)

    def _question(self, job: Job) -> Estimate:
        usual = replace(job.id, variant=usual_variant(job.case, job.dtype))
        return Estimate(
            job.id,
            self._beside(job.id.baseline, job),
            self._first_runs_ms.get(job.id),
            job.adapter.type == "cpu",
            self._beside(usual, job) if not job.adapter.is_host else None,
        )

    def _beside(self, other: JobId, job: Job) -> JobId | None:
        """``other``, where that is another result, and has samples."""
        return other if self._samples[other] > 0 and other != job.id else None

    def _finish(self, one: _Measured) -> None:
        """End a job that has not ended: it failed, or it has figures, or it was stopped before it had any."""
        id_, samples, elapsed_s = one.job.id, self._samples[one.job.id], self._elapsed_s[one.job.id]
        if one.failed:
            return
        if not self._stopping.is_set():
            self._tell(Finished(id_, "ok", elapsed_s))
        elif samples:
            repeat = self._settings.sampling.repeat
            of = f", in process {self._processes} of {repeat}" if repeat > 1 else ""
            self._tell(Finished(id_, "stopped", elapsed_s, f"stopped by the user after {samples} samples{of}"))
        elif elapsed_s:
            self._tell(Failed(id_, "stopped", "stopped by the user before the first sample"))
        else:
            self._tell(Failed(id_, "stopped", "not run: the session was stopped before it"))
