"""A verification folded from its events: the fingerprint of each adapter, and the checks of each job."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import TypeVar

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

Row = TypeVar("Row", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Verified:
    """One case in one arithmetic on one adapter; ``status`` is ``None`` until it has ended, ``plans`` were run."""

    id: JobId
    case: Case
    adapter: Adapter
    tier: Tier | None
    standing: Standing | None = None
    plans: int = 0
    status: Status | None = None
    error: str | None = None
    checks: tuple[Check, ...] = ()
    output_tier: Tier | None = None
    output_standing: Standing | None = None

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


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of verified results: all, those that have ended, hold, fail, or are not supported; and of their plans.

    A result that was stopped has not ended.
    """

    planned: int = 0
    ended: int = 0
    holding: int = 0
    failing: int = 0
    unsupported: int = 0
    plans: int = 0

    def plus(self, result: Verified) -> Tally:
        """Return the counts with one more result."""
        ended = result.status not in (None, "stopped")
        return Tally(
            self.planned + 1,
            self.ended + ended,
            self.holding + result.holds,
            self.failing + result.fails,
            self.unsupported + (result.status == "unsupported"),
            self.plans + (result.plans if ended else 0),
        )

    @property
    def checked(self) -> int:
        """The results that have ended and are supported."""
        return self.ended - self.unsupported


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
                self.results = {
                    p.id: Verified(p.id, p.case, p.adapter, p.tier, output_tier=p.output_tier) for p in event.planned
                }
            case Probed() if event.fingerprint is not None:
                self.fingerprints[event.adapter] = event.fingerprint
            case JobStarted():
                self.running = event.id
            case Prepared():
                earlier = self.results[event.id]
                plans = earlier.plans + (event.plan is not None)
                self.results[event.id] = replace(
                    earlier, standing=event.standing, output_standing=event.output_standing, plans=plans
                )
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

    def tallies(self, row: Callable[[Verified], Row]) -> dict[Row, dict[str, Tally]]:
        """Return the counts of results that have a ``row`` in common, by adapter, in order."""
        found: dict[Row, dict[str, Tally]] = {}
        for result in self.results.values():
            cells = found.setdefault(row(result), {})
            cells[result.id.adapter] = cells.get(result.id.adapter, Tally()).plus(result)
        return found

    @property
    def tally(self) -> Tally:
        """The counts of all results."""
        return reduce(Tally.plus, self.results.values(), Tally())

    @property
    def holds(self) -> bool:
        """True if it ran to its end, at least one result could be checked, and every bit was as shipped."""
        return self.finished and not self.interrupted and not self.failures and self.tally.holding > 0

    @property
    def failures(self) -> tuple[Verified, ...]:
        """The results that ended and are not as shipped."""
        return tuple(result for result in self.results.values() if result.fails)
