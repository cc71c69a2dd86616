"""A result beside its adapter's ceiling: Williams, Waterman and Patterson, "Roofline", CACM 52(4), 2009."""

from __future__ import annotations

from dataclasses import replace

from paragon_tui.engine.messages.figures import Ceiling, Roofline
from paragon_tui.operators.operator import Cost


def roofline(cost: Cost, ms: float, ceiling: Ceiling | None, integer: bool, cold_ms: float | None = None) -> Roofline:
    """Return the rates of a result that took ``ms`` (above 0), and its share of the ceiling that binds it.

    The ceiling of multiply-adds is that of f32: ``integer`` arithmetic is bound by memory alone. ``cold_ms`` is its
    time with flushed caches, by the same clock. A share of the copy bandwidth is given only where the bytes come from
    memory: where caches were flushed, or are known to be smaller than the data.
    """
    gflop_s, gb_s = cost.operations / (ms * 1e6), cost.bytes / (ms * 1e6)
    if ceiling is None:
        return Roofline(gflop_s, gb_s, by=None, share=None, cold_share=None)
    memory_ms = cost.bytes / (ceiling.copy_gb_s * 1e6)
    arithmetic_ms = 0.0 if integer else cost.operations / (ceiling.multiply_add_gflop_s * 1e6)
    if arithmetic_ms > memory_ms:
        return Roofline(gflop_s, gb_s, by="arithmetic", share=arithmetic_ms / ms, cold_share=None)
    share = memory_ms / ms if _beyond_caches(cost, ceiling) else None
    return Roofline(gflop_s, gb_s, by="memory", share=share, cold_share=memory_ms / cold_ms if cold_ms else None)


def raised(ceiling: Ceiling, cost: Cost, ms: float, integer: bool, cold_ms: float | None = None) -> Ceiling:
    """Return the ceiling, raised to the rates of an undisturbed result where these lie above: what was reached can be.

    ``ms`` and ``cold_ms`` are those of ``roofline``.
    """
    times_ms = [cold_ms] if cold_ms else []
    if _beyond_caches(cost, ceiling):
        times_ms.append(ms)
    copied = [cost.bytes / (each * 1e6) for each in times_ms]
    computed = [] if integer else [cost.operations / (ms * 1e6)]
    return replace(
        ceiling,
        copy_gb_s=max(ceiling.copy_gb_s, *copied, 0.0),
        multiply_add_gflop_s=max(ceiling.multiply_add_gflop_s, *computed, 0.0),
    )


def _beyond_caches(cost: Cost, ceiling: Ceiling) -> bool:
    return ceiling.cache_bytes is not None and cost.bytes > ceiling.cache_bytes
