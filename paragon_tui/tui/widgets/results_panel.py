"""The table of a session's results with what belongs to it: what its cells show, a filter, and what the marks mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf
from operator import is_not
from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult

from paragon_tui.engine.messages.job import BASELINE, JobId
from paragon_tui.engine.results.fastest import fastest
from paragon_tui.engine.results.session import Session
from paragon_tui.formatting.cells import Cell, busy, cell, legend
from paragon_tui.formatting.shown import NOISY, Shown
from paragon_tui.tui.widgets.results_table import ResultsTable, heading
from paragon_tui.tui.widgets.searchable import Searchable
from paragon_tui.tui.widgets.text_panel import TextPanel

if TYPE_CHECKING:
    from paragon_tui.backends.adapter import Adapter
    from paragon_tui.engine.messages.events import Activity
    from paragon_tui.engine.results.result import Result

_Cells = Mapping[tuple[str, str], Cell]
_Doing = Mapping[JobId, tuple["Activity", float]]


class ResultsPanel(Searchable):
    """The table, a field above it while its rows are filtered, and a line below it."""

    FIELD, EXAMPLE = "filter", "L2 · slower · wrong bits · rough · failed"

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.shown = Shown()
        self._session = Session()
        self._adapters: Sequence[Adapter] = ()
        self._planned: Sequence[str] = ()
        self._doing: _Doing = {}
        self._rows: dict[str, tuple[list[Result], dict[tuple[str, str], Cell]]] = {}  # results of a case, and its cells

    def compose(self) -> ComposeResult:
        """Yield the table and the line: the field is created on first use."""
        yield ResultsTable(id="table")
        yield TextPanel(id="legend")

    # --- what it shows --------------------------------------------------------------------------------------

    def show_planned(self, rows: Sequence[str], adapters: Sequence[Adapter]) -> None:
        """Show the rows and columns of a run that has not begun."""
        self._session, self._planned, self._adapters, self._doing, self._rows = Session(), rows, adapters, {}, {}
        self._paint()

    def show_session(self, session: Session, adapters: Sequence[Adapter], doing: _Doing) -> None:
        """Show the listed results of a session on these adapters; ``doing`` stands in place of those it names."""
        self._session, self._planned, self._adapters, self._doing = session, (), adapters, doing
        self._paint()

    def show(self, shown: Shown) -> None:
        """Show the same in another way."""
        if shown != self.shown:
            self.shown, self._rows = shown, {}
            self._paint()

    def _paint(self) -> None:
        session, shown = self._session, self.shown
        cells = self._session_cells()
        rows = list(self._planned)
        if cells:
            found = [row for row, (results, _) in self._rows.items() if shown.has_row(session, results)]
            rows = self._sorted(found, cells)
        claims = session.claims_by_adapter
        headings = [
            heading(adapter, claims.get(adapter.id), adapter.id == shown.sorted_by, adapter.id == shown.baseline)
            for adapter in sorted(self._adapters, key=lambda adapter: adapter.id != shown.baseline)
        ]
        running = (result.id for result in session.results.values() if result.status == "running")
        table = self.searched
        table.show(rows, headings, cells, frozenset((id_.label, id_.adapter) for id_ in running))
        some = f" · {len(rows)} of {len(self._rows)} rows" if len(rows) < len(self._rows) else ""
        table.border_title = f"Results: {shown.unit.title}{some}"
        self.query_one("#legend", TextPanel).show_text(Text(legend(shown.baseline), no_wrap=True))

    def _session_cells(self) -> _Cells:
        """Return the cells of the session, made anew in rows of which a result has changed: of hundreds, few have."""
        rows: dict[str, list[Result]] = {}
        for result in self._session.listed:
            rows.setdefault(result.id.label, []).append(result)
        self._rows = {label: self._row(label, results) for label, results in rows.items()}
        cells = {key: each for _, made in self._rows.values() for key, each in made.items()}
        for id_, (what, seconds) in self._doing.items():
            if (id_.label, id_.adapter) in cells:
                cells[id_.label, id_.adapter] = busy(what, seconds)
        return cells

    def _row(self, label: str, results: list[Result]) -> tuple[list[Result], dict[tuple[str, str], Cell]]:
        """Return the results of a row with their cells: those of before, if no result has changed."""
        known = self._rows.get(label)
        if known is not None and len(known[0]) == len(results) and not any(map(is_not, known[0], results)):
            return known
        best = fastest(results)
        figure = self.shown.figure
        return results, {
            (label, result.id.adapter): cell(result, figure(self._session, result), result is best)
            for result in results
        }

    def _sorted(self, rows: list[str], cells: _Cells) -> list[str]:
        """Return the rows by the figures of the column that sorts them, the best first, those without one last."""
        column, unit = self.shown.sorted_by, self.shown.unit
        if column is None:
            return rows
        values = {row: cell.value for (row, adapter), cell in cells.items() if adapter == column}
        best = {row: -value if unit.high_is_good else value for row, value in values.items() if value is not None}
        return sorted(rows, key=lambda row: best.get(row, inf))

    # --- what is selected -----------------------------------------------------------------------------------

    @property
    def result(self) -> Result | None:
        """The result under the table's cursor."""
        selected = self.searched.selected
        return next((each for each in self.row if selected and each.id.adapter == selected[1]), None)

    @property
    def row(self) -> list[Result]:
        """The results of the selected row as they are now, none where nothing is measured."""
        selected = self.searched.selected
        if selected is None or selected[0] not in self._rows:
            return []
        return [self._session.results[painted.id] for painted in self._rows[selected[0]][0]]

    def walk(self, rows: int, columns: int) -> Result | None:
        """Move the table's cursor by so many rows and columns, and return the result there."""
        self.searched.action_move(rows, columns)
        return self.result

    def row_text(self) -> str | None:
        """Return the selected row as it is shown, in one line; ``None`` where there is no result."""
        return self.searched.row_text() if self._rows else None

    # --- how it is shown ------------------------------------------------------------------------------------

    @property
    def searched(self) -> ResultsTable:
        """The table."""
        return self.query_one(ResultsTable)

    def narrow(self, words: list[str]) -> None:
        """Show the rows that have all ``words``."""
        self.show(replace(self.shown, words=tuple(words)))

    def sort(self) -> None:
        """Sort the rows by the selected column, or have them in their own order again."""
        column = self._column
        self.show(replace(self.shown, sorted_by=None if self.shown.sorted_by == column else column))

    def compare_with_column(self) -> None:
        """Compare with the adapter of the selected column, or with NumPy again."""
        column = self._column
        if column is not None:
            self.show(replace(self.shown, baseline=BASELINE if self.shown.baseline == column else column))

    def narrow_to_noisy(self) -> None:
        """Show only the rows with results that are marked, or all rows again."""
        self.show(replace(self.shown, words=() if self.shown.words == (NOISY,) else (NOISY,)))

    @property
    def _column(self) -> str | None:
        selected = self.searched.selected
        return selected[1] if selected is not None else None

    def on_results_table_heading_clicked(self, event: ResultsTable.HeadingClicked) -> None:
        """Sort by the column whose heading was clicked."""
        event.stop()
        self.sort()
