"""Numbers as people write them: bytes, times, counts, intervals, and what is shown for a missing one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paragon_tui.engine.messages.figures import Interval

NOT_MEASURED = "not measured"
UNKNOWN = "–"
_SHORT_LIST = 4  # labels shown in full; of a longer list, the first two and the last


def milliseconds(value: float | None) -> str:
    """Format as ``4.809 ms``; a time below 0.1 ms gets a fourth decimal, since a small network takes microseconds."""
    if value is None:
        return NOT_MEASURED
    return f"{value:.3f} ms" if value >= 0.1 or value == 0 else f"{value:.4f} ms"


def interval(value: Interval | None) -> str:
    """Format as `` [4.7, 4.91]`` with a leading space, or as an empty string."""
    return "" if value is None else f" [{significant(value.low)}, {significant(value.high)}]"


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return ``1 case``, ``2 cases``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def duration(seconds: float) -> str:
    """Format as ``42 s``, ``3 min 05 s``, ``2 h 01 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return (
        f"{whole // 60} min {whole % 60:02d} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    )


def table_figure(value: float) -> str:
    """Format for a table; a value below 0.1 keeps three significant digits, so that it does not look like zero."""
    return f"{value:.3f}" if value >= 0.1 else f"{value:.3g}"


def multiple(value: float) -> str:
    """Format as ``1.32×``; a value below 0.1 keeps two significant digits, so that it does not look like zero."""
    return f"{value:.2f}×" if value >= 0.1 else f"{value:.2g}×"


def significant(value: float) -> str:
    """Format with three significant digits, near 1 with three decimals, since ratios are judged there."""
    if 0.9 <= value < 1.1:
        return f"{value:.3f}"
    return f"{value:.3g}" if value < 999.5 else f"{value:.0f}"


def shortlist(labels: list[str]) -> str:
    """Join as ``S1, S2, S3``; of a long list show the first two and the last."""
    return ", ".join(labels if len(labels) <= _SHORT_LIST else [*labels[:2], "…", labels[-1]])


def joules(value: float) -> str:
    """Format an energy as ``1.25 J``, ``12.3 mJ``, ``480 µJ``."""
    for unit in ("J", "mJ"):
        if value >= 1:
            return f"{significant(value)} {unit}"
        value *= 1000
    return f"{significant(value)} µJ"


def size(value: int | None) -> str:
    """Format bytes in binary units: ``128 MiB``; ``–`` if unknown."""
    if value is None:
        return UNKNOWN
    amount = float(value)
    for unit in ("B", "KiB", "MiB"):
        if amount < 1024:
            return f"{amount:.4g} {unit}"
        amount /= 1024
    return f"{amount:.4g} GiB"
