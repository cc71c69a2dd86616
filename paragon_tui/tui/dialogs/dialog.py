"""What all dialogs have in common: esc, q and a click beside them close them, and nothing else happens."""

from __future__ import annotations

from typing import TypeVar

from textual import events
from textual.binding import Binding
from textual.screen import ModalScreen

from paragon_tui.tui.actions import MOVES, own_key

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer]):
    """A modal screen. One that closes without an answer has the result ``None``."""

    BINDINGS = [Binding("escape,q", "close", "Close", id="dialog_close"), *MOVES]

    def hint(self, id_: str, words: str, action: str | None = None) -> str:
        """Return a part of the subtitle, for people who have a mouse too: a key, and what it and a click do.

        ``id_`` is that of the dialog's own binding; its name without the dialog's is the action, if no other is given.
        """
        action = action or f"screen.{id_.partition('_')[2]}"
        return f"[@click={action}]{own_key(self, id_)} {words}[/]"

    @property
    def closes(self) -> str:
        """The end of every subtitle."""
        return self.hint("dialog_close", "closes")

    def action_close(self) -> None:
        """Close it."""
        self.dismiss(None)

    def on_click(self, event: events.Click) -> None:
        """Close it on a click beside it."""
        if not self.query_one(".dialog").region.contains(event.screen_x, event.screen_y):
            self.action_close()
