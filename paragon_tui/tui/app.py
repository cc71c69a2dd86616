"""The application: it holds the model, drives the source, and turns keys into actions."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import App, SystemCommand
from textual.screen import Screen
from textual.theme import Theme
from textual.worker import Worker, WorkerCancelled

from paragon_tui.engine.runner.selection import digested_cases
from paragon_tui.sessions import paths, ticks
from paragon_tui.suites.case import DTYPES, Arithmetic
from paragon_tui.tui.actions import ACTIONS
from paragon_tui.tui.main_screen import MainScreen
from paragon_tui.tui.model import Model
from paragon_tui.tui.source import EngineSource, RunHandle, Source
from paragon_tui.tui.widgets.tick_tree import TickTree

if TYPE_CHECKING:
    from paragon_tui.backends.adapter import Adapter
    from paragon_tui.engine.messages.job import Sampling
    from paragon_tui.engine.runner.requests import Selection
    from paragon_tui.suites.overrides import Overrides

PAINTS_PER_SECOND = 6
PROCESSES = 3  # of a repeated run
LEAVE_S = 10.0  # a driver that hangs must not hold the terminal

THEME = Theme(
    name="paragon",
    primary="#4C78C9",
    secondary="#6AA9A0",
    accent="#E0AF68",
    warning="#E0AF68",
    error="#F7768E",
    success="#73D08A",
    foreground="#D5DAE5",
    background="#14171F",
    surface="#1B1F2A",
    panel="#232837",
)


class ParagonApp(App[int]):
    """``make_app`` builds it with the real engine; tests inject a source and paths."""

    TITLE = "paragon-tui"
    CSS_PATH = ["app.tcss", "main_screen.tcss"]  # a default screen's own CSS_PATH is not loaded
    BINDINGS = [action.binding for action in ACTIONS]

    def __init__(
        self, source: Source, database: Path, exports: Path, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._source = source
        self._exports = exports
        self._ticks_file = database.parent / "ticks.json"
        self._run: RunHandle | None = None
        self._probing: Worker[None] | None = None
        self._toasts = 0
        self._run_wanted = False
        self._sampling_wanted: Sampling | None = None
        self.model = Model(source.apis, database, clock)
        self.register_theme(THEME)
        self.theme = THEME.name

    def get_default_screen(self) -> Screen[None]:
        """The one screen."""
        self.main = MainScreen(self.model, ticks.load(self._ticks_file))
        return self.main

    def on_ready(self) -> None:
        """Look for adapters once the first frame is out: its children would compete for the cores with it."""
        if not gc.isenabled():
            gc.freeze()  # what the start has made stays: later collections need not look at it
            gc.enable()
        self.run_worker(self._discover(), group="discovery")
        self.set_interval(1 / PAINTS_PER_SECOND, self._paint)

    def _paint(self) -> None:
        if not self.screen_stack:  # the app is being taken down, and its timer has ticked once more
            return
        self._repaint_under_toasts()
        if self.main.paintable and (self.model.changed or self.model.run_active):
            self.main.paint()

    def _repaint_under_toasts(self) -> None:
        """Paint the whole screen once a toast is gone: after a scroll, Textual 8.2 forgets where it has been."""
        toasts = len(self.screen.query("Toast"))
        if toasts < self._toasts:
            self.screen.refresh()
        self._toasts = toasts

    async def _discover(self) -> None:
        async for event in self._source.discover():
            self.model.apply(event)
        if self._run_wanted:
            self._run_wanted = False
            self.main.paint()  # what was found last gets its line, and its tick
            self._measure_ticked(self._sampling_wanted)
        else:
            self._start_probing()

    def _start_probing(self) -> None:
        """Ask the adapters that have not been asked: a run or a verification ended it before it came to them."""
        unasked = [adapter for adapter in self.model.adapters if adapter.id not in self.model.fingerprints]
        if unasked:
            self._probing = self.run_worker(self._probe(unasked), group="probing")

    async def _probe(self, adapters: Sequence[Adapter]) -> None:
        async for event in self._source.probe(adapters):
            self.model.apply(event)

    async def stop_probing(self) -> None:
        """End it, its process with it: one adapter computes at a time, and a run's workers probe for themselves."""
        if self._probing is not None and not self._probing.is_finished:
            self._probing.cancel()
            with suppress(WorkerCancelled):
                await self._probing.wait()

    async def _measure(self, run: RunHandle) -> None:
        try:
            await self.stop_probing()
            async for event in run.events():
                self.model.apply(event)
        finally:
            self._run = None
            self.model.end_run()
            self._expect()
        if self.model.leaving:
            self.exit(0)
        else:
            self._start_probing()

    # --- actions: names are the registry's -------------------------------------------------------------------

    def action_run(self) -> None:
        """Measure what is ticked."""
        self._measure_ticked(None)

    def action_run_fast(self) -> None:
        """Measure what is ticked, in little time."""
        from paragon_tui.engine.messages.job import FAST

        self._measure_ticked(FAST)

    def action_run_repeated(self) -> None:
        """Measure what is ticked in three fresh processes."""
        from paragon_tui.engine.messages.job import Sampling

        self._measure_ticked(Sampling(repeat=PROCESSES))

    def _measure_ticked(self, sampling: Sampling | None) -> None:
        cases, adapters, arithmetic = self.main.ticked_cases, self.main.ticked_adapters, self.main.ticked_arithmetic
        if self._run is not None:
            self.notify("A run is on; escape ends it.", severity="warning")
        elif self.model.searching:
            self._run_wanted = True
            self._sampling_wanted = sampling
            self.notify(f"Starts when all is found; looking under {', '.join(sorted(self.model.searching))}.")
        elif not cases or not adapters or not arithmetic:
            what = "case" if not cases else "adapter" if not adapters else "arithmetic"
            self.notify(f"No {what} is ticked; tick one with space, or all with a.", severity="warning")
        elif not self._source.expected(self._chosen())[0]:
            self.notify("No ticked case is there in the ticked arithmetic; tick another.", severity="warning")
        else:
            self._remember_ticks()
            self.model.begin_run()
            self.main.follow_run()
            self._run = self._source.run(self._chosen(), sampling)
            self.run_worker(self._measure(self._run), group="run")
            if self.main.has_class("-tabs"):
                self.main.show_tab("results")

    def _chosen(self) -> Selection:
        """What is ticked."""
        from paragon_tui.engine.runner.requests import Selection  # the first paint waits for nothing that a run needs

        return Selection(
            self.main.selected_cases,
            tuple(self.model.adapters),
            tuple(self.main.ticked_adapters),
            self.main.ticked_arithmetic,
            dict(self.model.discovery_ms),
        )

    @on(TickTree.Ticked)
    def _expect(self) -> None:
        """Say what a run of what is ticked would take, once all adapters are known."""
        if self.main.paintable and not self.model.searching and self._run is None:
            self.model.expected = self._source.expected(self._chosen())
            self.model.changed = True

    def _remember_ticks(self) -> None:
        try:
            ticks.save(self._ticks_file, self.main.ticks())
        except OSError as error:
            self.model.say("warning", f"what is ticked cannot be remembered: {error}")

    def action_stop(self) -> None:
        """End the run early."""
        if self._run is not None:
            self._run.stop()
            self.notify("Stopping; what was measured stays.")

    def action_hold(self) -> None:
        """Let the view stand still, or go on, while the run goes on."""
        self.model.paused = not self.model.paused
        self.model.changed = True
        self._paint()

    async def action_search(self) -> None:
        """Narrow the cases to what is typed."""
        await self.main.search()

    def action_tick_all(self) -> None:
        """Tick what the focused list shows."""
        self.main.tick_focused(True)

    def action_tick_none(self) -> None:
        """Untick what the focused list shows."""
        self.main.tick_focused(False)

    def action_export(self) -> None:
        """Write the CSV and say where."""
        from paragon_tui.sessions.csv_export import export_csv

        if not any(result.ended for result in self.model.session.listed):
            self.notify("Nothing to export yet: press r to run.", severity="warning")
            return
        try:
            path = export_csv(self.model.session, self._exports)
        except OSError as error:
            self.notify(
                f"{self._exports} cannot be written: {error.strerror}. Nothing is lost: make room, then press e again.",
                severity="error",
                timeout=15,
            )
            return
        self.model.say("info", f"exported to {path}")
        self.notify(f"Exported to {path}", timeout=10)

    def action_change(self) -> None:
        """Another batch or learning rate than the usual."""
        from paragon_tui.tui.dialogs.overrides import OverridesScreen

        self.push_screen(OverridesScreen(self.main.changes), self._change)

    def _change(self, changes: Overrides | None) -> None:
        if changes is not None and changes != self.main.changes:
            self.main.changes = changes
            self._expect()

    def action_figures(self) -> None:
        """Every figure of the selected result."""
        from paragon_tui.tui.dialogs.figures import FiguresScreen

        result = self.main.selected_result()
        if result is None or result.latency_ms is None:
            self.notify("The selected result has no figures.", severity="warning")
        else:
            self.push_screen(FiguresScreen(self.model.session, result))

    def action_advice(self) -> None:
        """When to use which adapter."""
        from paragon_tui.tui.dialogs.advice import AdviceScreen

        self.push_screen(AdviceScreen(self.model.session))

    def action_details(self) -> None:
        """Everything about the adapters."""
        from paragon_tui.tui.dialogs.adapter_details import AdapterDetails

        self.push_screen(AdapterDetails(self.model))

    def action_verify(self) -> None:
        """Check every adapter's bits against the shipped digests."""
        from paragon_tui.engine.runner.requests import Selection
        from paragon_tui.tui.dialogs.verification import VerificationScreen

        if self._run is not None:
            self.notify("A run is on; escape ends it, then V verifies.", severity="warning")
        elif self.model.searching:
            self.notify(
                f"Still looking under {', '.join(sorted(self.model.searching))}; press V again when all is found."
            )
        else:
            adapters = tuple(self.model.adapters)
            everything = Selection(
                digested_cases(), adapters, tuple(a.id for a in adapters), tuple(map(Arithmetic, DTYPES))
            )
            verification = VerificationScreen(self._source.verify(everything), self.model, self.stop_probing)
            self.push_screen(verification, lambda _: self._start_probing())

    def action_copy(self) -> None:
        """The selected result as text."""
        result = self.main.selected_result()
        if result is None or not result.differences:
            self.notify("The selected result has no values yet.", severity="warning")
            return
        lines = [f"{result.id}\tindex\treference\tvalue\tdelta\tulp\treference_hex\thex"]
        lines += [
            f"{result.id}\t{d.index}\t{d.reference!r}\t{d.value!r}\t{d.delta!r}\t{d.ulp}\t{d.reference_hex}\t{d.hex}"
            for d in result.differences
        ]
        self.copy_to_clipboard("\n".join(lines))
        self.notify(f"Copied the differences of {result.id}.")

    def action_show(self, tab: str) -> None:
        """Bring a panel to the front."""
        self.main.show_tab(tab)

    def action_help(self) -> None:
        """Keys and marks."""
        from paragon_tui.tui.dialogs.help import HelpScreen

        self.push_screen(HelpScreen())

    async def action_quit(self) -> None:
        """Leave; asks while a run is on."""
        self._remember_ticks()
        if self._run is None or self.model.leaving:
            await self.stop_probing()
            self.exit(0)
            return
        from paragon_tui.tui.dialogs.leave import LeaveScreen

        self.push_screen(LeaveScreen(), self._leave)

    def _leave(self, leave: bool | None) -> None:
        """End the run, and the program as soon as what was measured is kept, or after ``LEAVE_S``."""
        if not leave:
            return
        if self._run is None:
            self.exit(0)
            return
        self.model.leaving = True
        self._run.stop()
        self.set_timer(LEAVE_S, lambda: self.exit(0))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every action of the registry, then Textual's own that are not among them."""
        for action in ACTIONS:
            yield SystemCommand(action.label, action.help, lambda name=action.name: self.run_action_named(name))
        for command in super().get_system_commands(screen):
            if command.title not in ("Quit", "Keys"):
                yield command

    def run_action_named(self, name: str) -> None:
        """Run an action of the registry from the palette."""
        self.call_later(self.run_action, name)


def make_app(threads: int | None = None) -> ParagonApp:
    """The application on the real engine and the platform's folders; ``threads`` are those of the CPU baselines."""
    return ParagonApp(EngineSource(threads=threads), paths.database(), paths.exports_dir())


def run_app(threads: int | None = None) -> int:
    """Run it. Returns the exit status."""
    gc.disable()  # until the first frame: collecting costs a fifth of painting it, and finds nothing
    app = make_app(threads)
    app.run()
    return app.return_code or 0
