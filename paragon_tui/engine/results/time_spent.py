"""Where the time of a result goes, from end to end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from paragon_tui.engine.results.result import Result

Activity = Literal["kernels", "launch and wait", "this program", "transfers, rest"]


@dataclass(frozen=True, slots=True)
class Spent:
    """A part of the median latency, milliseconds."""

    what: Activity
    ms: float


def time_spent(result: Result) -> tuple[Spent, ...]:
    """Return the parts of a result's median latency, which is their sum; none where the device tells too little.

    Kernels take the device's time, or where it has no clock that of a run in a chain; launch and wait that of an empty
    round trip; this program that of its loop and of its code around the driver's calls. What was not measured is in
    the rest: the transfers of inputs and results, and what the driver does beside. Each is a median of its own, so that
    together they may be longer than the latency: then the later ones have what is left of it.
    """
    latency, overhead = result.timings.latency_ms, result.resources.overhead
    device, chained = result.timings.device_ms, result.timings.launch_cost
    kernels = device.median if device is not None else chained.forward_ms if chained is not None else None
    if latency is None or kernels is None:
        return ()
    own_ns, trip_ns = 0, 0
    if overhead is not None:
        own_ns, trip_ns = overhead.loop_ns + (overhead.host_ns or 0), overhead.round_trip_ns or 0
    left, parts = latency.median, []
    measured: tuple[tuple[Activity, float], ...] = (
        ("kernels", kernels),
        ("this program", own_ns / 1e6),
        ("launch and wait", trip_ns / 1e6),
    )
    for what, ms in measured:
        taken = min(max(ms, 0.0), left)
        left -= taken
        if taken > 0:
            parts.append(Spent(what, taken))
    return (*parts, Spent("transfers, rest", left)) if left > 0 else tuple(parts)
