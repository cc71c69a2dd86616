"""The strip below the table: the samples of the selected result while it is measured, then its figures."""

from __future__ import annotations

import math
from collections.abc import Iterable
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
        """The figures and the strip."""
        yield TextPanel(id="timing-text")
        yield Sparkline([], id="timing-line")

    def show(self, session: Session, selected: Result | None, live_ms: Iterable[float]) -> None:
        """Paint the selected result: its latest samples as long as it runs, its figures afterwards."""
        text, line = self.query_one(TextPanel), self.query_one(Sparkline)
        running = selected is not None and selected.progress == "running"
        # A sparkline dies of NaN and infinity: what is not finite is not drawn.
        finite = [value for value in live_ms if math.isfinite(value)] if running else []
        line.display = bool(finite)  # without samples, its lines are the text's
        if line.data != finite:
            line.data = finite
        if selected is None:
            text.show_text(Text("Press r: everything ticked is measured, and every bit compared.", style="dim"))
        elif running:
            text.show_text(_live(selected, finite))
        else:
            text.show_text(_figures(session, selected))


def _live(result: Result, finite: list[float]) -> Text:
    figures = f"{result.samples} samples in {result.id.adapter}'s turns"
    if finite:
        spread = f"{milliseconds(min(finite))} – {milliseconds(max(finite))}"
        figures = f"{result.samples} samples · {milliseconds(median(finite))} ms ({spread})"
    return Text.assemble((f"{result.id} ", "bold"), figures if result.samples else "preparing…")


def _figures(session: Session, result: Result) -> Text:
    """Four lines: the medians, what they mean, what is doubtful or dominates, what came before."""
    if result.latency_ms is None:
        return Text.assemble((f"{result.id} ", "bold"), result.error or "not measured yet")
    device = f" · device {quantities.milliseconds(result.device_ms.median)}" if result.device_ms else ""
    lines = [Text.assemble((f"{result.id}  ", "bold"), f"{timings.median(result.latency_ms)}{device}")]
    of_bound = _beside_ceiling(session.roofline(result))
    against = timings.verdict_phrase(result.speedup) if result.speedup else ""
    lines.append(Text(" · ".join(part for part in (against, of_bound) if part)))
    doubts = timings.doubtful_flags(result)
    lines += [Text(f"! {flag.name}: {flag.words}", style="yellow") for flag in doubts[:1]]
    computes_with = timings.library_and_threads(result)
    parts = [result.plan and f"kernels {result.plan}", computes_with, "f shows every figure"]
    lines.append(Text(" · ".join(part for part in parts if part), style="dim"))
    return Text("\n").join(line for line in lines if line.plain)


def _beside_ceiling(line: Roofline | None) -> str:
    """In few words; with cold caches where that was measured, since a cache says nothing of memory."""
    if line is None or line.share is None:
        return ""
    if line.by == "arithmetic":
        return rates.share_of_ceiling(line.share, "its multiply-add rate")
    if line.cold_share is not None:
        return f"cold {rates.share_of_ceiling(line.cold_share, 'its copy rate')}"
    return rates.share_of_ceiling(line.share, "its copy rate")
