"""The progress of a verification: every operation and dtype on every adapter against the shipped digests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Static

from paragon_tui.formatting.bits import tally_mark, tiers, verification_failures, verified_words
from paragon_tui.tui.dialogs.dialog import Dialog
from paragon_tui.tui.model import PAINTS_PER_SECOND

if TYPE_CHECKING:
    from paragon_tui.engine.results.verification import Tally, Verification, Verified
    from paragon_tui.tui.verifying import Verifying

_MOST_FAILURES = 5
_GAP = 2


class VerificationScreen(Dialog[None]):
    """Shows a verification, which goes on when this is closed."""

    DEFAULT_CSS = "VerificationScreen .dialog { width: 100%; padding: 1; }"
    BINDINGS = [
        Binding("V", "close", "Close", id="verify"),
        Binding("X", "app.stop", "Stop", id="stop"),
    ]

    def __init__(self, verifying: Verifying) -> None:
        super().__init__()
        self.verifying = verifying

    def compose(self) -> ComposeResult:
        """Yield one scrolling text."""
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = "Verify"
            yield Static(id="verification")

    def on_mount(self) -> None:
        """Paint once the width is known, and as it goes on."""
        self.call_after_refresh(self._paint)
        self.set_interval(1 / PAINTS_PER_SECOND, self._paint)

    def _goes_on(self) -> str:
        closes = self.hint("dialog_close", "closes, and it goes on")
        return f"{closes} · {self.hint('stop', 'stops', 'app.stop')}"

    def _paint(self) -> None:
        state = self.verifying.state
        self.query_one(VerticalScroll).border_subtitle = self.closes if state.finished else self._goes_on()
        width = self.query_one(VerticalScroll).scrollable_content_region.width
        self.query_one("#verification", Static).update(
            Group(_headline(state), *_failures(state), Text(), *_marks(state, width), Text(), _tiers(state))
        )


def _headline(state: Verification) -> Text:
    tally = state.tally
    if not state.finished:
        now = f"now {state.running}" if state.running else "starting"
        return Text(f"{tally.ended:,} of {tally.planned:,} checked; {now}")
    if state.interrupted:
        words = verified_words(state)
        return Text(f"{words[0].upper()}{words[1:]}.", style="bold red" if state.failures else "yellow")
    sentence = f"{verified_words(state)}, in every plan of kernels"
    others = f"; {tally.unsupported:,} are not supported here." if tally.unsupported else "."
    return Text(sentence + others, style="bold red" if state.failures else "bold green")


def _marks(state: Verification, width: int) -> Iterator[Table]:
    """Yield tables with a row per suite and dtype, and below each adapter the results that hold.

    Adapters that do not fit ``width`` beside the others follow in a further table, since nothing is cut.
    """
    tallies = state.tallies(_row)
    named = max((len(suite) + len(dtype) for suite, dtype in (("suite", "dtype"), *tallies)), default=0) + 2 * _GAP
    columns = [(adapter.id, [_mark(cells.get(adapter.id)) for cells in tallies.values()]) for adapter in state.adapters]
    while columns:
        room, shown = width - named, 0
        for name, marks in columns:
            room -= max(len(name), *(mark.cell_len for mark in marks), 0) + _GAP
            if room < 0 and shown:
                break
            shown += 1
        yield _table(list(tallies), columns[:shown])
        columns = columns[shown:]


def _table(rows: Sequence[tuple[str, str]], columns: Sequence[tuple[str, Sequence[Text]]]) -> Table:
    table = Table(box=None, padding=(0, _GAP, 0, 0))
    for name in ("suite", "dtype", *(name for name, _ in columns)):
        table.add_column(Text(name, style="bold"), no_wrap=True)
    last = ""
    for place, (suite, dtype) in enumerate(rows):
        marks = (marks[place] for _, marks in columns)
        table.add_row(Text("" if suite == last else suite, style="bold"), dtype, *marks)
        last = suite
    return table


def _row(result: Verified) -> tuple[str, str]:
    return result.id.suite, result.id.dtype


def _mark(tally: Tally | None) -> Text:
    if tally is None:
        return Text("")
    wrong, done = tally.failing > 0, tally.ended == tally.planned
    return Text(tally_mark(tally), "bold red" if wrong else "green" if done and tally.holding else "dim")


def _tiers(state: Verification) -> Table:
    table = Table.grid(padding=(0, 2))
    for adapter in state.adapters:
        fingerprint = state.fingerprints.get(adapter.id)
        table.add_row(Text(adapter.id, style="bold cyan"), Text(tiers(fingerprint) if fingerprint else "…"))
    return table


def _failures(state: Verification) -> list[Text]:
    """Return what is wrong, a paragraph each, above the table: below it nobody might look."""
    shown = [
        Text(f"\n≠ {result.id}: {verification_failures(result)}", style="red")
        for result in state.failures[:_MOST_FAILURES]
    ]
    more = len(state.failures) - len(shown)
    return [*shown, *([Text(f"\nand {more:,} more", style="red")] if more else [])]
