"""A result beside what its adapter can do at best: Williams, Waterman and Patterson, "Roofline", CACM 52(4), 2009."""

from __future__ import annotations

from paragon_tui.engine.messages.figures import Ceiling, Roofline
from paragon_tui.suites.case import Cost


def roofline(cost: Cost, ms: float, ceiling: Ceiling | None, integer: bool, cold_ms: float | None = None) -> Roofline:
    """Rates of a result that took ``ms`` (more than 0), and its share of the ceiling that takes longer.

    The ceiling of multiply-adds is that of f32: ``integer`` arithmetic is bound by memory alone. ``cold_ms`` is what
    it took with flushed caches, by the same clock.
    """
    gflop_s, gb_s = cost.operations / (ms * 1e6), cost.bytes / (ms * 1e6)
    if ceiling is None:
        return Roofline(gflop_s, gb_s, by=None, share=None, cold_share=None)
    moving_ms = cost.bytes / (ceiling.copy_gb_s * 1e6)
    computing_ms = 0.0 if integer else cost.operations / (ceiling.multiply_add_gflop_s * 1e6)
    return Roofline(
        gflop_s,
        gb_s,
        by="arithmetic" if computing_ms > moving_ms else "memory",
        share=max(moving_ms, computing_ms) / ms,
        cold_share=moving_ms / cold_ms if cold_ms else None,
    )
