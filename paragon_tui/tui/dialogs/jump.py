"""Jump keys: a letter on every panel that takes keys; pressing it goes there."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Label

_LETTERS = "asdfghjklqwertyuiopzxcvbnm"


class JumpScreen(ModalScreen[Widget | None]):
    """Letters over the panels of ``below``; the answer is the panel that was chosen, ``None`` for any other key."""

    DEFAULT_CSS = """
    JumpScreen {
        background: $background 40%;
        align: left top;
        & > Label { position: absolute; background: $accent; color: $background; text-style: bold; padding: 0 1; }
    }
    """
    BINDINGS = [Binding("escape", "dismiss(None)", "Close", id="jump_close")]

    def __init__(self, below: Screen[object]) -> None:
        super().__init__()
        panels = [widget for widget in below.focus_chain if widget.is_on_screen]
        self._panels = dict(zip(_LETTERS, panels, strict=False))

    def compose(self) -> ComposeResult:
        """Yield a letter at the beginning of every panel."""
        for letter, panel in self._panels.items():
            label = Label(letter)
            label.styles.offset = (max(0, panel.region.x), max(0, panel.region.y))
            yield label

    def on_key(self, event: events.Key) -> None:
        """Answer with the panel that has this letter."""
        if event.key != "escape":
            event.stop()
            self.dismiss(self._panels.get(event.key))

    def on_click(self, event: events.Click) -> None:
        """Answer with the panel under the mouse."""
        hit = (panel for panel in self._panels.values() if panel.region.contains(event.screen_x, event.screen_y))
        self.dismiss(next(hit, None))
