"""All figures of one result."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Static

from paragon_tui.engine.messages.job import is_baseline_adapter
from paragon_tui.formatting import bits, timings
from paragon_tui.tui.dialogs.walking import WalkingDialog
from paragon_tui.tui.widgets.breakdown import Breakdown
from paragon_tui.tui.widgets.histogram import Histogram

if TYPE_CHECKING:
    from paragon_tui.engine.results.result import Result
    from paragon_tui.engine.results.session import Session
    from paragon_tui.tui.model import Model


class FiguresScreen(WalkingDialog):
    """A table of names and texts, the samples by their times, and where these go."""

    BINDINGS = [Binding("f", "close", "Close", id="figures")]
    CSS = """
    FiguresScreen {
        Histogram { height: 9; margin-top: 1; }
        Breakdown { height: auto; margin-top: 1; }
    }
    """

    def __init__(self, model: Model, result: Result, walk: Callable[[int, int], Result | None]) -> None:
        super().__init__(result, walk)
        self._model = model

    def compose(self) -> ComposeResult:
        """Yield a table and the plots in one scrolling dialog."""
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_subtitle = self.walks
            yield Static(id="figures")
            yield Histogram()
            yield Breakdown()

    def show_result(self) -> None:
        """Paint the table and the plots."""
        self.query_one("#figures", Static).update(_content(self._model.session, self.result))
        self.query_one(Histogram).show(self._model, self.result)
        self.query_one(Breakdown).show(self.result)

    def on_text_panel_sized(self) -> None:
        """Paint again once the plots have their widths, beside the scrollbar or without one."""
        self.show_result()


def _content(session: Session, result: Result) -> Table | Text:
    if result.timings.latency_ms is None:
        return Text(result.error or "not measured yet", style="dim")
    return _table(session, result)


def _table(session: Session, result: Result) -> Table:
    baseline, times, plan = session.baseline(result), result.timings, result.resources.plan
    library = timings.library_and_threads(baseline)
    baseline_ms = baseline.timings.latency_ms if baseline else None
    training = result.bits.training
    rows = [
        ("Latency", f"{timings.median(times.latency_ms)}, end to end"),
        ("Device", timings.median(times.device_ms) if times.device_ms else None),
        ("NumPy", f"{timings.median(baseline_ms)}  {library}".rstrip()),
        ("Library", timings.library_and_threads(result) if not is_baseline_adapter(result.id.adapter) else None),
        ("Speedup", timings.speedup_phrase(times.speedup, baseline_ms) if times.speedup else None),
        *timings.timing_rows(session, result),
        ("Bits", bits.describe_bits(result)),
        ("Accuracy", bits.score_words(training.score) if training and training.score else None),
        ("Kernels", f"{plan}, {bits.claim(result)}" if plan else None),
    ]
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    for name, text in rows:
        if text:
            doubtful = name.startswith(("!", "~"))
            table.add_row(Text(name, style="bold yellow" if doubtful else "bold cyan"), Text(text))
    return table
