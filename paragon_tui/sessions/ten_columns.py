"""Paragon-Py's ten columns: the rows of a session, and what a file must be to take them."""

from __future__ import annotations

from paragon_tui.backends.adapter import REFERENCE, Adapter
from paragon_tui.engine.messages.job import BASELINE
from paragon_tui.engine.results.result import Result
from paragon_tui.engine.results.session import Session

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


def rows_text(session: Session, head: bytes = b"", ends_in_newline: bool = True) -> str:
    """Return the text to append to a file that begins with ``head``: a row a result, after the header in a new file.

    Results that have ended have rows, except those of ``numpy`` and ``reference``: every row compares with these two.
    Lines end as those of the file do. Raises ``OtherColumns``.
    """
    newline = newline_in(head)
    compared = (result for result in session.listed if result.ended and result.id.adapter not in _BASELINES)
    lines = [*([] if head else [_HEADER]), *(row_text(session, result) for result in compared)]
    # An editor may have removed the final newline.
    return ("" if ends_in_newline or not lines else newline) + "".join(line + newline for line in lines)


def newline_in(head: bytes) -> str:
    """Return what ends a line in a file that begins with ``head``. Raises ``OtherColumns`` where that is no header."""
    line, _, _ = head.partition(b"\n")
    first = line.decode(errors="backslashreplace").removeprefix(_BYTE_ORDER_MARK)
    if head and first.rstrip("\r") != _HEADER:
        raise OtherColumns(first if len(first) <= _SHOWN else f"{first[:_SHOWN]}…")
    return "\r\n" if first.endswith("\r") else "\n"


def row_text(session: Session, result: Result) -> str:
    """Return the ten columns of a result; shape and adapter are always quoted, missing figures are empty."""
    timings, comparison = result.timings, result.bits.comparison
    cells = (
        _quoted_if_needed(harmless(result.id.label)),
        _quoted(result.shape),
        f"{result.resources.megabytes:.2f}",
        _number(session.cpu_ms(result), ".3f"),
        _number(timings.latency_ms.median if timings.latency_ms else None, ".3f"),
        _number(timings.speedup.value if timings.speedup else None, ".2f"),
        _number(comparison.mae if comparison else None, ".2E"),
        _number(comparison.max if comparison else None, ".2E"),
        _number(timings.init_ms, ".3f"),
        _quoted(harmless(_adapter_cell(session.adapter(result)))),
    )
    return ",".join(cells)


def _adapter_cell(adapter: Adapter) -> str:
    """Return what tells the adapter apart from others: ``NVIDIA H200 (NVIDIA) discrete-gpu [vulkan:0]``."""
    return f"{adapter.name} ({adapter.vendor}) {adapter.type} [{adapter.id}]"


def harmless(text: str) -> str:
    """Return a text as a cell that no spreadsheet takes for a formula: names come from drivers, and files travel."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _number(value: float | None, format_spec: str) -> str:
    return "" if value is None else format(value, format_spec)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _quoted_if_needed(text: str) -> str:
    return _quoted(text) if any(character in text for character in ',"\r\n') else text
