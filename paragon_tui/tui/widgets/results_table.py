"""The results: one row per case, and for each adapter its median, its speedup and a mark for its bits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from paragon_tui.engine.messages.job import BASELINE
from paragon_tui.formatting.columns import NOT_RUN, bits_mark, milliseconds, ratio
from paragon_tui.formatting.timings import VERDICT_MARKS

if TYPE_CHECKING:
    from paragon_tui.engine.results.result import Result

_HEADER_LINES = 2


@dataclass(frozen=True, slots=True)
class Cell:
    """The texts of one case on one adapter; a mark follows its figure without a space."""

    ms: str = ""
    doubtful_mark: str = " "
    speedup: str = ""
    judgement: str = " "
    bits: str = NOT_RUN
    style: str = "results-table--muted"


def cell(result: Result | None) -> Cell:
    """Return the cell of a result: its figures, or why there are none."""
    if result is None or result.status == "waiting":
        return Cell()
    if result.status == "running" and result.bits.comparison is None:
        return Cell(ms="…", bits=" ")
    if result.failed:
        return Cell(ms="", bits=f"✗ {result.status}", style="results-table--wrong")
    if result.status == "unsupported":
        return Cell(ms="", bits="– n/a")
    if result.bits.comparison is None:
        return Cell(bits=NOT_RUN)
    times, bits = result.timings, result.bits
    measured_ms = times.latency_ms.median if times.latency_ms else times.interim_ms
    ms = milliseconds(measured_ms) if measured_ms is not None else "…"
    doubtful_mark = result.conditions.mark or " "
    if bits.broken_claim:
        return Cell(
            ms, doubtful_mark, bits=bits_mark(result), style="results-table--wrong"
        )  # no speedup for wrong bits
    speedup = times.speedup if result.id.adapter != BASELINE else None
    return Cell(
        ms,
        doubtful_mark,
        ratio(speedup.value) if speedup else "",
        VERDICT_MARKS[speedup.judgement] if speedup else " ",
        bits_mark(result),
        "results-table--right" if bits.claims_identity and not bits.differs else "results-table--muted",
    )


class ResultsTable(ScrollView, can_focus=True):
    """A line-API table: headings and the case column are fixed, the adapters scroll."""

    COMPONENT_CLASSES = {
        "results-table--heading",
        "results-table--muted",
        "results-table--right",
        "results-table--wrong",
        "results-table--cursor",
        "results-table--running",
        "results-table--stripe",
    }
    DEFAULT_CSS = """
    ResultsTable {
        & > .results-table--heading { color: $text-accent; text-style: bold; }
        & > .results-table--muted { color: $foreground 55%; }
        & > .results-table--right { color: $success; text-style: bold; }
        & > .results-table--wrong { color: $error; text-style: bold; }
        & > .results-table--cursor { background: $primary 60%; }
        & > .results-table--running { color: $warning; text-style: bold; }
        & > .results-table--stripe { background: $surface; }
    }
    """
    BINDINGS = [
        Binding("up", "move(-1, 0)", "Case above", show=False),
        Binding("down", "move(1, 0)", "Case below", show=False),
        Binding("left", "move(0, -1)", "Adapter before", show=False),
        Binding("right", "move(0, 1)", "Adapter after", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "move(-1000000, 0)", "First case", show=False),
        Binding("end", "move(1000000, 0)", "Last case", show=False),
    ]

    cursor: reactive[tuple[int, int]] = reactive((0, 0))

    class Selected(Message):
        """Sent when the cursor is on another result, or the rows have changed."""

        def __init__(self, case: str, adapter: str) -> None:
            super().__init__()
            self.case = case
            self.adapter = adapter

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.follows_run = True  # until the user moves the cursor
        self._cases: tuple[str, ...] = ()
        self._adapters: tuple[str, ...] = ()
        self._cells: dict[tuple[str, str], Cell] = {}
        self._case_width = 0
        self._widths: tuple[tuple[int, int, int], ...] = ()
        self._lengths: dict[str, set[tuple[int, int, int]]] = {}
        self._measuring: frozenset[tuple[str, str]] = frozenset()
        self._state: object = None

    @property
    def selected(self) -> tuple[str, str] | None:
        """The case and adapter under the cursor, ``None`` in an empty table."""
        row, column = self.cursor
        if row < len(self._cases) and column < len(self._adapters):
            return self._cases[row], self._adapters[column]
        return None

    def show(
        self,
        cases: Sequence[str],
        adapters: Sequence[str],
        cells: dict[tuple[str, str], Cell],
        running: frozenset[tuple[str, str]],
    ) -> None:
        """Paint these cells. The cursor stays on its case and adapter if they still exist."""
        state = (tuple(cases), tuple(adapters), cells, running)
        if state == self._state:
            return
        selected = self.selected
        self._state = state
        self._cases, self._adapters, self._cells, self._measuring = state
        self._case_width = max(map(len, self._cases), default=3) + 1
        # Sets of lengths stay small, however many rows there are.
        self._lengths = {adapter: {_lengths(Cell())} for adapter in self._adapters}
        for (_, adapter), each in cells.items():
            self._lengths.setdefault(adapter, set()).add(_lengths(each))
        self._lay_out()
        self._keep_cursor(selected)
        self.refresh()

    def on_resize(self) -> None:
        """Lay out the columns again for the new width."""
        self._lay_out()

    def _lay_out(self) -> None:
        """Compute the column widths, with a space between doubtful marks and speedups if the table still fits."""
        for gap in (1, 0):
            self._widths = tuple(self._column_widths(adapter, gap) for adapter in self._adapters)
            width = self._case_width + sum(_block_width(parts) for parts in self._widths)
            if width <= self.size.width:
                break
        self.virtual_size = Size(width, len(self._cases) + _HEADER_LINES)

    def select(self, case: str, adapter: str) -> None:
        """Move the cursor to a result."""
        if case in self._cases and adapter in self._adapters:
            self.cursor = (self._cases.index(case), self._adapters.index(adapter))

    def _keep_cursor(self, selected: tuple[str, str] | None) -> None:
        row, column = self.cursor
        if selected is not None and selected[0] in self._cases:
            row = self._cases.index(selected[0])
        if selected is not None and selected[1] in self._adapters:
            column = self._adapters.index(selected[1])
        self.cursor = (
            max(0, min(row, len(self._cases) - 1)),
            max(0, min(column, len(self._adapters) - 1)),
        )

    def _cell(self, case: str, adapter: str) -> Cell:
        return self._cells.get((case, adapter), Cell())

    def _column_widths(self, adapter: str, gap: int) -> tuple[int, int, int]:
        """Return the widths of median, speedup and bits that align the figures of a column."""
        lengths = self._lengths[adapter]
        speedup = 0 if adapter == BASELINE else gap + max(4, *(length for _, length, _ in lengths))
        ms = max(5, *(length for length, _, _ in lengths))
        bits = max(1, *(each[2] - _spare(each, ms, speedup) for each in lengths))
        return ms, speedup, max(bits, len(adapter) - ms - speedup - 1)

    def watch_cursor(self) -> None:
        """Announce the new selection and keep it in view."""
        self.refresh()
        if (selected := self.selected) is not None:
            self.post_message(self.Selected(*selected))
            self._scroll_to_cursor()

    def _scroll_to_cursor(self) -> None:
        row, column = self.cursor
        x = sum(_block_width(parts) for parts in self._widths[:column])
        # The headings and the case column cover the first lines and columns of the view.
        region = Region(x, row, _block_width(self._widths[column]) + self._case_width, 1 + _HEADER_LINES)
        self.scroll_to_region(region, animate=False)

    def action_move(self, rows: int, columns: int) -> None:
        """Move the cursor, stopping at the edges."""
        self.follows_run = False
        row, column = self.cursor
        self.cursor = (
            max(0, min(row + rows, len(self._cases) - 1)),
            max(0, min(column + columns, len(self._adapters) - 1)),
        )

    def action_page(self, pages: int) -> None:
        """Move the cursor by as many cases as are visible."""
        self.action_move(pages * max(1, self.size.height - _HEADER_LINES), 0)

    def on_click(self, event: events.Click) -> None:
        """Select the clicked result."""
        row = event.y - _HEADER_LINES + self.scroll_offset.y if event.y >= _HEADER_LINES else -1
        x = event.x - self._case_width + self.scroll_offset.x
        if not 0 <= row < len(self._cases):
            return
        column = self.cursor[1]
        for index, parts in enumerate(self._widths):
            if 0 <= x < _block_width(parts):
                column = index
                break
            x -= _block_width(parts)
        self.follows_run = False
        self.cursor = (row, column)

    def render_line(self, y: int) -> Strip:
        """Render one line of the view: the case column, then the adapters from the scroll position on."""
        width = self.size.width
        if y == 0:
            pinned, rest = self._pinned(""), self._heading()
        elif y == 1:
            pinned, rest = self._pinned(""), self._units()
        else:
            row = y - _HEADER_LINES + self.scroll_offset.y
            if row >= len(self._cases):
                return Strip.blank(width, self.rich_style)
            pinned, rest = self._pinned(self._cases[row]), self._row(row)
        x = self.scroll_offset.x
        adapters = Strip(rest).crop(x, x + width - self._case_width)
        return Strip([*pinned, *adapters]).extend_cell_length(width, self.rich_style).crop(0, width)

    def _pinned(self, text: str) -> list[Segment]:
        style = self.rich_style + self.get_component_rich_style("results-table--heading", partial=True)
        return [Segment(f"{text:<{self._case_width}}", style)]

    def _block_style(self, column: int) -> Style:
        stripe = self.get_component_rich_style("results-table--stripe", partial=True)
        return self.rich_style + stripe if column % 2 == 0 else self.rich_style

    def _heading(self) -> list[Segment]:
        style = self.get_component_rich_style("results-table--heading", partial=True)
        return [
            Segment(f"{adapter:^{_block_width(parts)}}", self._block_style(column) + style)
            for column, (adapter, parts) in enumerate(zip(self._adapters, self._widths, strict=True))
        ]

    def _units(self) -> list[Segment]:
        style = self.get_component_rich_style("results-table--muted", partial=True)
        segments = []
        for column, (ms, speedup, bits) in enumerate(self._widths):
            ratio_heading = f" {'×':>{speedup}}" if speedup else ""
            text = f"{'ms':>{ms}}{ratio_heading}".ljust(_block_width((ms, speedup, bits)))
            segments.append(Segment(text, self._block_style(column) + style))
        return segments

    def _row(self, row: int) -> list[Segment]:
        case = self._cases[row]
        segments: list[Segment] = []
        for column, (adapter, widths) in enumerate(zip(self._adapters, self._widths, strict=True)):
            base = self._block_style(column)
            if (row, column) == self.cursor:
                base = base + self.get_component_rich_style("results-table--cursor", partial=True)
            segments += self._drawn(self._cell(case, adapter), widths, base, (case, adapter) in self._measuring)
        return segments

    def _drawn(self, cell: Cell, widths: tuple[int, int, int], base: Style, running: bool) -> list[Segment]:
        ms, speedup, bits = widths
        mark = base + self.get_component_rich_style(cell.style, partial=True)
        figures = base + self.get_component_rich_style("results-table--running", partial=True) if running else base
        bits += _spare(_lengths(cell), ms, speedup)
        segments = [Segment(f"{cell.ms:>{ms}}", figures)] if cell.ms else []
        if cell.ms:
            doubtful_style = base + self.get_component_rich_style("results-table--running", partial=True)
            segments.append(Segment(cell.doubtful_mark, doubtful_style))
        if cell.speedup:
            segments.append(Segment(f"{cell.speedup:>{speedup}}{cell.judgement}", figures))
        return [*segments, Segment(f"{cell.bits:>{bits}} ", mark)]


def _lengths(cell: Cell) -> tuple[int, int, int]:
    """Return the lengths of median, speedup and bits."""
    return len(cell.ms), len(cell.speedup), len(cell.bits)


def _spare(lengths: tuple[int, int, int], ms: int, speedup: int) -> int:
    """Return the columns left of the bits that are free for them in a cell without median or speedup."""
    spare = speedup + 1 if speedup and not lengths[1] else 0
    return spare if lengths[0] else spare + ms + 1


def _block_width(parts: tuple[int, int, int]) -> int:
    """Return the width of an adapter's block: its parts, each followed by a space."""
    return sum(parts) + sum(1 for part in parts if part)
