"""The only screen: adapters and cases, results, vectors, log; side by side if they fit, otherwise in tabs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Footer, RichLog, Static, Tab, Tabs

from paragon_tui.engine.messages.job import JobId
from paragon_tui.engine.runner.selection import all_cases
from paragon_tui.formatting import bits
from paragon_tui.formatting.session_lines import health_line
from paragon_tui.sessions.ticks import Ticks
from paragon_tui.suites.case import Arithmetic
from paragon_tui.suites.overrides import with_overrides
from paragon_tui.tui.actions import ACTIONS
from paragon_tui.tui.widgets.breakdown import Breakdown
from paragon_tui.tui.widgets.card import Card
from paragon_tui.tui.widgets.case_list import CaseList
from paragon_tui.tui.widgets.earlier import Earlier
from paragon_tui.tui.widgets.head import Head
from paragon_tui.tui.widgets.histogram import Histogram
from paragon_tui.tui.widgets.results_panel import ResultsPanel
from paragon_tui.tui.widgets.results_table import ResultsTable
from paragon_tui.tui.widgets.scaling import Scaling
from paragon_tui.tui.widgets.status import Status
from paragon_tui.tui.widgets.text_panel import TextPanel
from paragon_tui.tui.widgets.tick_tree import Branch, Leaf, TickTree
from paragon_tui.tui.widgets.timing_strip import TimingStrip
from paragon_tui.tui.widgets.training import TrainingView
from paragon_tui.tui.widgets.vectors import Bars, Differences
from paragon_tui.tui.with_results import WithResults

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paragon_tui.backends.adapter import Adapter
    from paragon_tui.engine.results.result import Result
    from paragon_tui.sessions.choices import Choice
    from paragon_tui.suites.case import Case
    from paragon_tui.suites.overrides import Overrides
    from paragon_tui.tui.model import LogLine, Model

LEAST_SIZE = (80, 24)
WIDE_SIZE = (116, 30)
ROOMY_WIDTH, TALL_HEIGHT = 170, 45
TABS = ("choose", "results", "vectors", "messages")
_TAB_LABELS = ("Adapters & cases", "Results", "Vectors", "Log")
_ARITHMETIC = {
    "f32": Arithmetic("f32"),
    "plain": Arithmetic("f32", "plain"),
    "vector": Arithmetic("f32", "vector"),
    "for-loop": Arithmetic("f32", "for-loop"),
    "f16": Arithmetic("f16"),
    "i8": Arithmetic("i8"),
}
_ARITHMETIC_LEAVES = (
    Leaf("f32", "f32", "same bits"),
    Leaf("plain", "f32", "naive kernel"),
    Leaf("vector", "f32", "mlp vector"),
    Leaf("for-loop", "f32", "mlp for-loop"),
    Leaf("f16", "f16", "same bits"),
    Leaf("i8", "i8", "same bits"),
)
_LOG_STYLES = {"info": "", "warning": "yellow", "error": "bold red", "driver": "dim"}


class MainScreen(WithResults):
    """The panels, painted from a model."""

    AUTO_FOCUS = "#cases"
    BINDINGS = [action.binding for action in ACTIONS if action.place != "anywhere"]
    PLACE = "Run"

    def __init__(self, model: Model, ticks: Ticks, earlier: Earlier) -> None:
        super().__init__(classes=f"-show-{TABS[0]} -fresh")
        self._ticks = ticks
        self._model = model
        self._earlier = earlier
        self._logged = 0
        self._known_adapters: tuple[str, ...] = ()

    @property
    def measured(self) -> Model:
        """The model of the run."""
        return self._model

    def compose(self) -> ComposeResult:
        """Yield all panels; the style sheet lays them out."""
        yield Head("run")
        yield Tabs(*(Tab(label, id=f"tab-{name}") for name, label in zip(TABS, _TAB_LABELS, strict=True)), id="tabs")
        with Horizontal(id="body"):
            with Vertical(id="choose"):
                yield TickTree(id="adapters")
                yield CaseList()
                yield TickTree(id="arithmetic")
                yield self._earlier
            with Vertical(id="right"):
                yield ResultsPanel(id="results")
                yield Card(id="card")
                with Horizontal(id="below"):
                    with Vertical(id="selected"):
                        yield Scaling(id="scaling")
                        yield TimingStrip(id="strip")
                    with Vertical(id="spent"):
                        yield Histogram(id="histogram")
                        yield Breakdown(id="breakdown")
                    with Vertical(id="vectors"):
                        yield TrainingView(id="training")
                        yield Bars(id="bars")
                        yield Differences(id="differences")
        with Vertical(id="messages"):
            yield RichLog(id="log", max_lines=500, wrap=True, auto_scroll=True)
        yield Static(id="too-small")
        yield TextPanel(id="health")
        yield Status(id="status")
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """Restore the ticks of the last launch; at first the defaults, so that r alone is enough to start."""
        for name, title in (
            ("adapters", "Adapters"),
            ("arithmetic", "Arithmetic"),
            ("scaling", "Time against size"),
            ("strip", "Timing"),
            ("breakdown", "Where the time goes"),
            ("log", "Log"),
        ):
            self.query_one(f"#{name}").border_title = title
        self.query_one(CaseList).show(self._ticks.cases)
        arithmetic = self.query_one("#arithmetic", TickTree)
        arithmetic.set_lines(_ARITHMETIC_LEAVES)
        arithmetic.tick(self._ticks.arithmetic, on=True)
        self.paint()

    # --- what is ticked -------------------------------------------------------------------------------------

    @property
    def ticked_cases(self) -> list[str]:
        """The ids of the ticked cases, in order."""
        tree = self.query_one("#cases", TickTree)
        return [key for key in tree.leaf_keys() if key in tree.ticked]

    @property
    def overrides(self) -> Overrides:
        """The requested batch size and learning rate."""
        return self._ticks.overrides

    @overrides.setter
    def overrides(self, overrides: Overrides) -> None:
        self._ticks = replace(self._ticks, overrides=overrides)
        self._ticked()

    @property
    def selected_cases(self) -> tuple[Case, ...]:
        """The ticked cases, with the requested batch size and learning rate."""
        ticked = set(self.ticked_cases)
        return with_overrides((case for case in all_cases() if case.id in ticked), self.overrides)

    @property
    def ticked_adapters(self) -> list[str]:
        """The ids of the ticked adapters, in order."""
        tree = self.query_one("#adapters", TickTree)
        return [adapter.id for adapter in self._model.adapters if adapter.id in tree.ticked]

    @property
    def ticked_arithmetic(self) -> tuple[Arithmetic, ...]:
        """The ticked dtypes and variants, in order of dtypes."""
        ticked = self.query_one("#arithmetic", TickTree).ticked
        return tuple(arithmetic for key, arithmetic in _ARITHMETIC.items() if key in ticked)

    def ticks(self) -> Ticks:
        """Return the current ticks, to be restored at the next launch."""
        cases, adapters = self.query_one("#cases", TickTree), self.query_one("#adapters", TickTree)
        return self._ticks.after(
            [adapter for adapter in self._model.adapters if adapter.id in self._known_adapters],
            cases.ticked,
            adapters.ticked,
            self.query_one("#arithmetic", TickTree).ticked,
        )

    def take(self, choice: Choice, adapters: Iterable[str]) -> None:
        """Tick what a choice has, on the adapters with these ids, and nothing else."""
        arithmetic = (key for key, each in _ARITHMETIC.items() if each in choice.arithmetic)
        for name, keys in (("cases", choice.cases), ("adapters", adapters), ("arithmetic", arithmetic)):
            tree = self.query_one(f"#{name}", TickTree)
            leaves = tree.leaf_keys()
            tree.tick(leaves, on=False)
            tree.tick(set(keys) & set(leaves), on=True)
        self.overrides = choice.overrides

    def action_tick_all(self) -> None:
        """Tick everything shown in the focused list."""
        self._tick_focused(True)

    def action_tick_none(self) -> None:
        """Untick everything shown in the focused list."""
        self._tick_focused(False)

    def _tick_focused(self, on: bool) -> None:
        """Tick or untick everything shown in the focused list, or in the list of cases if none has the focus."""
        focused = self.focused
        tree = focused if isinstance(focused, TickTree) else self.query_one("#cases", TickTree)
        tree.tick(tree.shown_keys, on)

    async def action_search(self) -> None:
        """Search the results, if they have the focus; else bring the cases to the front and search them."""
        if isinstance(self.focused, ResultsTable) and self._model.session.results:
            await super().action_search()
            return
        self.query_one(Tabs).active = "tab-choose"
        self._bring_to_front("choose")  # the tab's own message would come too late for the focus
        await self.query_one(CaseList).search()

    @on(TickTree.Ticked)
    def _ticked(self) -> None:
        self._paint_table()

    # --- painting -------------------------------------------------------------------------------------------

    @property
    def paintable(self) -> bool:
        """True while the panels exist: after they are composed and before they are removed."""
        return self.is_mounted and self.is_attached and any(isinstance(child, Status) for child in self.children)

    def paint(self) -> None:
        """Bring every panel up to date with the model; while the view is paused, only the status."""
        model = self._model
        if model.paused:
            self.query_one(Status).show(model)
            return
        self.query_one(Head).show(model)
        self._paint_adapters()
        fresh = not model.run_active and not model.session.results
        self.set_class(fresh, "-fresh")
        if fresh:
            self.query_one(Card).show(model)
        self._earlier.show(model)
        self._paint_table()
        self._paint_selected()
        self._paint_log()
        health = f" {health_line(model.session)}" if model.session.results else ""
        self.query_one("#health", TextPanel).show_text(Text(health, no_wrap=True))
        self.query_one(Status).show(model)
        model.changed = False

    def _paint_adapters(self) -> None:
        ids = tuple(adapter.id for adapter in self._model.adapters)
        tree = self.query_one("#adapters", TickTree)
        tree.border_title = "Adapters…" if self._model.searching else "Adapters"
        if ids == self._known_adapters:
            return
        new = [adapter for adapter in self._model.adapters if adapter.id not in self._known_adapters]
        self._known_adapters = ids
        groups: dict[tuple[bool, str], list[Adapter]] = {}
        for adapter in self._model.adapters:
            groups.setdefault((adapter.on_request, adapter.physical), []).append(adapter)
        ordered = sorted(groups.values(), key=lambda group: group[0].on_request)
        tree.set_lines(map(_adapter_branch, ordered))
        tree.tick((adapter.id for adapter in new if self._ticks.has(adapter)), on=True)

    def _paint_table(self) -> None:
        model, session = self._model, self._model.session
        if not (session.results and (model.run_active or session.finished)):
            ticked = set(self.ticked_adapters)
            adapters = [adapter for adapter in model.adapters if adapter.id in ticked]
            self.results.show_planned(self._planned_rows(), adapters)
            return
        measured = {result.id.adapter for result in session.listed}
        self.results.show_session(session, [each for each in model.adapters if each.id in measured], model.doing)
        # The adapters of a case take turns many times a second: select the latest result and stay with its case.
        running = [result for result in session.results.values() if result.status == "running"]
        latest = next((result.id for result in reversed(running) if _has_content(result)), None)
        table = self.results.searched
        if latest and table.follows_run:
            table.select(latest.label, latest.adapter)

    def _planned_rows(self) -> list[str]:
        """Return the rows of a run; during discovery, every ticked case in all ticked arithmetic."""
        ticked = self.ticked_arithmetic
        if self._model.searching:
            pairs = [(case, arithmetic) for case in self.selected_cases for arithmetic in ticked]
        else:
            from paragon_tui.engine.runner.requests import supported_arithmetic  # late, to keep the first paint fast

            pairs = [
                (case, arithmetic) for case in self.selected_cases for arithmetic in supported_arithmetic(case, ticked)
            ]
        return [JobId("", case.id, arithmetic.dtype, arithmetic.variant, "").label for case, arithmetic in pairs]

    def action_fold(self) -> None:
        """Fold the lists of adapters and cases away, or show them again."""
        self.toggle_class("-folded")
        if self.has_class("-folded") and isinstance(self.focused, TickTree):
            self.query_one(ResultsTable).focus()

    def action_follow(self) -> None:
        """Let the selection follow the new run until the user moves it."""
        self.query_one(ResultsTable).follows_run = True
        self._model.changed = True

    @on(TextPanel.Sized)
    @on(ResultsTable.Selected)
    def _selection_moved(self) -> None:
        if self.paintable:
            self._paint_selected()

    def _paint_sized(self) -> None:
        """Paint the panels whose content depends on their size."""
        self._paint_selected()
        self.query_one(Head).show(self._model)
        self.query_one(Status).show(self._model)

    def _paint_selected(self) -> None:
        selected = self.selected_result()
        live = self._model.live_ms.get(selected.id, ()) if selected else ()
        self.query_one(TimingStrip).show(self._model.session, selected, live, self._model.key)
        self.query_one(Scaling).show(self._model.session, selected)
        self.query_one(Histogram).show(self._model, selected)
        self.query_one(Breakdown).show(selected)
        self._paint_values(selected)
        self.query_one(Differences).show(selected)

    def _paint_values(self, selected: Result | None) -> None:
        """Paint the values as bars, or the progress of a training, which has too many values."""
        view, bars = self.query_one(TrainingView), self.query_one(Bars)
        is_training = selected is not None and bits.is_training(selected)
        if view.display != is_training:
            view.display, bars.display = is_training, not is_training
            self.call_after_refresh(self._paint_selected)  # a widget knows its width only once it is displayed
        if selected is not None and view.display:
            view.show(selected)
        else:
            bars.show(selected)

    def _paint_log(self) -> None:
        log = self.query_one(RichLog)
        new = self._model.logged - self._logged
        self._logged = self._model.logged
        for line in list(self._model.log)[-new:] if new else ():
            log.write(_log_text(line), width=self.size.width - 2)  # the log panel is as wide as the screen

    # --- layout ---------------------------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        """Choose the layout: side by side, in tabs, or a message that the terminal is too small."""
        width, height = event.size
        small = width < LEAST_SIZE[0] or height < LEAST_SIZE[1]
        wide = width >= WIDE_SIZE[0] and height >= WIDE_SIZE[1]
        self.set_class(small, "-small")
        self.set_class(not small and not wide, "-tabs")
        self.set_class(width >= ROOMY_WIDTH, "-roomy")
        self.set_class(height >= TALL_HEIGHT, "-tall")
        if small:
            self.query_one("#too-small", Static).update(
                f"This terminal is {width}×{height}; paragon-tui needs {LEAST_SIZE[0]}×{LEAST_SIZE[1]}.\n"
                "Enlarge the window; nothing is lost."
            )
        self.call_after_refresh(self._paint_sized)

    @on(Tabs.TabActivated)
    def _tab_activated(self, event: Tabs.TabActivated) -> None:
        self._bring_to_front((event.tab.id or "").removeprefix("tab-"))
        self.call_after_refresh(self._paint_selected)

    def action_next_tab(self, step: int) -> None:
        """Bring the next panel to the front, or with -1 the one before, in a terminal that shows one at a time."""
        if self.has_class("-tabs"):
            shown = (self.query_one(Tabs).active or "").removeprefix("tab-")
            self.show_tab(TABS[(TABS.index(shown) + step) % len(TABS)])

    def _bring_to_front(self, active: str) -> None:
        for name in TABS:
            self.set_class(name == active, f"-show-{name}")

    def show_tab(self, name: str) -> None:
        """Bring a panel to the front and focus it."""
        self.query_one(Tabs).active = f"tab-{name}"
        focus = {"choose": "#cases", "results": "#table", "vectors": "#differences", "messages": "#log"}[name]
        self.call_after_refresh(self.query_one(focus).focus)


def _has_content(result: Result) -> bool:
    """True if the result has something to show: a comparison, or a training's checkpoints."""
    return result.bits.comparison is not None or result.bits.training is not None


def _group_title(group: list[Adapter]) -> str:
    name = "CPU" if group[0].physical == "cpu" else group[0].short_name
    return f"{name}, on request" if group[0].on_request else name


def _adapter_branch(group: list[Adapter]) -> Branch:
    """Build the branch of one device's adapters, collapsed if they run only on request."""
    return Branch(_group_title(group), tuple(map(_adapter_leaf, group)), expanded=not group[0].on_request)


def _adapter_leaf(adapter: Adapter) -> Leaf:
    return Leaf(adapter.id, adapter.id, "" if adapter.is_host else adapter.short_name)


def _log_text(line: LogLine) -> Text:
    return Text(line.text, style=_LOG_STYLES[line.level])
