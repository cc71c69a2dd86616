"""A verification that goes on whether its dialog is open or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paragon_tui.engine.messages.events import Log, LogLevel, Probed
from paragon_tui.engine.results.verification import Verification
from paragon_tui.formatting.bits import verified_words

if TYPE_CHECKING:
    from paragon_tui.tui.model import Model
    from paragon_tui.tui.source import RunHandle


class Verifying:
    """A verification in progress, and its state so far; its outcome is logged."""

    def __init__(self, run: RunHandle, model: Model) -> None:
        self.run = run
        self.state = Verification()
        self._model = model

    async def follow(self) -> None:
        """Fold the events until the end."""
        try:
            async for event in self.run.events():
                self.state.apply(event)
                self._model.changed = True
                if isinstance(event, Log | Probed):  # verifying stopped the probing: the rest is probed here
                    self._model.apply(event)
        finally:
            level: LogLevel = "error" if self.state.failures else "info"
            self._model.say(level, f"verified: {verified_words(self.state)}")
