"""Answer commands in a child process: read them from stdin, write events, with one adapter's driver inside."""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, Any

from paragon_tui.backends import registry
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import BackendError, Unsupported
from paragon_tui.engine.analysis.quality_flags import OTHER_CORES
from paragon_tui.engine.messages.commands import (
    Close,
    Command,
    Discover,
    Estimate,
    Examine,
    OptionalCommand,
    Prepare,
    Probe,
    Sample,
    SampleChained,
    SampleCold,
    Stop,
    Verify,
)
from paragon_tui.engine.messages.events import (
    AdapterFound,
    CeilingFound,
    ChainedBatch,
    ColdBatch,
    DiscoveryFinished,
    Event,
    Failed,
    Log,
    NotMeasured,
    Probed,
    SampleBatch,
    Status,
)
from paragon_tui.engine.messages.job import JobId
from paragon_tui.engine.messages.wire import ProtocolError, decode, encode
from paragon_tui.engine.worker.ceilings import cache_evictor, cached_ceiling, measure_ceiling
from paragon_tui.engine.worker.conditions import LoadMonitor
from paragon_tui.engine.worker.device_session import DeviceSession, open_adapter
from paragon_tui.engine.worker.estimator import Estimator
from paragon_tui.engine.worker.open_job import OpenJob, WrongResult
from paragon_tui.engine.worker.prepare import prepare
from paragon_tui.engine.worker.training_loop import Stopped
from paragon_tui.engine.worker.verify import verify

Message = Command | Event


class Worker:
    """The server of a child process: it owns the pipe, at most one open device, and the jobs that are open on it."""

    def __init__(self, events: IO[bytes]) -> None:
        self._events = events
        self._commands: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._session: DeviceSession | None = None
        self._open_jobs: dict[JobId, OpenJob] = {}
        self._ceiling_known = False
        self._estimator = Estimator()

    def serve(self) -> None:
        """Answer commands until stdin ends, which ends the process."""
        threading.Thread(target=self._read_commands, daemon=True).start()
        while True:
            self._answer(self._commands.get())

    def _answer(self, command: Message) -> None:
        match command:
            case Discover():
                self._discover(command)
            case Probe():
                self._probe(command)
            case Prepare():
                self._perform(command.job.id, self._prepare(command))
            case Verify():
                self._perform(command.job.id, self._verify(command))
            case SampleBatch() | ColdBatch() | ChainedBatch():
                self._estimator.keep(command)
            case Sample() | Estimate():
                self._perform(command.id, self._single_event(command))
            case SampleCold() | SampleChained() | Examine() | Close():
                self._perform_optional(command)

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
            else:
                self._stop.clear()
                self._commands.put(command)
        os._exit(0)

    def _send(self, event: Event) -> None:
        self._events.write(encode(event))
        self._events.flush()

    def _discover(self, command: Discover) -> None:
        begin = time.perf_counter()
        try:
            backend = _backend(command.module, command.api)
            adapters = backend.adapters(command.api)
        except (BackendError, ImportError, OSError) as error:
            self._send(DiscoveryFinished(command.api, 0, (time.perf_counter() - begin) * 1e3, _describe(error)))
            return
        taken_ms = (time.perf_counter() - begin) * 1e3
        for adapter in adapters:
            self._send(AdapterFound(adapter))
        self._send(DiscoveryFinished(command.api, len(adapters), taken_ms))

    def _probe(self, command: Probe) -> None:
        try:
            self._open(command.adapter, command.module)
        except Exception as error:
            if not isinstance(error, BackendError):
                traceback.print_exc()
            self._send(Probed(command.adapter.id, None, _describe(error)))

    def _open(self, adapter: Adapter, module: str) -> DeviceSession:
        """Return the adapter's session, opened once; send what the probes found when it is opened."""
        if self._session is None:
            self._session = open_adapter(_backend(module, adapter.api), adapter)
            if self._session.fingerprint is not None:
                self._send(Probed(adapter.id, self._session.fingerprint))
        return self._session

    def _prepare(self, command: Prepare) -> Iterator[Event]:
        session = self._open(command.job.adapter, command.module)
        cache = Path(command.cache)
        if not self._ceiling_known:
            self._ceiling_known = True
            yield from _ceiling_events(session, cache, command.examine)
        self._open_jobs[command.job.id] = yield from prepare(command.job, session, cache, self._stop.is_set)

    def _single_event(self, command: Sample | Estimate) -> Iterator[Event]:
        """Yield the single event that answers the command."""
        match command:
            case Sample():
                yield self._open_jobs[command.id].visit(command)
            case Estimate():
                yield self._estimator.figures(command)

    def _perform_optional(self, command: OptionalCommand) -> None:
        """Perform an optional command and send its event; an error costs only this command."""
        try:
            event = self._optional_event(command)
        except Exception as error:
            if not isinstance(error, BackendError):
                traceback.print_exc()
            event = NotMeasured(command.id, command.what, _describe(error))
        self._send(event)

    def _optional_event(self, command: OptionalCommand) -> Event:
        match command:
            case SampleCold():
                assert self._session is not None, "a job is open"
                with closing(cache_evictor(self._session)) as evict:  # frees its memory before other results
                    return self._open_jobs[command.id].cold(command, evict)
            case SampleChained():
                return self._open_jobs[command.id].chained(command)
            case Examine():
                return self._open_jobs[command.id].examine()
            case Close():
                return self._open_jobs.pop(command.id).close()

    def _verify(self, command: Verify) -> Iterator[Event]:
        session = self._open(command.job.adapter, command.module)
        yield from verify(command.job, session, Path(command.cache))

    def _perform(self, job_id: JobId, events: Iterator[Event]) -> None:
        """Send a job's events; an error costs only this job."""
        try:
            for event in events:
                self._send(event)
        except Unsupported as error:
            self._fail(job_id, "unsupported", _describe(error))
        except (BackendError, WrongResult) as error:
            self._fail(job_id, "failed", _describe(error))
        except Stopped as stopped:
            self._fail(job_id, "stopped", str(stopped))
        except MemoryError as error:
            self._fail(job_id, "failed", f"out of memory: {error}")
        except Exception as error:
            # A driver's binding can raise anything; it costs only this result, and the log has the traceback.
            traceback.print_exc()
            self._fail(job_id, "failed", _describe(error))

    def _fail(self, job_id: JobId, status: Status, reason: str) -> None:
        """Send that a job failed; close it if it was open, so that others have its memory."""
        if open_job := self._open_jobs.pop(job_id, None):
            with suppress(Exception):  # the device may be lost, with all that it holds
                open_job.close()
        self._send(Failed(job_id, status, reason))


def _ceiling_events(session: DeviceSession, cache: Path, measure: bool) -> Iterator[Event]:
    """Yield the adapter's ceiling: the cached one, or with ``measure`` a new one if none is cached.

    An error costs only the ceiling, and goes to the log.
    """
    monitor = LoadMonitor(session.device.clock)

    def undisturbed() -> bool:
        others = monitor.conditions().other_cores
        return others is None or others <= OTHER_CORES

    try:
        ceiling = measure_ceiling(session, cache, undisturbed) if measure else cached_ceiling(session, cache)
        if ceiling is not None:
            yield CeilingFound(session.device.adapter.id, ceiling)
    except Exception as error:
        # A driver's binding can raise anything; stdout and stderr of a worker are its log.
        if not isinstance(error, BackendError):
            traceback.print_exc()
        print(f"{session.device.adapter.id}: its peak rates were not measured: {_describe(error)}")


def _describe(error: Exception) -> str:
    """Return an error as text that JSON can carry: file names may hold lone surrogates."""
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
