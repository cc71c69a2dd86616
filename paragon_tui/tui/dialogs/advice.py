"""When to use which adapter, as far as a session's intervals tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from paragon_tui.formatting.session_lines import advice_lines

if TYPE_CHECKING:
    from paragon_tui.engine.results.session import Session

_NONE = (
    "Nothing to say yet. Advice needs at least three sizes of a case, measured on NumPy and on another adapter, "
    "with intervals that tell them apart."
)


class AdviceScreen(ModalScreen[None]):
    """A sentence an adapter and dtype; escape leaves."""

    BINDINGS = [("escape,q,w", "dismiss", "Close")]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = "When to use which"
            dialog.border_subtitle = "esc closes"
            sentences = [Text(f"→ {line}\n") for line in advice_lines(self._session.advice)]
            yield Static(Text("\n").join(sentences) if sentences else Text(_NONE, style="dim"))
