"""The results: a row per case, and for each adapter its time, how many times faster or slower that is, and its bits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
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

from paragon_tui.formatting.cells import WAITING, Cell

if TYPE_CHECKING:
    from paragon_tui.backends.adapter import Adapter

_HEADER_LINES, _FOOT_LINES = 2, 1
_UNIT = 2
_SORTS = "▲"
_LONGEST_NAME = 16
_FEWER, _MORE = "‹{}", "{}›"
_FEET = {"✓": "right", "≠": "wrong"}


@dataclass(frozen=True, slots=True)
class Heading:
    """The texts above and below a column: ``id`` and ``name`` of its adapter, and how many bits are right.

    ``sorts``: the cases are sorted by its figures. ``baseline``: the others are compared with it.
    """

    id: str
    name: str = ""
    foot: str = ""
    sorts: bool = False
    baseline: bool = False

    @property
    def title(self) -> str:
        """The text above the column."""
        return f"{self.id} {_SORTS}" if self.sorts else self.id


def heading(adapter: Adapter, claims: tuple[int, int] | None, sorts: bool = False, baseline: bool = False) -> Heading:
    """Return the heading of an adapter's column.

    ``claims`` are the numbers of results with the reference's bits and of those that claim them, ``None`` before any
    was compared. The device's name is no longer than a column of figures is wide.
    """
    name = "" if adapter.is_host else adapter.short_name
    short = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
    return Heading(adapter.id, short, _foot(*claims) if claims else "", sorts, baseline)


def _foot(right: int, claiming: int) -> str:
    """Return how many of the results that claim the reference's bits have them."""
    return f"{'✓' if right == claiming else '≠'} {right} of {claiming}" if claiming else "own"


@dataclass(frozen=True, slots=True)
class _Widths:
    """The widths of a column's parts, which align its figures. ``ratio`` is 0 in the baseline's."""

    whole: int
    rest: int
    ratio: int
    bits: int
    spare: int

    @property
    def figures(self) -> int:
        """The width of the time, its unit and its mark."""
        return self.whole + self.rest + 1 + _UNIT + 1

    @property
    def total(self) -> int:
        """The whole width: figures, ratio, a star, bits, a space. The baseline has no ratio."""
        return self.figures + (self.ratio + 1 if self.ratio else 0) + 1 + self.bits + self.spare + 1


