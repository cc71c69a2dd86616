"""What can be done on every page with a table of results: to show it in another way, and to look at a result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.screen import Screen

from paragon_tui.tui.widgets.results_panel import ResultsPanel

if TYPE_CHECKING:
    from paragon_tui.engine.messages.job import JobId
    from paragon_tui.engine.results.result import Result
    from paragon_tui.tui.model import Model


class WithResults(Screen[Any]):
    """A screen with a ``ResultsPanel``. Its actions are those of the registry whose place is ``results``."""

    @property
    def measured(self) -> Model:
        """The model of the session whose results these are."""
        raise NotImplementedError

    @property
    def results(self) -> ResultsPanel:
        """The panel."""
        return self.query_one(ResultsPanel)

    def selected_result(self) -> Result | None:
        """Return the result under the table's cursor."""
        return self.results.result

    def select_result(self, id_: JobId) -> None:
        """Move the table's cursor to a result."""
        table = self.results.searched
        table.follows_run = False
        table.select(id_.label, id_.adapter)

    async def action_search(self) -> None:
        """Filter the rows by what is typed."""
        await self.results.search()

    def action_sort(self) -> None:
        """Sort the rows by the selected column, or not any more."""
        self.results.sort()

    def action_unit(self) -> None:
        """Show another figure in the cells."""
        self.results.show(self.results.shown.with_next_unit)

    def action_compare_with(self) -> None:
        """Compare with the selected column."""
        self.results.compare_with_column()

    def action_noisy(self) -> None:
        """Show only the rows with results that are marked."""
        self.results.narrow_to_noisy()

    def action_figures(self) -> None:
        """Show all figures of the selected result."""
        from paragon_tui.tui.dialogs.figures import FiguresScreen

        result = self.selected_result()
        if result is None or result.timings.latency_ms is None:
            self.notify("The selected result has no figures.", severity="warning")
        else:
            self.app.push_screen(FiguresScreen(self.measured, result, self.results.walk))

    def action_values(self) -> None:
        """Show the values of the selected result beside the reference's."""
        from paragon_tui.tui.dialogs.values import ValuesScreen

        result = self.selected_result()
        if result is None or result.bits.comparison is None:
            self.notify("The selected result has no values.", severity="warning")
        else:
            self.app.push_screen(ValuesScreen(result, self.results.walk))

    def action_advice(self) -> None:
        """Show when to use which adapter."""
        from paragon_tui.tui.dialogs.advice import AdviceScreen

        self.app.push_screen(AdviceScreen(self.measured.session))

    def action_copy(self) -> None:
        """Copy the selected row as it is shown."""
        row = self.results.row_text()
        if row is None:
            self.notify("There is no result to copy yet.", severity="warning")
            return
        self.app.copy_to_clipboard(row)
        self.notify(f"Copied: {row}")
