"""Advice on when to use which adapter, as far as a session's intervals support it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Static

from paragon_tui.formatting.session_lines import advice_lines
from paragon_tui.tui.dialogs.dialog import Dialog

if TYPE_CHECKING:
    from paragon_tui.engine.results.session import Session

_NONE = (
    "No advice yet. It needs at least three sizes of a case, measured on NumPy and on another adapter, "
    "with intervals that show a clear difference."
)


class AdviceScreen(Dialog[None]):
    """A sentence per adapter and dtype."""

    BINDINGS = [Binding("w", "close", "Close", id="advice")]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def compose(self) -> ComposeResult:
        """Yield one scrolling text."""
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = "When to use which adapter"
            dialog.border_subtitle = self.closes
            sentences = [Text(f"→ {line}\n") for line in advice_lines(self._session.advice)]
            yield Static(Text("\n").join(sentences) if sentences else Text(_NONE, style="dim"))
