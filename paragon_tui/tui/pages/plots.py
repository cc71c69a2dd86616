"""The plots of a session: roofline, distribution of the selected result's samples, time against size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Tab, Tabs

from paragon_tui.formatting import rates, timings
from paragon_tui.tui.pages.page import Page
from paragon_tui.tui.widgets.histogram import Histogram
from paragon_tui.tui.widgets.looks import looks
from paragon_tui.tui.widgets.roofline import RooflinePlot, without_place
from paragon_tui.tui.widgets.scaling import Scaling
from paragon_tui.tui.widgets.text_panel import TextPanel

if TYPE_CHECKING:
    from paragon_tui.engine.messages.job import JobId
    from paragon_tui.engine.results.result import Result
    from paragon_tui.tui.main_screen import MainScreen
    from paragon_tui.tui.model import Model

_PLOTS = {"roofline": "Roofline", "distribution": "Distribution", "scaling": "Time against size"}
_ALL_AT_ONCE = (170, 45)  # the size from which all plots are side by side


class PlotsPage(Page):
    """One plot at a time, or all of them in a large terminal; the arrows walk through the results of the run's page."""

    PAGE = "plots"
    CSS = """
    PlotsPage {
        #plots { height: 1fr; }
        #beside { width: 1fr; }
        RooflinePlot, Histogram, Scaling {
            height: 1fr; border-top: solid $primary-darken-1; border-title-color: $text-accent;
            border-title-style: bold; display: none;
        }
        #beside { display: none; }
        #adapters-shown { height: auto; padding: 0 1; display: none; }
        #about { height: auto; min-height: 3; max-height: 6; padding: 0 1; background: $panel; }
        &.-roofline { #adapters-shown, RooflinePlot { display: block; } }
        &.-distribution { #beside, Histogram { display: block; } }
        &.-scaling { #beside, Scaling { display: block; } }
        &.-all {
            Tabs { display: none; }
            #adapters-shown, #beside, RooflinePlot, Histogram, Scaling { display: block; }
            #beside { margin-left: 1; }
            RooflinePlot { width: 1fr; }
        }
    }
    """
    BINDINGS = [
        Binding("up", "walk(-1, 0)", "Walk", key_display="↑↓←→", id="plots_case_above"),
        Binding("down", "walk(1, 0)", "Case below", show=False, id="plots_case_below"),
        Binding("left", "walk(0, -1)", "Adapter before", show=False, id="plots_adapter_before"),
        Binding("right", "walk(0, 1)", "Adapter after", show=False, id="plots_adapter_after"),
        Binding("left_square_bracket", "step(-1)", "Plot", key_display="[ ]", id="plots_before"),
        Binding("right_square_bracket", "step(1)", "Next plot", show=False, id="plots_next"),
        Binding("i", "only", "One adapter", show=False, id="plots_only"),
        Binding("f,enter", "figures", "Figures", id="plots_figures"),
    ]

    def __init__(self, model: Model, main: MainScreen) -> None:
        super().__init__(model)
        self._main = main
        self._only: str | None = None
        self._pointed: tuple[JobId, ...] = ()

    def body(self) -> ComposeResult:
        """Yield the plots, and what is known of the selected result below them."""
        tabs = Tabs(*(Tab(label, id=name) for name, label in _PLOTS.items()))
        tabs.can_focus = False  # the arrows walk through the results
        yield tabs
        yield TextPanel(id="adapters-shown")
        with Horizontal(id="plots"):
            yield RooflinePlot()
            with Vertical(id="beside"):
                yield Histogram()
                yield Scaling()
        yield TextPanel(id="about")

    def on_mount(self) -> None:
        """Name the panels."""
        self.query_one(RooflinePlot).border_title = "Roofline"
        self.query_one(Scaling).border_title = "Time against size"

    def on_resize(self, event: events.Resize) -> None:
        """Show all plots where they have room, else one at a time."""
        self.set_class(all(have >= need for have, need in zip(event.size, _ALL_AT_ONCE, strict=True)), "-all")
        self.call_after_refresh(self.paint)

    @on(Tabs.TabActivated)
    def _tab_activated(self, event: Tabs.TabActivated) -> None:
        for name in _PLOTS:
            self.set_class(name == event.tab.id, f"-{name}")
        self.call_after_refresh(self.paint)

    def paint(self) -> None:
        """Bring the plots up to date, once they are there."""
        if not self.is_mounted:
            return
        super().paint()
        session, selected = self.model.session, self._main.selected_result()
        if self.query_one(RooflinePlot).display:
            self.query_one(RooflinePlot).show(session, selected, self._only)
        if self.query_one(Histogram).display:
            self.query_one(Histogram).show(self.model, selected)
        if self.query_one(Scaling).display:
            self.query_one(Scaling).show(session, selected)
        self.query_one("#adapters-shown", TextPanel).show_text(self._adapters(), layout=True)
        self.query_one("#about", TextPanel).show_text(self._about(selected), layout=True)

    def _adapters(self) -> Text:
        """Return the adapters with their marks; a click shows one alone, and all again."""
        text = Text()
        for adapter, look in looks(self.model.session.listed_adapters, self.app.current_theme.dark).items():
            shown = self._only in (None, adapter)
            text.append(f"{look.mark if shown else '·'} ", style=look.style)
            text.append_text(Text(adapter).on(click=f"screen.alone('{adapter}')"))
            text.append("   ")
        return text.append("i: one alone, or all" if text.plain else "", style="dim")

    def _about(self, selected: Result | None) -> Text:
        """Return what is at the mouse, else the selected result with its figures."""
        session = self.model.session
        shown = [session.results[id_] for id_ in self._pointed if id_ in session.results]
        if not shown and selected is None:
            return Text("Press 1, then r: the plots are of what is measured.", style="dim")
        result = shown[0] if shown else selected
        assert result is not None
        also = f"   also here: {', '.join(str(other.id) for other in shown[1:])}" if shown[1:] else ""
        latency, cost = result.timings.latency_ms, result.resources.cost
        figures = [
            rates.roofline_line(session.roofline(result), rates.operations_unit(result)),
            f"{cost.operations / cost.bytes:.3g} operations per byte"
            if cost and cost.operations and cost.bytes
            else "",
        ]
        ceiling = session.ceilings.get(result.id.adapter)
        remarks = [
            f"peaks: {rates.peak_rates(ceiling)}" if ceiling else "",
            *(f"{flag.mark} {flag.name}: {flag.words}".strip() for flag in result.conditions.flags),
            without_place(session, result.id.dtype),
        ]
        median = f"{timings.median(latency)}, end to end" if latency is not None else result.unmeasured
        lines = [
            Text.assemble((f"{result.id}  ", "bold"), median, (also, "dim")),
            Text(" · ".join(filter(None, figures))),
            Text(" · ".join(filter(None, remarks)), style="dim"),
        ]
        return Text("\n").join(line for line in lines if line.plain)

    @on(RooflinePlot.Pointed)
    def _mark_pointed(self, event: RooflinePlot.Pointed) -> None:
        self._pointed = () if event.clicked else event.ids
        if event.clicked:
            self._main.select_result(event.ids[0])
        self.paint()

    def action_walk(self, rows: int, columns: int) -> None:
        """Go to the result that lies so many rows and columns further in the table of results."""
        self._pointed = ()
        self._main.results.walk(rows, columns)
        self.paint()

    def action_step(self, step: int) -> None:
        """Show the next plot, or with -1 the one before."""
        names, tabs = list(_PLOTS), self.query_one(Tabs)
        tabs.active = names[(names.index(tabs.active) + step) % len(names)]

    def action_only(self) -> None:
        """Show the adapter of the selected result alone under its roof, or all again."""
        selected = self._main.selected_result()
        if selected is not None:
            self.action_alone(selected.id.adapter)

    def action_alone(self, adapter: str) -> None:
        """Show an adapter alone, or all again."""
        self._only = None if self._only == adapter else adapter
        self.paint()

    def action_figures(self) -> None:
        """Show all figures of the selected result."""
        self._main.action_figures()
