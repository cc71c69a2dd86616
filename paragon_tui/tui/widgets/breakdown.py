"""Where the time of the selected result goes, as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from paragon_tui.engine.results.time_spent import time_spent
from paragon_tui.formatting.columns import time_parts
from paragon_tui.formatting.quantities import milliseconds
from paragon_tui.tui.widgets.text_panel import TextPanel
from paragon_tui.tui.widgets.vectors import bar

if TYPE_CHECKING:
    from paragon_tui.engine.results.result import Result

_LEAST_BAR = 4


class Breakdown(TextPanel):
    """A line for each part of the median latency."""

    def show(self, result: Result | None) -> None:
        """Paint a result."""
        if self.size.width:
            self.show_text(Text("\n").join(breakdown(result, self.size.width)), layout=True)


def breakdown(result: Result | None, columns: int) -> list[Text]:
    """Return the parts of a result's latency with their bars, times and shares, and what was done once before."""
    if result is None or result.timings.latency_ms is None:
        return [Text("Nothing measured yet.", style="dim")]
    latency = result.timings.latency_ms.median
    parts = time_spent(result)
    if not parts:
        return [Text("Computed on the host: nothing is launched or waited for.", style="dim"), *_once(result)]
    _, rest, unit = time_parts(latency)
    unit_ms = {"ns": 1e-6, "µs": 1e-3, "ms": 1.0, "s": 1e3}[unit.strip()]
    names = max(len(part.what) for part in parts)
    figures = [f"{part.ms / unit_ms:.{max(0, len(rest) - 1)}f} {unit.strip()}" for part in parts]
    wide = max(map(len, figures))
    length = max(_LEAST_BAR, columns - names - wide - 9)
    lines = [
        Text.assemble(
            f"{part.what:<{names}} ",
            (f"{bar(part.ms / latency, length):<{length}}", "cyan"),
            f" {figure:>{wide}}",
            (f" {100 * part.ms / latency:3.0f} %", "dim"),
        )
        for part, figure in zip(parts, figures, strict=True)
    ]
    return [*lines, *_once(result)]


def _once(result: Result) -> list[Text]:
    """Return what was done once, before the first run."""
    times = result.timings
    done = (("open", times.init_ms), ("compile", times.compile_ms), ("upload", times.upload_ms))
    words = [f"{what} {milliseconds(ms)}" for what, ms in done if ms is not None]
    return [Text(f"once before: {', '.join(words)}", style="dim", no_wrap=True)] if words else []
