"""The printed comparison of two sessions: the conclusion first, then a table for each adapter, within 80 columns."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from paragon_tui.console.listings import table_console
from paragon_tui.engine.analysis.verdict import LEAST_PROCESSES
from paragon_tui.formatting.quantities import UNKNOWN, counted, interval, multiple, shortlist, table_figure
from paragon_tui.formatting.session_lines import result_names
from paragon_tui.sessions.adapter_pairs import identity, is_device

if TYPE_CHECKING:
    from paragon_tui.engine.messages.figures import Ratio
    from paragon_tui.engine.results.result import Result
    from paragon_tui.sessions.adapter_pairs import AdapterPair
    from paragon_tui.sessions.comparison import Regression, ResultPair, SessionComparison

WIDTH = 80  # off a terminal

_HEADINGS = ("case", "A ms", "B ms", "A/B", "B is", "bits")
_GAP = 2
_LEAST_WIDTH = 8  # of the names of cases, on a terminal that is narrower than the table
_COLOURS = {"faster": "green", "slower": "red", "same": "dim", "unclear": "yellow", "other": "red", UNKNOWN: "dim"}
_BITS = {"same bits": "same", "other bits": "other", "not compared": UNKNOWN}


def print_comparison(comparison: SessionComparison, fail_above: float | None, regressed: Sequence[Regression]) -> None:
    """Print what the comparison shows, what may have made the difference, and every result."""
    console = table_console(sys.stdout, off_terminal=WIDTH)
    _print_lines(console, [*conclusion(comparison), *_too_few_processes(comparison)])
    if fail_above is not None:
        _print_lines(console, [_limit_sentence(comparison, fail_above, len(regressed))])
        _print_lines(console, [f"  {regression.id}: {regression.words}" for regression in regressed], "red")
    console.print()
    _print_lines(console, _session_lines(comparison))
    _print_section(console, "different machines or drivers", comparison.machines)
    _print_section(console, "different settings", comparison.settings)
    _print_section(console, "devices", [*_pair_lines(comparison.adapters), *_other_device_lines(comparison)])
    _print_tables(console, comparison)
    if flags := list(_flag_lines(comparison.rows)):
        console.print()
        _print_lines(console, flags)
    for side, results in (("A", comparison.only_a), ("B", comparison.only_b)):
        if results:
            console.print()
            _print_section(console, f"only in {side}", _unpaired_lines(results))


def conclusion(comparison: SessionComparison) -> tuple[str, ...]:
    """Return in two sentences how many results are faster, slower, the same or unclear in B, and how many bits are."""
    rows, counts, bits = comparison.rows, comparison.counts, comparison.bits
    if not rows:
        what = "result" if comparison.adapters else "device or library"
        return (f"Nothing to compare: A and B have no {what} in common.",)
    timeless = f", not compared in {counts['not compared']}" if counts["not compared"] else ""
    named = (("the same", "same bits"), ("other", "other bits"), ("not compared", "not compared"))
    of_bits = ", ".join(f"{words} in {bits[kind]}" for words, kind in named if bits[kind])
    return (
        f"Of {counted(len(rows), 'result')}, B is faster in {counts['faster']}, slower in {counts['slower']}, "
        f"the same in {counts['same']}, unclear in {counts['unclear']}{timeless}.",
        f"Bits are {of_bits}.",
    )


def _too_few_processes(comparison: SessionComparison) -> Iterator[str]:
    """Yield a line where results have too few processes for a verdict: how much processes differ is not known."""
    unrepeated = _unrepeated(comparison)
    sides = (("A", [row.a for row in unrepeated]), ("B", [row.b for row in unrepeated]))
    short = [side for side, results in sides if any(result.timings.processes < LEAST_PROCESSES for result in results)]
    if unrepeated:
        yield (
            f"Too few processes for a verdict on {counted(len(unrepeated), 'time')}: fewer than {LEAST_PROCESSES} in "
            f"{' and '.join(short)}. Measure both sides with `run --repeat {LEAST_PROCESSES}`."
        )


def _unrepeated(comparison: SessionComparison) -> list[ResultPair]:
    return [row for row in comparison.rows if row.latency and not row.repeated]


def _limit_sentence(comparison: SessionComparison, fail_above: float, count: int) -> str:
    regressions = counted(count, "regression") if count else "No regression"
    unrepeated = _unrepeated(comparison)
    unchecked = f" ({counted(len(unrepeated), 'time')} not checked: too few processes)" if unrepeated else ""
    return f"{regressions} beyond {fail_above:g} %{unchecked}{':' if count else '.'}"


def _session_lines(comparison: SessionComparison) -> Iterator[str]:
    for side, session in (("A", comparison.a), ("B", comparison.b)):
        yield "  ".join(filter(None, (side, session.session, session.started, session.host.get("program"))))


def _pair_lines(pairs: Iterable[AdapterPair]) -> Iterator[str]:
    """Yield a line for each device that has another number in B, and for those that only their order tells apart."""
    by_order: dict[str, list[str]] = {}
    for pair in pairs:
        id_a, id_b, name = pair.a.id.adapter, pair.b.id.adapter, identity(pair.a).name
        if pair.by_order:
            by_order.setdefault(name, []).append(f"{id_a} with {id_b}")
        elif id_a != id_b:
            yield f"{id_a} in A is {id_b} in B: {name}"
    for name, paired in by_order.items():
        order = ", ".join(paired)
        yield f"several are {name}, which no UUID or PCI address tells apart; paired by order: {order}"


def _other_device_lines(comparison: SessionComparison) -> Iterator[str]:
    """Yield a line for each id that stands for another device in B, so that its results are not compared."""
    pairs = comparison.adapters
    alone_a = {result.id.adapter: result for result in comparison.only_a}
    alone_b = {result.id.adapter: result for result in comparison.only_b}
    unpaired_b = alone_b.keys() - {pair.b.id.adapter for pair in pairs}
    for name, result in alone_a.items():
        if name in unpaired_b and all(pair.a.id.adapter != name for pair in pairs):
            devices = f"{_unit(result)} in A, {_unit(alone_b[name])} in B"
            yield f"{name} is another device in B, so it is not compared: {devices}"


def _device(result: Result) -> str:
    """Return the name of a device, and of its driver where that says more: ``NVIDIA H200 (NVIDIA CUDA)``."""
    device = identity(result)
    return f"{device.name} ({device.driver})" if device.driver and device.driver not in device.name else device.name


def _unit(result: Result) -> str:
    """Return the name of a device, and what tells it apart from others of its name."""
    device = identity(result)
    return f"{_device(result)} {device.uuid or device.pci_address or ''}".rstrip()


def _print_tables(console: Console, comparison: SessionComparison) -> None:
    """Print a table for each adapter, all with the same columns."""
    tables = [
        (pair, [cells for row in comparison.rows if row.id.adapter == pair.a.id.adapter for cells in _cells(row)])
        for pair in comparison.adapters
    ]
    widths = _widths([cells for _, rows in tables for cells in rows], console.width)
    for pair, rows in tables:
        if rows:
            console.print()
            _print_lines(console, [_heading(pair)], "bold")
            console.print(_table(rows, widths))


def _heading(pair: AdapterPair) -> str:
    id_a, id_b = pair.a.id.adapter, pair.b.id.adapter
    return f"{id_a if id_a == id_b else f'{id_a} in A, {id_b} in B'}  {_device(pair.a)}"


def _cells(row: ResultPair) -> Iterator[tuple[str, ...]]:
    """Yield the line of a result, and one of its device time where that has another clear verdict."""
    times = (_end_to_end(row.a), _end_to_end(row.b))
    yield (row.id.label, *times, *_ratio_and_verdict(row.latency), _BITS[row.bits])
    device_a, device_b = row.a.timings.device_ms, row.b.timings.device_ms
    if row.device and device_a and device_b and row.device.judgement not in (_judgement(row.latency), "unclear"):
        times = (table_figure(device_a.median), table_figure(device_b.median))
        yield ("  device", *times, *_ratio_and_verdict(row.device), "")


def _end_to_end(result: Result) -> str:
    """Return the median, with ``!`` if it is doubtful; instead of a time that cannot be compared, how it ended."""
    if not result.measured or result.timings.latency_ms is None:
        return result.status
    return f"{table_figure(result.timings.latency_ms.median)}{'!' if result.conditions.doubts else ''}"


def _judgement(ratio: Ratio | None) -> str:
    return ratio.judgement if ratio else UNKNOWN


def _ratio_and_verdict(ratio: Ratio | None) -> tuple[str, str]:
    if ratio is None:
        return UNKNOWN, UNKNOWN
    return f"{multiple(ratio.value)}{interval(ratio.interval)}", ratio.judgement


def _widths(rows: Iterable[Sequence[str]], total: int) -> list[int]:
    """Return the widths of the columns, the same for all adapters; long names of cases are folded within ``total``."""
    columns = zip(_HEADINGS, *rows, strict=True)
    first, *rest = (max(map(cell_len, column)) for column in columns)
    return [min(first, max(_LEAST_WIDTH, total - sum(rest) - _GAP * len(rest))), *rest]


def _table(rows: Iterable[Sequence[str]], widths: Sequence[int]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, _GAP, 0, 0))
    for heading, width in zip(_HEADINGS, widths, strict=True):
        table.add_column(heading, width=width, justify="right" if heading.endswith("ms") else "left", overflow="fold")
    for *figures, verdict, bits in rows:
        table.add_row(*figures, Text(verdict, _COLOURS.get(verdict, "")), Text(bits, _COLOURS.get(bits, "green")))
    return table


def _flag_lines(rows: Sequence[ResultPair]) -> Iterator[str]:
    """Yield a line for each flag that makes times doubtful, with the results that have it on each side."""
    sides = (("A", [row.a for row in rows]), ("B", [row.b for row in rows]))
    marks = {flag.name: flag.mark for _, results in sides for result in results for flag in result.conditions.doubts}
    for name, mark in marks.items():
        flagged = [
            (side, [r for r in results if any(flag.name == name for flag in r.conditions.doubts)], results)
            for side, results in sides
        ]
        places = [f"in {side}: {result_names(of_side, results)}" for side, of_side, results in flagged if of_side]
        yield f"{mark} {name} {'; '.join(places)}"


def _unpaired_lines(results: Iterable[Result]) -> Iterator[str]:
    """Yield a line for each adapter: ``opencl:0  NVIDIA H200: 10 results (S1, S2, …, XL2)``."""
    by_adapter: dict[str, list[Result]] = {}
    for result in results:
        by_adapter.setdefault(result.id.adapter, []).append(result)
    for adapter, own in by_adapter.items():
        name = f"  {_device(own[0])}" if is_device(adapter) else ""
        yield f"{adapter}{name}: {counted(len(own), 'result')} ({shortlist([result.id.label for result in own])})"


def _print_section(console: Console, heading: str, lines: Iterable[str]) -> None:
    if indented := [f"  {line}" for line in lines]:
        console.print(Text.assemble((heading, "yellow"), ":"))
        _print_lines(console, indented)


def _print_lines(console: Console, lines: Iterable[str], style: str = "") -> None:
    """Print lines of words, each wrapped to the width of the console and indented where it goes on."""
    for line in lines:
        further = " " * (len(line) - len(line.lstrip()) + _GAP)
        wrapped = textwrap.wrap(line, console.width, subsequent_indent=further, break_on_hyphens=False)
        console.print(Text("\n".join(wrapped), style))
