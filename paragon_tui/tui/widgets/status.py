"""The last line above the keys: what goes on, how far it is, how long it will take."""

from __future__ import annotations

from rich.text import Text

from paragon_tui.formatting.quantities import counted, duration
from paragon_tui.formatting.timings import doubtful_flags
from paragon_tui.tui.model import Model
from paragon_tui.tui.widgets.text_panel import TextPanel

_BAR = 20
_ROOMY = 100  # columns from which a session's name stands there too


class Status(TextPanel):
    """One line, painted from the model."""

    def show(self, model: Model) -> None:
        """Paint it."""
        self.show_text(_line(model, self.size.width))


def _line(model: Model, width: int) -> Text:
    if model.paused:
        return Text.assemble((" ‖ ", "bold yellow"), f"the view stands still, p lets it go on{_meanwhile(model)}")
    if model.run_active:
        return _finishing() if model.leaving else _progress(model)
    if model.searching:
        names = ", ".join(api for api in model.apis if api in model.searching)
        return Text.assemble((" ◌ ", "bold yellow"), f"looking for adapters: {names}")
    if not model.session.finished:
        return Text(f" ○ ready{_expected(model)}")
    failures = model.session.failures
    if failures:
        what = f"{counted(len(failures), 'result')} failed or {'differs' if len(failures) == 1 else 'differ'}"
        return Text.assemble((" ✗ ", "bold red"), f"{what}: {failures[0].id}")
    name = f"session {model.session.id} " if width >= _ROOMY else ""
    how = "stopped" if model.session.interrupted else "finished"
    doubted = sum(1 for result in model.session.listed if doubtful_flags(result))
    doubt = f" · {doubted} doubtful (f)" if doubted else ""
    if not model.session.claims[1]:
        return Text.assemble((" ○ ", "bold"), f"{name}{how}; no identity was claimed and compared", (doubt, "yellow"))
    return Text.assemble((" ✓ ", "bold green"), f"{name}{how}; every claimed identity holds", (doubt, "yellow"))


def _meanwhile(model: Model) -> str:
    done, planned = model.progress()
    return f" · the run goes on, {done}/{planned}" if model.run_active else ""


def _progress(model: Model) -> Text:
    """The bar goes by expected time: the results of a case end together, those of a repeated run all at the end."""
    done, planned = model.progress()
    share = model.session.share_done
    filled = round(_BAR * share)
    running = model.running()
    left = model.seconds_left()
    return Text.assemble(
        (" ● ", "bold yellow"),
        f"{done}/{planned} · {100 * share:.0f} % ",
        ("━" * filled, "green"),
        ("━" * (_BAR - filled), "dim"),
        f" about {duration(left)} left ·" if left is not None else "",
        f" {running.id}" if running else " starting",
    )


def _finishing() -> Text:
    return Text.assemble((" ● ", "bold yellow"), "finishing: what was measured is being kept; q leaves at once")


def _expected(model: Model) -> str:
    if model.expected is None or not model.expected[0]:
        return ""
    results, seconds = model.expected
    return f" · r measures {counted(results, 'result')}, about {duration(seconds)}"
