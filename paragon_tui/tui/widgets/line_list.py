"""A list of lines in columns, one of which is selected: only what is in view is ever drawn, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

_GAP = 2
_LEAST_CUT = 10  # columns that a text keeps before whole columns give way

Words = tuple[str, str]
"""A text, and the name of its style: ``muted``, ``right``, ``wrong``, ``faster``, ``marked``, or none."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column. ``cut``: its texts may end with ``…``; those of others never do.

    Where there is no room, whole columns leave, those of the highest ``rank`` first.
    """

    title: str
    right: bool = False
    cut: bool = False
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A line: its key, and a cell for each column; ``more`` are texts by which it is found besides these."""

    key: str
    cells: tuple[Words, ...]
    more: tuple[str, ...] = ()

    def has(self, words: Sequence[str]) -> bool:
        """Return whether it has all ``words``, which are in lower case."""
        text = "\n".join((*(text for text, _ in self.cells), *self.more)).lower()
        return all(word in text for word in words)


class LineList(ScrollView, can_focus=True):
    """The headings stay, the lines scroll below them. ``nothing`` is shown where there are no lines."""

    COMPONENT_CLASSES = {
        "line-list--heading",
        "line-list--muted",
        "line-list--right",
        "line-list--wrong",
        "line-list--faster",
        "line-list--marked",
        "line-list--cursor",
    }
    DEFAULT_CSS = """
    LineList {
        border-top: solid $primary-darken-1;
        border-title-color: $text-accent;
        border-title-style: bold;
        background: $background;
        scrollbar-size: 1 1;
        &:focus { border-top: heavy $accent; }
        & > .line-list--heading { color: $text-accent; text-style: bold; }
        & > .line-list--muted { color: $foreground 60%; }
        & > .line-list--right { color: $success; text-style: bold; }
        & > .line-list--wrong { color: $error; text-style: bold; }
        & > .line-list--faster { color: $success; }
        & > .line-list--marked { color: $accent; text-style: bold; }
        & > .line-list--cursor { background: $primary-muted; }
    }
    """
    BINDINGS = [
        Binding("up", "move(-1)", "Line above", show=False, id="line_above"),
        Binding("down", "move(1)", "Line below", show=False, id="line_below"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="lines_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="lines_down"),
        Binding("home", "move(-1000000)", "First line", show=False, id="first_line"),
        Binding("end", "move(1000000)", "Last line", show=False, id="last_line"),
    ]

    cursor: reactive[int] = reactive(0)

    class Moved(Message):
        """Sent when another line is selected, or the lines have changed."""

        def __init__(self, lines: LineList) -> None:
            super().__init__()
            self.lines = lines

        @property
        def control(self) -> LineList:
            """The list."""
            return self.lines

    class Chosen(Moved):
        """Sent on a click on the selected line. What enter does, the page binds and names."""

    def __init__(self, columns: Sequence[Column], *, id: str, nothing: str = "") -> None:
        super().__init__(id=id)
        self.nothing = nothing
        self._columns = tuple(columns)
        self._lines: tuple[Line, ...] = ()
        self._widths = (0,) * len(self._columns)  # 0 for a column that has left

    @property
    def selected(self) -> str | None:
        """The key of the selected line, ``None`` where there is none."""
        return self._lines[self.cursor].key if self.cursor < len(self._lines) else None

    def show(self, lines: Sequence[Line]) -> None:
        """Show these lines. The cursor stays on its line if there is one of its key, else in its place."""
        selected = self.selected
        self._lines = tuple(lines)
        keys = [line.key for line in self._lines]
        place = keys.index(selected) if selected in keys else min(self.cursor, max(0, len(keys) - 1))
        self._lay_out()
        self.set_reactive(LineList.cursor, place)
        self.watch_cursor()

    def select(self, key: str) -> None:
        """Move the cursor to a line."""
        keys = [line.key for line in self._lines]
        if key in keys:
            self.cursor = keys.index(key)

    def on_resize(self) -> None:
        """Lay out the columns for the new width."""
        self._lay_out()
        self.refresh()

    def _lay_out(self) -> None:
        """Give each column the width of its texts; cut texts where they are too wide, and leave out whole columns."""
        room = self.scrollable_content_region.width
        wanted = [
            max(cell_len(column.title), *(cell_len(line.cells[place][0]) for line in self._lines), 1)
            for place, column in enumerate(self._columns)
        ]
        shown = set(range(len(wanted)))
        least = [min(w, _LEAST_CUT) if c.cut else w for w, c in zip(wanted, self._columns, strict=True)]
        while shown and sum(least[place] + _GAP for place in shown) > room:
            last = max(shown, key=lambda place: (self._columns[place].rank, place))
            if self._columns[last].rank == 0:
                break
            shown.remove(last)
        widths = [least[place] if place in shown else 0 for place in range(len(wanted))]
        spare = room - sum(width + _GAP for width in widths if width)
        short = {place for place in shown if widths[place] < wanted[place]}
        while spare > 0 and short:  # a column at a time, so that all texts grow alike
            for place in sorted(short):
                if spare > 0:
                    widths[place] += 1
                    spare -= 1
            short = {place for place in short if widths[place] < wanted[place]}
        self._widths = tuple(widths)
        self.virtual_size = Size(room, len(self._lines) + 1)

    def watch_cursor(self) -> None:
        """Announce the selected line, and keep it in view."""
        self.refresh()
        self.post_message(self.Moved(self))
        self.scroll_to_region(Region(0, self.cursor, 1, 2), animate=False)  # the headings cover the first line

    def action_move(self, lines: int) -> None:
        """Move the cursor, stopping at the ends."""
        self.cursor = max(0, min(self.cursor + lines, len(self._lines) - 1))

    def action_page(self, pages: int) -> None:
        """Move the cursor by as many lines as are in view."""
        self.action_move(pages * max(1, self.scrollable_content_region.height - 1))

    def on_click(self, event: events.Click) -> None:
        """Select the line that is clicked; a click on the selected line chooses it."""
        offset = event.get_content_offset(self)
        if offset is None or offset.y < 1:
            return
        line = offset.y - 1 + self.scroll_offset.y
        if line >= len(self._lines):
            return
        if line == self.cursor:
            self.post_message(self.Chosen(self))
        self.cursor = line

    def render_line(self, y: int) -> Strip:
        """Render one line of the view."""
        width = self.scrollable_content_region.width
        line = y - 1 + self.scroll_offset.y
        if y == 0:
            heading = self.get_component_rich_style("line-list--heading", partial=True)
            segments = self._drawn([(column.title, "") for column in self._columns], self.rich_style + heading)
        elif line < len(self._lines):
            style = self.rich_style
            if line == self.cursor:
                style += self.get_component_rich_style("line-list--cursor", partial=True)
            segments = self._drawn(self._lines[line].cells, style)
            return Strip(segments).extend_cell_length(width, style).crop(0, width)
        elif not self._lines and y == 1:
            segments = self._drawn_text(self.nothing)
        else:
            return Strip.blank(width, self.rich_style)
        return Strip(segments).extend_cell_length(width, self.rich_style).crop(0, width)

    def _drawn(self, cells: Sequence[Words], base: Style) -> list[Segment]:
        segments = []
        for (text, name), column, width in zip(cells, self._columns, self._widths, strict=True):
            if not width:
                continue
            style = base + self.get_component_rich_style(f"line-list--{name}", partial=True) if name else base
            segments += [Segment(_fitted(text, width, column.right), style), Segment(" " * _GAP, base)]
        return segments

    def _drawn_text(self, text: str) -> list[Segment]:
        style = self.rich_style + self.get_component_rich_style("line-list--muted", partial=True)
        return [Segment(text, style)]


def _fitted(text: str, width: int, right: bool) -> str:
    """Return a text in exactly so many columns; one that is longer ends with ``…``."""
    if (length := cell_len(text)) > width:
        return f"{set_cell_size(text, width - 1)}…"
    return " " * (width - length) + text if right else text + " " * (width - length)
