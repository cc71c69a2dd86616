"""The last line above the keys: what goes on, how far it is, how long it will take."""

from __future__ import annotations

from rich.text import Text

from paragon_tui.timing_words import doubts, duration
from paragon_tui.tui.model import Model
from paragon_tui.tui.widgets.text_panel import TextPanel

_BAR = 20


class Status(TextPanel):
    """One line, painted from the model."""

    def show(self, model: Model) -> None:
        """Paint it."""
        self.show_text(_line(model))


def _line(model: Model) -> Text:
    if model.run_active:
        done, planned = model.progress()
        filled = round(_BAR * done / planned) if planned else 0
        running = model.running()
        left = model.seconds_left()
        return Text.assemble(
            (" ● ", "bold yellow"),
            f"{done}/{planned} ",
            ("━" * filled, "green"),
            ("━" * (_BAR - filled), "dim"),
            f" {running.id}" if running else " starting",
            f" · about {duration(left)} left" if left is not None else "",
        )
    if model.searching:
        names = ", ".join(api for api in model.apis if api in model.searching)
        return Text.assemble((" ◌ ", "bold yellow"), f"looking for adapters: {names}")
    if not model.session.finished:
        return Text(f" ○ ready{_expected(model)}")
    failures = model.session.failures
    if failures:
        return Text.assemble((" ✗ ", "bold red"), f"{len(failures)} results failed or differ: {failures[0].id}")
    how = "stopped" if model.session.interrupted else "finished"
    doubted = sum(1 for result in model.session.listed if doubts(result))
    sentence = f"session {model.session.id} {how}; every claimed identity holds"
    doubt = f" · {doubted} figure{'s' if doubted > 1 else ''} doubtful: f says why" if doubted else ""
    return Text.assemble((" ✓ ", "bold green"), sentence, (doubt, "yellow"))


def _expected(model: Model) -> str:
    if model.expected is None or not model.expected[0]:
        return ""
    results, seconds = model.expected
    return f" · r measures {results} results, about {duration(seconds)}"
