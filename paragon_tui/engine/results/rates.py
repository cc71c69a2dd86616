"""Rates of results: the work of a run over its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paragon_tui.engine.messages.figures import Interval, Rate
from paragon_tui.suites.work import work

if TYPE_CHECKING:
    from paragon_tui.engine.messages.figures import Summary
    from paragon_tui.operators.operator import Cost
    from paragon_tui.suites.case import Case


def rate(case: Case, cost: Cost | None, latency: Summary | None) -> Rate | None:
    """Return the rate of a case, end to end, in its operation's unit; ``None`` where there is no unit or no time.

    The interval is the median's, inverted: a rate is the work over the median.
    """
    run_work = work(case, cost)
    if latency is None or run_work is None or latency.median <= 0:
        return None
    interval = None
    if latency.interval is not None and latency.interval.low > 0:
        interval = Interval(run_work.count * 1e3 / latency.interval.high, run_work.count * 1e3 / latency.interval.low)
    return Rate(run_work.count * 1e3 / latency.median, interval, f"{run_work.unit}/s", run_work.count)
