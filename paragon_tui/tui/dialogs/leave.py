"""The question whether to quit during a run; the safe answer has the focus."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Label


class LeaveScreen(ModalScreen[bool]):
    """The question; the result is ``True`` to stop the run and quit."""

    BINDINGS = [("escape,n", "stay", "Keep running"), ("y", "leave", "Stop and quit")]
    AUTO_FOCUS = "#stay"

    def compose(self) -> ComposeResult:
        """Yield the question and two buttons."""
        with Vertical(classes="dialog question") as dialog:
            dialog.border_title = "A run is in progress"
            yield Label("Results so far are kept; the one being measured stays incomplete.")
            with Horizontal():
                yield Button("Keep running (n)", id="stay", variant="primary")
                yield Button("Stop and quit (y)", id="leave", variant="error")

    @on(Button.Pressed, "#stay")
    def action_stay(self) -> None:
        """Return to the run."""
        self.dismiss(False)

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        """Stop and quit."""
        self.dismiss(True)
