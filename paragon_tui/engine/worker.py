"""The child process: commands in on stdin, events out on a private copy of stdout, one adapter's driver inside.

Started as ``python -P -m paragon_tui.engine.worker``: without ``-P`` a ``backends`` folder in the user's directory
would shadow ours.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from backends import registry
from backends.adapter import Adapter
from backends.device import BackendError, Unsupported
from paragon_tui.engine.events import AdapterFound, DiscoveryFinished, Event, Failed, Log, Probed
from paragon_tui.engine.job import Command, Discover, Job, Measure, Probe, Stop, Verify
from paragon_tui.engine.measure import Stopped, WrongResult, measure
from paragon_tui.engine.opened import Opened, open_adapter
from paragon_tui.engine.protocol import ProtocolError, decode, encode
from paragon_tui.engine.verify import verify

_PR_SET_PDEATHSIG = 1
_SIGKILL = 9


class Worker:
    """One child: it owns the pipe and at most one open device."""

    def __init__(self, events: IO[bytes]) -> None:
        self._events = events
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._opened: Opened | None = None

    def serve(self) -> None:
        """Answer commands until stdin ends, which ends the process."""
        threading.Thread(target=self._read_commands, daemon=True).start()
        while True:
            command = self._commands.get()
            match command:
                case Discover():
                    self._discover(command)
                case Probe():
                    self._probe(command)
                case Measure():
                    self._perform(command.job, self._measured(command))
                case Verify():
                    self._perform(command.job, self._verified(command))

    def _read_commands(self) -> None:
        """Runs beside the driver: at end of file the process ends, even where a driver hangs."""
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
        try:
            backend = _backend(command.module, command.api)
            found = backend.adapters(command.api)
        except (BackendError, ImportError, OSError) as error:
            self._send(DiscoveryFinished(command.api, 0, _words(error)))
            return
        for adapter in found:
            self._send(AdapterFound(adapter))
        self._send(DiscoveryFinished(command.api, len(found)))

    def _probe(self, command: Probe) -> None:
        try:
            self._open(command.adapter, command.module)
        except Exception as error:
            if not isinstance(error, BackendError):
                traceback.print_exc()
            self._send(Probed(command.adapter.id, None, _words(error)))

    def _open(self, adapter: Adapter, module: str) -> Opened:
        """The adapter, opened once; the first to open it hears what the probes say, where there are any."""
        if self._opened is None:
            self._opened = open_adapter(_backend(module, adapter.api), adapter)
            if self._opened.fingerprint is not None:
                self._send(Probed(adapter.id, self._opened.fingerprint))
        return self._opened

    def _measured(self, command: Measure) -> Iterator[Event]:
        opened = self._open(command.job.adapter, command.module)
        yield from measure(command.job, opened, command.sampling, Path(command.cache), self._stop.is_set)

    def _verified(self, command: Verify) -> Iterator[Event]:
        opened = self._open(command.job.adapter, command.module)
        yield from verify(command.job, opened, Path(command.cache))

    def _perform(self, job: Job, events: Iterator[Event]) -> None:
        """Send a job's events; whatever goes wrong costs this job alone."""
        try:
            for event in events:
                self._send(event)
        except Unsupported as error:
            self._send(Failed(job.id, "unsupported", _words(error)))
        except Stopped as error:
            self._send(Failed(job.id, "stopped", str(error)))
        except (BackendError, WrongResult) as error:
            self._send(Failed(job.id, "failed", _words(error)))
        except MemoryError as error:
            self._send(Failed(job.id, "failed", f"out of memory: {error}"))
        except Exception as error:
            # A driver's binding can raise anything; it costs this result, and the log keeps where it came from.
            traceback.print_exc()
            self._send(Failed(job.id, "failed", _words(error)))


def _words(error: Exception) -> str:
    """What happened, as text that JSON can carry: file names may hold lone surrogates."""
    text = str(error) if isinstance(error, BackendError | WrongResult) else f"{type(error).__name__}: {error}"
    return text.encode("utf-8", "replace").decode("utf-8")


def _backend(module: str, api: str) -> Any:
    backend: Any = registry.load(module)
    isolate = getattr(backend, "isolate", None)
    if isolate is not None and api not in _isolated:
        isolate(api)
        _isolated.add(api)
    return backend


_isolated: set[str] = set()


def _die_with_parent() -> None:
    """Ask Linux for a signal when the parent dies; elsewhere the end of stdin has to do."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def main() -> None:
    """Take stdout for events, point file descriptor 1 at the log (2) for what drivers print, and serve."""
    _die_with_parent()
    private = os.dup(1)
    os.dup2(2, 1)
    Worker(os.fdopen(private, "wb")).serve()


if __name__ == "__main__":
    main()
