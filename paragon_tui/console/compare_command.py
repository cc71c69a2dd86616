"""``paragon-tui compare``: report which results of two sessions became faster or slower, and which bits changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from paragon_tui.console.compare_report import print_comparison
from paragon_tui.console.listings import write_json
from paragon_tui.exit_status import FAILED, OK, UsageError
from paragon_tui.sessions import paths
from paragon_tui.sessions.adapter_pairs import identity
from paragon_tui.sessions.comparison import compare_sessions, regressions
from paragon_tui.sessions.entries import entries
from paragon_tui.sessions.saved_session import UnreadableSession
from paragon_tui.sessions.session_lookup import open_session

if TYPE_CHECKING:
    from paragon_tui.engine.results.result import Result
    from paragon_tui.sessions.adapter_pairs import AdapterPair
    from paragon_tui.sessions.comparison import Regression, ResultPair, SessionComparison
    from paragon_tui.sessions.saved_session import SavedSession

SCHEMA = 1


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
        print_comparison(comparison, options.fail_above, regressed)
    return FAILED if regressed else OK


def document(
    comparison: SessionComparison, fail_above: float | None, regressed: Sequence[Regression]
) -> dict[str, Any]:
    """Build the whole comparison for JSON; ratios are A's median over B's."""
    return {
        "schema": SCHEMA,
        "a": _session_fields(comparison.a),
        "b": _session_fields(comparison.b),
        "adapters": [_pair_fields(pair) for pair in comparison.adapters],
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


def _pair_fields(pair: AdapterPair) -> dict[str, Any]:
    name = identity(pair.a).name
    return {"a": pair.a.id.adapter, "b": pair.b.id.adapter, "device_name": name, "by_order": pair.by_order}


def _row_fields(row: ResultPair) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(row.id)
    return fields | {
        "adapter_b": row.b.id.adapter,
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
