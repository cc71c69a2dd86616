"""What all dialogs have in common: esc, q and a click beside them close them, and nothing else happens."""

from __future__ import annotations

from typing import TypeVar

from textual import events
from textual.binding import Binding
from textual.screen import ModalScreen

from paragon_tui.tui.actions import MOVES

ESC_CLOSES = "[@click=screen.close]esc closes[/]"
"""The subtitle of a dialog, for people who have a mouse too."""

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer]):
    """A modal screen. One that closes without an answer has the result ``None``."""

    BINDINGS = [Binding("escape,q", "close", "Close", id="dialog_close"), *MOVES]

    def action_close(self) -> None:
        """Close it."""
        self.dismiss(None)

    def on_click(self, event: events.Click) -> None:
        """Close it on a click beside it."""
        if not self.query_one(".dialog").region.contains(event.screen_x, event.screen_y):
            self.action_close()
