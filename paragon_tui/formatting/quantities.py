"""Numbers as people write them: bytes, times, counts, intervals. A figure that was not measured has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paragon_tui.engine.messages.figures import Interval

NOT_MEASURED = "not measured"
UNKNOWN = "–"
_SHORT_LIST = 4  # labels; of a longer list the first two and the last are shown


def milliseconds(value: float | None) -> str:
    """``4.809 ms``; four significant digits at least, since a small network takes microseconds."""
    if value is None:
        return NOT_MEASURED
    return f"{value:.3f} ms" if value >= 0.1 or value == 0 else f"{value:.4f} ms"


def interval(value: Interval | None) -> str:
    """``[4.7, 4.91]``, or nothing."""
    return "" if value is None else f" [{significant(value.low)}, {significant(value.high)}]"


def counted(number: int, what: str, several: str | None = None) -> str:
    """``1 case``, ``2 cases``."""
    return f"{number} {what if number == 1 else several or what + 's'}"


def duration(seconds: float) -> str:
    """``42 s``, ``3 min 05 s``."""
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


def table_figure(value: float) -> str:
    """For a table; a small one keeps three digits, since it is not zero."""
    return f"{value:.3f}" if value >= 0.1 else f"{value:.3g}"


def multiple(value: float) -> str:
    """``1.32×``; a small one keeps two significant digits, since it is not zero."""
    return f"{value:.2f}×" if value >= 0.1 else f"{value:.2g}×"


def significant(value: float) -> str:
    """Three significant digits; near 1, where a ratio is judged, three decimals."""
    if 0.9 <= value < 1.1:
        return f"{value:.3f}"
    return f"{value:.3g}" if value < 999.5 else f"{value:.0f}"


def shortlist(labels: list[str]) -> str:
    """``S1, S2, S3``; of many the first two and the last."""
    return ", ".join(labels if len(labels) <= _SHORT_LIST else [*labels[:2], "…", labels[-1]])


def size(value: int | None) -> str:
    """Bytes in binary units: ``128 MiB``; ``–`` where it is not known."""
    if value is None:
        return UNKNOWN
    amount = float(value)
    for unit in ("B", "KiB", "MiB"):
        if amount < 1024:
            return f"{amount:.4g} {unit}"
        amount /= 1024
    return f"{amount:.4g} GiB"
