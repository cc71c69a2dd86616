"""A saved session, opened: its results and figures as those of a run, and nothing that could be taken for one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding

from paragon_tui.formatting.quantities import counted
from paragon_tui.formatting.saved_sessions import verdict, when
from paragon_tui.tui.actions import ACTIONS
from paragon_tui.tui.model import Model
from paragon_tui.tui.pages.page import Page
from paragon_tui.tui.widgets.results_panel import ResultsPanel
from paragon_tui.tui.widgets.results_table import ResultsTable
from paragon_tui.tui.widgets.scaling import Scaling
from paragon_tui.tui.widgets.text_panel import TextPanel
from paragon_tui.tui.widgets.timing_strip import TimingStrip
from paragon_tui.tui.with_results import WithResults

if TYPE_CHECKING:
    from paragon_tui.sessions.catalog import SessionLine
    from paragon_tui.sessions.opened_session import OpenedSession


class SessionPage(WithResults, Page):
    """The table of results, the curves of the selected operation and the figures of the selected result."""

    PAGE = "history"
    AUTO_FOCUS = "#table"
    DEFAULT_CSS = """
    SessionPage {
        #opened { height: 1; background: $accent 30%; padding: 0 1; }
        ResultsTable, Scaling, TimingStrip {
            border-top: solid $primary-darken-1;
            border-title-color: $text-accent;
            border-title-style: bold;
            background: $background;
            scrollbar-size: 1 1;
            &:focus { border-top: heavy $accent; }
        }
        #results { height: 1fr; }
        #table { height: 1fr; }
        #legend { height: 1; color: $text-muted; }
        #scaling { height: 35%; }
        #strip { height: 5; }
        #timing-text { height: 1fr; }
    }
    """
    BINDINGS = [
        Binding("escape", "dismiss", "Back", tooltip="Go back to all sessions", id="session_back"),
        *(action.binding for action in ACTIONS if action.place == "results"),
    ]

    def __init__(self, model: Model, session: OpenedSession, line: SessionLine, now: Callable[[], datetime]) -> None:
        super().__init__(model)
        self._opened = Model((), model.database)  # of its own, so that nothing here is taken for a run
        self._opened.session = session
        self._session, self._line, self._now = session, line, now

    @property
    def measured(self) -> Model:
        """The model of the opened session."""
        return self._opened

    def body(self) -> ComposeResult:
        """Yield what session it is, its table, curves and figures."""
        yield TextPanel(id="opened")
        yield ResultsPanel(id="results")
        yield Scaling(id="scaling")
        yield TimingStrip(id="strip")

    def on_mount(self) -> None:
        """Paint the session."""
        for name, title in (("scaling", "Time against size"), ("strip", "Timing")):
            self.query_one(f"#{name}").border_title = title
        adapters = {result.id.adapter: self._session.adapter(result) for result in self._session.listed}
        self.results.show_session(self._session, list(adapters.values()), {})

    def paint(self) -> None:
        """Bring the head and what depends on sizes up to date."""
        super().paint()
        line = self._line
        called = f" “{line.name}”" if line.name else ""
        text = Text.assemble(
            ("opened, read only: ", "bold"),
            f"session {line.id}{called} · {when(line.started, self._now())} · {verdict(line)} · "
            f"{line.measured} of {counted(line.results, 'result')}",
            f" · {line.cpu}" if line.cpu else "",
        )
        text.no_wrap, text.overflow = True, "ellipsis"
        self.query_one("#opened", TextPanel).show_text(text)
        self._paint_selected()

    @on(ResultsTable.Selected)
    def _paint_selected(self) -> None:
        selected = self.selected_result()
        self.query_one(TimingStrip).show(self._session, selected, (), self.model.key)
        self.query_one(Scaling).show(self._session, selected)
