"""Where the screen's events come from: the engine, or a recorded stream in tests and screenshots."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from paragon_tui.engine.job import Sampling
from paragon_tui.engine.selection import apis_to_search
from paragon_tui.sessions import paths

if TYPE_CHECKING:
    from backends.adapter import Adapter
    from paragon_tui.engine.discovery import DiscoveryEvent
    from paragon_tui.engine.events import Event
    from paragon_tui.suites.case import Case


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

    def run(self, cases: Sequence[Case], found: Sequence[Adapter], selected: Sequence[str]) -> RunHandle:
        """Start measuring."""


@dataclass(frozen=True, slots=True)
class EngineSource:
    """The real thing."""

    sampling: Sampling = field(default_factory=Sampling)

    @property
    def apis(self) -> tuple[str, ...]:
        """All that this system may have, narrowed by ``WGPU_BACKEND``."""
        return apis_to_search((), ())

    def discover(self) -> AsyncIterator[DiscoveryEvent]:
        """One child an API."""
        from paragon_tui.engine.discovery import discover  # after the first paint, which waits for no engine

        return discover(self.apis)

    def run(self, cases: Sequence[Case], found: Sequence[Adapter], selected: Sequence[str]) -> RunHandle:
        """One child an adapter."""
        from paragon_tui.engine.run import Run, RunRequest

        return Run(RunRequest(tuple(cases), tuple(found), tuple(selected), paths.reference_cache(), self.sampling))
