"""Figures for narrow table columns, and the placeholder for a missing one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paragon_tui.engine.results.result import Result

NOT_RUN = "–"


def milliseconds(value: float) -> str:
    """Format in at most five columns below 100 s: ``0.006``, ``12.34``, ``123.4``."""
    for limit, digits in ((9.9995, 3), (99.995, 2), (999.95, 1)):  # 9.9995 would round up to 10.000, a column more
        if value < limit:
            return f"{value:.{digits}f}"
    return f"{value:.0f}"


def time_parts(ms: float) -> tuple[str, str, str]:
    """Return a time with three significant digits, before and after its point, and its unit: ``2``, ``.76``, ``ms``."""
    value, units = ms * 1e6, ("ns", "µs", "ms", "s ")
    for unit in units:
        if value < 999.5 or unit == units[-1]:
            break
        value /= 1000
    return *_three_digits(value), unit


def _three_digits(value: float) -> tuple[str, str]:
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    whole, point, rest = f"{value:.{digits}f}".partition(".")
    return whole, point + rest


def number_parts(value: float) -> tuple[str, str, str]:
    """Return a number with three significant digits, before and after its point, and its prefix: ``28``, ``.6``, ``G``.

    From a thousandth up to 10^18; what lies beyond has more or fewer digits.
    """
    prefixes = ("m", "", "k", "M", "G", "T", "P")
    value *= 1000
    for prefix in prefixes:
        if value < 999.5 or prefix == prefixes[-1]:
            break
        value /= 1000
    return *_three_digits(value), prefix


def tick_time(ms: float) -> str:
    """Return a round time as short as it is: ``5 µs``, ``203.1 µs``."""
    value, units = ms * 1e6, ("ns", "µs", "ms", "s")
    for unit in units:
        if value < 999.9995 or unit == units[-1]:
            break
        value /= 1000
    return f"{value:.6g} {unit}"


def factor(ratio: float) -> str:
    """Format how many times, in at most four columns: a ratio of 0.07 is ``14``, one of 2.5 ``2.5``, 1,200 ``1.2k``."""
    if ratio <= 0:
        return "≫"
    times = ratio if ratio >= 1 else 1 / ratio
    for limit, divisor, digits, ending in ((9.95, 1, 1, ""), (999.5, 1, 0, ""), (9950.0, 1000, 1, "k")):
        if times < limit:
            return f"{times / divisor:.{digits}f}{ending}"
    return f"{times / 1000:.0f}k" if times < 999_500 else "≫"


def number(value: float, digits: int) -> str:
    """Format a logit with ``digits`` significant digits, whole numbers (of an integer network) in full."""
    return f"{value:.0f}" if value.is_integer() and abs(value) < 2**31 else f"{value:.{digits}g}"


def bits_mark(result: Result) -> str:
    """Return ``✓`` for identical bits, ``≠`` for others: with first index and largest ULP if identity is claimed.

    ``≠#``: only the digest shows it, the one that ships or that of another adapter that claims the same bits.
    """
    comparison, claimed = result.bits.comparison, result.bits.claims_identity
    if comparison is None:
        return NOT_RUN
    if comparison.bit_identical and result.bits.output_comparison is not None:
        comparison, claimed = result.bits.output_comparison, result.bits.output_claims_identity
    if comparison.bit_identical:
        return "≠#" if result.bits.unlike else "≠" if result.bits.broken_claim else "✓"
    if comparison.first_difference is None:
        return "≠#"
    return f"≠{comparison.first_difference}·{comparison.ulp_max}" if claimed else "≠"
