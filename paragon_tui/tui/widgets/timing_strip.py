"""The live strip: the latest samples of what is being measured, or of what is selected nothing more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Sparkline

from paragon_tui.tui.format import milliseconds
from paragon_tui.tui.widgets.text_panel import TextPanel
from paragon_tui.wording import claim

if TYPE_CHECKING:
    from paragon_tui.engine.results import Result


class TimingStrip(Vertical):
    """A line of figures above a sparkline of samples."""

    def compose(self) -> ComposeResult:
        """The figures and the strip."""
        yield TextPanel(id="timing-text")
        yield Sparkline([], id="timing-line")

    def show(self, running: Result | None, samples_ms: Sequence[float], selected: Result | None) -> None:
        """Paint the running result's samples; without one, the figures of the selected result."""
        text, line = self.query_one(TextPanel), self.query_one(Sparkline)
        line.display = running is not None  # without samples, its lines are the text's
        # A sparkline dies of NaN and infinity: what is not finite is not drawn.
        finite = [value for value in samples_ms if math.isfinite(value)]
        if line.data != finite:
            line.data = finite
        if running is None:
            text.show_text(_figures(selected))
            return
        figures = f"{running.samples} samples"
        if finite:
            spread = f"{milliseconds(min(finite))} – {milliseconds(max(finite))}"
            figures += f" · {milliseconds(median(finite))} ms ({spread})"
        text.show_text(Text.assemble((f"{running.id} ", "bold"), figures if running.samples else "preparing…"))


def _figures(result: Result | None) -> Text:
    if result is None:
        return Text("Press r: everything ticked is measured, and every bit compared.", style="dim")
    if result.latency_ms is None:
        return Text.assemble((f"{result.id} ", "bold"), result.error or "not measured yet")
    latency = result.latency_ms
    device = f" · device {milliseconds(result.device_ms.median)}" if result.device_ms else ""
    spread = f"{milliseconds(latency.q1)} – {milliseconds(latency.q3)}"
    first = Text.assemble(
        (f"{result.id} ", "bold"),
        f"{milliseconds(latency.median)} ms ({spread}, n={latency.n}){device}",
    )
    parts = [("init", result.init_ms), ("compile", result.compile_ms), ("upload", result.upload_ms)]
    second = " · ".join(f"{name} {milliseconds(value)}" for name, value in parts if value is not None)
    lines = [first, Text(f"{second} ms", style="dim")]
    if result.plan:
        lines.append(Text(f"kernels {result.plan} · {claim(result)}", style="dim"))
    return Text("\n").join(lines)
