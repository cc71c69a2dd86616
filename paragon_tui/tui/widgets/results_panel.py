"""The table of results with what belongs to it: a field that filters its rows, and what the marks mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.message import Message

from paragon_tui.formatting.cells import legend
from paragon_tui.tui.widgets.results_table import ResultsTable
from paragon_tui.tui.widgets.searchable import Searchable
from paragon_tui.tui.widgets.text_panel import TextPanel

if TYPE_CHECKING:
    from paragon_tui.formatting.shown import Shown


class ResultsPanel(Searchable):
    """The table, a field above it while its rows are filtered, and a line below it."""

    FIELD, EXAMPLE = "filter", "L2 · slower · wrong bits · rough · failed"

    class Narrowed(Message):
        """Sent when other words are in the field."""

        def __init__(self, words: tuple[str, ...]) -> None:
            super().__init__()
            self.words = words

    def compose(self) -> ComposeResult:
        """Yield the table and the line: the field is created on first use."""
        yield ResultsTable(id="table")
        yield TextPanel(id="legend")

    @property
    def searched(self) -> ResultsTable:
        """The table."""
        return self.query_one(ResultsTable)

    def narrow(self, words: list[str]) -> None:
        """Ask for the rows that have all ``words``."""
        self.post_message(self.Narrowed(tuple(words)))

    def explain(self, shown: Shown, rows: int, of: int) -> None:
        """Say what the cells show, and how many of the rows."""
        some = f" · {rows} of {of} rows" if rows < of else ""
        self.searched.border_title = f"Results: {shown.unit.title}{some}"
        self.query_one("#legend", TextPanel).show_text(Text(legend(shown.baseline), no_wrap=True))
