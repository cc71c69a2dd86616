"""Rates, and how near they come to the peak of an adapter, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paragon_tui.suites.families import MOVES, UNROUNDED

if TYPE_CHECKING:
    from paragon_tui.engine.messages.figures import Ceiling, Rate, Roofline
    from paragon_tui.engine.results.result import Result


def per_second(speed: Rate) -> str:
    """``51,234 samples/s [50,900, 51,600]``."""
    bounds = f" [{_count(speed.interval.low)}, {_count(speed.interval.high)}]" if speed.interval else ""
    return f"{_count(speed.value)} {speed.unit}{bounds}"


def work_rate(speed: Rate | None) -> str | None:
    """With what a run does: ``51,234 samples/s [50,900, 51,600], end to end; 256 samples a run``."""
    if speed is None:
        return None
    return f"{per_second(speed)}, end to end; {_count(speed.count)} {speed.unit.removesuffix('/s')} a run"


def roofline_line(line: Roofline | None, unit: str | None = "GFLOP/s") -> str | None:
    """``12.3 GFLOP/s · 24.6 GB/s · 66 % of the copy rate through memory``; the rates alone without a ceiling.

    ``unit`` is that of the operations, ``None`` where there are none to speak of.
    """
    if line is None:
        return None
    rate = f"{line.gflop_s:.3g} {unit}" if unit else None
    return " · ".join(filter(None, (rate, f"{line.gb_s:.3g} GB/s", _beside_ceiling(line))))


def operations_unit(result: Result) -> str | None:
    """What a result's operations are counted in: those of integers, and comparisons, are no floating-point ones."""
    if result.case.operation in MOVES:
        return None
    return "GOP/s" if result.id.dtype == "i8" or result.case.operation in UNROUNDED else "GFLOP/s"


def share_of_ceiling(value: float, ceiling: str) -> str:
    """``66 % of its copy rate``; above 100 % ``1.43 times its copy rate``: more than all of it is no share."""
    if value > 1:
        return f"{value:.3g} times {ceiling}"
    return f"{100 * value:{'.0f' if value >= 0.0995 else '.2g'}} % of {ceiling}"


def peak_rates(best: Ceiling) -> str:
    """What an adapter can do at best, as it was measured."""
    rates = f"{best.copy_gb_s:.3g} GB/s copying through memory, {best.multiply_add_gflop_s:.3g} GFLOP/s"
    return f"{rates} multiplying and adding"


def _count(value: float) -> str:
    """``51,234``; below a thousand three significant digits."""
    return f"{value:,.0f}" if value >= 999.5 else f"{value:.3g}"


def _beside_ceiling(line: Roofline) -> str | None:
    """What was measured with cold caches counts where there is such a thing: warm ones say little of memory."""
    if line.share is None:
        return None
    if line.by == "arithmetic":
        return share_of_ceiling(line.share, "the multiply-add rate") + _above(line.share, "a ceiling measured low")
    if line.cold_share is None:
        return share_of_ceiling(line.share, "the copy rate through memory") + _above(
            line.share, "a cache, or a ceiling measured low"
        )
    cold = share_of_ceiling(line.cold_share, "the copy rate through memory") + _above(
        line.cold_share, "a ceiling measured low"
    )
    cached = ", from a cache" if line.share > 1 >= line.cold_share else ""
    return f"cold: {cold}; warm: {share_of_ceiling(line.share, 'that rate')}{cached}"


def _above(value: float, why: str) -> str:
    return f" ({why})" if value > 1 else ""
