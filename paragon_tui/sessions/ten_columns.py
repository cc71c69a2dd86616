"""Paragon-Py's ten columns: the rows of a session, and what a file must be to take them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from paragon_tui.backends.adapter import REFERENCE
from paragon_tui.engine.messages.job import BASELINE, JobId

Entries = Mapping[str, Any]
"""A result as the plain data of a document."""

COLUMNS = ("id", "shape", "estMB", "cpu_ms", "gpu_ms", "speedup", "mae", "max", "gpu_init_ms", "adapter")
_HEADER = ",".join(COLUMNS)
_BASELINES = (BASELINE, REFERENCE)
_BYTE_ORDER_MARK = "\ufeff"
_SHOWN = 60  # characters of a header that is not ours
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would compute

HEAD_BYTES = 4096
"""The most of a file's beginning that its header takes."""


class OtherColumns(ValueError):
    """A file has other columns, or is no CSV; the text is its first line."""


def rows_text(results: Iterable[Entries], head: bytes = b"", ends_in_newline: bool = True) -> str:
    """Return the text to append to a file that begins with ``head``: a row a result, after the header in a new file.

    Results of ``numpy`` and ``reference`` have no rows: every row compares with these two. Lines end as those of the
    file do. Raises ``OtherColumns``.
    """
    newline = newline_in(head)
    compared = (result for result in results if result["adapter"] not in _BASELINES)
    lines = [*([] if head else [_HEADER]), *map(row_text, compared)]
    # An editor may have removed the final newline.
    return ("" if ends_in_newline or not lines else newline) + "".join(line + newline for line in lines)


def newline_in(head: bytes) -> str:
    """Return what ends a line in a file that begins with ``head``. Raises ``OtherColumns`` where that is no header."""
    line, _, _ = head.partition(b"\n")
    first = line.decode(errors="backslashreplace").removeprefix(_BYTE_ORDER_MARK)
    if head and first.rstrip("\r") != _HEADER:
        raise OtherColumns(first if len(first) <= _SHOWN else f"{first[:_SHOWN]}…")
    return "\r\n" if first.endswith("\r") else "\n"


def row_text(result: Entries) -> str:
    """Return the ten columns of a result; shape and adapter are always quoted, missing figures are empty."""
    id_ = JobId(*(result[name] for name in ("suite", "case", "dtype", "variant", "adapter")))
    latency, speedup = result["latency_ms"], result["speedup"]
    cells = (
        _quoted_if_needed(harmless(id_.label)),
        _quoted(harmless(result["shape"])),
        f"{result['megabytes']:.2f}",
        _number(result["cpu_ms"], ".3f"),
        _number(latency["median"] if latency else None, ".3f"),
        _number(speedup, ".2f"),
        _number(result["mae"], ".2E"),
        _number(result["max"], ".2E"),
        _number(result["init_ms"], ".3f"),
        _quoted(harmless(_adapter_cell(result))),
    )
    return ",".join(cells)


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


def _number(value: float | None, format_spec: str) -> str:
    return "" if value is None else format(value, format_spec)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _quoted_if_needed(text: str) -> str:
    return _quoted(text) if any(character in text for character in ',"\r\n') else text
