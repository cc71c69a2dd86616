"""The results of a session under the roofs of their adapters: operations a second against operations per byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual import events
from textual.message import Message

from paragon_tui.formatting.quantities import counted
from paragon_tui.tui.widgets.axis import Axis, short
from paragon_tui.tui.widgets.looks import Look, looks
from paragon_tui.tui.widgets.plot import Plot, Series, plot
from paragon_tui.tui.widgets.text_panel import TextPanel

if TYPE_CHECKING:
    from paragon_tui.engine.messages.figures import Ceiling
    from paragon_tui.engine.messages.job import JobId
    from paragon_tui.engine.results.result import Result
    from paragon_tui.engine.results.session import Session

_INTENSITY = Axis("operations per byte", short)
_MARGIN = 1.5  # beyond the least and the greatest intensity
_REACH = 2  # columns from a mark at which the mouse still finds it

_Points = dict["JobId", tuple[float, float]]


class RooflinePlot(TextPanel):
    """A mark for each result, a line for the roof of each adapter; the mouse finds results by their marks."""

    class Pointed(Message):
        """The mouse is at the marks of these results."""

        def __init__(self, ids: tuple[JobId, ...], clicked: bool) -> None:
            super().__init__()
            self.ids = ids
            self.clicked = clicked

    _plot: Plot | None = None
    _ids: tuple[tuple[JobId, ...], ...] = ()
    _pointed: tuple[JobId, ...] = ()

    def show(self, session: Session, selected: Result | None, only: str | None) -> None:
        """Paint the results in the selected one's dtype, those of one adapter alone if it is named."""
        dtype = selected.id.dtype if selected is not None else "f32"
        series: list[Series] = []
        ids: list[tuple[JobId, ...]] = []
        place = None
        for adapter, look in looks(session.listed_adapters, self.app.current_theme.dark).items():
            if only not in (None, adapter):
                continue
            points = _points(session, adapter, dtype)
            if selected is not None and selected.id in points:
                place = len(series), list(points).index(selected.id)
            series.append(Series("", look.style, tuple(points.values()), look.mark, joined=False))
            ids.append(tuple(points))
        reach = _reach(session, series, only)
        roofs = [
            _roof(adapter, look, session.ceilings[adapter], dtype, reach)
            for adapter, look in looks(session.listed_adapters, self.app.current_theme.dark).items()
            if only in (None, adapter) and adapter in session.ceilings and reach is not None
        ]
        unit = "GOP/s" if dtype == "i8" else "GFLOP/s"
        # Roofs come last, so that the indices of results stay; marks are drawn upon all lines anyway.
        self._plot = plot([*series, *roofs], *self.size, _INTENSITY, Axis(unit, short), selected=place)
        self._ids = tuple(ids)
        nothing = "Marks come with the results, roofs with the peaks of their adapters, which a fast run leaves out."
        lines = self._plot.lines if self._plot is not None else (Text(nothing, style="dim"),)
        self.show_text(Text("\n").join(lines))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Tell which results are there."""
        found = self._found(event)
        if found != self._pointed:
            self._pointed = found
            self.post_message(self.Pointed(found, clicked=False))

    def on_leave(self) -> None:
        """Tell that no result is there any more."""
        if self._pointed:
            self._pointed = ()
            self.post_message(self.Pointed((), clicked=False))

    def on_click(self, event: events.Click) -> None:
        """Tell which results were chosen."""
        if found := self._found(event):
            self.post_message(self.Pointed(found, clicked=True))

    def _found(self, event: events.MouseEvent) -> tuple[JobId, ...]:
        """Return the results of the mark that is nearest, in the event's row."""
        offset = event.get_content_offset(self)
        if self._plot is None or offset is None:
            return ()
        near = [
            (abs(column - offset.x), found)
            for (column, row), found in self._plot.places.items()
            if row == offset.y and abs(column - offset.x) <= _REACH
        ]
        if not near:
            return ()
        return tuple(self._ids[series][index] for series, index in min(near)[1] if series < len(self._ids))


def without_place(session: Session, dtype: str) -> str:
    """Return in words how many results of a dtype have a time and no place under a roof, and why."""
    measured = [result for result in session.listed if result.id.dtype == dtype and result.measured]
    wrong = sum(1 for result in measured if result.bits.broken_claim)
    idle = sum(1 for result in measured if not (result.resources.cost and result.resources.cost.operations))
    parts = [(idle, "without arithmetic"), (wrong, "with wrong bits")]
    words = [f"{counted(count, 'result')} {why}" for count, why in parts if count]
    return f"not here: {', '.join(words)}" if words else ""


def _points(session: Session, adapter: str, dtype: str) -> _Points:
    """Return the operations per byte and the GFLOP/s of an adapter's results."""
    points: _Points = {}
    for result in session.listed:
        cost, line = result.resources.cost, session.roofline(result)
        if (result.id.adapter, result.id.dtype) != (adapter, dtype) or result.bits.broken_claim:
            continue
        if cost is not None and line is not None and cost.operations > 0 and cost.bytes > 0:
            points[result.id] = cost.operations / cost.bytes, line.gflop_s
    return points


def _reach(session: Session, series: list[Series], only: str | None) -> tuple[float, float] | None:
    """Return the ends of the roofs in operations per byte: beyond all results, and beyond the ridges."""
    reached = [across for each in series for across, _ in each.points]
    if not reached:
        return None
    ridges = [
        ceiling.multiply_add_gflop_s / ceiling.copy_gb_s
        for adapter, ceiling in session.ceilings.items()
        if only in (None, adapter)
    ]
    return min(reached) / _MARGIN, max(reached + ridges) * _MARGIN


def _roof(adapter: str, look: Look, ceiling: Ceiling, dtype: str, reach: tuple[float, float] | None) -> Series:
    """Return the roof of an adapter: the copy bandwidth times the intensity, up to the rate of multiply-adds.

    That is the rate of f32 ones: integers have the sloping part alone.
    """
    assert reach is not None
    low, high = reach
    ridge = ceiling.multiply_add_gflop_s / ceiling.copy_gb_s
    corners = (low, high) if dtype == "i8" or not low < ridge < high else (low, ridge, high)
    most = float("inf") if dtype == "i8" else ceiling.multiply_add_gflop_s
    points = tuple((each, min(ceiling.copy_gb_s * each, most)) for each in corners)
    return Series(f"{look.mark} {adapter}", look.style, points)
