"""A question with two answers; the safe one has the focus, and is what closing means."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Label

from paragon_tui.tui.dialogs.dialog import Dialog


class Question(Dialog[bool]):
    """The question; the result is ``True`` for yes, whose words are ``yes``; ``no`` are those of the safe answer."""

    BINDINGS = [
        Binding("n", "answer(False)", "No", id="question_no"),
        Binding("y", "answer(True)", "Yes", id="question_yes"),
        Binding("left,up", "app.focus_previous", "Other answer", id="question_previous"),
        Binding("right,down", "app.focus_next", "Other answer", id="question_next"),
    ]
    AUTO_FOCUS = "#no"

    def __init__(self, title: str, text: str, no: str, yes: str) -> None:
        super().__init__()
        self._title, self._text, self._no, self._yes = title, text, no, yes

    def compose(self) -> ComposeResult:
        """Yield the question and two buttons."""
        with Vertical(classes="dialog question") as dialog:
            dialog.border_title = self._title
            yield Label(self._text, markup=False)
            with Horizontal():
                yield Button(f"{self._no} (n)", id="no", variant="primary")
                yield Button(f"{self._yes} (y)", id="yes", variant="error")

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        """Give an answer."""
        self.dismiss(yes)
