"""A question that a line of text answers."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Label

from paragon_tui.tui.dialogs.dialog import Dialog


class OneLine(Dialog[str]):
    """The question, with the text that there is so far; enter gives the answer, which may be empty."""

    def __init__(self, title: str, label: str, text: str) -> None:
        super().__init__()
        self._title, self._label, self._text = title, label, text

    def compose(self) -> ComposeResult:
        """Yield the label and the field."""
        with Vertical(classes="dialog question") as dialog:
            dialog.border_title = self._title
            dialog.border_subtitle = "[@click=screen.apply]enter applies[/], [@click=screen.close]esc cancels[/]"
            yield Label(self._label, markup=False)
            yield Input(self._text, select_on_focus=False)

    @on(Input.Submitted)
    def action_apply(self) -> None:
        """Give the answer."""
        self.dismiss(self.query_one(Input).value.strip())
