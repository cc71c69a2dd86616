"""The last sessions, in the chooser of a tall terminal; a click opens one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from paragon_tui.formatting.saved_sessions import when
from paragon_tui.tui.widgets.text_panel import TextPanel

if TYPE_CHECKING:
    from paragon_tui.sessions.catalog import SessionLine
    from paragon_tui.tui.model import Model

_LINES = 4


class Earlier(TextPanel):
    """A line a session, the latest first. It reads the store at first and after every run, while it is shown."""

    DEFAULT_CSS = "Earlier { link-style: none; }"

    def __init__(self, database: Path, now: Callable[[], datetime], open_: Callable[[SessionLine], object]) -> None:
        """List the sessions of ``database``; ``open_`` is called with the one that is clicked."""
        super().__init__(id="earlier")
        self._database, self._now, self._open = database, now, open_
        self._after: str | None = None  # the session of the run, as the store was read
        self._sessions: Sequence[SessionLine] = ()
        self._trouble: str | None = None
        self._all = ""

    def show(self, model: Model) -> None:
        """Paint it, and read the store if that is due: not before all adapters are found, which is waited for."""
        self.border_title = "Earlier runs"
        if self.display and not (model.searching or model.run_active) and self._after != model.session.id:
            self._after = model.session.id
            self.run_worker(self._load(), exclusive=True)
        self._all = f"{model.key('page_history')} all, name, compare"
        self._paint()

    async def _load(self) -> None:
        from paragon_tui.sessions import catalog

        try:
            self._sessions = await asyncio.to_thread(catalog.list_sessions, self._database, _LINES)
            self._trouble = None
        except catalog.TROUBLES as error:
            self._sessions, self._trouble = (), str(error)
        self._paint()

    def _paint(self) -> None:
        if self._trouble is not None:
            self.show_text(Text(self._trouble, style="yellow"))
            return
        lines = [self._line(index, line) for index, line in enumerate(self._sessions)] or [
            Text("none yet", style="dim")
        ]
        lines.append(Text(self._all, style="dim").on(click="app.page('history')"))
        self.show_text(Text("\n", no_wrap=True, overflow="ellipsis").join(lines))

    def _line(self, index: int, line: SessionLine) -> Text:
        count = f"{line.measured}/{line.results}", "bold red" if line.wrong else ""
        words = Text.assemble(when(line.started, self._now()), "  ", count, "  ", (line.name or "", "bold"))
        return words.on(click=f"open({index})")

    def action_open(self, index: int) -> None:
        """Open one of the sessions."""
        self._open(self._sessions[index])
