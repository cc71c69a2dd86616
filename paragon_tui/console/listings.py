"""The listings of adapters, cases, operations and sizes, for people and for programs."""

from __future__ import annotations

import asyncio
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TextIO

import msgspec
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from paragon_tui.console.streams import notice
from paragon_tui.engine.messages.events import AdapterFound, DiscoveryFinished, Log, Probed
from paragon_tui.engine.runner.discovery import discover
from paragon_tui.engine.runner.probing import probe_adapters
from paragon_tui.engine.runner.selection import CaseFilter, apis_to_search, named_by_environment, select_cases
from paragon_tui.formatting import bits
from paragon_tui.formatting.quantities import counted, size
from paragon_tui.sessions import paths
from paragon_tui.suites.case import DTYPES
from paragon_tui.suites.catalogue import ALL, DEFAULT
from paragon_tui.suites.overrides import takes_batch
from paragon_tui.suites.workloads.registry import workload

if TYPE_CHECKING:
    from paragon_tui.backends.adapter import Adapter
    from paragon_tui.suites.case import Case


OFF_TERMINAL = 80
"""The width of tables in files and pipes, which people read in terminals."""


def gather_adapters(apis: Sequence[str]) -> tuple[list[Adapter], list[DiscoveryFinished]]:
    """Return all adapters of ``apis``, in that order, and the end of each API's discovery; print warnings on stderr."""
    adapters: list[Adapter] = []
    finished: list[DiscoveryFinished] = []

    async def gather() -> None:
        async for event in discover(tuple(apis)):
            if isinstance(event, AdapterFound):
                adapters.append(event.adapter)
            elif isinstance(event, DiscoveryFinished):
                finished.append(event)
            elif isinstance(event, Log) and event.level == "warning":
                notice(event.text)

    asyncio.run(gather())
    order = {api: index for index, api in enumerate(apis)}
    adapters.sort(key=lambda adapter: order[adapter.api])
    finished.sort(key=lambda event: order[event.api])
    return adapters, finished


def say_fruitless(finished: Iterable[DiscoveryFinished]) -> None:
    """Print on stderr which searches failed, and which of those that ``WGPU_BACKEND`` asks for found nothing."""
    for event in finished:
        if event.error:
            notice(f"{event.api}: {event.error}")
        elif event.remedy and named_by_environment(event.api):
            notice(f"{event.api}: no adapter ({event.remedy})")


def gather_fingerprints(adapters: Sequence[Adapter]) -> dict[str, Probed]:
    """Probe each of ``adapters`` that computes canonically; return the answers by adapter id."""
    probed: dict[str, Probed] = {}

    async def gather() -> None:
        async for event in probe_adapters(adapters, cache=paths.reference_cache()):
            if isinstance(event, Probed):
                probed[event.adapter] = event

    asyncio.run(gather())
    return probed


def list_adapters(as_json: bool) -> int:
    """Print every adapter of this machine and how it rounds. Return exit status 1 if discovery or a probe failed."""
    adapters, finished = gather_adapters(apis_to_search((), ()))
    probed = gather_fingerprints(adapters)
    failures = [(event.api, event.error) for event in finished if event.error]
    failures += [(event.adapter, event.error) for event in probed.values() if event.error and not event.unsupported]
    if as_json:
        write_json(
            {
                "schema": 1,
                "adapters": [_adapter_fields(adapter, probed.get(adapter.id)) for adapter in adapters],
                "failures": [{"where": where, "error": error} for where, error in failures],
            }
        )
        return 1 if failures else 0
    console = table_console(sys.stdout)
    indent = max((len(adapter.id) for adapter in adapters), default=0) + 2
    for adapter in adapters:
        print_item(console, adapter.id, _adapter_lines(adapter, probed.get(adapter.id)), indent)
    for discovery in finished:
        if discovery.remedy:
            notice(f"{discovery.api}: no adapter ({discovery.remedy})")
    for where, error in failures:
        notice(f"{where}: {error}")
    return 1 if failures else 0


def _adapter_lines(adapter: Adapter, probed: Probed | None) -> Iterator[str]:
    """Yield what is known of an adapter, a line each: device, driver, limits, how it rounds, what tells it apart."""
    yield adapter.name + (" (only on request)" if adapter.on_request else "")
    yield f"{adapter.type} of {adapter.vendor}, {adapter.driver} {adapter.driver_version}".rstrip()
    limits = (("memory", adapter.memory_bytes), ("buffers up to", adapter.buffer_limit_bytes))
    features = [counted(len(adapter.features), "feature")] if adapter.features else []
    yield ", ".join([*(f"{name} {size(value)}" for name, value in limits if value is not None), *features])
    if probed is not None and probed.fingerprint is not None:
        yield bits.describe_fingerprint(probed.fingerprint)
    elif probed is not None and probed.unsupported:
        yield f"unsupported: {probed.error}"
    stated = (("UUID", adapter.uuid), ("PCI address", adapter.pci_address))
    yield ", ".join(f"{name} {value}" for name, value in stated if value)


