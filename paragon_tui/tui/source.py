"""Where the screen's events come from: the engine, or a recorded stream in tests and screenshots."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from paragon_tui.engine.messages.job import JobId, Sampling
from paragon_tui.engine.runner.selection import apis_to_search
from paragon_tui.sessions import paths

if TYPE_CHECKING:
    from paragon_tui.backends.adapter import Adapter
    from paragon_tui.engine.messages.events import Event, Log, Probed
    from paragon_tui.engine.runner.discovery import DiscoveryEvent
    from paragon_tui.engine.runner.requests import MeasureRequest, Selection

VERIFY_TIMEOUT_S = 120.0


class RunHandle(Protocol):
    """A run under way."""

    def events(self) -> AsyncIterator[Event]:
        """All its events."""

    def stop(self) -> None:
        """End it early."""


class Source(Protocol):
    """What the screen needs of the floor below."""

    @property
    def apis(self) -> tuple[str, ...]:
        """The APIs that ``discover`` looks at, in display order."""

    def discover(self) -> AsyncIterator[DiscoveryEvent]:
        """Adapters as they are found."""

    def probe(self, adapters: Sequence[Adapter]) -> AsyncIterator[Probed | Log]:
        """How each of these adapters rounds, as they are asked."""

    def expected(self, chosen: Selection) -> tuple[int, float]:
        """How many results a run would have, and about how many seconds it would take."""

    def run(self, chosen: Selection, sampling: Sampling | None = None) -> RunHandle:
        """Start measuring, as usual where no other ``sampling`` is asked for."""

    def verify(self, chosen: Selection) -> RunHandle:
        """Start checking against the shipped digests."""


@dataclass(slots=True)
class EngineSource:
    """The real thing. What results took before is read from the store once, and anew after each run."""

    sampling: Sampling = field(default_factory=Sampling)
    threads: int | None = None
    _known_s: dict[Sampling, dict[JobId, float]] = field(default_factory=dict, init=False)

    @property
    def apis(self) -> tuple[str, ...]:
        """All that this system may have, narrowed by ``WGPU_BACKEND``."""
        return apis_to_search((), ())

    def discover(self) -> AsyncIterator[DiscoveryEvent]:
        """One child an API."""
        from paragon_tui.engine.runner.discovery import discover  # after the first paint, which waits for no engine

        return discover(self.apis)

    def probe(self, adapters: Sequence[Adapter]) -> AsyncIterator[Probed | Log]:
        """One child an adapter, one after another."""
        from paragon_tui.engine.runner.probing import probe_adapters

        return probe_adapters(adapters)

    def expected(self, chosen: Selection) -> tuple[int, float]:
        """By what results took before."""
        request = self._request(chosen, self.sampling)
        return sum(1 for job in request.jobs if job.adapter.id in request.listed), request.expected_s

    def run(self, chosen: Selection, sampling: Sampling | None = None) -> RunHandle:
        """One child an adapter."""
        from paragon_tui.engine.runner.run import Run

        request = self._request(chosen, sampling or self.sampling)
        self._known_s.clear()
        return Run(request)

    def _request(self, chosen: Selection, sampling: Sampling) -> MeasureRequest:
        from paragon_tui.engine.runner.requests import RunSettings, measure_request
        from paragon_tui.sessions.durations import known_seconds

        if sampling not in self._known_s:
            self._known_s[sampling] = known_seconds(paths.database(), sampling)
        known_s = self._known_s[sampling]
        settings = RunSettings(paths.reference_cache(), sampling=sampling, threads=self.threads, known_s=known_s)
        return measure_request(chosen, settings)

    def verify(self, chosen: Selection) -> RunHandle:
        """One child an adapter."""
        from paragon_tui.engine.runner.requests import RunSettings, verify_request
        from paragon_tui.engine.runner.run import Run

        return Run(verify_request(chosen, RunSettings(paths.reference_cache(), timeout_s=VERIFY_TIMEOUT_S)))
