"""The workers of a run, one an adapter: give one something to do, and hear how it went, whatever becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from paragon_tui.engine.messages.commands import Command, Prepare, Verify
from paragon_tui.engine.messages.events import Event, Failed, Log, NotMeasured, Status
from paragon_tui.engine.messages.job import JobId
from paragon_tui.engine.messages.wire import ProtocolError
from paragon_tui.engine.runner.worker_process import WorkerDied, WorkerProcess

_STOP_GRACE_S = 5.0


class CommandFailed(Exception):
    """A worker did not do what it was asked; the text says why."""

    def __init__(self, status: Status, words: str) -> None:
        super().__init__(words)
        self.status = status


class WorkerPool:
    """Starts workers as they are needed. ``tell`` gets every event; ``stopping`` asks for an early end."""

    def __init__(
        self, tell: Callable[[Event], None], stopping: asyncio.Event, environments: Mapping[str, Mapping[str, str]]
    ) -> None:
        """``environments`` has what is set for the workers of an adapter, beside what they inherit."""
        self._tell = tell
        self._stopping = stopping
        self._environments = environments
        self._children: dict[str, WorkerProcess] = {}
        self._spoken = False  # whether the worker has said anything about what it does now

    def worker(self, name: str) -> WorkerProcess | None:
        """Who works on an adapter now: what is open in one worker is lost with it."""
        return self._children.get(name)

    async def ask(self, name: str, job_id: JobId, command: Command, last: type[Event], timeout_s: float) -> bool:
        """Have ``name``'s worker perform ``command``; ``True`` once it has sent a ``last`` of this job.

        ``False`` where it has told why not. Raises ``CommandFailed`` where the worker died or took too long; it is then
        ended. A worker that died since its last command is replaced where nothing was open in it, which costs nobody.
        """
        forwarding = asyncio.create_task(self._forward(name, job_id, command, last))
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            already = self._stopping.is_set()
            waiting = (forwarding,) if already else (forwarding, stopping)
            done, _ = await asyncio.wait(
                waiting, timeout=_STOP_GRACE_S if already else timeout_s, return_when=asyncio.FIRST_COMPLETED
            )
            if forwarding not in done and stopping in done:
                if child := self._children.get(name):
                    await child.stop_job()
                done, _ = await asyncio.wait((forwarding,), timeout=_STOP_GRACE_S)
            if forwarding in done:
                return forwarding.result()
            forwarding.cancel()  # it would take the end of its worker for one that had died before it was asked
            await self.discard(name)
            raise self._too_long(timeout_s)
        except (WorkerDied, ProtocolError, OSError) as error:
            await self.discard(name)
            raise CommandFailed("failed", f"{error}; the other results go on") from error
        finally:
            forwarding.cancel()
            stopping.cancel()

    def _too_long(self, timeout_s: float) -> CommandFailed:
        if self._stopping.is_set():
            return CommandFailed("stopped", "stopped by the user; its worker was busy and was ended")
        return CommandFailed(
            "timeout", f"no answer within {timeout_s:g} s, so its worker was ended; `--timeout` allows more"
        )

    async def send(self, name: str, message: Command | Event) -> None:
        """Give ``name``'s worker something that it does not answer. Raises ``WorkerDied`` or ``OSError``."""
        child = self._children.get(name)
        if child is not None and not child.alive:
            self._tell(Log(name, "warning", f"the worker of {name} had ended; what it was sent before is lost"))
            child = None
        await (child or await self._start(name)).send(message)

    async def discard(self, name: str) -> None:
        """End a worker whatever it does; the next that is asked for is a new one."""
        child = self._children.pop(name, None)
        if child is not None and child.alive:
            await child.kill()

    async def end(self, *names: str) -> None:
        """End these workers, or all."""
        leaving = names or tuple(self._children)
        await asyncio.gather(*(self._children.pop(name).end() for name in leaving if name in self._children))

    async def _forward(self, name: str, job_id: JobId, command: Command, last: type[Event]) -> bool:
        child = self._children.get(name)
        if child is not None:
            try:
                return await self._converse(child, job_id, command, last)
            except WorkerDied:
                if self._spoken or not isinstance(command, Prepare | Verify):
                    raise  # what was open in it, or known to it, is lost with it
        return await self._converse(await self._start(name), job_id, command, last)

    async def _start(self, name: str) -> WorkerProcess:
        child = self._children[name] = WorkerProcess(name, self._log, self._environments.get(name))
        await child.start()
        return child

    async def _converse(self, child: WorkerProcess, job_id: JobId, command: Command, last: type[Event]) -> bool:
        """Send the command and pass events on until one ends it."""
        self._spoken = False
        await child.send(command)
        while True:
            event = await child.receive()
            self._spoken = True
            self._tell(event)
            if isinstance(event, (last, Failed, NotMeasured)) and getattr(event, "id", None) == job_id:
                return isinstance(event, last)

    def _log(self, source: str, text: str) -> None:
        self._tell(Log(source, "driver", text))
