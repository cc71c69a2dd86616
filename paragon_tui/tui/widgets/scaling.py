"""Time against size: of the selected operation, a curve for each adapter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from paragon_tui.formatting.session_lines import advice_lines
from paragon_tui.tui.widgets.looks import looks
from paragon_tui.tui.widgets.plot import Series, plot
from paragon_tui.tui.widgets.text_panel import TextPanel

if TYPE_CHECKING:
    from paragon_tui.engine.results.result import Result
    from paragon_tui.engine.results.session import Session

_WITH_ADVICE = 9  # rows: below, the curves need all of them
_ADVICE_SHARE = 4  # of the rows, at most one in so many is for advice, but two at least


class Scaling(TextPanel):
    """The curves of the results that have times so far, and a dotted line where one crosses NumPy's."""

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
        looks_of = looks(session.listed_adapters, self.app.current_theme.dark)
        points: dict[str, list[tuple[float, float]]] = {}
        for result in results:
            points.setdefault(result.id.adapter, []).append(_point(result))
        series = [
            Series(adapter, look.style, tuple(sorted(points[adapter])), look.mark)
            for adapter, look in looks_of.items()
            if adapter in points
        ]
        advice = session.advice_on(results)
        rulers = [each.crossover for each in advice if each.crossover is not None]
        words = [Text(line, style="dim", no_wrap=True) for line in advice_lines(advice)]
        height = self.size.height
        room = height - (min(len(words), max(2, height // _ADVICE_SHARE)) if height >= _WITH_ADVICE else 0)
        drawn = plot(series, self.size.width, room, rulers=rulers)
        if drawn is None:
            return [Text("The curves come with the second size of an operation.", style="dim")]
        return [*drawn.lines, *words[: height - len(drawn.lines)]]


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
