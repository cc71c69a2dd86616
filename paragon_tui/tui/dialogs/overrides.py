"""The dialog for batch sizes and a learning rate other than the defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Label

from paragon_tui.suites.overrides import Overrides, batches, decimal, millionths
from paragon_tui.tui.dialogs.dialog import Dialog

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class OverridesScreen(Dialog[Overrides]):
    """Two input fields; enter applies both if they are valid, and escape cancels."""

    AUTO_FOCUS = "#batch"

    def __init__(self, overrides: Overrides) -> None:
        super().__init__()
        self._overrides = overrides

    def compose(self) -> ComposeResult:
        """Yield the fields, and a label for an error message."""
        rate = self._overrides.millionths
        with Vertical(classes="dialog question") as dialog:
            dialog.border_title = "Batch and learning rate"
            dialog.border_subtitle = "enter applies, [@click=screen.close]esc cancels[/]"
            yield Label("Batch sizes of networks and trainings (empty: default)")
            yield Input(",".join(map(str, self._overrides.batches)), "such as 64, or 1,8,64", id="batch")
            yield Label("Learning rate of trainings (empty: default)")
            yield Input("" if rate is None else decimal(rate), "such as 0.05", id="rate")
            yield Label(id="refusal")

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            sizes = self._value("#batch", batches) or ()
            self.dismiss(Overrides(sizes, self._value("#rate", millionths)))
        except ValueError as error:
            self.query_one("#refusal", Label).update(Text(str(error)))

    def _value(self, selector: str, parse: Callable[[str], T]) -> T | None:
        """Return the value of a field, ``None`` if it is empty. Focus the field and raise if it is invalid."""
        field = self.query_one(selector, Input)
        try:
            return parse(field.value.strip()) if field.value.strip() else None
        except ValueError:
            field.focus()
            raise
