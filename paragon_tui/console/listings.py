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

from paragon_tui import wording
from paragon_tui.engine.discovery import discover
from paragon_tui.engine.events import AdapterFound, DiscoveryFinished, Probed
from paragon_tui.engine.probing import fingerprints
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


def gather_fingerprints(adapters: Sequence[Adapter]) -> dict[str, Probed]:
    """What each of ``adapters`` that computes canonically said to the probes."""
    probed: dict[str, Probed] = {}

    async def gather() -> None:
        async for event in fingerprints(adapters):
            if isinstance(event, Probed):
                probed[event.adapter] = event

    asyncio.run(gather())
    return probed


def list_adapters(as_json: bool) -> int:
    """Print every adapter of this machine and how it rounds. Exit status 0, 1 where asking failed."""
    found, finished = gather_adapters(apis_to_search((), ()))
    probed = gather_fingerprints(found)
    failures = [(event.api, event.error) for event in finished if event.error]
    failures += [(event.adapter, event.error) for event in probed.values() if event.error]
    if as_json:
        write_json(
            {
                "schema": 1,
                "adapters": [_adapter_fields(adapter, probed.get(adapter.id)) for adapter in found],
                "failures": [{"where": where, "error": error} for where, error in failures],
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
    console = table_console(sys.stdout)
    console.print(table)
    console.print()
    for event in probed.values():
        if event.fingerprint is not None:
            console.print(f"[bold]{event.adapter}[/]  {escape(wording.fingerprint(event.fingerprint))}", soft_wrap=True)
    if on_request := [adapter.id for adapter in found if adapter.on_request]:
        console.print(f"[bold]only where named[/]  {escape(', '.join(on_request))}", soft_wrap=True)
    for end in finished:
        if end.remedy:
            print(f"{end.api}: no adapter ({end.remedy})", file=sys.stderr)
    for where, error in failures:
        print(f"{where}: {error}", file=sys.stderr)
    return 1 if failures else 0


def _adapter_fields(adapter: Adapter, probed: Probed | None) -> dict[str, Any]:
    seen = probed.fingerprint if probed else None
    fields: dict[str, Any] = msgspec.to_builtins(adapter)
    return fields | {"physical": adapter.physical, "fingerprint": msgspec.to_builtins(seen)}


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
