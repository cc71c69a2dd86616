"""A stopwatch for the time spent inside certain calls, and outside them."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from typing import Any


class Stopwatch:
    """Measures the nanoseconds spent in calls that are wrapped by ``around``."""

    def __init__(self) -> None:
        self.inside_ns = 0
        self.calls = 0

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``call`` wrapped so that its time is counted."""
        clock = time.perf_counter_ns

        def timed(*arguments: Any, **named: Any) -> Any:
            start = clock()
            result = call(*arguments, **named)
            self.inside_ns += clock() - start
            self.calls += 1
            return result

        return timed

    def outside(self, taken_ns: int) -> int:
        """Return the part of ``taken_ns`` outside the calls, less the stopwatch's own time there; at least 0."""
        return max(0, taken_ns - self.inside_ns - round(self.calls * _own_cost_ns()))


@cache
def _own_cost_ns() -> float:
    """Return the time of a wrapped call that is not counted as inside, in ns: the least of a few measurements."""
    clock, rounds = time.perf_counter_ns, 1000
    costs = []
    for _ in range(5):
        stopwatch = Stopwatch()
        timed = stopwatch.around(_do_nothing)
        start = clock()
        for _ in range(rounds):
            timed(0, 0, named=0)
        end = clock()
        for _ in range(rounds):
            pass
        loop_ns = clock() - end
        costs.append((end - start - loop_ns - stopwatch.inside_ns) / rounds)
    return min(costs)


def _do_nothing(*arguments: Any, **named: Any) -> None:
    """Return at once: the cheapest possible call."""
