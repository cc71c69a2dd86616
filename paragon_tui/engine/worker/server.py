"""Answer commands in a child process: read them from stdin, write events, with one adapter's driver inside."""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from typing import IO, TYPE_CHECKING

from paragon_tui.backends.device import BackendError, PartlyListed
from paragon_tui.engine.messages.commands import Command, Discover, Stop
from paragon_tui.engine.messages.events import AdapterFound, DiscoveryFinished, Event, Log
from paragon_tui.engine.messages.wire import ProtocolError, decode, encode
from paragon_tui.engine.worker.drivers import describe, load_backend

if TYPE_CHECKING:
    from paragon_tui.engine.worker.workbench import Workbench


class Worker:
    """The server of a child process: it owns the pipe. The device and its open jobs are on its workbench."""

    def __init__(self, events: IO[bytes]) -> None:
        self._events = events
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._workbench: Workbench | None = None

    def serve(self) -> None:
        """Answer commands until stdin ends, which ends the process."""
        threading.Thread(target=self._read_commands, daemon=True).start()
        while True:
            self._answer(self._commands.get())

    def _answer(self, command: Command) -> None:
        if isinstance(command, Discover):
            self._discover(command)
            return
        if self._workbench is None:
            # Loaded late: numeric libraries take a while, and a worker that only lists adapters needs none.
            from paragon_tui.engine.worker.workbench import Workbench

            self._workbench = Workbench(self._send, self._stop.is_set)
        self._workbench.answer(command)

    def _read_commands(self) -> None:
        """Read commands in a thread beside the driver: at end of file the process ends, even where a driver hangs."""
        for line in sys.stdin.buffer:
            try:
                command = decode(line)
            except ProtocolError as error:
                self._send(Log("worker", "error", str(error)))
                continue
            if isinstance(command, Stop):
                self._stop.set()
            elif isinstance(command, Command):
                self._stop.clear()
                self._commands.put(command)
        os._exit(0)

    def _send(self, event: Event) -> None:
        self._events.write(encode(event))
        self._events.flush()

    def _discover(self, command: Discover) -> None:
        begin = time.perf_counter()
        try:
            backend = load_backend(command.module, command.api)
            adapters, problem = backend.adapters(command.api), None
        except PartlyListed as error:
            adapters, problem = error.adapters, str(error)
        except (BackendError, ImportError, OSError) as error:
            self._send(DiscoveryFinished(command.api, 0, (time.perf_counter() - begin) * 1e3, describe(error)))
            return
        taken_ms = (time.perf_counter() - begin) * 1e3
        for adapter in adapters:
            self._send(AdapterFound(adapter))
        self._send(DiscoveryFinished(command.api, len(adapters), taken_ms, problem))
