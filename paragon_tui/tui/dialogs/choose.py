"""The choice of one line of a list."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical

from paragon_tui.tui.dialogs.dialog import Dialog
from paragon_tui.tui.widgets.found_lines import FoundLines
from paragon_tui.tui.widgets.line_list import Column, Line, LineList


class Choose(Dialog[str]):
    """The list; enter or a click on the selected line chooses it, and the result is its key."""

    AUTO_FOCUS = "#lines"
    DEFAULT_CSS = """
    Choose {
        .dialog { height: 80%; padding: 0 1; }
        LineList, LineList:focus { border-top: none; background: $surface; }
    }
    """
    BINDINGS = [
        Binding("enter", "choose", "Choose", tooltip="Choose the line", id="choose_line"),
        Binding("slash", "search", "Find", tooltip="Filter the lines by words", id="choose_search"),
    ]

    def __init__(self, title: str, columns: Sequence[Column], lines: Sequence[Line], selected: str | None) -> None:
        super().__init__()
        self._title, self._columns, self._lines, self._selected = title, columns, lines, selected

    def compose(self) -> ComposeResult:
        """Yield the list."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = self._title
            dialog.border_subtitle = f"enter chooses · {self.hint('choose_search', 'finds')} · {self.closes}"
            yield FoundLines(self._columns)

    def on_mount(self) -> None:
        """Show all lines."""
        self.query_one(FoundLines).show(self._lines, "There is none.")
        if self._selected is not None:
            self.query_one(LineList).select(self._selected)

    async def action_search(self) -> None:
        """Filter the lines by what is typed."""
        await self.query_one(FoundLines).search()

    @on(LineList.Chosen)
    def action_choose(self) -> None:
        """Give the selected line's key as the answer."""
        if (selected := self.query_one(LineList).selected) is not None:
            self.dismiss(selected)
