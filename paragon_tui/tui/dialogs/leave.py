"""Leaving while a run is on: the safe choice has the focus."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Label


class LeaveScreen(ModalScreen[bool]):
    """Dismissed with whether to leave."""

    BINDINGS = [("escape,n", "stay", "Keep running"), ("y", "leave", "Stop and quit")]
    AUTO_FOCUS = "#stay"

    def compose(self) -> ComposeResult:
        """A question and two answers."""
        with Vertical(classes="dialog question") as dialog:
            dialog.border_title = "A run is on"
            yield Label("What was measured is kept; the result being measured is not finished.")
            with Horizontal():
                yield Button("Keep running (n)", id="stay", variant="primary")
                yield Button("Stop and quit (y)", id="leave", variant="error")

    @on(Button.Pressed, "#stay")
    def action_stay(self) -> None:
        """Back to the run."""
        self.dismiss(False)

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        """Stop and quit."""
        self.dismiss(True)
