"""The application: holds the model, drives the source, and turns keys into actions."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import App, SystemCommand
from textual.screen import Screen
from textual.worker import Worker, WorkerCancelled

from paragon_tui.engine.messages.events import RunStarted
from paragon_tui.exit_status import INTERRUPTED, OK
from paragon_tui.formatting.quantities import counted, duration
from paragon_tui.sessions import paths, settings, ticks
from paragon_tui.suites.case import DTYPES, Arithmetic
from paragon_tui.tui.actions import ACTIONS, MOVES, Action, key_name
from paragon_tui.tui.ascii_filter import AsciiFilter, in_ascii, is_unicode
from paragon_tui.tui.main_screen import MainScreen
from paragon_tui.tui.model import PAINTS_PER_SECOND, Model
from paragon_tui.tui.pages.page import Page
from paragon_tui.tui.signals import heed_signals, leave_without_terminal
from paragon_tui.tui.source import RunHandle, Source
from paragon_tui.tui.themes import CONTRAST, DARK, LIGHT, THEMES
from paragon_tui.tui.widgets.earlier import Earlier
from paragon_tui.tui.widgets.tick_tree import TickTree
from paragon_tui.tui.with_results import WithResults

if TYPE_CHECKING:
    from textual.driver import Driver
    from textual.filter import LineFilter
    from textual.theme import Theme

    from paragon_tui.backends.adapter import Adapter
    from paragon_tui.engine.messages.job import JobId, Sampling
    from paragon_tui.engine.runner.requests import Selection
    from paragon_tui.sessions.catalog import SessionLine
    from paragon_tui.sessions.choices import Choice
    from paragon_tui.sessions.sides import Side
    from paragon_tui.suites.overrides import Overrides
    from paragon_tui.tui.verifying import Verifying

PROCESSES = 3  # of a repeated run
LEAVE_S = 10.0  # a driver that hangs must not block the terminal
BELL_ABOVE_S = 30.0  # at the end of a run that took longer


def _settle_memory() -> None:
    """Have the collections of a run pass over all that is there when it begins, as those of the start do.

    A full one visits every object: with a thousand results it holds the keys up for a tenth of a second.
    """
    if gc.get_freeze_count():
        gc.unfreeze()
        gc.collect()
        gc.freeze()


def _local_now() -> datetime:
    return datetime.now().astimezone()


class ParagonApp(App[int]):
    """The application. ``launch.make_app`` builds it with the real engine; tests inject a source and paths."""

    TITLE = "paragon-tui"
    CSS_PATH = ["app.tcss", "main_screen.tcss"]  # Textual does not load a default screen's own CSS_PATH
    BINDINGS = [*(action.binding for action in ACTIONS if action.place == "anywhere"), *MOVES]
    PLACE = "Everywhere"

    def __init__(
        self,
        source: Source,
        database: Path,
        exports: Path,
        settings_file: Path,
        clock: Callable[[], float] = time.monotonic,
        driver_class: type[Driver] | None = None,
        now: Callable[[], datetime] = _local_now,
    ) -> None:
        super().__init__(driver_class)
        self._database, self._now = database, now
        self._sides: tuple[Side, Side] | None = None  # what was compared last
        self._source = source
        self._exports = exports
        self._ticks_file, self._choices_file = database.parent / "ticks.json", paths.choices_beside(database)
        self._run: RunHandle | None = None
        self._verifying: Verifying | None = None
        self._probing: Worker[None] | None = None
        self._toasts = 0
        self._title = ""
        self._run_pending = False
        self._pending_sampling: Sampling | None = None
        self._status = OK
        self._ticks = 0
        self.model = Model(source.apis, database, clock)
        self._settings_file = settings_file
        self._unicode = is_unicode(os.environ)
        self._ascii = AsciiFilter()
        self.previewing = False  # a theme that nobody has chosen yet
        self.settings, problems = settings.load(settings_file)
        for theme in THEMES:
            self.register_theme(theme)
        if self.settings.theme in self.available_themes:
            self.theme = self._shown_theme(self.settings.theme)
        else:
            self.theme = DARK.name
            problems.append(f"{settings_file}: there is no theme {self.settings.theme!r}; ctrl+p lists them")
        for problem in (*problems, *self._take_keys()):
            self.model.say("warning", problem)

    def get_default_screen(self) -> Screen[None]:
        """Build the page of the run, over which all others are opened."""
        earlier = Earlier(self._database, self._now, self.open_session)
        self.main = MainScreen(self.model, ticks.load(self._ticks_file), earlier)
        return self.main

    def on_ready(self) -> None:
        """Start discovery only after the first frame, since its processes would compete with it for the cores."""
        if not gc.isenabled():
            gc.freeze()  # objects made at the start stay alive: later collections need not visit them
            gc.enable()
        self.run_worker(self._discover(), group="discovery")
        self.theme_changed_signal.subscribe(self, self._keep_theme)
        self.set_interval(1 / PAINTS_PER_SECOND, self._tick)
        if self._driver is not None and not self.is_headless:
            heed_signals(self._driver, self.end, self._stop_with)
            self._watch = self.set_interval(1.0, partial(leave_without_terminal, self._driver, self._end_unseen))

    def _tick(self) -> None:
        """Paint: in a run once a second, since it is measured on the cores that paint."""
        self._ticks = (self._ticks + 1) % PAINTS_PER_SECOND
        if self._ticks == 0 or not self.model.run_active:
            self._paint()

    def _paint(self) -> None:
        if not self.screen_stack:  # the timer may fire once more while the app shuts down
            return
        self._repaint_under_toasts()
        self._show_terminal_title()
        self.model.collect_notes()
        if self.main.paintable and (self.model.changed or self.model.run_active):
            if isinstance(self.screen, Page) and self.screen.paintable:
                self.screen.paint()
            self.main.paint()

    def _show_terminal_title(self) -> None:
        """Have the terminal's title tell how far a run is: ``paragon 62 % · 21 s left``."""
        left = self.model.seconds_left()
        title = "paragon-tui"
        if left is not None:
            title = f"paragon {100 * self.model.session.share_done:.0f} % · {duration(left)} left"
        if title != self._title and self._driver is not None and not self.is_headless:
            self._title = title
            self._driver.write(f"\x1b]0;{in_ascii(title) if self.in_ascii else title}\x07")

    def _repaint_under_toasts(self) -> None:
        """Repaint the whole screen when a toast disappears: after a scroll, Textual 8.2 leaves parts of it behind."""
        toasts = len(self.screen.query("Toast"))
        if toasts < self._toasts:
            self.screen.refresh()
        self._toasts = toasts

    async def _discover(self) -> None:
        async for event in self._source.discover():
            self.model.apply(event)
        if self._run_pending:
            self._run_pending = False
            self.main.paint()  # so that the last adapters found have their lines and ticks
            self._measure_ticked(self._pending_sampling)
        else:
            self._start_probing()

    def _start_probing(self) -> None:
        """Probe the adapters without a fingerprint; a run or a verification may have interrupted the probing."""
        unprobed = [adapter for adapter in self.model.adapters if adapter.id not in self.model.fingerprints]
        if unprobed:
            self._probing = self.run_worker(self._probe(unprobed), group="probing")

    async def _probe(self, adapters: Sequence[Adapter]) -> None:
        async for event in self._source.probe(adapters):
            self.model.apply(event)

    async def stop_probing(self) -> None:
        """Stop probing and end its process: one adapter computes at a time, and a run's workers probe by themselves."""
        if self._probing is not None and not self._probing.is_finished:
            self._probing.cancel()
            with suppress(WorkerCancelled):
                await self._probing.wait()

    async def _measure(self, run: RunHandle) -> None:
        try:
            await self.stop_probing()
            async for event in run.events():
                self.model.apply(event)
                if isinstance(event, RunStarted):
                    _settle_memory()
        finally:
            self._run = None
            self.model.end_run()
            if self.settings.bell and self.model.last_run_s > BELL_ABOVE_S:
                self.bell()
            self._update_expected()
        if self.model.leaving:
            self.exit(return_code=self._status)
        else:
            self._start_probing()

    def _shown_theme(self, name: str) -> str:
        """Return the theme to show for one that is set.

        Of the terminal's own colours none are left under ``NO_COLOR``; in 16 colours, the usual theme turns grey.
        """
        if name not in self.available_themes:
            name = DARK.name
        if name == DARK.name and self.console.color_system == "standard":
            return CONTRAST.name
        theme = self.available_themes[name]
        return (DARK if theme.dark else LIGHT).name if self.no_color and theme.ansi else name

    @property
    def in_ascii(self) -> bool:
        """True where marks, rules and plots are painted in ASCII."""
        characters = self.settings.characters
        return characters == "ascii" or (characters == "auto" and not (self._unicode or self.is_web))

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return what everything that is painted goes through."""
        return [*super().get_line_filters(), *([self._ascii] if self.in_ascii else [])]

    def _keep_theme(self, theme: Theme) -> None:
        if not self.previewing and theme.name != self._shown_theme(self.settings.theme):
            self.change(replace(self.settings, theme=theme.name))

    def theme_names(self) -> list[str]:
        """Return the themes there are, those of this program first."""
        own = [theme.name for theme in THEMES]
        return [*own, *sorted(set(self.available_themes) - set(own))]

    def _take_keys(self) -> list[str]:
        """Give actions the keys of the settings; return what is wrong with them, a line each."""
        if not self.settings.keys and not self.model.keymap:
            return []  # the first paint waits for nothing that it does not need
        from paragon_tui.tui.keymap import sound_keys, textual_keymap

        self.model.keymap, problems = sound_keys(self.settings.keys)
        self.set_keymap(textual_keymap(self.model.keymap))
        return [f"{settings.place(self._settings_file, id_)}: {words}" for id_, words in problems.items()]

    def keys_of(self, action: Action) -> str:
        """Return the keys of an action as people write them: those of the settings, else the usual one."""
        return " ".join(map(key_name, self.model.keymap.get(action.id, (action.key,))))

    def change(self, changed: settings.Settings) -> None:
        """Take changed settings at once, and keep them."""
        before, self.settings = self.settings, changed
        self.theme = self._shown_theme(changed.theme)
        self.refresh_css(animate=False)
        self._take_keys()
        self._update_expected()
        try:
            settings.save(self._settings_file, before, changed)
        except OSError as error:
            self.model.say("warning", f"{self._settings_file} could not be written: {error.strerror}")

    def notify(self, message: str, *, markup: bool = False, **options: Any) -> None:
        """Show a toast, whose words are taken as they are: paths and messages may hold brackets."""
        super().notify(message, markup=markup, **options)

    # --- actions: names are the registry's -------------------------------------------------------------------

    def action_run(self) -> None:
        """Measure everything ticked."""
        self._measure_ticked(self._usual_sampling)

    def action_run_fast(self) -> None:
        """Measure everything ticked with short sampling."""
        from paragon_tui.engine.messages.job import FAST

        self._measure_ticked(FAST)

    def action_run_repeated(self) -> None:
        """Measure everything ticked in three fresh processes."""
        from paragon_tui.engine.messages.job import Sampling

        self._measure_ticked(replace(self.settings.sampling(Sampling()), repeat=PROCESSES))

    @property
    def _usual_sampling(self) -> Sampling | None:
        """The sampling that the settings ask for; ``None`` where they ask for none."""
        from paragon_tui.engine.messages.job import Sampling

        sampling = self.settings.sampling(Sampling())
        return None if sampling == Sampling() else sampling

    def _measure_ticked(self, sampling: Sampling | None) -> None:
        if self.model.changed:
            self.main.paint()  # adapters are ticked when they are painted, and the last ones may just have been found
        cases, adapters, arithmetic = self.main.ticked_cases, self.main.ticked_adapters, self.main.ticked_arithmetic
        if self._run is not None:
            self._tell_running()
        elif self._verifying is not None:
            shows, stops = self.model.key("verify"), self.model.key("stop")
            self.notify(f"A verification is in progress. {shows} shows it, {stops} stops it.", severity="warning")
        elif self.model.searching:
            self._run_pending = True
            self._pending_sampling = sampling
            apis = ", ".join(sorted(self.model.searching))
            self.notify(f"The run starts when all adapters are found; still searching: {apis}.")
        elif not cases or not adapters or not arithmetic:
            missing = "case" if not cases else "adapter" if not adapters else "arithmetic"
            self.notify(f"No {missing} is ticked; tick one with space, or all with a.", severity="warning")
        elif not self._source.expected(self._selection())[0]:
            self.notify("None of the ticked cases runs in the ticked arithmetic; tick another.", severity="warning")
        else:
            self._save_ticks()
            results, seconds = self._source.expected(self._selection(), sampling)
            self._ask_if_long(results, seconds, partial(self._begin, sampling))

    def _ask_if_long(self, results: int, seconds: float, run: Callable[[], None]) -> None:
        """Run in turn with other programs of this name; what takes longer than the settings say is asked for."""
        begin = partial(self._take_turn, run)
        if seconds < 60 * self.settings.ask_above_minutes:
            begin()
            return
        from paragon_tui.tui.dialogs.question import Question

        stops = f"{self.model.key('stop')} stops it at any time"
        text = f"{counted(results, 'result')}. {stops}, and what was measured is kept."
        question = Question(f"Measure for about {duration(seconds)}?", text, "No", "Run")
        self.push_screen(question, lambda go: begin() if go else None)

    def _take_turn(self, begin: Callable[[], None]) -> None:
        """Begin to measure, when no other paragon-tui does."""
        if self.model.take_turn():
            begin()
            return
        from paragon_tui.tui.dialogs.turn import TurnScreen

        self.push_screen(TurnScreen(self.model.take_turn), lambda go: begin() if go else None)

    def _begin(self, sampling: Sampling | None) -> None:
        self._follow(self._source.run(self._selection(), sampling))

    def _follow(self, run: RunHandle, goes_on: bool = False) -> None:
        """Begin a session with the events of a run; with ``goes_on``, with what the last one has."""
        self.model.begin_run(goes_on)
        self.main.action_follow()
        self._run = run
        self._paint()
        self.run_worker(self._measure(self._run), group="run")
        if self.main.has_class("-tabs"):
            self.main.show_tab("results")

    def _selection(self) -> Selection:
        """Return everything ticked."""
        from paragon_tui.engine.runner.requests import Selection  # late, to keep the first paint fast

        return Selection(
            self.main.selected_cases,
            tuple(self.model.adapters),
            tuple(self.main.ticked_adapters),
            self.main.ticked_arithmetic,
            dict(self.model.discovery_ms),
        )

    @on(TickTree.Ticked)
    def _update_expected(self) -> None:
        """Update the size and time of a run of everything ticked, once all adapters are known."""
        if self.main.paintable and not self.model.searching and self._run is None:
            from paragon_tui.engine.messages.job import FAST

            selection = self._selection()
            self.model.expected = self._source.expected(selection, self._usual_sampling)
            self.model.expected_fast_s = self._source.expected(selection, FAST)[1]
            self.model.changed = True

    def _save_ticks(self) -> None:
        try:
            ticks.save(self._ticks_file, self.main.ticks())
        except OSError as error:
            self.model.say("warning", f"the ticks could not be saved: {error}")

    def action_stop(self) -> None:
        """Stop the run or the verification, if a person means it."""
        from paragon_tui.tui.dialogs.question import Question

        if (run := self._run) is not None:
            done, planned = self.model.progress()
            text = f"{done} of {counted(planned, 'result')} are done, and are kept with what was measured so far."
            self.push_screen(Question("Stop the run?", text, "Go on", "Stop"), partial(self._stop, run))
        elif self._verifying is not None:
            tally = self._verifying.state.tally
            text = f"{tally.ended:,} of {counted(tally.planned, 'result')} are checked."
            question = Question("Stop the verification?", text, "Go on", "Stop")
            self.push_screen(question, partial(self._stop, self._verifying.run))

    def _stop(self, run: RunHandle, stop: bool | None) -> None:
        if stop and run in (self._run, self._verifying.run if self._verifying else None):
            run.stop()
            self.notify("Stopping; results so far are kept.")

    def action_hold(self) -> None:
        """Hold measuring, or let it go on."""
        if self._run is None:
            self.notify("Nothing is measured.", severity="warning")
            return
        self.model.hold(not self.model.held)
        self._run.hold(self.model.held)
        self._paint()

    def action_skip(self) -> None:
        """End the case being measured."""
        running = self.model.running()
        if self._run is None or running is None:
            self.notify("Nothing is measured.", severity="warning")
            return
        self._run.skip()
        self.notify(f"Skipping {running.id.label}; its samples are kept.")

    def action_go_on(self) -> None:
        """Go on with a run that was stopped."""
        stopped = {result.id for result in self.model.session.results.values() if result.status == "stopped"}
        self._measure_again(stopped, "There is no stopped run to go on with.")

    def action_again(self) -> None:
        """Measure the selected case again."""
        self._measure_again({result.id for result in self.main.results.row}, "There is nothing to measure again.")

    def action_again_failed(self) -> None:
        """Measure again what has no sound figures."""
        results = self.model.session.listed
        poor = {result.id for result in results if result.failed or result.conditions.mark == "!"}
        stopped = {result.id for result in results if result.status == "stopped"}
        self._measure_again(poor | stopped, "Nothing failed, was skipped, or is doubtful.")

    def _tell_running(self, further: str = "") -> None:
        self.notify(f"A run is in progress. {self.model.key('stop')} stops it{further}.", severity="warning")

    def _measure_again(self, ids: Collection[JobId], none: str) -> None:
        """Go on with the session: measure the cases of ``ids`` again."""
        if self._run is not None or self._verifying is not None:
            self._tell_running()
        elif not ids or not self.model.session.finished:
            self.notify(none, severity="warning")
        else:
            session = self.model.session
            results, seconds = self._source.expected_again(session, ids)
            run = partial(self._source.again, session, ids)
            self._ask_if_long(results, seconds, lambda: self._follow(run(), goes_on=True))

    def action_pause(self) -> None:
        """Pause or resume the view; a run continues."""
        self.model.paused = not self.model.paused
        self.model.changed = True
        self._paint()

    def action_export(self) -> None:
        """Write the CSV and report its path."""
        from paragon_tui.sessions.csv_export import export_csv

        if not any(result.ended for result in self.model.session.listed):
            self.notify(f"Nothing to export yet: press {self.model.key('run')} to run.", severity="warning")
            return
        folder = self.settings.exports(self._exports)
        try:
            path = export_csv(self.model.session, folder, self.settings.dialect)
        except OSError as error:
            again = f"press {self.model.key('export')} to try again"
            self.notify(
                f"Cannot write to {folder}: {error.strerror}. Nothing is lost; {again}.",
                severity="error",
                timeout=15,
            )
            return
        self.model.say("info", f"exported to {path}")
        self.tell_export(path)

    def tell_export(self, path: Path) -> None:
        """Say where an export is; a browser downloads it, too."""
        if self.is_web:
            self.deliver_binary(path)
        self.notify(f"Exported to {path}{', and to the browser' if self.is_web else ''}", timeout=10)

    def action_choices(self) -> None:
        """Tick a saved choice, or save what is ticked."""
        from paragon_tui.sessions.choices import Choice, kept
        from paragon_tui.tui.dialogs.choices import ChoicesScreen

        if self.model.searching:
            self.notify("Adapters are still being searched; press again when all are found.", severity="warning")
            return
        if self.model.changed:
            self.main.paint()  # adapters are ticked when they are painted, and the last ones may just have been found
        main = self.main
        ticked = set(main.ticked_adapters)
        adapters = tuple(kept(adapter) for adapter in self.model.adapters if adapter.id in ticked)
        choice = Choice(tuple(main.ticked_cases), adapters, main.ticked_arithmetic, main.overrides)
        self.push_screen(ChoicesScreen(self._choices_file, choice), self._take_choice)

    def _take_choice(self, choice: Choice | None) -> None:
        if choice is None:
            return
        from paragon_tui.tui.dialogs.choices import not_here, summary

        there, missing = choice.among(self.model.adapters)
        self.main.take(choice, [adapter.id for adapter in there])
        self._update_expected()
        self.notify(f"Ticked: {summary(choice)}.{not_here(missing)}")

    def action_overrides(self) -> None:
        """Ask for a batch size and a learning rate other than the defaults."""
        from paragon_tui.tui.dialogs.overrides import OverridesScreen

        self.push_screen(OverridesScreen(self.main.overrides), self._apply_overrides)

    def _apply_overrides(self, overrides: Overrides | None) -> None:
        if overrides is not None and overrides != self.main.overrides:
            self.main.overrides = overrides
            self._update_expected()

    def action_details(self) -> None:
        """Show all that is known of the adapters."""
        self.action_page("adapters")

    def action_page(self, name: str) -> None:
        """Go to a page, by its name in ``head.PAGES``."""
        while isinstance(self.screen, Page):  # an opened session lies over the page of all
            self.pop_screen()
        if name == "history":
            from paragon_tui.tui.pages.history import HistoryPage

            folder, dialect = self.settings.exports(self._exports), self.settings.dialect
            page = HistoryPage(self.model, self._database, folder, dialect, self._now, self)
            self.push_screen(page)
        elif name == "compare":
            from paragon_tui.tui.pages.compare import ComparePage

            self.push_screen(ComparePage(self.model, self._database, self._now, self._sides, self._keep_sides))
        elif name == "bits":
            self.action_verify()
        elif name == "adapters":
            from paragon_tui.tui.pages.adapters import AdaptersPage

            self.push_screen(AdaptersPage(self.model, self._source.examine))
        elif name == "settings":
            from paragon_tui.tui.pages.settings import SettingsPage

            self.push_screen(SettingsPage(self.model, self))
        elif name == "plots":
            from paragon_tui.tui.pages.plots import PlotsPage

            self.push_screen(PlotsPage(self.model, self.main))

    def compare(self, earlier: str, later: str) -> None:
        """Go to the comparison of two sessions, by their ids."""
        from paragon_tui.sessions.sides import Side

        self._keep_sides((Side(earlier), Side(later)))
        self.action_page("compare")

    def open_session(self, line: SessionLine) -> None:
        """Show the results of a saved session; of one that is running, where they are."""
        self.run_worker(self._open_session(line), group="open", exclusive=True)

    async def _open_session(self, line: SessionLine) -> None:
        from paragon_tui.sessions.catalog import TROUBLES
        from paragon_tui.sessions.opened_session import opened_session
        from paragon_tui.tui.pages.session import SessionPage

        if self.model.is_measuring(line.id):
            key = self.model.key("page_run")
            self.notify(f"This session is running: its page is that of the run ({key}).", severity="warning")
            return
        try:
            session = await asyncio.to_thread(opened_session, line.id, self._database)
        except TROUBLES as error:
            self.notify(f"It cannot be opened: {error}", severity="error")
            return
        await self.push_screen(SessionPage(self.model, session, line, self._now))

    def _keep_sides(self, sides: tuple[Side, Side]) -> None:
        self._sides = sides

    def action_verify(self) -> None:
        """Check every adapter's bits against the shipped digests, or show how far that is."""
        if self._run is not None:
            self._tell_running(f"; then press {self.model.key('verify')}")
        elif self.model.searching:
            apis = ", ".join(sorted(self.model.searching))
            self.notify(
                f"Still searching for adapters: {apis}. Press {self.model.key('verify')} again when all are found."
            )
        else:
            from paragon_tui.tui.dialogs.verification import VerificationScreen

            verifying = self._verifying or self._begin_to_verify()
            self.push_screen(VerificationScreen(verifying))

    def _begin_to_verify(self) -> Verifying:
        from paragon_tui.engine.runner.requests import Selection
        from paragon_tui.engine.runner.selection import CaseFilter, select_verified
        from paragon_tui.tui.verifying import Verifying

        adapters = tuple(self.model.adapters)
        cases = select_verified(CaseFilter(fast=True))
        everything = Selection(cases, adapters, tuple(a.id for a in adapters), tuple(map(Arithmetic, DTYPES)))
        self._verifying = Verifying(self._source.verify(everything), self.model)
        self.run_worker(self._verify(self._verifying), group="verification")
        return self._verifying

    async def _verify(self, verifying: Verifying) -> None:
        self.model.verification = verifying.state
        try:
            await self.stop_probing()
            await verifying.follow()
        finally:
            self._verifying = self.model.verification = None
            self.model.changed = True
        self._start_probing()

    def action_settings(self) -> None:
        """Show and change settings and keys."""
        self.action_page("settings")

    def action_jump(self) -> None:
        """Go to the panel whose letter is pressed."""
        from paragon_tui.tui.dialogs.jump import JumpScreen

        self.push_screen(JumpScreen(self.screen), lambda panel: panel.focus() if panel is not None else None)

    def action_help(self) -> None:
        """Show the keys of where one is, all others, and all marks."""
        from paragon_tui.tui.dialogs.help import HelpScreen, sections

        self.push_screen(HelpScreen(sections(self.screen)))

    def action_press(self, key: str) -> None:
        """Do what another key does."""
        self.simulate_key(key)

    async def action_quit(self) -> None:
        """Quit; ask first during a run."""
        self._save_ticks()
        if self._run is None or self.model.leaving:
            await self.stop_probing()
            self.exit(return_code=self._status)
            return
        from paragon_tui.tui.dialogs.question import Question

        text = "Results so far are kept; the one being measured stays incomplete."
        self.push_screen(Question("A run is in progress", text, "Keep running", "Stop and quit"), self._leave)

    def _leave(self, leave: bool | None) -> None:
        """Stop the run, and exit as soon as its results are saved, or after ``LEAVE_S``."""
        if not leave:
            return
        if self._run is None:
            self.exit(return_code=self._status)
            return
        self.model.leaving = True
        self._run.stop()
        self.set_timer(LEAVE_S, lambda: self.exit(return_code=self._status))

    def end(self) -> None:
        """Leave without a question: somebody ends the program from outside."""
        if self.main.paintable:  # a page may be closed before anything is there
            self._save_ticks()
        self._status = INTERRUPTED
        self._leave(True)

    def _end_unseen(self) -> None:
        """Leave since the terminal is gone, which is seen once."""
        self._watch.stop()
        self.end()

    async def _stop_with(self, stop_itself: Callable[[], None]) -> None:
        """Have ``stop_itself`` stop this process, and what it measures or verifies with it, until it is continued."""
        async with AsyncExitStack() as paused:
            for run in (self._run, self._verifying.run if self._verifying else None):
                if run is not None:
                    await paused.enter_async_context(run.paused())
            stop_itself()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Offer what there is: in a browser there is no terminal to give back."""
        return not (self.is_web and action == "suspend_process")

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Yield every action of the registry, then Textual's own commands except those that duplicate one."""
        for action in ACTIONS:
            if action.name != "command_palette" and self.check_action(action.name, ()):
                words = f"{self.keys_of(action)} · {action.help}"
                yield SystemCommand(action.label, words, partial(self.run_from_palette, action))
        for command in super().get_system_commands(screen):
            if command.title not in ("Quit", "Keys"):
                yield command

    def run_from_palette(self, action: Action) -> None:
        """Run an action of the registry, on the page where it belongs."""
        here = action.place == "anywhere" or (action.place == "results" and isinstance(self.screen, WithResults))
        if not here:
            self.action_page("run")
        self.call_later(self.run_action, action.target)
