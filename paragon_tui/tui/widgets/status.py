"""The status line: the current activity, its progress, and the time left."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.text import Text

from paragon_tui.formatting.quantities import counted, duration
from paragon_tui.tui.model import Model
from paragon_tui.tui.widgets.text_panel import TextPanel

if TYPE_CHECKING:
    from paragon_tui.engine.results.result import Result

_BAR, _SHORT_BAR = 20, 10
_ROOMY = 100  # columns from which the session's name is shown too


class Status(TextPanel):
    """One line, painted from the model."""

    def show(self, model: Model) -> None:
        """Paint the line."""
        self.show_text(_line(model, self.size.width))


def _line(model: Model, width: int) -> Text:
    if model.paused:
        return Text.assemble((" ‖ ", "bold yellow"), f"View paused; {model.key('pause')} resumes{_run_progress(model)}")
    if model.held:
        return Text.assemble(
            (" ‖ ", "bold yellow"), f"measuring is held; {model.key('hold')} goes on{_run_progress(model)}"
        )
    if model.run_active:
        return _finishing(model) if model.leaving else _progress(model, _BAR if width >= _ROOMY else _SHORT_BAR)
    if model.verification is not None:
        tally = model.verification.tally
        keys = f"{model.key('verify')} shows all, {model.key('stop')} stops"
        text = f"verifying: {tally.ended:,} of {counted(tally.planned, 'result')} checked · {keys}"
        return Text.assemble((" ● ", "bold yellow"), text)
    if model.searching:
        names = ", ".join(api for api in model.apis if api in model.searching)
        return Text.assemble((" ◌ ", "bold yellow"), f"looking for adapters: {names}")
    if not model.session.finished:
        return Text(f" ○ ready{_expected(model)}")
    failures = model.session.failures
    if failures:
        kinds = Counter(map(_kind, failures))
        count = ", ".join(f"{kinds[kind]} {kind}" for kind in _KINDS if kinds[kind])
        stopped = f"{_stopped(model)} · " if model.session.interrupted else ""
        first = f"{'; first' if len(failures) > 1 else ''}: {failures[0].id}"
        return Text.assemble((" ✗ ", "bold red"), f"{stopped}{count}{first}")
    name = f"session {model.session.id} " if width >= _ROOMY else ""
    outcome = _stopped(model) if model.session.interrupted else "finished"
    doubtful = sum(1 for result in model.session.listed if result.conditions.mark == "!")
    doubt = f" · {doubtful} doubtful ({model.key('figures')})" if doubtful else ""
    claims = model.session.claims[1]
    bits = f"{claims} of {claims} have the reference's bits" if claims else "no claimed identity to check"
    return Text.assemble((" ✓ ", "bold green"), f"{name}{outcome}: {bits}", (doubt, "yellow"))


_KINDS = ("with wrong bits", "failed", "timed out")


def _kind(failure: Result) -> str:
    """Return the worst that is wrong with a result."""
    wrong, failed, late = _KINDS
    return wrong if failure.bits.broken_claim else late if failure.status == "timeout" else failed


def _run_progress(model: Model) -> str:
    done, planned = model.progress()
    continues = "" if model.held else "the run continues, "
    return f" · {continues}{done}/{planned}" if model.run_active else ""


def _progress(model: Model, bar: int) -> Text:
    """Return the progress by expected time: a repeated run ends all results together, so counts say little."""
    done, planned = model.progress()
    share = model.session.share_done
    filled = round(bar * share)
    running = model.running()
    elapsed, left = model.elapsed_s, model.seconds_left()
    return Text.assemble(
        (" ● ", "bold yellow"),
        f"{done}/{planned} · {100 * share:.0f} % ",
        ("━" * filled, "green"),
        ("━" * (bar - filled), "dim"),
        f" {duration(elapsed)} gone" if elapsed is not None else "",
        f", about {duration(left)} left" if left is not None else "",
        f" · {running.id}" if running else " · starting",
    )


def _stopped(model: Model) -> str:
    return f"stopped ({model.key('go_on')} goes on)"


def _finishing(model: Model) -> Text:
    text = f"finishing: saving the results; {model.key('quit')} quits at once"
    return Text.assemble((" ● ", "bold yellow"), text)


def _expected(model: Model) -> str:
    if model.expected is None or not model.expected[0]:
        return ""
    results, seconds = model.expected
    return f" · {model.key('run')} measures {counted(results, 'result')}, about {duration(seconds)}"
