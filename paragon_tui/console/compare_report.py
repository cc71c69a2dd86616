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
from paragon_tui.formatting.comparison import (
    BITS_WORDS,
    conclusion,
    end_to_end,
    flag_lines,
    other_device_lines,
    pair_heading,
    pair_lines,
    too_few_processes,
    unpaired_lines,
    unrepeated,
)
from paragon_tui.formatting.quantities import UNKNOWN, counted, interval, multiple, table_figure

if TYPE_CHECKING:
    from paragon_tui.engine.messages.figures import Ratio
    from paragon_tui.sessions.comparison import Regression, ResultPair, SessionComparison

WIDTH = 80  # off a terminal

_HEADINGS = ("case", "A ms", "B ms", "A/B", "B is", "bits")
_GAP = 2
_LEAST_WIDTH = 8  # of the names of cases, on a terminal that is narrower than the table
_COLOURS = {"faster": "green", "slower": "red", "same": "dim", "unclear": "yellow", "other": "red", UNKNOWN: "dim"}


def print_comparison(comparison: SessionComparison, fail_above: float | None, regressed: Sequence[Regression]) -> None:
    """Print what the comparison shows, what may have made the difference, and every result."""
    console = table_console(sys.stdout, off_terminal=WIDTH)
    _print_lines(console, [*conclusion(comparison), *too_few_processes(comparison)])
    if fail_above is not None:
        _print_lines(console, [_limit_sentence(comparison, fail_above, len(regressed))])
        _print_lines(console, [f"  {regression.id}: {regression.words}" for regression in regressed], "red")
    console.print()
    _print_lines(console, _session_lines(comparison))
    _print_section(console, "different machines or drivers", comparison.machines)
    _print_section(console, "different settings", comparison.settings)
    _print_section(console, "devices", [*pair_lines(comparison.adapters), *other_device_lines(comparison)])
    _print_tables(console, comparison)
    if flags := list(flag_lines(comparison.rows)):
        console.print()
        _print_lines(console, flags)
    for side, results in (("A", comparison.only_a), ("B", comparison.only_b)):
        if results:
            console.print()
            _print_section(console, f"only in {side}", unpaired_lines(results))


def _limit_sentence(comparison: SessionComparison, fail_above: float, count: int) -> str:
    regressions = counted(count, "regression") if count else "No regression"
    short = unrepeated(comparison)
    unchecked = f" ({counted(len(short), 'time')} not checked: too few processes)" if short else ""
    return f"{regressions} beyond {fail_above:g} %{unchecked}{':' if count else '.'}"


def _session_lines(comparison: SessionComparison) -> Iterator[str]:
    for side, session in (("A", comparison.a), ("B", comparison.b)):
        yield "  ".join(filter(None, (side, session.session, session.started, session.host.get("program"))))


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
            _print_lines(console, [pair_heading(pair)], "bold")
            console.print(_table(rows, widths))


def _cells(row: ResultPair) -> Iterator[tuple[str, ...]]:
    """Yield the line of a result, and one of its device time where that has another clear verdict."""
    times = (end_to_end(row.a), end_to_end(row.b))
    yield (row.id.label, *times, *_ratio_and_verdict(row.latency), BITS_WORDS[row.bits])
    device_a, device_b = row.a.timings.device_ms, row.b.timings.device_ms
    if row.device and device_a and device_b and row.device.judgement not in (_judgement(row.latency), "unclear"):
        times = (table_figure(device_a.median), table_figure(device_b.median))
        yield ("  device", *times, *_ratio_and_verdict(row.device), "")


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
