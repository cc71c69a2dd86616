"""Throughput and roofline figures in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paragon_tui.suites.workloads.registry import workload

if TYPE_CHECKING:
    from paragon_tui.engine.messages.figures import Ceiling, Rate, Roofline
    from paragon_tui.engine.results.result import Result


def per_second(rate: Rate) -> str:
    """Format as ``51,234 samples/s [50,900, 51,600]``."""
    bounds = f" [{_count(rate.interval.low)}, {_count(rate.interval.high)}]" if rate.interval else ""
    return f"{_count(rate.value)} {rate.unit}{bounds}"


def work_rate(rate: Rate | None) -> str | None:
    """Format with the work of a run: ``51,234 samples/s [50,900, 51,600], end to end; 256 samples per run``."""
    if rate is None:
        return None
    return f"{per_second(rate)}, end to end; {_count(rate.count)} {rate.unit.removesuffix('/s')} per run"


def roofline_line(line: Roofline | None, unit: str | None = "GFLOP/s") -> str | None:
    """Format as ``12.3 GFLOP/s · 24.6 GB/s · 66 % of peak copy bandwidth``; without a known ceiling, the rates only.

    ``unit`` is the unit of the operations, ``None`` if the case has no arithmetic worth counting.
    """
    if line is None:
        return None
    rate = f"{line.gflop_s:.3g} {unit}" if unit else None
    return " · ".join(filter(None, (rate, f"{line.gb_s:.3g} GB/s", _share_of_peak(line))))


def operations_unit(result: Result) -> str | None:
    """Return the unit of a result's operations: integer operations and comparisons are not floating-point ones."""
    counted = workload(result.operation).counted
    if counted is None:
        return None
    return "GOP/s" if result.id.dtype == "i8" else f"G{counted}/s"


def share_of_ceiling(value: float, ceiling: str) -> str:
    """Format as ``66 % of peak multiply-add``."""
    return f"{100 * value:{'.0f' if value >= 0.0995 else '.2g'}} % of {ceiling}"


def peak_rates(ceiling: Ceiling) -> str:
    """Return the measured peaks of an adapter, in words."""
    return f"{ceiling.copy_gb_s:.3g} GB/s copy bandwidth, {ceiling.multiply_add_gflop_s:.3g} GFLOP/s multiply-add"


def _count(value: float) -> str:
    """Format as ``51,234``; below a thousand with three significant digits."""
    return f"{value:,.0f}" if value >= 999.5 else f"{value:.3g}"


def _share_of_peak(line: Roofline) -> str | None:
    """Return the share of the peak, with flushed caches where measured."""
    if line.by == "arithmetic" and line.share is not None:
        return share_of_ceiling(line.share, "peak multiply-add")
    if line.cold_share is not None:
        return share_of_ceiling(line.cold_share, "peak copy bandwidth with flushed caches")
    return share_of_ceiling(line.share, "peak copy bandwidth") if line.share is not None else None
