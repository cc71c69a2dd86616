"""``adapters``, ``cases``, operations and sizes: what there is, for people and for programs."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TextIO

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from paragon_tui.engine.messages.events import AdapterFound, DiscoveryFinished, Probed
from paragon_tui.engine.runner.discovery import discover
from paragon_tui.engine.runner.probing import probe_adapters
from paragon_tui.engine.runner.selection import CaseFilter, apis_to_search, select_cases
from paragon_tui.formatting import bits
from paragon_tui.formatting.quantities import size
from paragon_tui.suites.case import DTYPES
from paragon_tui.suites.catalogue import DEFAULT, SUITES
from paragon_tui.suites.operation import operation
from paragon_tui.suites.overrides import takes_batch

if TYPE_CHECKING:
    from paragon_tui.backends.adapter import Adapter
    from paragon_tui.suites.case import Case


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
        async for event in probe_adapters(adapters):
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
            console.print(f"[bold]{event.adapter}[/]  {escape(bits.fingerprint(event.fingerprint))}", soft_wrap=True)
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


def list_cases(named: CaseFilter, as_json: bool) -> int:
    """Print the cases that are ``named``: networks a line each, all others a line an operation. JSON has each."""
    cases = _named_anywhere(named)
    if as_json:
        write_json(
            {"schema": 1, "cases": [msgspec.to_builtins(case) | {"variants": _variants(case)} for case in cases]}
        )
        return 0
    networks = [case for case in cases if case.suite == DEFAULT]
    others = [case for case in cases if case.suite != DEFAULT]
    console = table_console(sys.stdout)
    if networks:
        table = _table("case", "suite", "shape")
        table.add_column("MiB", justify="right")
        for case in networks:
            module = operation(case.operation)
            table.add_row(case.id, case.suite, module.describe(case), f"{module.megabytes(case):.2f}")
        console.print(table)
    if networks and others:
        console.print()
    if others:
        table = _table("operation", "suite", "batch", "sizes")
        for (name, suite), alike in _by_operation(others).items():
            table.add_row(name, suite, _batches(alike), " ".join(case.size for case in alike))
        console.print(table)
    return 0


def list_operations(named: CaseFilter) -> int:
    """Print the operations of the cases that are ``named``, a line each, with their batches and variants."""
    table = _table("operation", "suite")
    table.add_column("cases", justify="right")
    for heading in ("batch", "variants"):
        table.add_column(heading)
    for (name, suite), cases in _by_operation(_named_anywhere(named)).items():
        variants = dict.fromkeys(variant for there in _variants(cases[0]).values() for variant in there)
        table.add_row(name, suite, str(len(cases)), _batches(cases), " ".join(variants))
    table_console(sys.stdout).print(table)
    return 0


def list_sizes(named: CaseFilter) -> int:
    """Print the sizes of the cases that are ``named``, a line each, with their other names."""
    others: dict[tuple[str, str], dict[str, None]] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for case in _named_anywhere(named):
        size_of_suite = (case.sizes[0], case.suite)
        others.setdefault(size_of_suite, {}).update(dict.fromkeys(case.sizes[1:]))
        counts[size_of_suite] += 1
    table = _table("size", "suite", "also called")
    table.add_column("cases", justify="right")
    for (name, suite), count in counts.items():
        table.add_row(name, suite, " ".join(others[name, suite]), str(count))
    table_console(sys.stdout).print(table)
    return 0


def _by_operation(cases: Iterable[Case]) -> dict[tuple[str, str], list[Case]]:
    """Those of an operation in a suite, wherever they stand in it."""
    alike: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        alike.setdefault((case.operation, case.suite), []).append(case)
    return alike


def _batches(cases: Sequence[Case]) -> str:
    """``4 256``: the usual batches of those that take any."""
    return " ".join(str(batch) for batch in sorted({case.batch for case in cases if takes_batch(case)})) or "–"


def _variants(case: Case) -> dict[str, tuple[str, ...]]:
    """Its kernels' variants by dtype, the usual one first."""
    by_dtype = {dtype: operation(case.operation).variants(dtype) for dtype in DTYPES}
    return {dtype: variants for dtype, variants in by_dtype.items() if variants}


def _named_anywhere(named: CaseFilter) -> tuple[Case, ...]:
    """Those that are meant, in all suites where none is named. Raises ``UnknownName``."""
    return select_cases(replace(named, suites=named.suites or tuple(suite.name for suite in SUITES)))


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading)
    return table


def table_console(stream: TextIO) -> Console:
    """A console on ``stream`` that never cuts a table where no terminal sets its width."""
    return Console(file=stream, width=None if stream.isatty() else 200, highlight=False)


def write_json(value: Any) -> None:
    """One document on stdout."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=1).decode() + "\n")
