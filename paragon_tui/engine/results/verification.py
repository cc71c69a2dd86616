"""A verification folded from its events: the fingerprint of each adapter, and the checks of each job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.fingerprint import Fingerprint, Standing
from paragon_tui.engine.messages.events import (
    Check,
    Checked,
    Event,
    Failed,
    JobStarted,
    Prepared,
    Probed,
    RunFinished,
    RunStarted,
    Status,
)
from paragon_tui.engine.messages.job import JobId
from paragon_tui.operators.operator import Tier
from paragon_tui.suites.case import Case


@dataclass(frozen=True, slots=True)
class Verified:
    """One case at one dtype on one adapter; ``status`` is ``None`` until it has ended."""

    id: JobId
    case: Case
    adapter: Adapter
    tier: Tier | None
    standing: Standing | None = None
    status: Status | None = None
    error: str | None = None
    checks: tuple[Check, ...] = ()

    @property
    def wrong(self) -> tuple[Check, ...]:
        """The checks that do not hold."""
        return tuple(check for check in self.checks if not check.holds)

    @property
    def holds(self) -> bool:
        """True if every bit is as shipped."""
        return self.status == "ok" and not self.wrong

    @property
    def fails(self) -> bool:
        """True if it ended by itself, is supported here, and is not as shipped."""
        return self.status not in (None, "unsupported", "stopped") and not self.holds


class Verification:
    """The state of a verification so far: apply events in order."""

    def __init__(self) -> None:
        self.id = ""
        self.started = ""
        self.host: dict[str, str] = {}
        self.results: dict[JobId, Verified] = {}
        self.fingerprints: dict[str, Fingerprint] = {}
        self.running: JobId | None = None
        self.finished = False
        self.interrupted = False

    def apply(self, event: Event) -> None:
        """Fold in one event; events that are not a verification's change nothing."""
        match event:
            case RunStarted():
                self.id, self.started, self.host = event.session, event.started, dict(event.host)
                self.results = {p.id: Verified(p.id, p.case, p.adapter, p.tier) for p in event.planned}
            case Probed() if event.fingerprint is not None:
                self.fingerprints[event.adapter] = event.fingerprint
            case JobStarted():
                self.running = event.id
            case Prepared():
                self.results[event.id] = replace(self.results[event.id], standing=event.standing)
            case Checked():
                self.running = None
                self.results[event.id] = replace(self.results[event.id], status="ok", checks=event.checks)
            case Failed():
                self.running = None
                self.results[event.id] = replace(self.results[event.id], status=event.status, error=event.error)
            case RunFinished():
                self.finished, self.running, self.interrupted = True, None, event.interrupted

    @property
    def adapters(self) -> Sequence[Adapter]:
        """The adapters that are verified, in order."""
        return tuple({result.adapter.id: result.adapter for result in self.results.values()}.values())

    @property
    def counts(self) -> tuple[int, int]:
        """The number of results that are as shipped, and of all planned results."""
        return sum(1 for result in self.results.values() if result.holds), len(self.results)

    @property
    def holds(self) -> bool:
        """True if it ran to its end, at least one result could be checked, and every bit was as shipped."""
        return self.finished and not self.interrupted and not self.failures and self.counts[0] > 0

    @property
    def failures(self) -> tuple[Verified, ...]:
        """The results that ended and are not as shipped."""
        return tuple(result for result in self.results.values() if result.fails)
