"""A text panel that repaints only if its text has changed, so that a run repaints nothing else."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.message import Message
from textual.widgets import Static


class TextPanel(Static):
    """Static text. Its size does not depend on the text unless ``layout`` is given."""

    class Sized(Message):
        """Sent when the size has changed; a hidden panel knows its width only after it is shown."""

    _shown: Text | None = None

    def on_resize(self, event: events.Resize) -> None:
        """Announce the new size to the screen."""
        self.post_message(self.Sized())

    def show_text(self, text: Text, layout: bool = False) -> None:
        """Show ``text``; with ``layout``, the panel's height follows its number of lines."""
        if text != self._shown:
            self._shown = text
            self.update(text, layout=layout)
