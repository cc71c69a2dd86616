"""Advice on when to use which adapter, as far as a session's intervals support it, and how times scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Static

from paragon_tui.formatting.scaling import scaling_tables
from paragon_tui.formatting.session_lines import advice_lines
from paragon_tui.sessions.document import saved
from paragon_tui.tui.dialogs.dialog import Dialog

if TYPE_CHECKING:
    from paragon_tui.engine.results.session import Session
    from paragon_tui.formatting.scaling import ScalingTable

_NONE = (
    "No advice yet. It needs at least three sizes of a case, measured on NumPy and on another adapter, "
    "with intervals that show a clear difference."
)


class AdviceScreen(Dialog[None]):
    """A sentence per adapter and dtype, and tables of what was measured at several batches."""

    BINDINGS = [Binding("w", "close", "Close", id="advice")]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def compose(self) -> ComposeResult:
        """Yield one scrolling text, and the tables below it."""
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = "When to use which adapter"
            dialog.border_subtitle = self.closes
            sentences = [Text(f"→ {line}\n") for line in advice_lines(self._session.advice)]
            yield Static(Text("\n").join(sentences) if sentences else Text(_NONE, style="dim"))
            results = [saved(self._session, result) for result in self._session.listed]
            for table in scaling_tables(results):
                yield Static(Text.assemble("\n", (table.title, "bold"), f"\n{table.words}\n"))
                yield Static(_painted(table))


def _painted(table: ScalingTable) -> Table:
    painted = Table.grid(padding=(0, 2))
    for number in range(len(table.heading)):
        painted.add_column(justify="left" if number < 2 else "right", no_wrap=True)
    painted.add_row(*(Text(heading, style="bold cyan") for heading in table.heading))
    for row in table.rows:
        painted.add_row(*map(Text, row))
    return painted
