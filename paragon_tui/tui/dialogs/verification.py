"""The progress of a verification: every case and dtype on every adapter against the shipped digests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
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
from paragon_tui.formatting.bits import tiers, verification_failures, verified_mark
from paragon_tui.suites.case import DTYPES
from paragon_tui.tui.model import PAINTS_PER_SECOND, Model

if TYPE_CHECKING:
    from paragon_tui.engine.results.verification import Verified
    from paragon_tui.tui.source import RunHandle


class VerificationScreen(ModalScreen[None]):
    """Starts the verification when shown; escape stops it, and the outcome is logged."""

    BINDINGS = [("escape,q,V", "leave", "Close")]

    def __init__(self, run: RunHandle, model: Model, ready: Callable[[], Awaitable[None]]) -> None:
        """Show ``run``, which starts after ``ready`` is awaited."""
        super().__init__()
        self._ready = ready
        self._handle = run
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
            async for event in self._handle.events():
                self.verification.apply(event)
                if isinstance(event, Log | Probed):  # verifying stopped the probing: the rest is probed here
                    self._model.apply(event)
        finally:
            self._say_outcome()
        self._paint()
        self.query_one(VerticalScroll).border_subtitle = "esc closes"

    def _say_outcome(self) -> None:
        hold, planned = self.verification.counts
        level: LogLevel = "error" if self.verification.failures else "info"
        early = "" if self.verification.finished and not self.verification.interrupted else "; stopped early"
        self._model.say(level, f"verified: {hold} of {planned} results have the shipped bits{early}")

    def action_leave(self) -> None:
        """Stop the verification and close."""
        self._handle.stop()
        self.dismiss()

    def _paint(self) -> None:
        state = self.verification
        self.query_one("#verification", Static).update(
            Group(_headline(state), Text(), _marks(state), Text(), _tiers(state), *map(_failure, state.failures))
        )


def _headline(state: Verification) -> Text:
    hold, planned = state.counts
    if not state.finished:
        ended = sum(1 for result in state.results.values() if result.status is not None)
        return Text(f"{ended} of {planned} checked; {f'now {state.running}' if state.running else 'starting'}")
    if state.interrupted:
        return Text("Stopped early.", style="yellow")
    sentence = f"{hold} of {planned} have the shipped bits: logits, outputs and parameters, in every supported shape."
    return Text(sentence, style="bold red" if state.failures else "bold green")


def _marks(state: Verification) -> Table:
    """Build a table with a row per case; below each adapter a mark for each dtype."""
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column()
    for adapter in state.adapters:
        table.add_column(Text(f"{adapter.id}\n{' '.join(DTYPES)}", style="bold"), justify="left", no_wrap=True)
    results = {(result.id.case, result.id.adapter, result.id.dtype): result for result in state.results.values()}
    for case in dict.fromkeys(result.id.case for result in state.results.values()):
        cells = [
            _marks_by_dtype([results.get((case, adapter.id, dtype)) for dtype in DTYPES]) for adapter in state.adapters
        ]
        table.add_row(Text(case, style="bold"), *cells)
    return table


def _marks_by_dtype(results: Sequence[Verified | None]) -> Text:
    """Return a mark for each dtype, to stand below its name."""
    marks = Text()
    for dtype, result in zip(DTYPES, results, strict=True):
        mark, style = (verified_mark(result), _style(result)) if result else ("", "")
        marks.append(f"{mark:<{len(dtype)}} ", style)
    return marks


def _style(result: Verified) -> str:
    return "green" if result.holds else "bold red" if result.fails else "dim"


def _tiers(state: Verification) -> Table:
    table = Table.grid(padding=(0, 2))
    for adapter in state.adapters:
        fingerprint = state.fingerprints.get(adapter.id)
        table.add_row(Text(adapter.id, style="bold cyan"), Text(tiers(fingerprint) if fingerprint else "…"))
    return table


def _failure(result: Verified) -> Text:
    return Text(f"\n≠ {result.id}: {verification_failures(result)}", style="red")
