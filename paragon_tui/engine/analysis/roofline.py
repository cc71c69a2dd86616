"""A result beside its adapter's ceiling: Williams, Waterman and Patterson, "Roofline", CACM 52(4), 2009."""

from __future__ import annotations

from paragon_tui.engine.messages.figures import Ceiling, Roofline
from paragon_tui.operators.operator import Cost


def roofline(cost: Cost, ms: float, ceiling: Ceiling | None, integer: bool, cold_ms: float | None = None) -> Roofline:
    """Return the rates of a result that took ``ms`` (above 0), and its share of the ceiling that binds it.

    The ceiling of multiply-adds is that of f32: ``integer`` arithmetic is bound by memory alone. ``cold_ms`` is its
    time with flushed caches, by the same clock.
    """
    gflop_s, gb_s = cost.operations / (ms * 1e6), cost.bytes / (ms * 1e6)
    if ceiling is None:
        return Roofline(gflop_s, gb_s, by=None, share=None, cold_share=None)
    memory_ms = cost.bytes / (ceiling.copy_gb_s * 1e6)
    arithmetic_ms = 0.0 if integer else cost.operations / (ceiling.multiply_add_gflop_s * 1e6)
    return Roofline(
        gflop_s,
        gb_s,
        by="arithmetic" if arithmetic_ms > memory_ms else "memory",
        share=max(memory_ms, arithmetic_ms) / ms,
        cold_share=memory_ms / cold_ms if cold_ms else None,
    )
