"""All figures of one result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from paragon_tui.engine.messages.job import BASELINE
from paragon_tui.formatting import bits, timings

if TYPE_CHECKING:
    from paragon_tui.engine.results.result import Result
    from paragon_tui.engine.results.session import Session


class FiguresScreen(ModalScreen[None]):
    """A table of names and texts; escape closes it."""

    BINDINGS = [("escape,q,f", "dismiss", "Close")]

    def __init__(self, session: Session, result: Result) -> None:
        super().__init__()
        self._session = session
        self._result = result

    def compose(self) -> ComposeResult:
        """Yield one scrolling table."""
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = f"{self._result.id} · {self._result.shape}"
            dialog.border_subtitle = "esc closes"
            yield Static(_table(self._session, self._result))


def _table(session: Session, result: Result) -> Table:
    baseline, times, plan = session.baseline(result), result.timings, result.resources.plan
    library = timings.library_and_threads(baseline)
    baseline_ms = baseline.timings.latency_ms if baseline else None
    rows = [
        ("Latency", f"{timings.median(times.latency_ms)}, end to end"),
        ("Device", timings.median(times.device_ms) if times.device_ms else None),
        ("NumPy", f"{timings.median(baseline_ms)}  {library}".rstrip()),
        ("Library", timings.library_and_threads(result) if result.id.adapter != BASELINE else None),
        ("Speedup", timings.speedup_phrase(times.speedup, baseline_ms) if times.speedup else None),
        *timings.timing_rows(session, result),
        ("Bits", bits.describe_bits(result)),
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
