"""``paragon-tui compare``: two sessions, what became faster or slower, and whether the bits are still the same."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from rich.markup import escape
from rich.table import Table

from paragon_tui.console.exits import FAILED, OK, UsageError
from paragon_tui.console.listings import table_console, write_json
from paragon_tui.engine.analysis.verdict import LEAST_PROCESSES
from paragon_tui.formatting.quantities import table_figure
from paragon_tui.sessions import paths
from paragon_tui.sessions.comparison import compare_sessions, regressions
from paragon_tui.sessions.saved_session import UnreadableSession
from paragon_tui.sessions.session_lookup import open_session

if TYPE_CHECKING:
    from paragon_tui.engine.messages.figures import Ratio, Summary
    from paragon_tui.sessions.comparison import Regression, ResultPair, SessionComparison
    from paragon_tui.sessions.saved_session import SavedResult, SavedSession

SCHEMA = 1

_COLOURS = {"faster": "green", "slower": "red", "same": "dim", "unclear": "yellow"}
_BITS_WORDS = {"same bits": "the same", "other bits": "changed", "not compared": "not compared"}
_BITS_COLOURS = {"same bits": "green", "other bits": "red", "not compared": "dim"}


@dataclass(frozen=True, slots=True)
class CompareOptions:
    """The options of ``compare`` as typed; ``fail_above`` in percent, ``None`` where nothing is a regression."""

    a: str
    b: str
    fail_above: float | None = None
    json: bool = False


def compare_command(options: CompareOptions) -> int:
    """Compare and report. Exit status 1 where ``fail_above`` is given and B does something worse than A.

    Raises ``UnknownName`` for a session that is not there and ``UsageError`` for what cannot be read.
    """
    try:
        a, b = (open_session(name, paths.database()) for name in (options.a, options.b))
    except UnreadableSession as error:
        raise UsageError(str(error)) from error
    compared = compare_sessions(a, b)
    worse = regressions(compared, options.fail_above) if options.fail_above is not None else ()
    if options.json:
        write_json(document(compared, options.fail_above, worse))
    else:
        _print(compared, options.fail_above, worse)
    return FAILED if worse else OK


def document(compared: SessionComparison, fail_above: float | None, worse: Sequence[Regression]) -> dict[str, Any]:
    """The whole comparison; ratios are A's median over B's."""
    return {
        "schema": SCHEMA,
        "a": _session_fields(compared.a),
        "b": _session_fields(compared.b),
        "machines": compared.machines,
        "settings": compared.settings,
        "fail_above_percent": fail_above,
        "judgements": compared.counts,
        "bits": compared.bits,
        "rows": [_row_fields(row) for row in compared.rows],
        "only_a": [msgspec.to_builtins(result.id) for result in compared.only_a],
        "only_b": [msgspec.to_builtins(result.id) for result in compared.only_b],
        "regressions": [msgspec.to_builtins(one.id) | {"kind": one.kind, "words": one.words} for one in worse],
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


def _side_fields(result: SavedResult) -> dict[str, Any]:
    names = (
        "status",
        "error",
        "processes",
        "library",
        "threads",
        "latency_ms",
        "device_ms",
        "digest",
        "output_digest",
        "flags",
    )
    return {name: msgspec.to_builtins(getattr(result, name)) for name in names}


def _print(compared: SessionComparison, fail_above: float | None, worse: Sequence[Regression]) -> None:
    console = table_console(sys.stdout)
    for side, session in (("A", compared.a), ("B", compared.b)):
        program = session.host.get("program", "")
        console.print(f"[bold]{side}[/]  {escape(f'{session.session}  {session.started}  {program}')}", soft_wrap=True)
    for heading, differences in (
        ("measured on different machines or drivers", compared.machines),
        ("measured in different ways", compared.settings),
    ):
        if differences:
            console.print(f"[yellow]{heading}[/]: {escape('; '.join(differences))}", soft_wrap=True)
    if compared.rows:
        console.print()
        console.print(_table(compared.rows))
    console.print()
    for side, results in (("A", compared.only_a), ("B", compared.only_b)):
        if results:
            names = ", ".join(str(result.id) for result in results)
            console.print(f"in {side} alone: {escape(names)}", soft_wrap=True)
    for one in worse:
        console.print(f"[red]{escape(str(one.id))}[/]: {escape(one.words)}", soft_wrap=True)
    console.print(closing_sentence(compared), soft_wrap=True)
    if fail_above is not None:
        console.print(_limit_sentence(fail_above, len(worse), _unrepeated(compared)), soft_wrap=True)


def _table(rows: Sequence[ResultPair]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    device = any(row.device for row in rows)
    flagged = any(row.a.flags or row.b.flags for row in rows)
    for heading in ("case", "dtype", "adapter"):
        table.add_column(heading)
    for heading in ("A ms", "B ms", "A/B", *(("device A/B",) if device else ())):
        table.add_column(heading, justify="right")
    for heading in ("B is", "bits", *(("flags",) if flagged else ())):
        table.add_column(heading)
    for row in rows:
        cells = [row.id.case, row.id.arithmetic, row.id.adapter]
        cells += [_ms(row.a.latency_ms), _ms(row.b.latency_ms), _ratio(row.latency)]
        cells += [_ratio(row.device)] if device else []
        cells += [_judged(row), f"[{_BITS_COLOURS[row.bits]}]{row.bits}[/]"]
        cells += [_flags(row)] if flagged else []
        table.add_row(*cells)
    return table


def _ms(summary: Summary | None) -> str:
    """The median, and half the width of its interval."""
    if summary is None:
        return "–"
    median = table_figure(summary.median)
    if summary.interval is None or summary.median <= 0:
        return median
    half = 50 * (summary.interval.high - summary.interval.low) / summary.median
    return f"{median} ±{half:.1f} %"


def _ratio(ratio: Ratio | None) -> str:
    if ratio is None:
        return "–"
    interval = f" [{table_figure(ratio.interval.low)}, {table_figure(ratio.interval.high)}]" if ratio.interval else ""
    return escape(f"{table_figure(ratio.value)}×{interval}")


def _judged(row: ResultPair) -> str:
    if row.latency is not None:
        return f"[{_COLOURS[row.latency.judgement]}]{row.latency.judgement}[/]"
    unmeasured = [f"{side.status} in {name}" for name, side in (("A", row.a), ("B", row.b)) if not side.measured]
    return f"[yellow]{', '.join(unmeasured) or 'too short to compare'}[/]"


def _flags(row: ResultPair) -> str:
    sides = (("A", row.a.flags), ("B", row.b.flags))
    return "; ".join(f"{name} {', '.join(flag.name for flag in flags)}" for name, flags in sides if flags)


def closing_sentence(compared: SessionComparison) -> str:
    """How many results are the same, faster, slower, unclear; of how many the bits are the same."""
    judged = [
        f"{compared.counts[kind]} {kind}"
        for kind in ("same", "faster", "slower", "unclear", "not compared")
        if compared.counts[kind] or kind != "not compared"
    ]
    bits = [f"{compared.bits[kind]} {words}" for kind, words in _BITS_WORDS.items() if compared.bits[kind]]
    alone = [
        f"{len(results)} in {side} alone"
        for side, results in (("A", compared.only_a), ("B", compared.only_b))
        if results
    ]
    single = _unrepeated(compared)
    words = f"{single} of fewer than {LEAST_PROCESSES} processes a side, so unclear: `run --repeat 3` tells"
    apart = [words] if single else []
    return "; ".join([", ".join(judged), f"bits: {', '.join(bits) or 'none'}", *alone, *apart]) + "."


def _unrepeated(compared: SessionComparison) -> int:
    """How many times cannot be told apart, however far they are, since it is not known how much processes differ."""
    return sum(1 for row in compared.rows if row.latency and not row.repeated)


def _limit_sentence(fail_above: float, worse: int, unrepeated: int) -> str:
    found = "no regression" if not worse else "1 regression" if worse == 1 else f"{worse} regressions"
    if not unrepeated:
        return f"{found} beyond {fail_above:g} %."
    which = "1 result" if unrepeated == 1 else f"{unrepeated} results"
    return (
        f"{found} beyond {fail_above:g} %; the times of {which} could not fail (fewer than {LEAST_PROCESSES} processes "
        "a side), only bits and losses."
    )
