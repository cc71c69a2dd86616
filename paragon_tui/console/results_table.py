"""Tables of results whose columns are known ahead, so that each row can be printed as soon as it is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from paragon_tui.engine.messages.job import is_baseline_adapter
from paragon_tui.engine.results.fastest import fastest
from paragon_tui.formatting import bits, timings
from paragon_tui.formatting.cells import Cell, cell, latency
from paragon_tui.formatting.columns import NOT_RUN, time_parts

if TYPE_CHECKING:
    from paragon_tui.engine.messages.figures import Summary
    from paragon_tui.engine.results.result import Result

_GAP = "  "
_RATIO = 6  # 1.2k×↓
_COLOURS = {"right": "green", "wrong": "red", "muted": "dim"}

Group = tuple[str, str, str, str]
"""What the results of a case have in common: suite, case, dtype and variant."""


def group_of(result: Result) -> Group:
    """Return the key of a result's group."""
    return result.id.suite, result.id.case, result.id.dtype, result.id.variant


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, its least width, and the text that it has of a result, the fastest of its group or not.

    ``spare``: it is left out where there is no room for it.
    """

    heading: str
    width: int
    text: Callable[[Result, bool], Text]
    right: bool = False
    spare: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A line a result, with all its figures."""

    columns: tuple[Column, ...]

    @property
    def heading(self) -> Text:
        """The line above the rows."""
        return _line((Text(column.heading, "bold") for column in self.columns), self.columns)

    def rows(self, group: Sequence[Result]) -> Iterator[Text]:
        """Yield the lines of the results of one group."""
        best = fastest(group)
        for result in group:
            yield _line((column.text(result, result is best) for column in self.columns), self.columns)


@dataclass(frozen=True, slots=True)
class Matrix:
    """A line a case, a column an adapter, in the cells of the interface."""

    label_width: int
    adapters: tuple[str, ...]

    @property
    def width(self) -> int:
        """The number of columns of a terminal that it takes."""
        return self.label_width + sum(len(_GAP) + _cell_width(adapter) for adapter in self.adapters)

    @property
    def heading(self) -> Text:
        """The line above the rows."""
        names = (f"{_GAP}{adapter:<{_cell_width(adapter)}}" for adapter in self.adapters)
        return Text(f"{'case':<{self.label_width}}{''.join(names)}".rstrip(), "bold")

    def rows(self, group: Sequence[Result]) -> Iterator[Text]:
        """Yield the line of the results of one group."""
        best = fastest(group)
        by_adapter = {result.id.adapter: result for result in group}
        line = Text(f"{group[0].id.label:<{self.label_width}}")
        for adapter in self.adapters:
            result = by_adapter.get(adapter)
            text = (
                Text()
                if result is None
                else _cell_text(_cell(result, result is best), not is_baseline_adapter(adapter))
            )
            line.append(_GAP).append_text(_padded(text, _cell_width(adapter)))
        line.rstrip()
        yield line


def listing(results: Sequence[Result], width: int) -> Listing:
    """Return the table with a line for each of ``results``; columns that may be missing are left out to fit ``width``.

    Numbers are cut nowhere: what is still too wide stays so.
    """
    labels, adapters = zip(("case", "adapter"), *_names(results), strict=True)
    columns = [
        Column("case", max(map(len, labels)), lambda result, _: Text(result.id.label)),
        Column("adapter", max(map(len, adapters)), lambda result, _: Text(result.id.adapter)),
        Column("median", 8, lambda result, _: _median(result)),
        Column("95 %", 8, lambda result, _: Text(_half_width(result.timings.latency_ms)), right=True, spare=True),
        Column("device", 7, lambda result, _: Text(_time(result.timings.device_ms)), spare=True),
        Column("vs numpy", 8, _ratio),
        Column("bits", len("≠ 65535 ULP"), lambda result, _: _bits(result)),
    ]
    spare = [column for column in columns if column.spare]
    while spare and sum(column.width + len(_GAP) for column in columns) - len(_GAP) > width:
        columns.remove(spare.pop())
    return Listing(tuple(columns))


