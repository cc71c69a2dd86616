"""``paragon-tui compare B --against last:N``: which results became slower than in the sessions before."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from rich.table import Table
from rich.text import Text

from paragon_tui.console.listings import headed, print_line, table_console, write_json
from paragon_tui.engine.analysis.change_point import LEAST_EARLIER
from paragon_tui.exit_status import FAILED, OK, UsageError
from paragon_tui.formatting.quantities import counted, table_figure
from paragon_tui.sessions import paths
from paragon_tui.sessions.history import history_of, regressions_after
from paragon_tui.sessions.saved_session import UnreadableSession
from paragon_tui.sessions.session_lookup import open_session

if TYPE_CHECKING:
    from paragon_tui.engine.analysis.change_point import Step
    from paragon_tui.engine.messages.job import JobId
    from paragon_tui.sessions.comparison import Regression
    from paragon_tui.sessions.history import History, Series

SCHEMA = 1
_MOST = 100  # times as long; a larger ratio is not told more precisely


@dataclass(frozen=True, slots=True)
class HistoryOptions:
    """The options of ``compare`` against ``last:number``; ``fail_above`` in percent, ``None`` for no regressions."""

    session: str
    number: int
    fail_above: float | None = None
    json: bool = False


def history_command(options: HistoryOptions) -> int:
    """Compare and report. Return exit status 1 if ``fail_above`` is given and there is a regression.

    Raises ``UnknownName`` for an unknown session and ``UsageError`` for an unreadable one.
    """
    try:
        session = open_session(options.session, paths.database())
        history = history_of(session, options.number, paths.database())
    except UnreadableSession as error:
        raise UsageError(str(error)) from error
    regressed = regressions_after(history, options.fail_above) if options.fail_above is not None else ()
    if options.json:
        write_json(document(history, options.fail_above, regressed))
    else:
        _print(history, options.fail_above, regressed)
    return FAILED if regressed else OK


def document(history: History, fail_above: float | None, regressed: Sequence[Regression]) -> dict[str, Any]:
    """Build the whole comparison for JSON; times in milliseconds, oldest session first."""
    session, least = history.session, (fail_above or 0.0) / 100
    return {
        "schema": SCHEMA,
        "b": {"session": session.session, "started": session.started, "host": session.host},
        "against": f"last:{history.number}",
        "fail_above_percent": fail_above,
        "rows": [_row_fields(series, least) for series in history.series],
        "regressions": [
            msgspec.to_builtins(regression.id) | {"kind": regression.kind, "words": regression.words}
            for regression in regressed
        ],
    }


def _row_fields(series: Series, least: float) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(series.id)
    step, smallest = series.step(least), series.smallest_steps
    return fields | {
        "status": series.result.status,
        "medians_ms": [time.median for time in series.times],
        "too_short": series.too_short,
        "step": msgspec.to_builtins(step) | {"size": step.size} if step else None,
        "smallest_steps": {"at_once": smallest[0], "at_the_latest": smallest[1]} if smallest else None,
    }


def _print(history: History, fail_above: float | None, regressed: Sequence[Regression]) -> None:
    console, session, least = table_console(sys.stdout), history.session, (fail_above or 0.0) / 100
    steps = {series.id: series.step(least) for series in history.series}
    program = session.host.get("program", "")
    print_line(console, headed("B", f"{session.session}  {session.started}  {program}"))
    before = (
        f"of each result the last {history.number} finished sessions before B that measured it in the same way on the "
        "same device (for bits the latest of them)"
    )
    print_line(console, headed("A", before))
    if history.series:
        console.print()
        console.print(_table(history.series, steps))
    console.print()
    for regression in regressed:
        print_line(console, Text.assemble((str(regression.id), "red"), ": ", regression.words))
    print_line(console, closing_sentence(history, steps))
    if fail_above is not None:
        count = counted(len(regressed), "regression") if regressed else "no regression"
        console.print(f"{count} beyond {fail_above:g} %.")


def _table(rows: Sequence[Series], steps: Mapping[JobId, Step | None]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("case", "adapter"):
        table.add_column(heading)
    for heading in ("before", "usual ms", "B ms", "B/usual"):
        table.add_column(heading, justify="right")
    for heading in ("step", "a step shows from"):
        table.add_column(heading)
    for series in rows:
        table.add_row(series.id.label, series.id.adapter, *_cells(series, steps[series.id]))
    return table


def _cells(series: Series, step: Step | None) -> list[str | Text]:
    """Return the number of sessions before B, both times and their ratio, the step, and what steps would show."""
    usual_ms, latency = series.usual_ms, series.result.timings.latency_ms
    if not series.result.measured or latency is None:
        return [str(len(series.earlier)), _ms(usual_ms), "–", "–", Text(f"{series.result.status} in B", "yellow"), "–"]
    usual_ms = step.before_ms if step else usual_ms
    ratio = f"{latency.median / usual_ms:.3f}×" if usual_ms else "–"
    times = [str(len(series.earlier)), _ms(usual_ms), table_figure(latency.median), ratio]
    smallest = series.smallest_steps
    if smallest is None:
        return [*times, Text("too short", "yellow"), "–"]
    at_once, later = (_from(1 + share) for share in smallest)
    return [*times, _step_words(step), f"{at_once} at once, {later} later"]


def _step_words(step: Step | None) -> Text:
    if step is None:
        return Text("none", "dim")
    if not step.confirmed:
        return Text(f"{1 + step.size:.3f}×? measure again", "yellow")
    since = f" since {step.sessions} sessions" if step.sessions > 1 else ""
    return Text(f"{1 + step.size:.3f}×{since}", "red")


def _ms(value: float | None) -> str:
    return "–" if value is None else table_figure(value)


def _from(ratio: float) -> str:
    return f"{ratio:.3g}×" if ratio < _MOST else f"over {_MOST}×"


def closing_sentence(history: History, steps: Mapping[JobId, Step | None]) -> str:
    """Return the number of results by what their series show, and what the undecided ones need."""
    counts = Counter(_kind(series, steps[series.id]) for series in history.series)
    words = [f"{counts[kind]} {kind}" for kind in _KINDS if counts[kind] or kind in _KINDS[:2]]
    hints = [hint for kind, hint in _HINTS.items() if counts[kind]]
    return "; ".join([", ".join(words), *hints]) + "."


def _kind(series: Series, step: Step | None) -> str:
    if not series.times:
        return "without a time in B"
    if series.too_short:
        return "too short"
    return _KINDS[0] if step is None else _KINDS[1] if step.confirmed else "unconfirmed"


_KINDS = ("without a step", "with a step up", "unconfirmed", "too short", "without a time in B")
_HINTS = {
    "unconfirmed": "unconfirmed: one more session tells a step from an accident",
    "too short": f"too short: a history of at least {LEAST_EARLIER} sessions is needed",
}
