"""The strip below the table: the live samples of the selected result, afterwards its figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from statistics import median
from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Sparkline

from paragon_tui.formatting import quantities, rates, timings
from paragon_tui.formatting.columns import milliseconds
from paragon_tui.tui.widgets.text_panel import TextPanel

if TYPE_CHECKING:
    from paragon_tui.engine.messages.figures import Roofline
    from paragon_tui.engine.results.result import Result
    from paragon_tui.engine.results.session import Session


class TimingStrip(Vertical):
    """A few lines of figures above a sparkline of samples."""

    def compose(self) -> ComposeResult:
        """Yield the text and the sparkline."""
        yield TextPanel(id="timing-text")
        yield Sparkline([], id="timing-line")

    def show(
        self, session: Session, selected: Result | None, live_ms: Iterable[float], key: Callable[[str], str]
    ) -> None:
        """Paint the selected result: its latest samples while it runs, its figures afterwards.

        ``key`` returns the key of an action.
        """
        text, line = self.query_one(TextPanel), self.query_one(Sparkline)
        running = selected is not None and selected.status == "running"
        # A sparkline crashes on NaN and infinity, so only finite values are drawn.
        finite = [value for value in live_ms if math.isfinite(value)] if running else []
        line.display = bool(finite)  # without samples, the text takes its lines
        if line.data != finite:
            line.data = finite
        if selected is None:
            text.show_text(Text(f"Press {key('run')} to measure everything ticked and compare every bit.", style="dim"))
        elif running:
            text.show_text(_live(selected, finite))
        else:
            text.show_text(_figures(session, selected, key("figures")))


def _live(result: Result, finite: list[float]) -> Text:
    figures = f"{result.timings.samples} samples so far"
    if finite:
        spread = f"{milliseconds(min(finite))} – {milliseconds(max(finite))}"
        figures = f"{result.timings.samples} samples · {milliseconds(median(finite))} ms ({spread})"
    return Text.assemble((f"{result.id} ", "bold"), figures if result.timings.samples else "preparing…")


def _figures(session: Session, result: Result, key: str) -> Text:
    """Return up to four lines: medians, ratio and share of the peak, the first quality flag, kernels and library."""
    times, plan = result.timings, result.resources.plan
    if times.latency_ms is None:
        return Text.assemble((f"{result.id} ", "bold"), result.error or "not measured yet")
    device = f" · device {quantities.milliseconds(times.device_ms.median)}" if times.device_ms else ""
    lines = [Text.assemble((f"{result.id}  ", "bold"), f"{timings.median(times.latency_ms)}{device}")]
    share = _share_of_peak(session.roofline(result))
    verdict = timings.verdict_phrase(times.speedup) if times.speedup else ""
    lines.append(Text(" · ".join(part for part in (verdict, share) if part)))
    flags = sorted(result.conditions.doubts, key=lambda flag: flag.mark)
    lines += [Text(f"{flag.mark} {flag.name}: {flag.words}", style="yellow") for flag in flags[:1]]
    library = timings.library_and_threads(result)
    parts = [plan and f"kernels {plan}", library, f"{key} shows all figures"]
    lines.append(Text(" · ".join(part for part in parts if part), style="dim"))
    return Text("\n").join(line for line in lines if line.plain)


def _share_of_peak(line: Roofline | None) -> str:
    """Return the share of the peak in few words, with flushed caches if measured."""
    if line is None:
        return ""
    if line.by == "arithmetic" and line.share is not None:
        return rates.share_of_ceiling(line.share, "peak multiply-add")
    if line.cold_share is not None:
        return f"cold {rates.share_of_ceiling(line.cold_share, 'peak bandwidth')}"
    return rates.share_of_ceiling(line.share, "peak bandwidth") if line.share is not None else ""
