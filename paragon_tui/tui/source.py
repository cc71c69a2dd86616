"""The source of the screen's events: the engine, or a recorded stream in tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from paragon_tui.engine.messages.job import JobId, Sampling
from paragon_tui.engine.runner.selection import apis_to_search
from paragon_tui.engine.runner.timeouts import VERIFY_TIMEOUT_S
from paragon_tui.sessions import paths

if TYPE_CHECKING:
    from paragon_tui.backends.adapter import Adapter
    from paragon_tui.diagnosis.finding import Finding
    from paragon_tui.engine.messages.events import Event, Log, Probed
    from paragon_tui.engine.results.session import Session
    from paragon_tui.engine.runner.discovery import DiscoveryEvent
    from paragon_tui.engine.runner.requests import MeasureRequest, RunSettings, Selection


class RunHandle(Protocol):
    """A run in progress."""

    def events(self) -> AsyncIterator[Event]:
        """Yield all events of the run."""

    def stop(self) -> None:
        """Stop the run early."""

    def skip(self) -> None:
        """End the case being measured, and go on with the next one."""

    def hold(self, on: bool) -> None:
        """Hold measuring, or let it go on."""

    def paused(self) -> AbstractAsyncContextManager[None]:
        """Return a context in which the run's processes stand still."""


class Source(Protocol):
    """The interface between the screen and the engine."""

    @property
    def apis(self) -> tuple[str, ...]:
        """The APIs that ``discover`` searches, in display order."""

    def discover(self) -> AsyncIterator[DiscoveryEvent]:
        """Yield adapters as they are found."""

    def probe(self, adapters: Sequence[Adapter]) -> AsyncIterator[Probed | Log]:
        """Yield how each of ``adapters`` rounds, as it is probed."""

    async def examine(self) -> list[Finding]:
        """Return what is right and wrong with the machine. Raises ``OSError``, or ``ValueError`` for no answer."""

    def expected(self, selection: Selection, sampling: Sampling | None = None) -> tuple[int, float]:
        """Return the number of results of a run, and its expected time in seconds."""

    def run(self, selection: Selection, sampling: Sampling | None = None) -> RunHandle:
        """Start measuring, with the source's own sampling settings unless others are given."""

    def expected_again(self, session: Session, ids: Collection[JobId]) -> tuple[int, float]:
        """Return the number of results of such a run as ``again`` starts, and its expected time in seconds."""

    def again(self, session: Session, ids: Collection[JobId]) -> RunHandle:
        """Start to go on with a session that has ended: measure the cases of ``ids`` again, in the same way."""

    def verify(self, selection: Selection) -> RunHandle:
        """Start checking against the shipped digests."""


@dataclass(slots=True)
class EngineSource:
    """The engine as a source. Earlier durations are read from the store once, and again after each run.

    One number of ``threads`` is for the host's libraries; several make an adapter of each number, of those on the
    processor (``runner/thread_axis.py``).
    """

    sampling: Sampling = field(default_factory=Sampling)
    threads: tuple[int, ...] = ()
    _known_s: dict[Sampling, dict[JobId, float]] = field(default_factory=dict, init=False)

    @property
    def apis(self) -> tuple[str, ...]:
        """All APIs that this system may have, narrowed by ``WGPU_BACKEND``."""
        return apis_to_search((), ())

    def discover(self) -> AsyncIterator[DiscoveryEvent]:
        """Search all APIs concurrently, each in a process of its own."""
        return self._discovered()

    async def _discovered(self) -> AsyncIterator[DiscoveryEvent]:
        # Late: the first paint must not wait for the engine.
        from paragon_tui.engine.messages.events import AdapterFound
        from paragon_tui.engine.runner.discovery import discover
        from paragon_tui.engine.runner.thread_axis import shown_versions

        async for event in discover(self.apis):
            if isinstance(event, AdapterFound):
                for version in shown_versions(event.adapter, self.threads):
                    yield AdapterFound(version)
            else:
                yield event

    def probe(self, adapters: Sequence[Adapter]) -> AsyncIterator[Probed | Log]:
        """Probe adapters anew, as many at a time as there are cores, each in a process of its own."""
        from paragon_tui.engine.runner.probing import probe_adapters

        return probe_adapters(adapters, cache=paths.reference_cache())

    async def examine(self) -> list[Finding]:
        """Ask ``paragon-tui doctor``, in a process that ends with whoever asks: drivers are loaded there."""
        from paragon_tui.tui.examination import examination

        return await examination()

    def expected(self, selection: Selection, sampling: Sampling | None = None) -> tuple[int, float]:
        """Return the number of results, and their time estimated from earlier sessions."""
        return _listed(self._request(selection, sampling or self.sampling))

    def run(self, selection: Selection, sampling: Sampling | None = None) -> RunHandle:
        """Start measuring, with a process per adapter."""
        from paragon_tui.engine.runner.run import Run

        request = self._request(selection, sampling or self.sampling)
        self._known_s.clear()
        return Run(request)

    def expected_again(self, session: Session, ids: Collection[JobId]) -> tuple[int, float]:
        """Return the number of results, and their time estimated from earlier sessions."""
        return _listed(self._again_request(session, ids))

    def again(self, session: Session, ids: Collection[JobId]) -> RunHandle:
        """Start to go on with a session, with a process per adapter."""
        from paragon_tui.engine.runner.run import Run

        request = self._again_request(session, ids)
        self._known_s.clear()
        return Run(request)

    def _again_request(self, session: Session, ids: Collection[JobId]) -> MeasureRequest:
        from paragon_tui.engine.runner.requests import Continued, again_request

        continued = Continued(session.id, tuple(session.planned.values()))
        settings = self._settings(session.sampling or self.sampling)
        return again_request(continued, ids, session.listed_adapters, settings)

    def _request(self, selection: Selection, sampling: Sampling) -> MeasureRequest:
        from paragon_tui.engine.runner.requests import measure_request

        return measure_request(selection, self._settings(sampling))

    def _settings(self, sampling: Sampling) -> RunSettings:
        from paragon_tui.engine.runner.requests import RunSettings
        from paragon_tui.engine.runner.thread_axis import single
        from paragon_tui.sessions.durations import known_seconds

        if sampling not in self._known_s:
            self._known_s[sampling] = known_seconds(paths.database(), sampling)
        known_s = self._known_s[sampling]
        threads = single(self.threads)
        return RunSettings(paths.reference_cache(), sampling=sampling, threads=threads, known_s=known_s)

    def verify(self, selection: Selection) -> RunHandle:
        """Start checking against the shipped digests, with a process per adapter."""
        from paragon_tui.engine.runner.requests import RunSettings, verify_request
        from paragon_tui.engine.runner.run import Run

        return Run(verify_request(selection, RunSettings(paths.reference_cache(), timeout_s=VERIFY_TIMEOUT_S)))


def _listed(request: MeasureRequest) -> tuple[int, float]:
    """Return the number of results that are asked for, and the expected time of all, seconds."""
    return sum(1 for job in request.jobs if job.adapter.id in request.listed), request.expected_s
