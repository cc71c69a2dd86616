"""Run cases on adapters, one at a time, each adapter in its own child, and tell what happens."""

from __future__ import annotations

import asyncio
import os
import platform
import secrets
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from paragon_tui import __version__
from paragon_tui.backends.host import cpu_name_and_vendor
from paragon_tui.engine.messages.commands import Verify
from paragon_tui.engine.messages.events import Checked, Event, Failed, JobStarted, Planned, RunFinished, RunStarted
from paragon_tui.engine.messages.job import Job
from paragon_tui.engine.runner.environment import worker_environment
from paragon_tui.engine.runner.requests import MeasureRequest, RunRequest, VerifyRequest
from paragon_tui.engine.runner.scheduler import Scheduler
from paragon_tui.engine.runner.worker_pool import CommandFailed, WorkerPool
from paragon_tui.suites.operation import operation


class Run:
    """One session being measured or verified. Iterate ``events()``; ``stop()`` ends it early, keeping what there is."""

    def __init__(self, request: RunRequest) -> None:
        self._request = request
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._stopping = asyncio.Event()
        environments = {
            job.adapter.id: worker_environment(job.adapter, request.settings.threads) for job in request.jobs
        }
        self._pool = WorkerPool(self._tell, self._stopping, environments)
        self._rounds = Scheduler(request.settings, self._pool, self._tell, self._stopping)
        self.session = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"

    def stop(self) -> None:
        """End early: the running results keep their samples, the rest is marked stopped."""
        self._stopping.set()

    async def events(self) -> AsyncIterator[Event]:
        """Every event of the session, ``RunStarted`` first and ``RunFinished`` last. Children end with it."""
        work = asyncio.create_task(self._work())
        work.add_done_callback(lambda _: self._events.put_nowait(self._last()))
        try:
            while True:
                event = await self._events.get()
                if isinstance(event, RunFinished):
                    await work  # raises what went wrong in the engine itself
                    yield event
                    return
                yield event
        finally:
            work.cancel()
            await self._pool.end()

    def _tell(self, event: Event) -> None:
        self._rounds.hear(event)
        self._events.put_nowait(event)

    def _last(self) -> RunFinished:
        return RunFinished(self.session, self._stopping.is_set())

    async def _work(self) -> None:
        self._tell(self._first())
        match self._request:
            case MeasureRequest():
                await self._measure(self._request)
            case VerifyRequest():
                await self._verify(self._request)

    def _first(self) -> RunStarted:
        request = self._request
        measures = isinstance(request, MeasureRequest)
        return RunStarted(
            self.session,
            datetime.now(UTC).isoformat(timespec="seconds"),
            describe_host(),
            tuple(_plan(job, request.settings.expected_s(job) if measures else 0.0) for job in request.jobs),
            request.listed,
            dict(request.discovery_ms) if isinstance(request, MeasureRequest) else {},
            request.settings.sampling if measures else None,
            request.settings.threads,
        )

    async def _measure(self, request: MeasureRequest) -> None:
        """All groups in each process in turn; then new processes, which show how much processes differ.

        A stop ends every result, so that there is nothing left for the processes after it.
        """
        adapters = {job.adapter.id for job in request.jobs}
        for process in range(request.settings.sampling.repeat):
            for group in request.groups:
                await self._rounds.measure(group, process)
            await self._pool.end(*adapters)

    async def _verify(self, request: VerifyRequest) -> None:
        settings = request.settings
        for job in request.jobs:
            if self._stopping.is_set():
                self._tell(Failed(job.id, "stopped", "not run: the session was stopped before it"))
                continue
            self._tell(JobStarted(job.id))
            command = Verify(job, settings.modules[job.adapter.api], str(settings.cache))
            try:
                await self._pool.ask(job.adapter.id, job.id, command, Checked, settings.timeout_s)
            except CommandFailed as lost:
                self._tell(Failed(job.id, lost.status, str(lost)))


def _plan(job: Job, expected_s: float) -> Planned:
    module = operation(job.case.operation)
    return Planned(
        job.id,
        job.case,
        job.adapter,
        module.describe(job.case),
        module.megabytes(job.case, job.dtype),
        module.tier(job.dtype, job.variant) if job.adapter.is_canonical else None,
        module.cost(job.case, job.dtype),
        expected_s,
    )


def describe_host() -> dict[str, str]:
    """What a reader of the figures must know of the machine."""
    cpu, _ = cpu_name_and_vendor()
    return {
        "program": f"paragon-tui {__version__}",
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "cpu": cpu,
        "cores": str(os.cpu_count()),
        "python": ".".join(map(str, sys.version_info[:3])),
    }
