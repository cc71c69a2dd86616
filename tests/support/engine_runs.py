"""Runs of the real engine and its processes on the fake device."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from paragon_tui.backends.adapter import Adapter
from paragon_tui.engine.messages.events import AdapterFound, Event
from paragon_tui.engine.messages.job import Sampling
from paragon_tui.engine.results.result import Result
from paragon_tui.engine.results.session import Session
from paragon_tui.engine.runner.discovery import discover
from paragon_tui.engine.runner.requests import MeasureRequest, RunSettings, Selection, measure_request
from paragon_tui.engine.runner.run import Run
from paragon_tui.engine.runner.selection import CaseFilter, select_cases
from paragon_tui.suites.case import Arithmetic

BACKENDS = {"host": "paragon_tui.backends.host", "vulkan": "fake_backend", "gl": "fake_backend"}
E = TypeVar("E", bound=Event)
QUICK = Sampling(warmup=1, iterations=4, rounds=2, cold=0, chained=0, examine=False)
"""Two visits of two samples each, and no other measurement."""


async def discovery_events(apis: tuple[str, ...] = tuple(BACKENDS), timeout_s: float = 120.0) -> list[Event]:
    return [event async for event in discover(apis, BACKENDS, timeout_s)]


def adapters_in(events: Sequence[Event]) -> list[Adapter]:
    """Return the adapters found, in the order in which they are shown."""
    adapters = [event.adapter for event in events if isinstance(event, AdapterFound)]
    return sorted(adapters, key=lambda adapter: list(BACKENDS).index(adapter.api))


@dataclass
class Ran:
    """A run that has ended: its session and all its events."""

    session: Session = field(default_factory=Session)
    events: list[Event] = field(default_factory=list)

    def result(self, adapter: str, case: str = "S1", variant: str = "default") -> Result:
        key = (case, adapter, variant)
        (match,) = [r for r in self.session.results.values() if (r.id.case, r.id.adapter, r.id.variant) == key]
        return match

    def of(self, *kinds: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kinds)]


_ADAPTERS: dict[tuple[str, ...], list[Adapter]] = {}


async def adapters_under(apis: tuple[str, ...] = tuple(BACKENDS)) -> list[Adapter]:
    """Return the adapters that discovery finds, discovered once per process; discovery has tests of its own."""
    if apis not in _ADAPTERS:
        _ADAPTERS[apis] = adapters_in(await discovery_events(apis))
    return _ADAPTERS[apis]


async def request_for(
    tmp_path: Path,
    cases: str = "S1",
    selected: tuple[str, ...] | None = None,
    sampling: Sampling = QUICK,
    timeout_s: float = 120.0,
    threads: int | None = None,
    arithmetic: tuple[Arithmetic, ...] = (Arithmetic(),),
    apis: tuple[str, ...] = tuple(BACKENDS),
) -> MeasureRequest:
    """Return a request for ``cases`` on the ``selected`` adapters, or on all under ``apis`` but those on request."""
    adapters = await adapters_under(apis)
    names = selected or tuple(adapter.id for adapter in adapters if not adapter.on_request)
    settings = RunSettings(tmp_path / "reference", BACKENDS, sampling, timeout_s, threads)
    return measure_request(Selection(select_cases(CaseFilter((cases,))), tuple(adapters), names, arithmetic), settings)


async def driven(run: Run, on_event: Callable[[Event, Ran], None] = lambda event, ran: None) -> Ran:
    """Run to the end and return what came of it; ``on_event`` is called with each event after the session has it."""
    ran = Ran()
    async for event in run.events():
        ran.session.apply(event)
        ran.events.append(event)
        on_event(event, ran)
    return ran


async def run_cases(
    tmp_path: Path,
    cases: str = "S1",
    on_event: Callable[[Event, Ran], None] = lambda event, ran: None,
    **settings: Any,
) -> Ran:
    """Run the request of ``request_for`` to its end."""
    return await driven(Run(await request_for(tmp_path, cases, **settings)), on_event)


def workers() -> set[int]:
    """Return the ids of the worker processes that this process has started and that still run."""
    listed = subprocess.run(
        ["pgrep", "-P", str(os.getpid()), "-f", "engine.worker"], capture_output=True, text=True, check=False
    )
    return {int(pid) for pid in listed.stdout.split()}
