"""Paragon-Py's ten columns: the rows of a session, and what a file must be to take them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from paragon_tui.backends.adapter import REFERENCE
from paragon_tui.engine.messages.job import JobId, is_baseline_adapter
from paragon_tui.sessions.csv_dialect import SEPARATORS, USUAL, Dialect, cells_of, quoted

Entries = Mapping[str, Any]
"""A result as the plain data of a document."""

COLUMNS = ("id", "shape", "estMB", "cpu_ms", "gpu_ms", "speedup", "mae", "max", "gpu_init_ms", "adapter")
_DECIMALS = COLUMNS.index("estMB")  # a column that is never empty
_BYTE_ORDER_MARK = "\ufeff"
_SHOWN = 60  # characters of a header that is not ours
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would compute

HEAD_BYTES = 4096
"""The most of a file's beginning that its header takes."""


class OtherColumns(ValueError):
    """A file has other columns, or is no CSV; the text is its first line."""


def rows_text(
    results: Iterable[Entries], head: bytes = b"", ends_in_newline: bool = True, dialect: Dialect = USUAL
) -> str:
    """Return the text to append to a file that begins with ``head``: a row a result, after the header in a new file.

    Results of ``numpy`` and ``reference`` have no rows: every row compares with these two. Lines end as those of the
    file do, and it keeps its separator and its decimals; ``dialect`` is for a new one. Raises ``OtherColumns``.
    """
    newline = newline_in(head)
    dialect = _dialect_of(head, dialect)
    compared = (
        result for result in results if result["adapter"] != REFERENCE and not is_baseline_adapter(result["adapter"])
    )
    lines = [*([] if head else [dialect.line(COLUMNS)]), *(row_text(result, dialect) for result in compared)]
    # An editor may have removed the final newline.
    return ("" if ends_in_newline or not lines else newline) + "".join(line + newline for line in lines)


def newline_in(head: bytes) -> str:
    """Return what ends a line in a file that begins with ``head``. Raises ``OtherColumns`` where that is no header."""
    first, *_ = _first_lines(head)
    if head and all(first.rstrip("\r") != separator.join(COLUMNS) for separator in SEPARATORS):
        raise OtherColumns(first if len(first) <= _SHOWN else f"{first[:_SHOWN]}…")
    return "\r\n" if first.endswith("\r") else "\n"


def _dialect_of(head: bytes, usual: Dialect) -> Dialect:
    """Return the dialect of a file that begins with ``head``: its header tells the separator, its first row the rest.

    Where it has no row yet, or is new, what it does not tell is as ``usual``.
    """
    first, *rest = _first_lines(head)
    if not first:
        return usual
    separator = next(each for each in SEPARATORS if each.join(COLUMNS) == first.rstrip("\r"))
    row = cells_of(rest[0], separator) if rest else []
    return Dialect(separator, "," in row[_DECIMALS] if len(row) > _DECIMALS else usual.decimal_comma)


def _first_lines(head: bytes) -> list[str]:
    """Return the first line of a file and, where there is one, the second."""
    lines = head.split(b"\n", 2)[:2]
    return [line.decode(errors="backslashreplace").removeprefix(_BYTE_ORDER_MARK) for line in lines]


def row_text(result: Entries, dialect: Dialect = USUAL) -> str:
    """Return the ten columns of a result; shape and adapter are always quoted, missing figures are empty."""
    id_ = JobId(*(result[name] for name in ("suite", "case", "dtype", "variant", "adapter")))
    latency, speedup = result["latency_ms"], result["speedup"]
    figures = (
        (result["megabytes"], ".2f"),
        (result["cpu_ms"], ".3f"),
        (latency["median"] if latency else None, ".3f"),
        (speedup, ".2f"),
        (result["mae"], ".2E"),
        (result["max"], ".2E"),
        (result["init_ms"], ".3f"),
    )
    cells = (
        dialect.line([harmless(id_.label)]),
        quoted(harmless(result["shape"])),
        dialect.line(dialect.number("" if value is None else format(value, spec)) for value, spec in figures),
        quoted(harmless(_adapter_cell(result))),
    )
    return dialect.separator.join(cells)


def _adapter_cell(result: Entries) -> str:
    """Return what tells the adapter apart from others: ``NVIDIA H200 (NVIDIA) discrete-gpu [vulkan:0]``.

    Sessions that are older than this do not know all of it.
    """
    vendor, kind = result["adapter_vendor"], result["adapter_type"]
    words = (result["adapter_name"], f"({vendor})" if vendor else "", kind, f"[{result['adapter']}]")
    return " ".join(filter(None, words))


def harmless(text: str) -> str:
    """Return a text as a cell that no spreadsheet takes for a formula: names come from drivers, and files travel."""
    return f"'{text}" if text.startswith(_FORMULA) else text
