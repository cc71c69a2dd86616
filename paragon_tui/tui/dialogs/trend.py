"""The trend of one result over all sessions, with the places where its level changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from paragon_tui.engine.analysis.change_point import LEAST_EARLIER
from paragon_tui.formatting.comparison import change_point
from paragon_tui.formatting.quantities import counted
from paragon_tui.formatting.saved_sessions import when
from paragon_tui.sessions.catalog import CatalogError
from paragon_tui.sessions.trend import Trend, trend_of
from paragon_tui.tui.dialogs.dialog import Dialog
from paragon_tui.tui.widgets.text_panel import TextPanel
from paragon_tui.tui.widgets.trend_plot import Styles, trend_plot

if TYPE_CHECKING:
    from paragon_tui.engine.results.result import Result
    from paragon_tui.sessions.saved_session import SavedSession

_PLOT_ROWS = 14
_FRAME = 10  # rows of a terminal that the plot leaves to the dialog's frame and words


class TrendScreen(Dialog[None]):
    """A plot, and a line for each change. It reads the store beside the event loop."""

    DEFAULT_CSS = "TrendScreen .dialog { width: 96%; max-width: 140; }"

    def __init__(self, result: Result, session: SavedSession, database: Path, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._result, self._session, self._database, self._now = result, session, database, now
        self.trend: Trend | None = None
        self._trouble = ""

    def compose(self) -> ComposeResult:
        """Yield one text."""
        with VerticalScroll(classes="dialog", can_focus=True) as dialog:
            dialog.border_title = f"{self._result.id} over all sessions"
            dialog.border_subtitle = self.closes
            yield TextPanel("Reading the sessions…", id="trend")

    def on_mount(self) -> None:
        """Begin to read."""
        self.run_worker(self._load())

    async def _load(self) -> None:
        try:
            self.trend = await asyncio.to_thread(trend_of, self._result, self._session, self._database)
        except CatalogError as error:
            self._trouble = str(error)
        self._paint()

    @on(TextPanel.Sized)
    def _paint(self) -> None:
        if self.trend is not None:
            lines = _lines(self.trend, self._plot(self.trend), self._now())
            self.query_one("#trend", TextPanel).show_text(Text("\n").join(lines), layout=True)
        elif self._trouble:
            self.query_one("#trend", TextPanel).show_text(Text(self._trouble), layout=True)

    def _plot(self, trend: Trend) -> list[Text]:
        theme = self.app.theme_variables
        styles = Styles(f"bold {theme['accent']}", theme["primary"], theme["success"], theme["error"])
        times = [point.time for point in trend.points]
        ends = tuple(when(point.started, self._now()) for point in (*trend.points[:1], *trend.points[-1:]))
        size = self.query_one("#trend").size.width, max(6, min(_PLOT_ROWS, self.size.height - _FRAME))
        return trend_plot(times, trend.changes, (ends[0], ends[-1]), size, styles) if len(times) > 1 else []


def _lines(trend: Trend, plot: list[Text], now: datetime) -> list[Text]:
    """Return the plot, what it is of, and each change."""
    count = len(trend.points)
    others = f"; {counted(trend.otherwise, 'other')} measured it in another way" if trend.otherwise else ""
    lines = [*plot, Text(f"{counted(count, 'session')} measured it in the same way, on the same device{others}.")]
    for change in trend.changes:
        since = trend.points[change.place]
        words = f"┊ since {when(since.started, now)} ({since.session})  {change_point(change)}"
        lines.append(Text(words, "bold"))
    if not trend.changes:
        enough = count > LEAST_EARLIER
        few = f"A change can be told from scatter with {LEAST_EARLIER + 1} sessions or more."
        lines.append(Text("No change of its level beyond the scatter of sessions." if enough else few, "dim"))
    return lines