def table_for(results: Sequence[Result], width: int) -> Listing | Matrix:
    """Return a table with a line a case where that fits ``width``, else one with a line a result."""
    labels = max((len(label) for label, _ in _names(results)), default=0)
    matrix = Matrix(max(labels, len("case")), tuple(dict.fromkeys(result.id.adapter for result in results)))
    return matrix if matrix.width <= width else listing(results, width)


def table_lines(results: Sequence[Result], width: int) -> Iterator[Text]:
    """Yield the lines of the whole table with a line a result."""
    table = listing(results, width)
    yield table.heading
    groups: dict[Group, list[Result]] = {}
    for result in results:
        groups.setdefault(group_of(result), []).append(result)
    for group in groups.values():
        yield from table.rows(group)


def _names(results: Iterable[Result]) -> Iterator[tuple[str, str]]:
    return ((result.id.label, result.id.adapter) for result in results)


def _line(texts: Iterable[Text], columns: Sequence[Column]) -> Text:
    cells = (_padded(text, column.width, column.right) for text, column in zip(texts, columns, strict=True))
    line = Text(_GAP).join(cells)
    line.rstrip()
    return line


def _padded(text: Text, width: int, right: bool = False) -> Text:
    missing = " " * (width - cell_len(text.plain))
    return Text.assemble(missing, text) if right else Text.assemble(text, missing)


def _time(summary: Summary | None) -> str:
    """Return a median as ``2.76 ms``, ``203 µs``, its unit always in the same place."""
    if summary is None:
        return f"{NOT_RUN:>4}"
    whole, rest, unit = time_parts(summary.median)
    return f"{whole + rest:>4} {unit}".rstrip()


def _median(result: Result) -> Text:
    return Text.assemble(_time(result.timings.latency_ms), (result.conditions.mark, "yellow"))


def _half_width(summary: Summary | None) -> str:
    return NOT_RUN if summary is None else timings.half_width(summary)


def _ratio(result: Result, best: bool) -> Text:
    words = _cell(result, best).ratio or NOT_RUN
    return Text.assemble(f"{words:>{_RATIO}}", (" ★" if best else "", "bold green"))


def _bits(result: Result) -> Text:
    """Return the state of the bits at some length, or why there are none."""
    if result.status != "ok":
        return Text(result.status, "yellow")
    if result.bits.comparison is None:
        return Text(NOT_RUN)
    return Text(bits.mark_words(result), _COLOURS[cell(result, latency(result)).style])


def _cell(result: Result, best: bool) -> Cell:
    """Return the cell of the interface; of what was stopped a part is not shown as if it were the whole."""
    return Cell(note=f"{NOT_RUN} stopped") if result.status == "stopped" else cell(result, latency(result), best)


def _cell_width(adapter: str) -> int:
    """Return the width of a column: time and mark, ratio, star, bits; the baseline has no ratio."""
    return max(len(adapter), len("12.3 ms!") + (0 if is_baseline_adapter(adapter) else 1 + _RATIO) + len("★ ✓"))


def _cell_text(content: Cell, with_ratio: bool) -> Text:
    if content.note:
        return Text(content.note, _COLOURS[content.style])
    time = f"{content.whole + content.rest:>4} {content.unit:<2}"
    ratio = f" {content.ratio:>{_RATIO}}" if with_ratio else ""
    return Text.assemble(
        (time, "bold green" if content.best else ""),
        (content.mark, "yellow"),
        (ratio, "dim" if content.verdict == "unclear" else ""),
        ("★" if content.best else " ", "bold green"),
        " ",
        (content.bits[:1], _COLOURS[content.style]),  # the closing lines say where bits differ from what is claimed
    )
