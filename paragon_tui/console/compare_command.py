"""``paragon-tui compare``: report which results of two sessions became faster or slower, and which bits changed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from rich.markup import escape
from rich.table import Table

from paragon_tui.console.exit_status import FAILED, OK, UsageError
from paragon_tui.console.listings import table_console, write_json
from paragon_tui.engine.analysis.verdict import LEAST_PROCESSES
from paragon_tui.formatting import timings
from paragon_tui.formatting.quantities import counted, table_figure
from paragon_tui.sessions import paths
from paragon_tui.sessions.comparison import compare_sessions, regressions
from paragon_tui.sessions.entries import entries
from paragon_tui.sessions.saved_session import UnreadableSession
from paragon_tui.sessions.session_lookup import open_session

if TYPE_CHECKING:
    from paragon_tui.engine.messages.figures import Ratio, Summary
    from paragon_tui.engine.results.result import Result
    from paragon_tui.sessions.comparison import Regression, ResultPair, SessionComparison
    from paragon_tui.sessions.saved_session import SavedSession

SCHEMA = 1

_COLOURS = {"faster": "green", "slower": "red", "same": "dim", "unclear": "yellow"}
_BITS_WORDS = {"same bits": "the same", "other bits": "changed", "not compared": "not compared"}
_BITS_COLOURS = {"same bits": "green", "other bits": "red", "not compared": "dim"}


@dataclass(frozen=True, slots=True)
class CompareOptions:
    """The options of ``compare`` as typed; ``fail_above`` in percent, ``None`` to look for no regressions."""

    a: str
    b: str
    fail_above: float | None = None
    json: bool = False


def compare_command(options: CompareOptions) -> int:
    """Compare and report. Return exit status 1 if ``fail_above`` is given and there is a regression from A to B.

    Raises ``UnknownName`` for an unknown session and ``UsageError`` for an unreadable one.
    """
    try:
        a, b = (open_session(name, paths.database()) for name in (options.a, options.b))
    except UnreadableSession as error:
        raise UsageError(str(error)) from error
    comparison = compare_sessions(a, b)
    regressed = regressions(comparison, options.fail_above) if options.fail_above is not None else ()
    if options.json:
        write_json(document(comparison, options.fail_above, regressed))
    else:
        _print(comparison, options.fail_above, regressed)
    return FAILED if regressed else OK


def document(
    comparison: SessionComparison, fail_above: float | None, regressed: Sequence[Regression]
) -> dict[str, Any]:
    """Build the whole comparison for JSON; ratios are A's median over B's."""
    return {
        "schema": SCHEMA,
        "a": _session_fields(comparison.a),
        "b": _session_fields(comparison.b),
        "machines": comparison.machines,
        "settings": comparison.settings,
        "fail_above_percent": fail_above,
        "judgements": comparison.counts,
        "bits": comparison.bits,
        "rows": [_row_fields(row) for row in comparison.rows],
        "only_a": [msgspec.to_builtins(result.id) for result in comparison.only_a],
        "only_b": [msgspec.to_builtins(result.id) for result in comparison.only_b],
        "regressions": [
            msgspec.to_builtins(regression.id) | {"kind": regression.kind, "words": regression.words}
            for regression in regressed
        ],
    }


def _session_fields(session: SavedSession) -> dict[str, Any]:
    return {"session": session.session, "started": session.started, "host": session.host}


def _row_fields(row: ResultPair) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(row.id)
    return fields | {
        "a": _side_fields(row.a),
        "b": _side_fields(row.b),
        "latency": msgspec.to_builtins(row.latency),
        "device": msgspec.to_builtins(row.device),
        "bits": row.bits,
    }


def _side_fields(result: Result) -> dict[str, Any]:
    names = (
        "status",
        "error",
        "processes",
        "library",
        "threads",
        "latency_ms",
        "device_ms",
        "arithmetic",
        "digest",
        "output_digest",
        "flags",
    )
    kept = entries(result)
    return {name: kept[name] for name in names}


def _print(comparison: SessionComparison, fail_above: float | None, regressed: Sequence[Regression]) -> None:
    console = table_console(sys.stdout)
    for side, session in (("A", comparison.a), ("B", comparison.b)):
        program = session.host.get("program", "")
        console.print(f"[bold]{side}[/]  {escape(f'{session.session}  {session.started}  {program}')}", soft_wrap=True)
    for heading, differences in (
        ("measured on different machines or drivers", comparison.machines),
        ("measured with different settings", comparison.settings),
    ):
        if differences:
            console.print(f"[yellow]{heading}[/]: {escape('; '.join(differences))}", soft_wrap=True)
    if comparison.rows:
        console.print()
        console.print(_table(comparison.rows))
    console.print()
    for side, results in (("A", comparison.only_a), ("B", comparison.only_b)):
        if results:
            names = ", ".join(str(result.id) for result in results)
            console.print(f"only in {side}: {escape(names)}", soft_wrap=True)
    for regression in regressed:
        console.print(f"[red]{escape(str(regression.id))}[/]: {escape(regression.words)}", soft_wrap=True)
    console.print(closing_sentence(comparison), soft_wrap=True)
    if fail_above is not None:
        console.print(_limit_sentence(fail_above, len(regressed), _unrepeated(comparison)), soft_wrap=True)


def _table(rows: Sequence[ResultPair]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    device = any(row.device for row in rows)
    flagged = any(row.a.conditions.flags or row.b.conditions.flags for row in rows)
    for heading in ("case", "dtype", "adapter"):
        table.add_column(heading)
    for heading in ("A ms", "B ms", "A/B", *(("device A/B",) if device else ())):
        table.add_column(heading, justify="right")
    for heading in ("B is", "bits", *(("flags",) if flagged else ())):
        table.add_column(heading)
    for row in rows:
        cells = [row.id.case, row.id.arithmetic, row.id.adapter]
        cells += [_ms(row.a.timings.latency_ms), _ms(row.b.timings.latency_ms), _ratio(row.latency)]
        cells += [_ratio(row.device)] if device else []
        cells += [_verdict(row), f"[{_BITS_COLOURS[row.bits]}]{row.bits}[/]"]
        cells += [_flags(row)] if flagged else []
        table.add_row(*cells)
    return table


def _ms(summary: Summary | None) -> str:
    """Format the median and half the width of its interval."""
    if summary is None:
        return "–"
    median = table_figure(summary.median)
    if summary.interval is None or summary.median <= 0:
        return median
    return f"{median} {timings.half_width(summary)}"


def _ratio(ratio: Ratio | None) -> str:
    if ratio is None:
        return "–"
    interval = f" [{table_figure(ratio.interval.low)}, {table_figure(ratio.interval.high)}]" if ratio.interval else ""
    return escape(f"{table_figure(ratio.value)}×{interval}")


def _verdict(row: ResultPair) -> str:
    if row.latency is not None:
        return f"[{_COLOURS[row.latency.judgement]}]{row.latency.judgement}[/]"
    unmeasured = [f"{side.status} in {name}" for name, side in (("A", row.a), ("B", row.b)) if not side.measured]
    return f"[yellow]{', '.join(unmeasured) or 'too short to compare'}[/]"


def _flags(row: ResultPair) -> str:
    sides = (("A", row.a.conditions.flags), ("B", row.b.conditions.flags))
    return "; ".join(f"{name} {', '.join(flag.name for flag in flags)}" for name, flags in sides if flags)


def closing_sentence(comparison: SessionComparison) -> str:
    """Return the number of results by verdict, by bits, and in only one of the sessions."""
    verdicts = [
        f"{comparison.counts[kind]} {kind}"
        for kind in ("same", "faster", "slower", "unclear", "not compared")
        if comparison.counts[kind] or kind != "not compared"
    ]
    bits = [f"{comparison.bits[kind]} {words}" for kind, words in _BITS_WORDS.items() if comparison.bits[kind]]
    unpaired = [
        f"{len(results)} only in {side}"
        for side, results in (("A", comparison.only_a), ("B", comparison.only_b))
        if results
    ]
    count = _unrepeated(comparison)
    too_few = f"{count} unclear for lack of processes (fewer than {LEAST_PROCESSES} per side; use `run --repeat 3`)"
    hint = [too_few] if count else []
    return "; ".join([", ".join(verdicts), f"bits: {', '.join(bits) or 'none'}", *unpaired, *hint]) + "."


def _unrepeated(comparison: SessionComparison) -> int:
    """Count the results with too few processes for a verdict: the variation between processes is unknown."""
    return sum(1 for row in comparison.rows if row.latency and not row.repeated)


def _limit_sentence(fail_above: float, count: int, unrepeated: int) -> str:
    regressions = "no regression" if not count else counted(count, "regression")
    if not unrepeated:
        return f"{regressions} beyond {fail_above:g} %."
    return (
        f"{regressions} beyond {fail_above:g} %; the times of {counted(unrepeated, 'result')} were not checked (fewer "
        f"than {LEAST_PROCESSES} processes per side), only bits and missing results."
    )
