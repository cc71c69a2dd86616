"""Waiting for another paragon-tui, which measures on this machine, to end."""

from __future__ import annotations

from collections.abc import Callable

from paragon_tui.tui.dialogs.question import Question

_LOOK_S = 0.5  # the lock of a file tells nobody that it was released


class TurnScreen(Question):
    """Closes with ``True`` as soon as ``may_begin`` is, or at a person's wish, who can also give up."""

    def __init__(self, may_begin: Callable[[], bool]) -> None:
        super().__init__(
            "Another paragon-tui is measuring on this machine",
            "The two would disturb each other's figures. This run begins when the other has ended.",
            "Do not run",
            "Run at once",
        )
        self._may_begin = may_begin

    def on_mount(self) -> None:
        """Look now and then whether it has ended."""
        self.set_interval(_LOOK_S, self._look)

    def _look(self) -> None:
        if self._may_begin():
            self.dismiss(True)
