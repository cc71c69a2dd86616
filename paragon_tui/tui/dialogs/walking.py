"""Dialogs about one result, from which the arrows walk to the results beside it, as in the table behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.binding import Binding

from paragon_tui.tui.dialogs.dialog import Dialog

if TYPE_CHECKING:
    from paragon_tui.engine.results.result import Result


class WalkingDialog(Dialog[None]):
    """Shows a result with ``show_result``, which those that derive from it define."""

    BINDINGS = [
        Binding("up", "walk(-1, 0)", "Case above", priority=True, id="walk_up"),
        Binding("down", "walk(1, 0)", "Case below", priority=True, id="walk_down"),
        Binding("left", "walk(0, -1)", "Adapter before", priority=True, id="walk_left"),
        Binding("right", "walk(0, 1)", "Adapter after", priority=True, id="walk_right"),
    ]

    def __init__(self, result: Result, walk: Callable[[int, int], Result | None]) -> None:
        """Show ``result``; ``walk`` moves by so many rows and columns, and returns the result there."""
        super().__init__()
        self.result = result
        self._walk = walk

    @property
    def walks(self) -> str:
        """The end of the subtitle."""
        return f"arrows walk · {self.closes}"

    def on_mount(self) -> None:
        """Show the first result, once the panels have their sizes."""
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        self.query_one(".dialog").border_title = f"{self.result.id} · {self.result.shape}"
        self.show_result()

    def show_result(self) -> None:
        """Paint ``result``."""
        raise NotImplementedError

    def action_walk(self, rows: int, columns: int) -> None:
        """Show the result that lies so many rows and columns further."""
        result = self._walk(rows, columns)
        if result is not None:
            self.result = result
            self._show()
