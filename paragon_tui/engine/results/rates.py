"""What gets done in a second, from what a run does and how long it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paragon_tui.engine.messages.figures import Interval, Rate
from paragon_tui.suites.work import work

if TYPE_CHECKING:
    from paragon_tui.engine.results.result import Result


def rate(result: Result) -> Rate | None:
    """Of ``result``, end to end, in the unit in which people count it; ``None`` where there is no such unit or time.

    The interval is that of the median, turned over: a rate is a number over it.
    """
    latency, done = result.latency_ms, work(result.case, result.cost)
    if latency is None or done is None or latency.median <= 0:
        return None
    interval = None
    if latency.interval is not None and latency.interval.low > 0:
        interval = Interval(done.count * 1e3 / latency.interval.high, done.count * 1e3 / latency.interval.low)
    return Rate(done.count * 1e3 / latency.median, interval, f"{done.unit}/s", done.count)
