"""The workbench of a worker: its open device, and the jobs that are open on it. It loads the numeric libraries."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import BackendError, Unsupported
from paragon_tui.engine.messages.commands import (
    Close,
    Command,
    Estimate,
    Examine,
    Open,
    OptionalCommand,
    Prepare,
    Probe,
    Sample,
    SampleChained,
    SampleCold,
    Verify,
)
from paragon_tui.engine.messages.events import (
    CeilingFound,
    Doing,
    Event,
    Failed,
    NotMeasured,
    Opened,
    Probed,
    Status,
)
from paragon_tui.engine.messages.job import JobId
from paragon_tui.engine.worker.ceilings import cache_evictor, cached_ceiling, measure_ceiling, raise_ceiling
from paragon_tui.engine.worker.device_session import DeviceSession, open_adapter
from paragon_tui.engine.worker.drivers import describe, load_backend
from paragon_tui.engine.worker.estimator import figures
from paragon_tui.engine.worker.open_job import OpenJob, WrongResult
from paragon_tui.engine.worker.prepare import prepare
from paragon_tui.engine.worker.sampling import StopRequested
from paragon_tui.engine.worker.training_loop import Stopped
from paragon_tui.engine.worker.verify import verify
from paragon_tui.suites.workloads.registry import workload

_CEILING_TRIALS = 3  # beside other programs none is found; later they may be at rest


class Workbench:
    """At most one open device, and the jobs that are open on it."""

    def __init__(self, send: Callable[[Event], None], stopped: StopRequested) -> None:
        self._send, self._stopped = send, stopped
        self._session: DeviceSession | None = None
        self._doubtful = False  # whether a driver has refused something since the device was opened
        self._open_jobs: dict[JobId, OpenJob] = {}
        self._cache: Path | None = None
        self._ceiling_trials = _CEILING_TRIALS

    def answer(self, command: Command) -> None:
        """Perform a command and send its events."""
        match command:
            case Probe():
                self._probe(command)
            case Open():
                self._open_ahead(command)
            case Prepare():
                self._perform(command.job.id, self._prepare(command))
            case Verify():
                self._perform(command.job.id, self._verify(command))
            case Sample() | Estimate():
                self._perform(command.id, self._single_event(command))
            case SampleCold() | SampleChained() | Examine() | Close():
                self._perform_optional(command)

    def _probe(self, command: Probe) -> None:
        try:
            self._open(command.adapter, command.module, Path(command.cache) if command.cache else None, anew=True)
        except Exception as error:
            if not isinstance(error, BackendError):
                traceback.print_exc()
            self._send(Probed(command.adapter.id, None, describe(error), isinstance(error, Unsupported)))

    def _open_ahead(self, command: Open) -> None:
        """Open an adapter before its first job; an error is the job's, which meets it again."""
        if command.adapter is not None:
            with suppress(Exception):
                self._open(command.adapter, command.module, Path(command.cache))
        self._send(Opened(command.id))

    def _open(self, adapter: Adapter, module: str, cache: Path | None, anew: bool = False) -> DeviceSession:
        """Return the adapter's session; send what the probes found when it is opened, then or before (not ``anew``).

        It is opened once, and anew where a driver refused something: a device that is lost would fail all that follows.
        What was probed before does not count then.
        """
        if self._doubtful and not self._open_jobs:
            self._leave()
            anew = True
        if self._session is None:
            self._session = open_adapter(load_backend(module, adapter.api), adapter, cache, anew)
            if self._session.fingerprint is not None:
                self._send(Probed(adapter.id, self._session.fingerprint))
        return self._session

    def _leave(self) -> None:
        """Close the device."""
        session, self._session, self._doubtful = self._session, None, False
        if session is not None:
            with suppress(Exception):  # it may be lost
                session.device.close()

    def _prepare(self, command: Prepare) -> Iterator[Event]:
        if self._session is None:
            yield Doing(command.job.id, "opening")
        cache = self._cache = Path(command.cache)
        session = self._open(command.job.adapter, command.module, cache)
        if self._ceiling_trials:
            self._ceiling_trials -= 1
            yield Doing(command.job.id, "peaks")
            for event in _ceiling_events(session, cache, command.examine):
                self._ceiling_trials = 0
                yield event
        self._open_jobs[command.job.id] = yield from prepare(command.job, session, cache, self._stopped)

    def _single_event(self, command: Sample | Estimate) -> Iterator[Event]:
        """Yield the single event that answers the command."""
        match command:
            case Sample():
                yield self._open_jobs[command.id].visit(command)
            case Estimate():
                yield figures(command)

    def _perform_optional(self, command: OptionalCommand) -> None:
        """Perform an optional command and send its event; an error costs only this command."""
        try:
            event = self._optional_event(command)
        except Exception as error:
            if not isinstance(error, BackendError):
                traceback.print_exc()
            event = NotMeasured(command.id, command.what, describe(error))
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
                return self._close(command)

    def _close(self, command: Close) -> Event:
        """Close a job; its time raises the adapter's ceiling where it lies above."""
        job = self._open_jobs.pop(command.id)
        closed = job.close()
        if command.ms and self._session is not None and self._cache is not None:
            case, dtype = job.job.case, job.job.dtype
            cost = workload(case.operation).cost(case, dtype)
            higher = raise_ceiling(self._session, self._cache, cost, command.ms, dtype == "i8", command.cold_ms)
            if higher is not None:
                self._send(CeilingFound(job.job.adapter.id, higher))
        return closed

    def _verify(self, command: Verify) -> Iterator[Event]:
        cache = Path(command.cache)
        session = self._open(command.job.adapter, command.module, cache, anew=True)
        yield from verify(command.job, session, cache, self._stopped)

    def _perform(self, job_id: JobId, events: Iterator[Event]) -> None:
        """Send a job's events; an error costs only this job."""
        try:
            for event in events:
                self._send(event)
        except Unsupported as error:
            self._fail(job_id, "unsupported", describe(error))
        except WrongResult as error:
            self._fail(job_id, "failed", describe(error))
        except BackendError as error:
            self._doubtful = True
            self._fail(job_id, "failed", describe(error))
        except Stopped as stopped:
            self._fail(job_id, "stopped", str(stopped))
        except MemoryError as error:
            self._fail(job_id, "failed", f"out of memory: {error}")
        except Exception as error:
            # A driver's binding can raise anything; it costs only this result, and the log has the traceback.
            traceback.print_exc()
            self._doubtful = True
            self._fail(job_id, "failed", describe(error))

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
    try:
        ceiling = measure_ceiling(session, cache) if measure else cached_ceiling(session, cache)
        if ceiling is not None:
            yield CeilingFound(session.device.adapter.id, ceiling)
    except Exception as error:
        # A driver's binding can raise anything; stdout and stderr of a worker are its log.
        if not isinstance(error, BackendError):
            traceback.print_exc()
        print(f"{session.device.adapter.id}: its peak rates were not measured: {describe(error)}")
