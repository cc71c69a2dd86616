"""Time against size: of the selected operation, a curve for each adapter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from paragon_tui.formatting.session_lines import advice_lines
from paragon_tui.tui.widgets.plot import Series, plot
from paragon_tui.tui.widgets.text_panel import TextPanel

if TYPE_CHECKING:
    from paragon_tui.engine.results.result import Result
    from paragon_tui.engine.results.session import Session

_WITH_ADVICE = 9  # rows: below, the curves need all of them
_ON_DARK = ("#56B4E9", "#E69F00", "#2FD5A0", "#F0E442", "#E58FC2", "#FF7F50")
_ON_LIGHT = ("#0072B2", "#A65A00", "#00795A", "#756800", "#A0447A", "#B3261E")


class Scaling(TextPanel):
    """The curves of the results that have times so far."""

    _painted: tuple[object, ...] | None = None

    def show(self, session: Session, selected: Result | None) -> None:
        """Paint the operation of the selected result, in its dtype and variant."""
        results = _alike(session, selected) if selected is not None else []
        state = (self.size, self.app.current_theme.dark, [(result.id, result.timings.latency_ms) for result in results])
        if state == self._painted:
            return
        self._painted = state
        self.show_text(Text("\n").join(self._lines(session, results)))

    def _lines(self, session: Session, results: list[Result]) -> list[Text]:
        adapters = list(dict.fromkeys(result.id.adapter for result in results))
        styles = _ON_DARK if self.app.current_theme.dark else _ON_LIGHT
        series = [
            Series(adapter, style, tuple(_point(result) for result in results if result.id.adapter == adapter))
            for adapter, style in zip(adapters, styles * len(adapters), strict=False)
        ]
        advice = [Text(line, style="dim", no_wrap=True) for line in advice_lines(session.advice)]
        room = self.size.height - (2 if advice and self.size.height >= _WITH_ADVICE else 0)
        lines = plot(series, self.size.width, room, "operations")
        if not lines:
            return [Text("The curves come with the second size of an operation.", style="dim")]
        return [*lines, *advice[: self.size.height - len(lines)]]


def _alike(session: Session, selected: Result) -> list[Result]:
    """Return the listed results of the same operation, dtype and variant that have a time."""
    id_ = selected.id
    return [
        result
        for result in session.listed
        if (result.id.suite, result.id.dtype, result.id.variant) == (id_.suite, id_.dtype, id_.variant)
        and result.operation == selected.operation
        and result.timings.latency_ms is not None
        and result.resources.cost is not None
        and result.resources.cost.operations > 0
    ]


def _point(result: Result) -> tuple[float, float]:
    assert result.resources.cost is not None and result.timings.latency_ms is not None
    return float(result.resources.cost.operations), result.timings.latency_ms.median
