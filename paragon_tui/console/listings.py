"""``adapters`` and ``cases``: what there is, for people and for programs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from paragon_tui.engine.discovery import discover
from paragon_tui.engine.events import AdapterFound, DiscoveryFinished
from paragon_tui.engine.selection import all_cases, apis_to_search
from paragon_tui.suites.operation import operation
from paragon_tui.wording import size

if TYPE_CHECKING:
    from backends.adapter import Adapter


def gather_adapters(apis: Sequence[str]) -> tuple[list[Adapter], list[DiscoveryFinished]]:
    """All adapters of ``apis`` in their order, and how looking at each went."""
    found: list[Adapter] = []
    finished: list[DiscoveryFinished] = []

    async def gather() -> None:
        async for event in discover(tuple(apis)):
            if isinstance(event, AdapterFound):
                found.append(event.adapter)
            elif isinstance(event, DiscoveryFinished):
                finished.append(event)

    asyncio.run(gather())
    order = {api: index for index, api in enumerate(apis)}
    found.sort(key=lambda adapter: order[adapter.api])
    finished.sort(key=lambda event: order[event.api])
    return found, finished


def list_adapters(as_json: bool) -> int:
    """Print every adapter of this machine. Exit status 0, 1 where looking at an API failed."""
    found, finished = gather_adapters(apis_to_search((), ()))
    failures = [event for event in finished if event.error]
    if as_json:
        write_json(
            {
                "schema": 1,
                "adapters": [msgspec.to_builtins(a) | {"physical": a.physical} for a in found],
                "failures": [{"api": event.api, "error": event.error} for event in failures],
            }
        )
        return 1 if failures else 0
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("id", "name", "vendor", "type", "driver", "memory", "buffer limit", "features"):
        table.add_column(heading, no_wrap=heading == "id", overflow="fold")
    for adapter in found:
        table.add_row(
            adapter.id,
            escape(adapter.name),
            escape(adapter.vendor),
            adapter.type,
            escape(f"{adapter.driver} {adapter.driver_version}"),
            size(adapter.memory_bytes),
            size(adapter.buffer_limit_bytes),
            str(len(adapter.features)) if adapter.features else "–",
        )
    table_console(sys.stdout).print(table)
    for event in finished:
        if event.remedy:
            print(f"{event.api}: no adapter ({event.remedy})", file=sys.stderr)
    for event in failures:
        print(f"{event.api}: {event.error}", file=sys.stderr)
    return 1 if failures else 0


def list_cases(as_json: bool) -> int:
    """Print every case of every suite."""
    cases = all_cases()
    if as_json:
        write_json({"schema": 1, "cases": [msgspec.to_builtins(case) for case in cases]})
        return 0
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("case", "suite", "shape"):
        table.add_column(heading)
    table.add_column("MiB", justify="right")
    for case in cases:
        module = operation(case.operation)
        table.add_row(case.id, case.suite, module.describe(case), f"{module.megabytes(case):.2f}")
    table_console(sys.stdout).print(table)
    return 0


def table_console(stream: TextIO) -> Console:
    """A console on ``stream`` that never cuts a table where no terminal sets its width."""
    return Console(file=stream, width=None if stream.isatty() else 200, highlight=False)


def write_json(value: Any) -> None:
    """One document on stdout."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=1).decode() + "\n")
