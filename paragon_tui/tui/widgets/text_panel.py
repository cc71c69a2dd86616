"""A text that is painted again only when it has become another: a run repaints what changed and nothing else."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.message import Message
from textual.widgets import Static


class TextPanel(Static):
    """Static text of a size that does not depend on it, unless ``layout`` says so."""

    class Sized(Message):
        """It has another size: one that was hidden learns its width only after it is shown."""

    _shown: Text | None = None

    def on_resize(self, event: events.Resize) -> None:
        """Tell the screen."""
        self.post_message(self.Sized())

    def show_text(self, text: Text, layout: bool = False) -> None:
        """Show ``text``; ``layout`` where its number of lines counts."""
        if text != self._shown:
            self._shown = text
            self.update(text, layout=layout)
