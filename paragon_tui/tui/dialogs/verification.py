"""The progress of a verification: every operation and dtype on every adapter against the shipped digests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from paragon_tui.engine.messages.events import Log, LogLevel, Probed
from paragon_tui.engine.results.verification import Verification
from paragon_tui.formatting.bits import tally_mark, tiers, verification_failures, verified_words
from paragon_tui.tui.model import PAINTS_PER_SECOND, Model

if TYPE_CHECKING:
    from paragon_tui.engine.results.verification import Tally, Verified
    from paragon_tui.tui.source import RunHandle

_MOST_FAILURES = 5


class VerificationScreen(ModalScreen[None]):
    """Starts the verification when shown; escape stops it, and the outcome is logged."""

    BINDINGS = [("escape,q,V", "leave", "Close")]

    def __init__(self, run: RunHandle, model: Model, ready: Callable[[], Awaitable[None]]) -> None:
        """Show ``run``, which starts after ``ready`` is awaited."""
        super().__init__()
        self._ready = ready
        self.run = run
        self._model = model
        self.verification = Verification()

    def compose(self) -> ComposeResult:
        """Yield one scrolling text."""
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = "Verify"
            dialog.border_subtitle = "esc stops and closes"
            yield Static(id="verification")

    def on_mount(self) -> None:
        """Start the verification."""
        self._paint()
        self.run_worker(self._verify(), group="verification")
        self.set_interval(1 / PAINTS_PER_SECOND, self._paint)

    async def _verify(self) -> None:
        await self._ready()
        try:
            async for event in self.run.events():
                self.verification.apply(event)
                if isinstance(event, Log | Probed):  # verifying stopped the probing: the rest is probed here
                    self._model.apply(event)
        finally:
            self._say_outcome()
        self._paint()
        self.query_one(VerticalScroll).border_subtitle = "esc closes"

    def _say_outcome(self) -> None:
        level: LogLevel = "error" if self.verification.failures else "info"
        self._model.say(level, f"verified: {verified_words(self.verification)}")

    def action_leave(self) -> None:
        """Stop the verification and close."""
        self.run.stop()
        self.dismiss()

    def _paint(self) -> None:
        state = self.verification
        self.query_one("#verification", Static).update(
            Group(_headline(state), *_failures(state), Text(), _marks(state), Text(), _tiers(state))
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


def _marks(state: Verification) -> Table:
    """Build a table with a row per suite and dtype, and below each adapter the results that hold."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("suite", "dtype", *(adapter.id for adapter in state.adapters)):
        table.add_column(Text(name, style="bold"), no_wrap=True)
    last = ""
    for (suite, dtype), cells in state.tallies(_row).items():
        marks = [_mark(cells.get(adapter.id)) for adapter in state.adapters]
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
