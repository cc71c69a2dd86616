"""``paragon-tui report``: a session compared with a baseline, as Markdown to commit, HTML to send, or JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from paragon_tui.console.listings import json_text
from paragon_tui.console.outputs import STDOUT, write_text
from paragon_tui.console.report_html import page
from paragon_tui.console.report_markdown import markdown
from paragon_tui.engine.results.scaling import batch_scaling, thread_scaling
from paragon_tui.exit_status import FAILED, OK, UsageError
from paragon_tui.sessions import paths
from paragon_tui.sessions.rankings import best, best_by_size, gate, shares, slowest
from paragon_tui.sessions.red_flags import red_flags
from paragon_tui.sessions.review import adapters, review
from paragon_tui.sessions.saved_session import UnreadableSession
from paragon_tui.sessions.session_lookup import open_session

if TYPE_CHECKING:
    from paragon_tui.engine.results.result import Result
    from paragon_tui.engine.results.scaling import BatchPoint, ThreadPoint
    from paragon_tui.sessions.rankings import Gate, Share
    from paragon_tui.sessions.review import Cell, OperationTable, Review, Row

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """The options of ``report`` as typed."""

    session: str
    baseline: str
    format: str
    spread: bool = False
    gate: bool = False
    output: str | None = None


def report_command(options: ReportOptions) -> int:
    """Print the report. It depends on nothing but the session, so that it can be committed and diffed.

    Return exit status 1 where ``gate`` is asked for and the criterion of success is missed.

    Raises ``UnknownName`` for an unknown session and ``UsageError`` for an unreadable one.
    """
    try:
        session = open_session(options.session, paths.database())
    except UnreadableSession as error:
        raise UsageError(str(error)) from error
    reviewed = review(session, options.baseline)
    gated = gate(reviewed) if options.gate else None
    write_text("--output", options.output or STDOUT, _text(options, reviewed, gated))
    return FAILED if gated and not gated.met else OK


def _text(options: ReportOptions, reviewed: Review, gated: Gate | None) -> str:
    match options.format:
        case "json":
            return json_text(document(reviewed, gated))
        case "html":
            return page(reviewed, options.spread, gated)
        case _:
            return markdown(reviewed, options.spread, gated)


def document(reviewed: Review, gated: Gate | None) -> dict[str, Any]:
    """Build the whole report for JSON; ratios are the baseline's median over the result's, times in milliseconds."""
    session = reviewed.session
    return {
        "schema": SCHEMA,
        "session": session.session,
        "started": session.started,
        "ended": session.ended,
        "interrupted": session.interrupted,
        "host": session.host,
        "sampling": session.sampling,
        "threads": session.threads,
        "baseline": reviewed.baseline,
        "adapters": [
            {
                "adapter": result.id.adapter,
                "adapter_name": result.adapter_name,
                "driver": result.driver,
                "library": result.resources.library,
                "threads": result.resources.threads,
            }
            for result in adapters(session)
        ],
        "within": [_share_fields(share) for share in shares(reviewed)],
        "best_by_size": [
            {"suite": suite, "size": size, "dtype": dtype, "counts": counts}
            for (suite, size, dtype), counts in best_by_size(reviewed).items()
        ],
        "slowest": [_cell_fields(cell) for cell in slowest(reviewed)],
        "red_flags": [
            {"kind": flag.kind} | msgspec.to_builtins(flag.id) | {"what": flag.name, "words": flag.words}
            for flag in red_flags(session)
        ],
        "operations": [_table_fields(table) for table in reviewed.tables],
        "batch_scaling": [[_batch_fields(point) for point in row] for row in batch_scaling(session.results)],
        "thread_scaling": [[_thread_fields(point) for point in row] for row in thread_scaling(session.results)],
        "gate": _gate_fields(gated) if gated else None,
    }


def _batch_fields(point: BatchPoint) -> dict[str, Any]:
    figures = {"per_sample_ms": point.per_sample_ms, "samples_per_s": point.per_second, "gain": point.gain}
    return _point_fields(point.result) | {"batch": point.result.batch} | figures


def _thread_fields(point: ThreadPoint) -> dict[str, Any]:
    figures = {"threads": point.threads, "speedup": point.speedup, "efficiency": point.efficiency}
    return _point_fields(point.result) | figures


def _point_fields(result: Result) -> dict[str, Any]:
    latency = result.timings.latency_ms
    id_: dict[str, Any] = msgspec.to_builtins(result.id)
    return id_ | {"latency_ms": latency.median if latency else None}


def _gate_fields(gated: Gate) -> dict[str, Any]:
    missed = [{"adapter": share.column, "dtype": share.dtype, "percent": share.percent} for share in gated.missed]
    return {"met": gated.met, "missed": missed}


def _share_fields(share: Share) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(share)
    return fields | {"percent": share.percent, "success": msgspec.to_builtins(share.success)}


def _table_fields(table: OperationTable) -> dict[str, Any]:
    return {
        "suite": table.suite,
        "operation": table.operation,
        "dtype": table.dtype,
        "threads": table.threads,
        "baseline": table.baseline,
        "sizes": [_row_fields(row, table.baseline) for row in table.rows],
    }


def _row_fields(row: Row, baseline: str) -> dict[str, Any]:
    return {
        "size": row.size,
        "case": row.case,
        "baseline_ms": row.baseline_ms,
        "baseline_missing": row.reason,
        "baseline_spread": _spread_fields(row.baseline),
        "best": msgspec.to_builtins(best(row, baseline)),
        "results": [_cell_fields(cell) for cell in row.cells],
    }


def _spread_fields(result: Result | None) -> dict[str, Any] | None:
    latency = result.timings.latency_ms if result else None
    if latency is None:
        return None
    figures = {"mean_ms": latency.mean, "stdev_ms": latency.stdev, "min_ms": latency.min, "max_ms": latency.max}
    return figures | {"samples": latency.n, "total_ms": latency.total}


def _cell_fields(cell: Cell) -> dict[str, Any]:
    result, latency = cell.result, cell.result.timings.latency_ms
    fields: dict[str, Any] = msgspec.to_builtins(result.id)
    return fields | {
        "status": result.status,
        "latency_ms": latency.median if latency else None,
        "spread": _spread_fields(result),
        "ratio": msgspec.to_builtins(cell.ratio),
        "speed": msgspec.to_builtins(cell.speed),
        "band": msgspec.to_builtins(cell.band),
        "no_ratio": cell.reason,
        "variant_speedup": msgspec.to_builtins(result.timings.variant_speedup),
        "rate": msgspec.to_builtins(result.derived.rate),
        "bits": cell.bits,
        "flags": msgspec.to_builtins(result.conditions.flags),
    }
