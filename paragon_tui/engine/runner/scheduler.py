"""The scheduler: it measures the adapters of a case in rounds, a visit each in turn, so that drift hits all alike."""

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
from paragon_tui.suites.workloads.registry import workload

ESTIMATOR = "statistics"  # the name of the worker that computes figures
_EXTRAS_S = 0.25  # a budget for cold samples and one for chained runs, of a result
_SHARE_OF_TIMEOUT = 0.1  # a visit's share: warming up and the runs for device times come on top
_COLD_BYTES = 2**20  # fewer bytes move faster than a launch takes


@dataclass(slots=True)
class _JobState:
    """The state of a job in the current process. ``worker`` has it open, ``None`` before and after."""

    job: Job
    progress: SamplingProgress
    batches: list[SampleBatch | ColdBatch | ChainedBatch] = field(default_factory=list)
    worker: WorkerProcess | None = None
    failed: bool = False
    spent_s: float = 0.0


class Scheduler:
    """Measures group after group with a worker pool; keeps what all processes of a session have in common."""

    def __init__(
        self, settings: RunSettings, pool: WorkerPool, emit: Callable[[Event], None], stopping: asyncio.Event
    ) -> None:
        self._settings = settings
        self._pool = pool
        self._emit = emit
        self._stopping = stopping
        self._states: dict[JobId, _JobState] = {}
        self._ended: set[JobId] = set()  # a job that failed in one process is not measured in the next
        self._samples: Counter[JobId] = Counter()
        self._first_runs_ms: dict[JobId, float] = {}
        self._ceilings: dict[str, Ceiling] = {}
        self._elapsed_s: defaultdict[JobId, float] = defaultdict(float)
        self._processes = 0

    def record(self, event: Event) -> None:
        """Record an event of a worker in the state of its job."""
        match event:
            case Output(first_run_ms=float(first_ms)):
                self._first_runs_ms.setdefault(event.id, first_ms)
            case CeilingFound():
                self._ceilings[event.adapter] = event.ceiling
            case SampleBatch() | ColdBatch() | ChainedBatch() if event.id in self._states:
                self._states[event.id].batches.append(event)
                if isinstance(event, SampleBatch):
                    self._states[event.id].progress.add(event)
            case Failed():
                self._ended.add(event.id)
                if event.id in self._states:
                    self._states[event.id].failed = True
            case Finished():
                self._ended.add(event.id)

    async def measure(self, group: Sequence[Job], process: int) -> None:
        """Measure the jobs of one case in one process; the last process ends them."""
        self._processes = process + 1
        jobs = [job for job in group if job.id not in self._ended]
        self._states = {job.id: _JobState(job, SamplingProgress(self._settings.sampling)) for job in jobs}
        states = list(self._states.values())
        for state in states:
            if not self._stopping.is_set():
                self._emit(JobStarted(state.job.id))
                await self._open(state)
        await self._visit_in_rounds(states, process)
        for state in states:
            await self._measure_extras(state, process)
            await self._close(state)
        await self._estimate(states)
        if process == self._settings.sampling.repeat - 1 or self._stopping.is_set():
            for state in states:
                self._finish(state)

    async def _ask(self, state: _JobState, command: Command, last: type[Event]) -> bool:
        """Have the job's worker perform a command, and count the time. Raises ``CommandFailed``."""
        begin = time.monotonic()
        try:
            return await self._pool.ask(state.job.adapter.id, state.job.id, command, last, self._settings.timeout_s)
        finally:
            taken_s = time.monotonic() - begin
            state.spent_s += taken_s
            self._elapsed_s[state.job.id] += taken_s

    def _needs_visit(self, state: _JobState) -> bool:
        """Return whether a job needs another visit, and has time for it."""
        in_time = state.spent_s < self._settings.timeout_s
        return state.worker is not None and not state.failed and in_time and not state.progress.enough

    async def _open(self, state: _JobState) -> None:
        job, settings = state.job, self._settings
        command = Prepare(job, settings.modules[job.adapter.api], str(settings.cache), settings.sampling.examine)
        try:
            if await self._ask(state, command, Compared):
                state.worker = self._pool.worker(job.adapter.id)
        except CommandFailed as failure:
            self._emit(Failed(job.id, failure.status, str(failure)))

    async def _visit_in_rounds(self, states: Sequence[_JobState], process: int) -> None:
        """Visit in turn, every other round in reverse; the baseline takes part as long as any job is sampled."""
        for round_ in count():
            unfinished = [state for state in states if self._needs_visit(state)]
            if not unfinished or self._stopping.is_set():
                return
            turn = [state for state in states if state in unfinished or self._joins_rounds(state)]
            for state in turn if round_ % 2 == 0 else reversed(turn):
                if not self._stopping.is_set():
                    await self._visit(state, process, round_)

    def _joins_rounds(self, state: _JobState) -> bool:
        """Return whether this is an open baseline, sampled along with other jobs unless iterations are fixed."""
        unlimited = self._settings.sampling.iterations is None
        return state.job.adapter.id == BASELINE and state.worker is not None and not state.failed and unlimited

    async def _visit(self, state: _JobState, process: int, round_: int) -> None:
        sampling = self._settings.sampling
        if not self._is_open(state):
            await self._open(state)  # another job ended the worker: prepare this one anew
        if state.failed:
            return
        visit_s = min(sampling.visit_s, _SHARE_OF_TIMEOUT * self._settings.timeout_s)
        command = Sample(state.job.id, process, round_, sampling.warmup, state.progress.next_samples, visit_s)
        try:
            await self._ask(state, command, SampleBatch)
        except CommandFailed as failure:
            # A job that the user stopped keeps the samples that it has.
            if failure.status != "stopped" or not state.progress.values_ns:
                self._emit(Failed(state.job.id, failure.status, str(failure)))

    async def _measure_extras(self, state: _JobState, process: int) -> None:
        """Measure what is not compared with others: cold caches, chained runs, the harness's overhead."""
        sampling, id_ = self._settings.sampling, state.job.id
        commands: list[tuple[OptionalCommand, type[Event]]] = []
        if sampling.cold and self._bound_by_memory(state.job):
            commands.append((SampleCold(id_, process, sampling.cold, _EXTRAS_S), ColdBatch))
        if sampling.chained and not state.job.adapter.is_host:
            commands.append((SampleChained(id_, process, sampling.chained, _EXTRAS_S), ChainedBatch))
        if sampling.examine and process == 0:
            commands.append((Examine(id_), Examined))
        for command, last in commands:
            if not self._stopping.is_set():
                await self._try(state, command, last)

    async def _try(self, state: _JobState, command: OptionalCommand, last: type[Event]) -> None:
        """Have an open job perform an optional command: if it fails, the rest of the result stands."""
        if state.failed or state.worker is None:
            return
        if not self._is_open(state):
            self._emit(NotMeasured(state.job.id, command.what, "its worker had exited"))
            return
        try:
            await self._ask(state, command, last)
        except CommandFailed as failure:
            self._emit(NotMeasured(state.job.id, command.what, str(failure)))

    def _bound_by_memory(self, job: Job) -> bool:
        """Return whether caches matter: the bytes that must move take longer than the arithmetic, and than a launch."""
        ceiling = self._ceilings.get(job.adapter.id)
        cost = workload(job.case.operation).cost(job.case, job.dtype)
        if ceiling is None or cost.bytes < _COLD_BYTES:
            return False
        return roofline(cost, 1.0, ceiling, integer=job.dtype == "i8").by == "memory"

    def _is_open(self, state: _JobState) -> bool:
        """Return whether the job is still open in a live worker."""
        worker = state.worker
        return (
            worker is self._pool.worker(state.job.adapter.id)
            and worker is not None
            and worker.alive
            and not state.failed
        )

    async def _close(self, state: _JobState) -> None:
        await self._try(state, Close(state.job.id), Closed)
        state.worker = None

    async def _estimate(self, states: Sequence[_JobState]) -> None:
        """Have a worker that has all jobs' samples compute the figures of each, now that nothing is timed."""
        for state in states:
            self._samples[state.job.id] += len(state.progress.values_ns)
        estimator: WorkerProcess | None = None
        for state in states:
            if state.failed or not state.batches:
                continue
            try:
                if estimator is None or estimator is not self._pool.worker(ESTIMATOR):
                    await self._send_batches(states)
                    estimator = self._pool.worker(ESTIMATOR)
                await self._pool.ask(
                    ESTIMATOR, state.job.id, self._estimate_command(state.job), Figures, self._settings.timeout_s
                )
            except (CommandFailed, WorkerDied, ProtocolError, OSError) as error:
                await self._pool.discard(ESTIMATOR)
                self._emit(Failed(state.job.id, "failed", f"its figures were lost: {error}"))

    async def _send_batches(self, states: Sequence[_JobState]) -> None:
        for state in states:
            for batch in state.batches:
                await self._pool.send(ESTIMATOR, batch)

    def _estimate_command(self, job: Job) -> Estimate:
        usual = replace(job.id, variant=usual_variant(job.case, job.dtype))
        return Estimate(
            job.id,
            self._if_sampled(job.id.baseline, job),
            self._first_runs_ms.get(job.id),
            job.adapter.type == "cpu",
            self._if_sampled(usual, job) if not job.adapter.is_host else None,
        )

    def _if_sampled(self, other: JobId, job: Job) -> JobId | None:
        """Return ``other`` if it is another result and has samples."""
        return other if self._samples[other] > 0 and other != job.id else None

    def _finish(self, state: _JobState) -> None:
        """End a job that has not failed: it has figures, or it was stopped before it had any."""
        id_, samples, elapsed_s = state.job.id, self._samples[state.job.id], self._elapsed_s[state.job.id]
        if state.failed:
            return
        if not self._stopping.is_set():
            self._emit(Finished(id_, "ok", elapsed_s))
        elif samples:
            repeat = self._settings.sampling.repeat
            of = f", in process {self._processes} of {repeat}" if repeat > 1 else ""
            self._emit(Finished(id_, "stopped", elapsed_s, f"stopped by the user after {samples} samples{of}"))
        elif elapsed_s:
            self._emit(Failed(id_, "stopped", "stopped by the user before the first sample"))
        else:
            self._emit(Failed(id_, "stopped", "not run: the session was stopped first"))
