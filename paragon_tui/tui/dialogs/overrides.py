"""Another batch or learning rate than the usual ones, for what takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label

from paragon_tui.suites.overrides import Overrides, decimal, millionths, samples

if TYPE_CHECKING:
    from collections.abc import Callable


class OverridesScreen(ModalScreen[Overrides]):
    """Two lines to type in; enter takes both, where they can be read, and escape leaves all as it was."""

    BINDINGS = [("escape", "leave", "Leave as it is")]
    AUTO_FOCUS = "#batch"

    def __init__(self, changes: Overrides) -> None:
        super().__init__()
        self._changes = changes

    def compose(self) -> ComposeResult:
        """The lines, and below them what is wrong with one."""
        batch, rate = self._changes.batch, self._changes.millionths
        with Vertical(classes="dialog question") as dialog:
            dialog.border_title = "Batch and learning rate"
            dialog.border_subtitle = "enter takes them, esc leaves"
            yield Label("Samples a run of networks and trainings; empty: as usual")
            yield Input("" if batch is None else str(batch), "such as 64", id="batch")
            yield Label("Learning rate of trainings; empty: as usual")
            yield Input("" if rate is None else decimal(rate), "such as 0.05", id="rate")
            yield Label(id="refusal")

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            self.dismiss(Overrides(self._typed("#batch", samples), self._typed("#rate", millionths)))
        except ValueError as error:
            self.query_one("#refusal", Label).update(str(error))

    def _typed(self, line: str, read: Callable[[str], int]) -> int | None:
        """What stands in a line; nothing is ``None``. Where it cannot be read, the line gets the focus."""
        field = self.query_one(line, Input)
        try:
            return read(field.value.strip()) if field.value.strip() else None
        except ValueError:
            field.focus()
            raise

    def action_leave(self) -> None:
        """With what there was."""
        self.dismiss(self._changes)
