"""The progress of a training: its loss curve, its speed, its answers, and its digests beside the reference's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from paragon_tui.formatting import bits
from paragon_tui.tui.widgets.curve import curve
from paragon_tui.tui.widgets.text_panel import TextPanel
from paragon_tui.tui.widgets.titles import panel_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paragon_tui.engine.results.result import Result

_ROWS = 4
_LEAST_COLUMNS = 16
_GAP = "  "
_DIGITS = 6  # of a digest
_WITH_BOTH_DIGESTS = 39  # columns of a checkpoint's line with its accuracy and the reference's digest


class TrainingView(VerticalScroll, can_focus=False):
    """The training of one result, repainted at every checkpoint."""

    _painted: tuple[object, ...] | None = None

    def compose(self) -> ComposeResult:
        """Yield one text."""
        yield TextPanel(id="training-text")

    def show(self, result: Result) -> None:
        """Paint the progress of the training."""
        state = (result.id, result.bits.training, result.status, self.size.width)
        if self._painted == state:
            return
        self._painted = state
        self.border_title = panel_title(self, "Training", str(result.id))
        lines = training(result, max(_LEAST_COLUMNS, self.size.width - 1))
        self.query_one(TextPanel).show_text(Text("\n").join(lines), layout=True)


def training(result: Result, columns: int) -> list[Text]:
    """Draw the loss from the first step to the last on a logarithmic scale; list the checkpoints, the latest first."""
    progress = result.bits.training
    if progress is None:
        waiting = result.status in ("waiting", "running")
        return [Text("Not trained yet." if waiting else result.error or "Not trained.", style="dim")]
    steps, losses = progress.steps, progress.losses
    title = f"loss {bits.loss(max(losses))} … {bits.loss(min(losses))}, log"
    lines = [Text(title, style="dim")]
    lines += [Text(line, style="cyan") for line in curve(losses, steps, columns, _ROWS)]
    lines.append(Text(f"step 1{f'step {steps:,}':>{columns - 6}}", style="dim"))
    speed = f"{progress.step / progress.elapsed_s:,.0f} steps/s" if progress.elapsed_s else ""
    lines.append(Text(f"{progress.step:,} of {steps:,} steps · {speed}"))
    if progress.score is not None:
        lines.append(Text(bits.score_words(progress.score)))
        lines += map(Text, _in_columns(bits.answers(progress.score), columns))
    for checkpoint in reversed(progress.checkpoints):
        same, narrow = checkpoint.identical, checkpoint.score is not None and columns < _WITH_BOTH_DIGESTS
        style = "green" if same and result.bits.claims_identity else "red" if result.bits.claims_identity else "dim"
        lines.append(
            Text.assemble(
                (f"{checkpoint.step:>6,} ", "dim"),
                f"{bits.loss(checkpoint.loss):>9} ",
                f"{bits.accuracy(checkpoint.score):>6} " if checkpoint.score else "",
                (f"{'✓' if same else '≠'} {checkpoint.digest[:_DIGITS]}", style),
                "" if same or narrow else (f" {(checkpoint.expected or '')[:_DIGITS]}", "dim"),
            )
        )
    return lines


def _in_columns(texts: Sequence[str], columns: int) -> list[str]:
    """Return lines of as many of the texts beside each other as fit."""
    width = max(map(len, texts), default=0)
    number = max(1, (columns + len(_GAP)) // (width + len(_GAP)))
    rows = (texts[start : start + number] for start in range(0, len(texts), number))
    return [_GAP.join(f"{text:<{width}}" for text in row).rstrip() for row in rows]