def _adapter_fields(adapter: Adapter, probed: Probed | None) -> dict[str, Any]:
    fingerprint = probed.fingerprint if probed else None
    fields: dict[str, Any] = msgspec.to_builtins(adapter)
    unsupported = probed.error if probed and probed.unsupported else None
    return fields | {
        "device_name": adapter.device.name,
        "driver_family": adapter.device.driver,
        "physical": adapter.physical,
        "fingerprint": msgspec.to_builtins(fingerprint),
        "unsupported": unsupported,
    }


def list_cases(selection: CaseFilter, as_json: bool) -> int:
    """Print the selected cases: a line per network, and a line per operation for all others. JSON lists every case."""
    cases = _select_in_all_suites(selection)
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
            computed = workload(case.operation)
            table.add_row(case.id, case.suite, computed.describe(case), f"{computed.megabytes(case):.2f}")
        console.print(table)
    if networks and others:
        console.print()
    if others:
        table = _table("operation", "suite", "batch", "sizes")
        for (name, suite), group in _by_operation(others).items():
            table.add_row(name, suite, _batches(group), " ".join(case.size for case in group))
        console.print(table)
    return 0


def list_operations(selection: CaseFilter) -> int:
    """Print the operations of the selected cases, a line each, with their batches and variants."""
    table = _table("operation", "suite")
    table.add_column("cases", justify="right")
    for heading in ("batch", "variants"):
        table.add_column(heading)
    for (name, suite), cases in _by_operation(_select_in_all_suites(selection)).items():
        variants = dict.fromkeys(variant for of_dtype in _variants(cases[0]).values() for variant in of_dtype)
        table.add_row(name, suite, str(len(cases)), _batches(cases), " ".join(variants))
    table_console(sys.stdout).print(table)
    return 0


def list_sizes(selection: CaseFilter) -> int:
    """Print the sizes of the selected cases, a line each, with their aliases."""
    aliases: dict[tuple[str, str], dict[str, None]] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for case in _select_in_all_suites(selection):
        key = (case.sizes[0], case.suite)
        aliases.setdefault(key, {}).update(dict.fromkeys(case.sizes[1:]))
        counts[key] += 1
    table = _table("size", "suite", "aliases")
    table.add_column("cases", justify="right")
    for (name, suite), count in counts.items():
        table.add_row(name, suite, " ".join(aliases[name, suite]), str(count))
    table_console(sys.stdout).print(table)
    return 0


def _by_operation(cases: Iterable[Case]) -> dict[tuple[str, str], list[Case]]:
    """Group cases by operation and suite; those of one operation need not be neighbours."""
    groups: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        groups.setdefault((case.operation, case.suite), []).append(case)
    return groups


def _batches(cases: Sequence[Case]) -> str:
    """Return the default batches of the cases that take one: ``4 256``."""
    return " ".join(str(batch) for batch in sorted({case.batch for case in cases if takes_batch(case)})) or "–"


def _variants(case: Case) -> dict[str, tuple[str, ...]]:
    """Return the variants of the case's kernels by dtype, the default first."""
    by_dtype = {dtype: workload(case.operation).variants(dtype) for dtype in DTYPES}
    return {dtype: variants for dtype, variants in by_dtype.items() if variants}


def _select_in_all_suites(selection: CaseFilter) -> tuple[Case, ...]:
    """Return the selected cases, from all suites if none is named. Raises ``UnknownName``."""
    return select_cases(replace(selection, suites=selection.suites or (ALL,)))


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading)
    return table


def headed(name: str, words: str) -> Text:
    """Return a line that begins with a name in bold."""
    return Text.assemble((name, "bold"), "  ", words)


def table_console(stream: TextIO, off_terminal: int = 200) -> Console:
    """Return a console on ``stream``; off a terminal its width is usually one that cuts no line.

    It takes texts as they are, brackets and all: what has a style is a ``Text``.
    """
    return Console(
        file=stream, width=None if stream.isatty() else off_terminal, highlight=False, markup=False, emoji=False
    )


def print_item(console: Console, name: str, lines: Iterable[str], indent: int) -> None:
    """Print a name in bold, and behind it lines that stand below one another, on a terminal within its width.

    Elsewhere a line stays a line, whatever its length. Empty lines are left out.
    """
    head = Text(f"{name:<{indent}}", "bold")
    for line in filter(None, lines):
        broken = textwrap.wrap(line, console.width - indent, break_on_hyphens=False) if console.is_terminal else [line]
        for part in broken:
            console.print(Text.assemble(head, part), soft_wrap=True)
            head = Text(" " * indent)


def print_line(console: Console, text: Text | str) -> None:
    """Print text that is broken between words on a terminal; elsewhere a line stays a line, whatever its length."""
    line = Text(text) if isinstance(text, str) else text
    if not console.is_terminal or cell_len(line.plain) <= console.width:
        console.print(line, soft_wrap=True)
        return
    hanging = " " * (len(line.plain) - len(line.plain.lstrip()) + 2)
    for number, part in enumerate(line.wrap(console, console.width - len(hanging))):
        part.rstrip()
        console.print(Text.assemble(hanging if number else "", part), soft_wrap=True)


def write_json(value: Any) -> None:
    """Write one document to stdout."""
    sys.stdout.write(json_text(value))


def json_text(value: Any) -> str:
    """Return one document, indented, with a final newline."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1).decode() + "\n"
