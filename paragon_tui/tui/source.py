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
    from paragon_tui.engine.events import Event, Log, Probed
    from paragon_tui.engine.requests import Chosen

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

    def run(self, chosen: Chosen) -> RunHandle:
        """Start measuring."""

    def verify(self, chosen: Chosen) -> RunHandle:
        """Start checking against the shipped digests."""


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

    def probe(self, adapters: Sequence[Adapter]) -> AsyncIterator[Probed | Log]:
        """One child an adapter, one after another."""
        from paragon_tui.engine.probing import fingerprints

        return fingerprints(adapters)

    def run(self, chosen: Chosen) -> RunHandle:
        """One child an adapter."""
        from paragon_tui.engine.requests import measuring
        from paragon_tui.engine.run import Run

        return Run(measuring(chosen, paths.reference_cache(), self.sampling))

    def verify(self, chosen: Chosen) -> RunHandle:
        """One child an adapter."""
        from paragon_tui.engine.requests import verifying
        from paragon_tui.engine.run import Run

        return Run(verifying(chosen, paths.reference_cache(), VERIFY_TIMEOUT_S))
