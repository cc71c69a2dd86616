"""Which result of a case is the fastest, if that can be said."""

from __future__ import annotations

from collections.abc import Iterable

from paragon_tui.engine.results.result import Result


def fastest(results: Iterable[Result]) -> Result | None:
    """Return the result whose whole interval lies below those of all others of its row; ``None`` where none does."""
    timed = [
        (latency, result)
        for result in results
        if result.measured and not result.bits.broken_claim and (latency := result.timings.latency_ms) is not None
    ]
    if len(timed) < 2:
        return None
    (best_ms, best), *others = sorted(timed, key=lambda pair: pair[0].median)
    if best_ms.interval is None or best.conditions.mark == "!":
        return None
    high = best_ms.interval.high
    return best if all(ms.interval is not None and ms.interval.low > high for ms, _ in others) else None
