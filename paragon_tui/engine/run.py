"""Run cases on adapters, one at a time, each adapter in its own child, and tell what happens."""

from __future__ import annotations

import asyncio
import os
import platform
import secrets
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from backends.host import cpu_name_and_vendor
from paragon_tui import __version__
from paragon_tui.engine.child import Child, WorkerDied
from paragon_tui.engine.events import (
    Checked,
    Event,
    Failed,
    Finished,
    JobStarted,
    Log,
    Planned,
    RunFinished,
    RunStarted,
)
from paragon_tui.engine.job import Job, JobId
from paragon_tui.engine.protocol import ProtocolError
from paragon_tui.engine.requests import RunRequest
from paragon_tui.engine.selection import runs_canonically
from paragon_tui.suites.operation import operation

_STOP_GRACE_S = 5.0


class Run:
    """One session being measured. Iterate ``events()``; ``stop()`` ends it early, keeping what was measured."""

    def __init__(self, request: RunRequest) -> None:
        self._request = request
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._children: dict[str, Child] = {}
        self._stopping = asyncio.Event()
        self._spoken = False  # whether the worker has said anything about the running job
        self.session = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"

    def stop(self) -> None:
        """End early: the running result keeps its samples, the rest is marked stopped."""
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
            await asyncio.gather(*(child.end() for child in self._children.values()))

    def _last(self) -> RunFinished:
        return RunFinished(self.session, self._stopping.is_set())

    async def _work(self) -> None:
        jobs = self._request.jobs
        self._events.put_nowait(
            RunStarted(
                self.session,
                datetime.now(UTC).isoformat(timespec="seconds"),
                describe_host(),
                tuple(_plan(job) for job in jobs),
                self._request.listed,
            )
        )
        for job in jobs:
            if self._stopping.is_set():
                self._events.put_nowait(Failed(job.id, "stopped", "not run: the session was stopped before it"))
            else:
                await self._run_job(job)

    async def _run_job(self, job: Job) -> None:
        """Drive one job to its end, whatever becomes of its worker."""
        self._events.put_nowait(JobStarted(job.id))
        forwarding = asyncio.create_task(self._forward(job))
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            done, _ = await asyncio.wait(
                (forwarding, stopping), timeout=self._request.timeout_s, return_when=asyncio.FIRST_COMPLETED
            )
            if forwarding not in done and stopping in done:
                if child := self._children.get(job.adapter.id):
                    await child.stop_job()
                done, _ = await asyncio.wait((forwarding,), timeout=_STOP_GRACE_S)
            if forwarding in done:
                forwarding.result()
                return
            await self._give_up(job.id)
        except (WorkerDied, ProtocolError, OSError) as error:
            await self._discard(job.adapter.id)
            self._events.put_nowait(Failed(job.id, "failed", f"{error}; the other results go on"))
        finally:
            forwarding.cancel()
            stopping.cancel()

    async def _give_up(self, job_id: JobId) -> None:
        """A worker did not end in time: say so, and why."""
        await self._discard(job_id.adapter)
        if self._stopping.is_set():
            reason = "stopped by the user; its worker was busy and was ended"
            self._events.put_nowait(Failed(job_id, "stopped", reason))
            return
        limit = f"{self._request.timeout_s:g} s"
        reason = f"no result within {limit}, so its worker was ended; `--timeout` allows more"
        self._events.put_nowait(Failed(job_id, "timeout", reason))

    async def _discard(self, adapter: str) -> None:
        """End a worker whatever it does; the next job gets a new one."""
        child = self._children.pop(adapter, None)
        if child is not None and child.alive:
            await child.kill()

    async def _forward(self, job: Job) -> None:
        """Give the job to its adapter's worker; one that died since its last job is replaced, which costs nobody."""
        child = self._children.get(job.adapter.id)
        if child is not None:
            try:
                await self._converse(child, job)
                return
            except WorkerDied:
                if self._spoken:
                    raise
        child = self._children[job.adapter.id] = Child(job.adapter.id, self._log)
        await child.start()
        await self._converse(child, job)

    async def _converse(self, child: Child, job: Job) -> None:
        """Send the job and pass its events on until one ends it."""
        self._spoken = False
        await child.send(self._request.command(job))
        if self._stopping.is_set():
            await child.stop_job()
        while True:
            event = await child.receive()
            self._spoken = True
            self._events.put_nowait(event)
            if isinstance(event, Finished | Checked | Failed) and event.id == job.id:
                return

    def _log(self, source: str, text: str) -> None:
        self._events.put_nowait(Log(source, "driver", text))


def _plan(job: Job) -> Planned:
    module = operation(job.case.operation)
    return Planned(
        job.id,
        job.case,
        job.adapter,
        module.describe(job.case),
        module.megabytes(job.case, job.dtype),
        module.tier(job.dtype, job.variant) if runs_canonically(job.adapter) else None,
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
