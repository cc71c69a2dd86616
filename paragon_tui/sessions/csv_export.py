"""CSV exports of a session: Paragon-Py's ten columns exactly, or those ten followed by every other field."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from paragon_tui.atomic_write import write_atomically
from paragon_tui.backends.adapter import REFERENCE
from paragon_tui.engine.messages.job import BASELINE
from paragon_tui.engine.results.result import Result
from paragon_tui.engine.results.session import Session
from paragon_tui.sessions.document import FIELDS, result_fields

COLUMNS = ("id", "shape", "estMB", "cpu_ms", "gpu_ms", "speedup", "mae", "max", "gpu_init_ms", "adapter")
_BASELINES = (BASELINE, REFERENCE)
_FIGURES = {
    **dict.fromkeys(
        ("latency_ms", "device_ms", "cold_ms", "warm_ms"),
        ("median", "interval.low", "interval.high", "min", "q1", "q3", "p95", "mad", "mean", "stdev", "n"),
    ),
    "speedup_interval": ("low", "high"),
    "variant_speedup": ("value", "interval.low", "interval.high", "judgement"),
    "rate": ("value", "interval.low", "interval.high", "unit", "count"),
    "throughput": (
        "synchronisation_ms",
        "synchronisation_interval.low",
        "synchronisation_interval.high",
        "forward_ms",
        "forward_interval.low",
        "forward_interval.high",
        "longest",
    ),
    "roofline": ("gflop_s", "gb_s", "by", "share", "cold_share"),
    "overhead": ("loop_ns", "host_ns", "round_trip_ns"),
    "training": ("step", "loss"),
}
"""For each field with several figures, the path to each figure; every path becomes a column."""


def append_csv(session: Session, path: Path) -> int:
    """Append the ten columns, a row for each ended result except those of ``numpy`` and ``reference``.

    Every row compares with these two. The header is written where the file is new. Returns the number of rows.
    Raises ``OSError``.
    """
    rows = [
        row_text(session, result) for result in session.listed if result.ended and result.adapter.id not in _BASELINES
    ]
    last_byte = path.read_bytes()[-1:] if path.exists() else b""
    with path.open("a", encoding="utf-8", newline="") as file:
        if not last_byte:
            file.write(",".join(COLUMNS) + "\n")
        elif last_byte != b"\n":
            file.write("\n")  # an editor may have removed the final newline
        file.writelines(row + "\n" for row in rows)
    return len(rows)


def row_text(session: Session, result: Result) -> str:
    """Return the ten columns of a result; shape and adapter are always quoted, missing figures are empty."""
    comparison = result.comparison
    cells = (
        _quoted_if_needed(result.id.label),
        _quoted(result.shape),
        f"{result.megabytes:.2f}",
        _number(session.cpu_ms(result), ".3f"),
        _number(result.latency_ms.median if result.latency_ms else None, ".3f"),
        _number(result.speedup.value if result.speedup else None, ".2f"),
        _number(comparison.mae if comparison else None, ".2E"),
        _number(comparison.max if comparison else None, ".2E"),
        _number(result.init_ms, ".3f"),
        _quoted(result.adapter.name),
    )
    return ",".join(cells)


def export_csv(session: Session, folder: Path) -> Path:
    """Write ``<folder>/<session>.csv``: every listed result that has ended, the ten columns first, then the rest.

    The rest is every field of the JSON document. A field that the ten columns round appears again as
    ``<name>_exact``. The file appears whole or not at all. Returns its path. Raises ``OSError``.
    """
    text = io.StringIO()
    text.write(",".join([*COLUMNS, *(column for name in FIELDS for column in _column_names(name))]) + "\n")
    for result in (result for result in session.listed if result.ended):
        fields = result_fields(session, result)
        rest = io.StringIO()
        csv.writer(rest, lineterminator="\n").writerow([cell for name in FIELDS for cell in _cells(name, fields[name])])
        text.write(f"{row_text(session, result)},{rest.getvalue()}")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{session.id}.csv"
    write_atomically(path, text.getvalue().encode("utf-8"))
    return path


def _column_names(field: str) -> list[str]:
    if field == "adapter":
        return ["adapter_id"]
    if field in COLUMNS:
        return [f"{field}_exact"]
    stem = field.removesuffix("_ms")
    return [f"{stem}_{part.replace('.', '_')}" for part in _FIGURES[field]] if field in _FIGURES else [field]


def _cells(field: str, value: Any) -> list[Any]:
    if field in _FIGURES:
        return [_value_at(value, part.split(".")) for part in _FIGURES[field]]
    if field == "flags":
        return ["; ".join(f"{flag['name']}: {flag['words']}" for flag in value)]
    if field in ("not_measured", "unlike"):
        return ["; ".join(value)]
    if isinstance(value, list):
        return [" ".join(map(repr, value))]
    return ["" if value is None else value]


def _value_at(value: Any, path: list[str]) -> Any:
    """Return the value at ``path``; an empty string where a figure on the way is missing."""
    for name in path:
        if value is None:
            return ""
        value = value[name]
    return "" if value is None else value


def _number(value: float | None, format_spec: str) -> str:
    return "" if value is None else format(value, format_spec)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _quoted_if_needed(text: str) -> str:
    return _quoted(text) if any(character in text for character in ',"\n') else text
