"""Words for figures that the console and the screen share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paragon_tui.engine.results import Result

UNKNOWN = "–"


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


def bits(result: Result) -> str:
    """Whether the logits have the reference's bits, and where they first do not."""
    comparison = result.comparison
    if comparison is None:
        return "not compared"
    if comparison.bit_identical:
        return "✓ identical to the reference"
    claim = "" if result.tier else ", none claimed"
    return f"≠ first at {comparison.first_difference}, at most {comparison.ulp_max} ULP{claim}"
