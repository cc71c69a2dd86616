"""Figures in few columns, and what stands where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paragon_tui.engine.results.result import Result

NOT_RUN = "–"


def milliseconds(value: float) -> str:
    """At most five columns below 100 s: ``0.006``, ``12.34``, ``123.4``."""
    for limit, digits in ((9.9995, 3), (99.995, 2), (999.95, 1)):  # what rounds up past a power has a column more
        if value < limit:
            return f"{value:.{digits}f}"
    return f"{value:.0f}"


def ratio(value: float) -> str:
    """At most four columns below 10,000: ``0.05``, ``12.3``, ``123``."""
    for limit, digits in ((9.995, 2), (99.95, 1)):
        if value < limit:
            return f"{value:.{digits}f}"
    return f"{value:.0f}"


def number(value: float, digits: int) -> str:
    """A logit: ``digits`` significant ones, but whole numbers (an integer network's) in full."""
    return f"{value:.0f}" if value.is_integer() and abs(value) < 2**31 else f"{value:.{digits}g}"


def bits_mark(result: Result) -> str:
    """``✓`` identical; ``≠`` with first index and largest ULP where identity is claimed, alone where it is not.

    ``≠#``: the digest is not that of another adapter that claims the same bits.
    """
    comparison = result.comparison
    if comparison is None:
        return NOT_RUN
    if comparison.bit_identical and result.output_comparison is not None:
        comparison = result.output_comparison
    if comparison.bit_identical:
        return "≠#" if result.unlike else "≠" if result.broken_claim else "✓"
    return f"≠{comparison.first_difference}·{comparison.ulp_max}" if result.claims_identity else "≠"
