"""The CSV export of a session: Paragon-Py's ten columns, followed by the fields of a document."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from paragon_tui.atomic_write import write_atomically
from paragon_tui.engine.messages.figures import Ratio, Summary
from paragon_tui.engine.results.parts import Training
from paragon_tui.engine.results.session import Session
from paragon_tui.sessions.csv_dialect import USUAL, Dialect
from paragon_tui.sessions.document import saved
from paragon_tui.sessions.entries import declared, entries, required_type, types_of
from paragon_tui.sessions.ten_columns import COLUMNS, Entries, harmless, row_text

_ORDER = """
    suite case operation size dtype variant adapter adapter_name driver shape batch megabytes operations bytes tier
    standing plan status error elapsed_s init_ms compile_ms upload_ms first_run_ms latency_ms device_ms cold_ms warm_ms
    processes rounds library threads cpu_ms cpu_library cpu_threads speedup speedup_interval judgement variant_speedup
    rate launch_cost roofline overhead flags not_measured device_bytes host_peak_bytes bit_identical sampled_indices
    unlike training deterministic first_difference ulp_max mae max nmse output_mae output_max chain digest output_digest
    logits output output_standing speedup_baseline_ms machine_busy adapter_type device_name driver_family uuid
    pci_address dropped sensors preempted adapter_vendor
""".split()  # noqa: SIM905  (a list would take a line for each)
"""The entries with columns. Their order is a promise to spreadsheets; an entry that is added goes to the end."""

_STEMS = {"adapter": "adapter_id", "launch_cost": "throughput", "sampled_indices": "compared"}
"""The names of columns that are not those of their entries."""

_FIGURES = {
    Training: ("step", "loss"),
    Ratio: ("value", "interval", "judgement"),
    Summary: ("median", "interval", "min", "q1", "q3", "p95", "mad", "mean", "stdev", "n"),
}
"""The figures with columns, of entries whose other figures have none."""

_LATER = (
    ("training", "accuracy"),
    *((time, figure) for time in ("latency_ms", "device_ms", "cold_ms", "warm_ms") for figure in ("max", "total")),
)
"""Figures of entries above that got a column later than they: these follow all entries."""


def export_csv(session: Session, folder: Path, dialect: Dialect = USUAL) -> Path:
    """Write ``<folder>/<session>.csv``: every listed result that has ended.

    The file appears whole or not at all. Returns its path. Raises ``OSError``.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{session.id}.csv"
    write_atomically(path, csv_text(ended_entries(session), dialect).encode("utf-8"))
    return path


def ended_entries(session: Session) -> list[Entries]:
    """Return the listed results of a session that have ended, as the plain data of a document."""
    return [entries(saved(session, result)) for result in session.listed if result.ended]


def csv_text(results: Iterable[Entries], dialect: Dialect = USUAL) -> str:
    """Return a table of results: the ten columns first, then the rest.

    The rest are entries of the JSON document. One that the ten columns round appears again as ``<name>_exact``.
    """
    kinds = {entry.name: entry.kind for entry in declared()}
    places = [(name, path) for name in _ORDER for path in _paths(kinds[name])]
    places += [(name, (figure,)) for name, figure in _LATER]
    lines = [dialect.line([*COLUMNS, *(_column_name(*place) for place in places)])]
    for values in results:
        rest = dialect.line(_cell(_value_at(values[name], path), dialect) for name, path in places)
        lines.append(f"{row_text(values, dialect)}{dialect.separator}{rest}")
    return "".join(f"{line}\n" for line in lines)


def _paths(kind: Any) -> list[tuple[str, ...]]:
    """Return the path to each figure of an entry of this type, a column each; the empty path for a single value."""
    owner = required_type(kind)
    if not isinstance(owner, type) or not is_dataclass(owner):
        return [()]
    kinds = types_of(owner)
    names = _FIGURES.get(owner) or [field.name for field in fields(owner)]
    return [(name, *path) for name in names for path in _paths(kinds[name])]


def _column_name(entry: str, path: tuple[str, ...]) -> str:
    if path:
        return "_".join([_STEMS.get(entry, entry).removesuffix("_ms"), *path])
    return _STEMS.get(entry) or (f"{entry}_exact" if entry in COLUMNS else entry)


def _value_at(value: Any, path: tuple[str, ...]) -> Any:
    """Return the value at ``path``; ``None`` where a figure on the way is missing."""
    for name in path:
        value = None if value is None else value[name]
    return value


def _cell(value: Any, dialect: Dialect) -> str:
    """Return the text of a cell: flags and reasons as one text, an empty text for ``None``."""
    if isinstance(value, tuple) and all(isinstance(item, dict | str) for item in value):
        return "; ".join(item if isinstance(item, str) else f"{item['name']}: {item['words']}" for item in value)
    if value is None:
        return ""
    if isinstance(value, float):
        return dialect.number(repr(value))
    return harmless(value) if isinstance(value, str) else str(value)