class ResultsTable(ScrollView, can_focus=True):
    """A line-API table. Headings, cases, the baseline and the foot stay; the adapters scroll by whole columns."""

    COMPONENT_CLASSES = {
        "results-table--heading",
        "results-table--muted",
        "results-table--right",
        "results-table--wrong",
        "results-table--faster",
        "results-table--best",
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
        & > .results-table--faster { color: $success; }
        & > .results-table--best { color: $accent; text-style: bold; }
        & > .results-table--cursor { background: $primary-muted; }
        &:ansi > .results-table--cursor { background: ansi_default; text-style: reverse; }
        & > .results-table--running { color: $warning; text-style: bold; }
        & > .results-table--stripe { background: $surface; }
    }
    """
    BINDINGS = [
        Binding("enter", "screen.figures", "Figures", show=False, id="results_figures"),
        Binding("up", "move(-1, 0)", "Case above", show=False, id="table_up"),
        Binding("down", "move(1, 0)", "Case below", show=False, id="table_down"),
        Binding("left", "move(0, -1)", "Adapter before", show=False, id="table_left"),
        Binding("right", "move(0, 1)", "Adapter after", show=False, id="table_right"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="table_page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="table_page_down"),
        Binding("home", "move(-1000000, 0)", "First case", show=False, id="table_first"),
        Binding("end", "move(1000000, 0)", "Last case", show=False, id="table_last"),
    ]

    cursor: reactive[tuple[int, int]] = reactive((0, 0))

    class Selected(Message):
        """Sent when the cursor is on another result, or the rows have changed."""

        def __init__(self, case: str, adapter: str) -> None:
            super().__init__()
            self.case = case
            self.adapter = adapter

    class HeadingClicked(Message):
        """Sent when a heading is clicked; the cursor is in its column then."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.follows_run = True  # until the user moves the cursor
        self._cases: tuple[str, ...] = ()
        self._headings: tuple[Heading, ...] = ()
        self._cells: Mapping[tuple[str, str], Cell] = {}
        self._case_width = 0
        self._widths: tuple[_Widths, ...] = ()
        self._lengths: dict[str, set[tuple[int, ...]]] = {}
        self._measuring: frozenset[tuple[str, str]] = frozenset()
        self._first = 0  # the first of the columns that scroll
        self._state: object = None
        self._styles: dict[tuple[str, ...], Style] = {}  # each takes longer to compute than a cell to draw

    def notify_style_update(self) -> None:
        """Compute the styles again: another theme, or the focus, has changed them."""
        self._styles.clear()
        super().notify_style_update()

    def _style(self, *names: str) -> Style:
        """Return the widget's own style, with those of its component classes upon it."""
        style = self._styles.get(names)
        if style is None:
            parts = (self.get_component_rich_style(f"results-table--{name}", partial=True) for name in names)
            style = self._styles[names] = sum(parts, self.rich_style)
        return style

    @property
    def selected(self) -> tuple[str, str] | None:
        """The case and adapter under the cursor, ``None`` in an empty table."""
        row, column = self.cursor
        if row < len(self._cases) and column < len(self._headings):
            return self._cases[row], self._headings[column].id
        return None

    def row_text(self) -> str | None:
        """Return the row of the cursor, ``L2: numpy 113 µs, opencl:0 203 µs 1.8×↓ ✓``; ``None`` without one."""
        if self.selected is None:
            return None
        case = self._cases[self.cursor[0]]
        shown = (f"{heading.id} {self._cell(case, heading.id).text}" for heading in self._headings)
        return f"{case}: {', '.join(shown)}"

    def show(
        self,
        cases: Sequence[str],
        headings: Sequence[Heading],
        cells: Mapping[tuple[str, str], Cell],
        running: frozenset[tuple[str, str]],
    ) -> None:
        """Paint these cells. The cursor stays on its case and adapter if they still exist."""
        state = (tuple(cases), tuple(headings), cells, running)
        if state == self._state:
            return
        selected = self.selected
        self._state = state
        self._cases, self._headings, self._cells, self._measuring = state
        self._case_width = max(map(len, (*self._cases, "bits"))) + 1
        # Sets of lengths stay small, however many rows there are.
        self._lengths = {heading.id: {_lengths(Cell())} for heading in self._headings}
        for (_, adapter), each in cells.items():
            self._lengths.setdefault(adapter, set()).add(_lengths(each))
        self._lay_out()
        self._keep_cursor(selected)
        self.refresh()

    def on_resize(self) -> None:
        """Lay out the columns again for the new width."""
        self._lay_out()

    @property
    def _width(self) -> int:
        """The columns of the view beside a scroll bar."""
        return self.scrollable_content_region.width

    def _lay_out(self) -> None:
        """Compute the widths of the columns, and which of them are in view."""
        self._widths = tuple(self._column_widths(heading) for heading in self._headings)
        self._show_column(self.cursor[1])
        self.virtual_size = Size(self._width, len(self._cases) + _HEADER_LINES + _FOOT_LINES)

    def _column_widths(self, heading: Heading) -> _Widths:
        """Return widths that hold any figure, so that nothing moves when the first ones arrive."""
        whole, rest, ratio, bits = map(max, zip((3, 3, 5, 1), *self._lengths[heading.id], strict=True))
        widths = _Widths(whole, rest, 0 if heading.baseline else ratio, bits, 0)
        text = max(map(len, (heading.title, heading.name, heading.foot)))
        return replace(widths, spare=max(0, text + 1 - widths.total))

    @property
    def _pinned(self) -> int:
        """The number of columns that do not scroll: the baseline's, if there are others."""
        return 1 if len(self._headings) > 1 and self._headings[0].baseline else 0

    def _in_view(self, first: int) -> list[int]:
        """Return the columns that are in view when the scrolled ones begin with ``first``: whole ones, at least one."""
        room = self._width - self._case_width - sum(widths.total for widths in self._widths[: self._pinned])
        shown: list[int] = []
        for column in range(first, len(self._widths)):
            room -= self._widths[column].total
            if room < 0 and shown:
                break
            shown.append(column)
        return [*range(self._pinned), *shown]

    def _show_column(self, column: int) -> None:
        """Scroll sideways as little as is needed for a column to be in view, and waste no room behind the last."""
        self._first = max(self._pinned, min(self._first, len(self._headings) - 1))
        if self._pinned <= column < len(self._headings):
            self._first = min(self._first, column)
            while column not in self._in_view(self._first):
                self._first += 1
        while self._first > self._pinned and self._in_view(self._first - 1)[-1] == len(self._headings) - 1:
            self._first -= 1

    def select(self, case: str, adapter: str) -> None:
        """Move the cursor to a result."""
        ids = [heading.id for heading in self._headings]
        if case in self._cases and adapter in ids:
            self.cursor = (self._cases.index(case), ids.index(adapter))

    def _keep_cursor(self, selected: tuple[str, str] | None) -> None:
        row, column = self.cursor
        ids = [heading.id for heading in self._headings]
        if selected is not None and selected[0] in self._cases:
            row = self._cases.index(selected[0])
        if selected is not None and selected[1] in ids:
            column = ids.index(selected[1])
        self.cursor = self._within(row, column)

    def _within(self, row: int, column: int) -> tuple[int, int]:
        return max(0, min(row, len(self._cases) - 1)), max(0, min(column, len(self._headings) - 1))

    def _cell(self, case: str, adapter: str) -> Cell:
        return self._cells.get((case, adapter), WAITING)

    def watch_cursor(self, before: tuple[int, int], now: tuple[int, int]) -> None:
        """Announce the new selection and keep it in view. Only the lines of both rows change, unless it scrolls."""
        first = self._first
        if (selected := self.selected) is not None:
            self.post_message(self.Selected(*selected))
            row, column = self.cursor
            self._show_column(column)
            if self._first != first:
                self.refresh()
            # The headings cover the first lines of the view, and the foot its last.
            lines = _HEADER_LINES + 1 + _FOOT_LINES
            self.scroll_to_region(Region(0, row, 1, lines), animate=False)
        for row in {before[0], now[0]}:
            self.refresh_lines(row + _HEADER_LINES)

    def action_move(self, rows: int, columns: int) -> None:
        """Move the cursor, stopping at the edges."""
        self.follows_run = False
        row, column = self.cursor
        self.cursor = self._within(row + rows, column + columns)

    def action_page(self, pages: int) -> None:
        """Move the cursor by as many cases as are visible."""
        self.action_move(pages * max(1, self.size.height - _HEADER_LINES - _FOOT_LINES), 0)

    def on_click(self, event: events.Click) -> None:
        """Select the clicked result. A click on a heading sorts by it, one on ``‹1`` or ``2›`` scrolls there."""
        row = event.y - _HEADER_LINES + self.scroll_offset.y
        column = self._column_at(event.x)
        if event.y < _HEADER_LINES:
            if column is None:
                self.action_move(0, -1 if event.x < self._case_width else 1)
            elif self._cases:
                self.cursor = (self.cursor[0], column)
                self.post_message(self.HeadingClicked())
        elif event.y >= _HEADER_LINES and event.y < self.size.height - _FOOT_LINES and row < len(self._cases):
            self.follows_run = False
            self.cursor = (row, self.cursor[1] if column is None else column)

    def _column_at(self, x: int) -> int | None:
        """Return the column at a place of the view; ``None`` left and right of all."""
        x -= self._case_width
        for column in self._in_view(self._first):
            if 0 <= x < self._widths[column].total:
                return column
            x -= self._widths[column].total
        return None

    def render_line(self, y: int) -> Strip:
        """Render one line of the view: the case's name, then the whole columns that are in view."""
        width = self._width
        columns = self._in_view(self._first)
        row = y - _HEADER_LINES + self.scroll_offset.y
        if y == 0:
            segments = self._heading(columns)
        elif y == 1:
            segments = self._names(columns)
        elif y == self.size.height - _FOOT_LINES and any(heading.foot for heading in self._headings):
            segments = self._foot(columns)
        elif row < len(self._cases):
            segments = self._row(row, columns)
        else:
            return Strip.blank(width, self._style())
        return Strip(segments).extend_cell_length(width, self._style()).crop(0, width)

    def _first_column(self, text: str) -> Segment:
        return Segment(f"{text:<{self._case_width}}", self._style("heading"))

    def _column_style(self, column: int, *names: str) -> Style:
        return self._style("stripe", *names) if column % 2 == 0 else self._style(*names)

    def _heading(self, columns: Iterable[int]) -> list[Segment]:
        columns = list(columns)
        before, after = self._first - self._pinned, len(self._headings) - 1 - max(columns, default=-1)
        segments = [self._first_column(_FEWER.format(before) if before else "")]
        for column in columns:
            text = f"{self._headings[column].title:^{self._widths[column].total}}"
            segments.append(Segment(text, self._column_style(column, "heading")))
        if after:
            more = _MORE.format(after)
            used = sum(segment.cell_length for segment in segments)
            if self._width - used < len(more):  # it takes the place of spaces behind the last heading
                last = segments[-1]
                segments[-1] = Segment(last.text[: self._width - used - len(more)], last.style)
                used = self._width - len(more)
            segments += [
                Segment(" " * (self._width - used - len(more)), self._style()),
                Segment(more, self._style("heading")),
            ]
        return segments

    def _names(self, columns: Iterable[int]) -> list[Segment]:
        return [
            self._first_column("case"),
            *(
                Segment(f"{self._headings[each].name:^{self._widths[each].total}}", self._column_style(each, "muted"))
                for each in columns
            ),
        ]

    def _foot(self, columns: Iterable[int]) -> list[Segment]:
        return [
            self._first_column("bits"),
            *(
                Segment(
                    f"{self._headings[each].foot:>{self._widths[each].total - 1}} ",
                    self._column_style(each, _FEET.get(self._headings[each].foot[:1], "muted")),
                )
                for each in columns
            ),
        ]

    def _row(self, row: int, columns: Iterable[int]) -> list[Segment]:
        case = self._cases[row]
        segments = [self._first_column(case)]
        for column in columns:
            below = ("cursor",) if (row, column) == self.cursor else ()
            styled = partial(self._column_style, column, *below)
            adapter = self._headings[column].id
            running = (case, adapter) in self._measuring
            segments += self._drawn(self._cell(case, adapter), self._widths[column], styled, running)
        return segments

    def _drawn(self, cell: Cell, widths: _Widths, styled: Callable[..., Style], running: bool) -> list[Segment]:
        bits_style = styled(cell.style)
        if cell.note:  # its words may be cut, and its number stands first
            style = bits_style if cell.style == "wrong" else styled("running" if running else "muted")
            return [Segment(f" {cell.note}"[: widths.total - 1].ljust(widths.total), style)]
        time = f"{cell.whole:>{widths.whole}}{cell.rest:<{widths.rest}} {cell.unit:<{_UNIT}}"
        star = "★" if cell.best else " "
        segments = [
            Segment(time, styled("running") if running else styled("best") if cell.best else styled()),
            Segment(cell.mark, styled("running")),
        ]
        if widths.ratio:
            doubted = cell.verdict == "unclear" or cell.mark == "!"
            name = ("muted",) if doubted else ("faster",) if cell.verdict == "faster" else ()
            segments.append(Segment(f" {cell.ratio:>{widths.ratio}}", styled(*name)))
        segments.append(Segment(star, styled("best")))
        return [*segments, Segment(f"{cell.bits:>{widths.bits + widths.spare}} ", bits_style)]


def _lengths(cell: Cell) -> tuple[int, ...]:
    """Return the lengths of the figures of a cell: of its time before and after the point, ratio, bits."""
    return len(cell.whole), len(cell.rest), len(cell.ratio), len(cell.bits)
