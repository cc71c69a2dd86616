"""The parent's end of a worker: start it, exchange messages, and report how it ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping

import psutil

from paragon_tui.engine.messages.commands import Command, Stop
from paragon_tui.engine.messages.events import Event
from paragon_tui.engine.messages.wire import LINE_LIMIT, ProtocolError, decode, encode
from paragon_tui.engine.runner.last_words import cause
from paragon_tui.printable import printable

_WORKER = ("-P", "-m", "paragon_tui.engine.worker")
_TAIL_LINES = 20
_KILL_WAIT_S = 5.0
if sys.platform == "win32":
    _OWN_GROUP = subprocess.CREATE_NEW_PROCESS_GROUP
else:
    _OWN_GROUP = 0  # start_new_session does it


class WorkerDied(Exception):
    """The process ended while it was needed; the text says how."""


class WorkerProcess:
    """A worker process. ``on_log`` gets every line its drivers print; ``environment`` is added to what it inherits."""

    def __init__(
        self, name: str, on_log: Callable[[str, str], None], environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self._environment = environment or {}
        self._on_log = on_log
        self._process: asyncio.subprocess.Process | None = None
        self._stderr_reader: asyncio.Task[None] | None = None
        self._last_lines: deque[str] = deque(maxlen=_TAIL_LINES)
        self._suspended = False

    async def start(self) -> None:
        """Start the process in a group of its own, so that the terminal's ctrl+c reaches the parent alone."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *_WORKER,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=2 * LINE_LIMIT,
            start_new_session=True,
            creationflags=_OWN_GROUP,
            env={**os.environ, **self._environment, "PYTHONUNBUFFERED": "1"},
        )
        self._stderr_reader = asyncio.create_task(self._read_stderr(self._process))

    @property
    def alive(self) -> bool:
        """True if it has started and not ended."""
        return self._process is not None and self._process.returncode is None

    def suspend(self) -> None:
        """Stop the process where it is until the next message: BLAS threads spin for 0.1 s after a call.

        Waiting for their rest took three times as long as the samples, and letting them sleep at once
        (``OPENBLAS_THREAD_TIMEOUT``) would slow the baseline by up to 60 %. On Linux a suspended worker ends with its
        parent like any other, since the system kills it.
        """
        self._signal(psutil.Process.suspend)
        self._suspended = True

    def pause(self) -> None:
        """Stop the process where it is until ``go_on``: its parent is about to be stopped itself."""
        self._signal(psutil.Process.suspend)

    def go_on(self) -> None:
        """End a pause."""
        if not self._suspended:
            self._signal(psutil.Process.resume)

    def _resume(self) -> None:
        if self._suspended:
            self._suspended = False
            self._signal(psutil.Process.resume)

    def _signal(self, action: Callable[[psutil.Process], None]) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            if self.alive:
                action(psutil.Process(self._running().pid))

    async def send(self, message: Command) -> None:
        """Write a message. Raises ``WorkerDied`` where the process no longer reads."""
        self._resume()
        stdin = self._running().stdin
        assert stdin is not None
        try:
            stdin.write(encode(message))
            await stdin.drain()
        except (BrokenPipeError, ConnectionResetError) as error:
            raise WorkerDied(await self._describe_end()) from error

    async def receive(self) -> Event | Command:
        """Return the next message. Other lines (a driver's) go to the log. Raises ``WorkerDied`` at the end."""
        stdout = self._running().stdout
        assert stdout is not None
        while True:
            try:
                line = await stdout.readline()
            except ValueError:
                self._on_log(self.name, "a line of more than 2 MiB was discarded")
                continue
            if not line:
                raise WorkerDied(await self._describe_end())
            try:
                return decode(line)
            except ProtocolError:
                self._log_line(line)

    async def stop_job(self) -> None:
        """Ask it to end the running job early, unless it has ended or not started."""
        if self.alive:
            with contextlib.suppress(WorkerDied):
                await self.send(Stop())

    async def end(self, grace_s: float = 1.0) -> None:
        """Close its stdin, which ends it; kill it if it does not end. Never raises."""
        process = self._process
        if process is None:
            return
        self._resume()
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), grace_s)
        except TimeoutError:
            await self.kill()
        await self._wait_for_stderr()

    async def kill(self) -> None:
        """Kill the process and wait for its end."""
        process = self._running()
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        with contextlib.suppress(TimeoutError):  # a process that hangs in the kernel's driver code is left behind
            await asyncio.wait_for(process.wait(), _KILL_WAIT_S)
        await self._wait_for_stderr()

    def _running(self) -> asyncio.subprocess.Process:
        assert self._process is not None, "start() comes first"
        return self._process

    async def _wait_for_stderr(self) -> None:
        if self._stderr_reader is not None:
            await asyncio.wait([self._stderr_reader], timeout=1.0)

    async def _read_stderr(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        while True:
            try:
                line = await process.stderr.readline()
            except ValueError:
                continue  # longer than the limit, so no message for people
            if not line:
                return
            self._log_line(line)

    def _log_line(self, line: bytes) -> None:
        text = printable(line.decode("utf-8", errors="replace").rstrip())
        if text:
            self._last_lines.append(text)
            self._on_log(self.name, text)

    async def _describe_end(self) -> str:
        """Return how it ended, with the last line it printed."""
        code = await self._running().wait()
        await self._wait_for_stderr()
        if code < 0:
            try:
                how = f"was killed by {signal.Signals(-code).name}"
            except ValueError:
                how = f"was killed by signal {-code}"
        else:
            how = f"exited with status {code}"
        words = cause(self._last_lines)
        return f"the worker of {self.name} {how}{f'; its last output: {words}' if words else ''}"
