"""A saved session, opened: its results and figures as those of a run, and nothing that could be taken for one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding

from paragon_tui.engine.results.fastest import fastest
from paragon_tui.formatting.cells import Cell, cell
from paragon_tui.formatting.quantities import counted
from paragon_tui.formatting.saved_sessions import verdict, when
from paragon_tui.formatting.shown import Shown
from paragon_tui.tui.model import Model
from paragon_tui.tui.pages.page import Page
from paragon_tui.tui.widgets.results_panel import ResultsPanel
from paragon_tui.tui.widgets.results_table import ResultsTable, heading
from paragon_tui.tui.widgets.scaling import Scaling
from paragon_tui.tui.widgets.text_panel import TextPanel
from paragon_tui.tui.widgets.timing_strip import TimingStrip

if TYPE_CHECKING:
    from paragon_tui.engine.results.result import Result
    from paragon_tui.sessions.catalog import SessionLine
    from paragon_tui.sessions.opened_session import OpenedSession


class SessionPage(Page):
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
        Binding("slash", "search", "Find", tooltip="Filter the results by words", id="session_search"),
        Binding("u", "unit", "Unit", tooltip="Show another figure in the cells", id="session_unit"),
        Binding("f,enter", "figures", "Figures", tooltip="Show all figures of the result", id="session_figures"),
        Binding("v", "values", "Values", tooltip="Show the values of the result", id="session_values"),
        Binding("w", "advice", "When", tooltip="Show when to use which adapter", id="session_advice"),
        Binding("c", "copy", "Copy", tooltip="Copy the row as it is shown", id="session_copy"),
    ]

    def __init__(self, model: Model, session: OpenedSession, line: SessionLine, now: Callable[[], datetime]) -> None:
        super().__init__(model)
        self._opened = Model((), model.database)  # of its own, so that nothing here is taken for a run
        self._opened.session = session
        self._session, self._line, self._now = session, line, now
        self._shown = Shown()
        self._ids = {(result.id.label, result.id.adapter): result.id for result in session.listed}

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
        self._paint_table()

    def _paint_table(self) -> None:
        session, shown = self._session, self._shown
        rows: dict[str, list[Result]] = {}
        for result in session.listed:
            rows.setdefault(result.id.label, []).append(result)
        found = {label: results for label, results in rows.items() if shown.has_row(session, results)}
        cells: dict[tuple[str, str], Cell] = {}
        for label, results in found.items():
            best = fastest(results)
            cells |= {(label, one.id.adapter): cell(one, shown.figure(session, one), one is best) for one in results}
        adapters = {result.id.adapter: session.adapter(result) for result in session.listed}
        claims, baseline = session.claims_by_adapter, shown.baseline
        headings = [heading(one, claims.get(name), baseline=name == baseline) for name, one in adapters.items()]
        self.query_one(ResultsTable).show(list(found), headings, cells, frozenset())
        self.query_one(ResultsPanel).explain(shown, len(found), len(rows))

    @on(ResultsPanel.Narrowed)
    def _narrowed(self, event: ResultsPanel.Narrowed) -> None:
        self._shown = replace(self._shown, words=event.words)
        self._paint_table()

    async def action_search(self) -> None:
        """Filter the rows by what is typed."""
        await self.query_one(ResultsPanel).search()

    def action_unit(self) -> None:
        """Show another figure in the cells."""
        self._shown = self._shown.with_next_unit
        self._paint_table()

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
        selected = self._selected()
        self.query_one(TimingStrip).show(self._session, selected, ())
        self.query_one(Scaling).show(self._session, selected)

    def _selected(self) -> Result | None:
        place = self.query_one(ResultsTable).selected
        return self._session.results.get(self._ids[place]) if place in self._ids else None

    def _walk(self, rows: int, columns: int) -> Result | None:
        self.query_one(ResultsTable).action_move(rows, columns)
        return self._selected()

    def action_figures(self) -> None:
        """Show all figures of the selected result."""
        from paragon_tui.tui.dialogs.figures import FiguresScreen

        result = self._selected()
        if result is None or result.timings.latency_ms is None:
            self.notify("The selected result has no figures.", severity="warning")
        else:
            self.app.push_screen(FiguresScreen(self._opened, result, self._walk))

    def action_values(self) -> None:
        """Show the values of the selected result beside the reference's, where they are the same."""
        from paragon_tui.tui.dialogs.values import ValuesScreen

        result = self._selected()
        if result is None or result.bits.comparison is None:
            self.notify("The selected result has no values.", severity="warning")
        else:
            self.app.push_screen(ValuesScreen(result, self._walk))

    def action_advice(self) -> None:
        """Show when to use which adapter, by this session."""
        from paragon_tui.tui.dialogs.advice import AdviceScreen

        self.app.push_screen(AdviceScreen(self._session))

    def action_copy(self) -> None:
        """Copy the selected row as it is shown."""
        row = self.query_one(ResultsTable).row_text()
        if row is None:
            self.notify("There is no result to copy.", severity="warning")
            return
        self.app.copy_to_clipboard(row)
        self.notify(f"Copied: {row}")
