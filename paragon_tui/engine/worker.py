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
from pathlib import Path
from typing import IO, Any

from backends import registry
from backends.device import BackendError, Unsupported
from paragon_tui.engine.events import AdapterFound, DiscoveryFinished, Event, Failed, Log
from paragon_tui.engine.job import Command, Discover, Measure, Stop
from paragon_tui.engine.measure import Stopped, WrongResult, measure
from paragon_tui.engine.protocol import ProtocolError, decode, encode

_PR_SET_PDEATHSIG = 1
_SIGKILL = 9


class Worker:
    """One child: it owns the pipe and at most one open device."""

    def __init__(self, events: IO[bytes]) -> None:
        self._events = events
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._device: Any = None

    def serve(self) -> None:
        """Answer commands until stdin ends, which ends the process."""
        threading.Thread(target=self._read_commands, daemon=True).start()
        while True:
            command = self._commands.get()
            if isinstance(command, Discover):
                self._discover(command)
            elif isinstance(command, Measure):
                self._measure(command)

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
            elif isinstance(command, Measure | Discover):
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

    def _measure(self, command: Measure) -> None:
        job = command.job
        try:
            if self._device is None:
                self._device = _backend(command.module, job.adapter.api).open(job.adapter)
            for event in measure(job, self._device, command.sampling, Path(command.cache), self._stop.is_set):
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
