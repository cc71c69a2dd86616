"""Run cases on adapters, one at a time, each adapter in its own child, and report events."""

from __future__ import annotations

import asyncio
import os
import platform
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime

from paragon_tui import __version__
from paragon_tui.backends.blas import ONE_THREAD
from paragon_tui.backends.host import cpu_name_and_vendor
from paragon_tui.engine.messages.commands import Verify
from paragon_tui.engine.messages.events import (
    NOT_RUN,
    Checked,
    Event,
    Failed,
    JobStarted,
    Planned,
    RunFinished,
    RunStarted,
)
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.runner.environment import worker_environment
from paragon_tui.engine.runner.requests import MeasureRequest, RunRequest, VerifyRequest
from paragon_tui.engine.runner.scheduler import ESTIMATOR, Scheduler
from paragon_tui.engine.runner.steering import Steering
from paragon_tui.engine.runner.worker_pool import CommandFailed, WorkerPool
from paragon_tui.suites.workloads.registry import workload
from paragon_tui.suites.workloads.workload import Trained


class Run:
    """A session being measured or verified. Iterate ``events()``; ``stop()`` ends it early and keeps its samples."""

    def __init__(self, request: RunRequest) -> None:
        self._request = request
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._steering = Steering()
        environments = {ESTIMATOR: ONE_THREAD} | {
            job.adapter.id: worker_environment(job.adapter, request.settings.threads) for job in request.jobs
        }
        self._pool = WorkerPool(self._emit, self._steering, environments)
        self._scheduler = Scheduler(request.settings, self._pool, self._emit, self._steering)
        self.session = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"

    def stop(self) -> None:
        """End early: the running results keep their samples, the rest are marked stopped."""
        self._steering.stop()

    def skip(self) -> None:
        """End the case being measured, whose results keep their samples, and go on with the next one."""
        self._steering.skip()

    def hold(self, on: bool) -> None:
        """Hold measuring after the visit being made, with the workers as they are; or let it go on."""
        self._steering.hold(on)

    def paused(self) -> AbstractAsyncContextManager[None]:
        """Return a context in which the workers stand still: this process is about to be stopped (ctrl+z)."""
        return self._pool.paused()

    async def events(self) -> AsyncIterator[Event]:
        """Yield every event of the session, ``RunStarted`` first and ``RunFinished`` last, and end the children."""
        work = asyncio.create_task(self._work())
        work.add_done_callback(lambda _: self._events.put_nowait(self._run_finished()))
        try:
            while True:
                event = await self._events.get()
                if isinstance(event, RunFinished):
                    await work  # raises an error of the engine itself
                    yield event
                    return
                yield event
        finally:
            work.cancel()
            await self._pool.end()

    def _emit(self, event: Event) -> None:
        self._scheduler.record(event)
        self._events.put_nowait(event)

    def _run_finished(self) -> RunFinished:
        return RunFinished(self.session, self._steering.stops)

    async def _work(self) -> None:
        self._emit(self._run_started())
        match self._request:
            case MeasureRequest():
                await self._measure(self._request)
            case VerifyRequest():
                await self._verify(self._request)

    def _run_started(self) -> RunStarted:
        request = self._request
        started = RunStarted(
            self.session,
            datetime.now(UTC).isoformat(timespec="seconds"),
            describe_host(),
            tuple(map(self._plan, request.jobs)),
            request.listed,
            {},
            None,
            request.settings.threads,
        )
        if isinstance(request, VerifyRequest):
            return started
        started = replace(started, discovery_ms=dict(request.discovery_ms), sampling=request.settings.sampling)
        if (continued := request.continued) is None:
            return started
        again = {planned.id: planned for planned in started.planned}
        planned = tuple(again.get(planned.id, planned) for planned in continued.planned)
        return replace(started, planned=planned, continues=continued.session, again=tuple(again))

    def _plan(self, job: Job) -> Planned:
        measures = isinstance(self._request, MeasureRequest)
        return _plan(job, self._request.settings.expected_s(job) if measures else 0.0)

    async def _measure(self, request: MeasureRequest) -> None:
        """Measure all groups in one set of processes, then again in fresh ones, which show how much processes differ.

        A stop ends every result, so nothing is left for later processes.
        """
        adapters = {job.adapter.id for job in request.jobs}
        for process in range(request.settings.sampling.repeat):
            await self._scheduler.measure(request.groups, process)
            await self._pool.end(*adapters)

    async def _verify(self, request: VerifyRequest) -> None:
        settings = request.settings
        for job in request.jobs:
            if self._steering.stops:
                self._emit(Failed(job.id, "stopped", NOT_RUN))
                continue
            self._emit(JobStarted(job.id))
            command = Verify(job, settings.modules[job.adapter.api], str(settings.cache))
            limit_s = settings.timeout_s + _operations(job) / _SLOWEST
            try:
                await self._pool.ask(job.adapter.id, job.id, command, Checked, limit_s)
            except CommandFailed as failure:
                self._emit(Failed(job.id, failure.status, str(failure)))


_SLOWEST = 5e7
"""Operations per second with which any adapter verifies a large case: several plans, each several times."""


def _operations(job: Job) -> float:
    """Return the operations of one run of a job, a whole training's."""
    computed = workload(job.case.operation)
    operations = float(computed.cost(job.case, job.dtype).operations)
    if isinstance(computed, Trained):
        schedule = computed.schedule(job.case)
        operations *= schedule.steps / schedule.timed
    return operations


def _plan(job: Job, expected_s: float) -> Planned:
    computed = workload(job.case.operation)
    return Planned(
        job.id,
        job.case,
        job.adapter,
        computed.describe(job.case),
        computed.megabytes(job.case, job.dtype),
        computed.tier(job.case, job.dtype, job.variant) if job.adapter.is_canonical else None,
        computed.cost(job.case, job.dtype),
        expected_s,
        computed.output_tier(job.case, job.dtype, job.variant) if job.adapter.is_canonical else None,
    )


def describe_host() -> dict[str, str]:
    """Return the facts about the machine that a reader of the figures must know."""
    cpu, _ = cpu_name_and_vendor()
    return {
        "program": f"paragon-tui {__version__}",
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "cpu": cpu,
        "cores": str(os.cpu_count()),
        "python": ".".join(map(str, sys.version_info[:3])),
    }
