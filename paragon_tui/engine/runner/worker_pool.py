"""The workers of a run, one per adapter: send a command to one and report how it ended, even if the worker dies."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import cast, get_args

from paragon_tui.backends.cores import usable_cores
from paragon_tui.engine.messages.commands import Command, Estimate, Open, Prepare, Verify
from paragon_tui.engine.messages.events import (
    AdapterFound,
    DiscoveryFinished,
    Event,
    Failed,
    Finished,
    JobStarted,
    Log,
    NotMeasured,
    Opened,
    RunFinished,
    RunStarted,
    Status,
)
from paragon_tui.engine.messages.job import JobId
from paragon_tui.engine.messages.wire import ProtocolError
from paragon_tui.engine.runner.steering import Steering
from paragon_tui.engine.runner.worker_process import WorkerDied, WorkerProcess

_STOP_GRACE_S = 5.0
_OF_THE_RUN = (RunStarted, JobStarted, Finished, RunFinished, AdapterFound, DiscoveryFinished)
"""Events that no worker sends while it performs a command."""
_COMMANDS = get_args(Command)


class CommandFailed(Exception):
    """A worker did not carry out a command; the text says why."""

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class WorkerPool:
    """Starts workers as they are needed. ``emit`` gets every event; ``steering`` may ask for an early end."""

    def __init__(
        self, emit: Callable[[Event], None], steering: Steering, environments: Mapping[str, Mapping[str, str]]
    ) -> None:
        """``environments`` has the variables that the workers of an adapter get beside those they inherit."""
        self._emit = emit
        self._steering = steering
        self._environments = environments
        self._children: dict[str, WorkerProcess] = {}
        self._responded: set[str] = set()  # the workers that have sent an event for their current command
        self._not_opened: dict[str, CommandFailed] = {}  # what the next job on an adapter fails of
        self._starting = asyncio.Lock()
        self._paused_s = 0.0

    def clock(self) -> float:
        """Return seconds that pass, but not in a pause."""
        return time.monotonic() - self._paused_s

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """Have the workers stand still where they are. It takes no time: no limit is shorter for it."""
        async with self._starting:  # one that is being started has no process yet that could be stopped
            begin = time.monotonic()
            children = tuple(self._children.values())
            for child in children:
                child.pause()
            try:
                yield
            finally:
                for child in children:
                    child.go_on()
                self._paused_s += time.monotonic() - begin

    def worker(self, name: str) -> WorkerProcess | None:
        """Return the adapter's current worker, if any. Jobs that are open in a worker end with it."""
        return self._children.get(name)

    async def open(self, name: str, commands: Mapping[str, Open], timeout_s: float) -> None:
        """Start ``name``'s worker if it is missing, and others that are beside it, and have them open their adapters.

        They are as many as there are cores, and one more, since drivers also wait; of ``commands``, in this order.
        Where a worker died or took too long, the next job on its adapter fails of that.
        """
        missing = [other for other in commands if other not in self._children and other not in self._not_opened]
        if name in missing:
            opening = sorted(missing, key=lambda other: other != name)[: usable_cores() + 1]
            await asyncio.gather(*(self._open(other, commands[other], timeout_s) for other in opening))

    async def _open(self, name: str, command: Open, timeout_s: float) -> None:
        try:
            await self.ask(name, command.id, command, Opened, timeout_s)
        except CommandFailed as failure:
            if command.adapter is not None:
                self._not_opened[name] = failure

    async def ask(self, name: str, job_id: JobId, command: Command, last: type[Event], timeout_s: float) -> bool:
        """Have ``name``'s worker perform ``command``; return ``True`` once it has sent a ``last`` event of this job.

        ``False`` where it has sent why not. Raises ``CommandFailed`` where the worker died or took too long; it is then
        ended. A worker that died since its last command is replaced where no job was open in it: nothing is lost.
        """
        if (failure := self._not_opened.pop(name, None)) is not None:
            raise failure
        forwarding = asyncio.create_task(self._forward(name, job_id, command, last))
        stopping = asyncio.create_task(self._steering.wait())
        try:
            already_stopping = self._steering.ends
            waiting = (forwarding,) if already_stopping else (forwarding, stopping)
            done = await self._wait(waiting, _STOP_GRACE_S if already_stopping else timeout_s)
            if forwarding not in done and stopping in done:
                if child := self._children.get(name):
                    await child.stop_job()
                done = await self._wait((forwarding,), _STOP_GRACE_S)
            if forwarding in done:
                return forwarding.result()
            forwarding.cancel()  # it would mistake the end of its worker for a death before the command
            await self.discard(name)
            raise self._timed_out(timeout_s)
        except (WorkerDied, ProtocolError, OSError) as error:
            await self.discard(name)
            raise CommandFailed("failed", f"{error}; the other results continue") from error
        finally:
            forwarding.cancel()
            stopping.cancel()

    async def _wait(self, tasks: Sequence[asyncio.Task[bool]], limit_s: float) -> set[asyncio.Task[bool]]:
        """Return those that are done first, none after so many seconds, pauses not counted."""
        while True:
            begin_s = self._paused_s
            done, _ = await asyncio.wait(tasks, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
            limit_s = self._paused_s - begin_s
            if done or not limit_s:
                return done

    def _timed_out(self, timeout_s: float) -> CommandFailed:
        if self._steering.ends:
            return CommandFailed("stopped", f"{self._steering.words}; its worker was busy and was killed")
        return CommandFailed(
            "timeout", f"no answer within {timeout_s:.3g} s, so its worker was killed; `--timeout` allows more"
        )

    async def discard(self, name: str) -> None:
        """Kill a worker whatever it is doing; the next command starts a new one."""
        child = self._children.pop(name, None)
        if child is not None and child.alive:
            await child.kill()

    async def end(self, *names: str) -> None:
        """End these workers, or all."""
        ending = names or tuple(self._children)
        await asyncio.gather(*(self._children.pop(name).end() for name in ending if name in self._children))

    async def _forward(self, name: str, job_id: JobId, command: Command, last: type[Event]) -> bool:
        child = self._children.get(name)
        if child is not None:
            try:
                return await self._exchange(child, job_id, command, last)
            except WorkerDied:
                if name in self._responded or not isinstance(command, Estimate | Prepare | Verify):
                    raise  # its open jobs are lost
        return await self._exchange(await self._start(name), job_id, command, last)

    async def _start(self, name: str) -> WorkerProcess:
        child = self._children[name] = WorkerProcess(name, self._log_line, self._environments.get(name))
        async with self._starting:
            await child.start()
        return child

    async def _exchange(self, child: WorkerProcess, job_id: JobId, command: Command, last: type[Event]) -> bool:
        """Send the command and pass events on until the one that ends it."""
        self._responded.discard(child.name)
        await child.send(command)
        while True:
            event = await child.receive()
            self._responded.add(child.name)
            told = checked(event, child.name, job_id)
            if not isinstance(told, Opened):  # of no interest to whoever follows a run
                self._emit(told)
            if isinstance(event, (last, Failed, NotMeasured)) and getattr(event, "id", None) == job_id:
                return isinstance(event, last)

    def _log_line(self, source: str, text: str) -> None:
        self._emit(Log(source, "driver", text))


def checked(message: Event | Command, name: str, job_id: JobId) -> Event:
    """Return an event that is about this worker's job. Raises ``ProtocolError`` for others, whatever wrote them."""
    kind = type(message).__name__
    if isinstance(message, (*_COMMANDS, *_OF_THE_RUN)):
        raise ProtocolError(f"the worker of {name} sent a {kind}, which is not a worker's to send")
    if (about := getattr(message, "id", job_id)) != job_id:
        raise ProtocolError(f"the worker of {name} sent a {kind} of another result, {about}")
    if (adapter := getattr(message, "adapter", job_id.adapter)) != job_id.adapter:
        raise ProtocolError(f"the worker of {name} sent a {kind} of another adapter, {adapter}")
    return cast(Event, message)
