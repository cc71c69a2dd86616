"""How long is spent inside certain calls, and how long around them."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from typing import Any


class Stopwatch:
    """Runs while a call that it was put ``around`` runs; nanoseconds."""

    def __init__(self) -> None:
        self.inside_ns = 0
        self.calls = 0

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """``call``, timed."""
        clock = time.perf_counter_ns

        def timed(*arguments: Any, **named: Any) -> Any:
            start = clock()
            result = call(*arguments, **named)
            self.inside_ns += clock() - start
            self.calls += 1
            return result

        return timed

    def outside(self, taken_ns: int) -> int:
        """What of ``taken_ns`` passed outside the calls, less what the stopwatch itself took there; at least 0."""
        return max(0, taken_ns - self.inside_ns - round(self.calls * _own_cost_ns()))


@cache
def _own_cost_ns() -> float:
    """What a timed call takes beyond what it counts as inside: the least of a few measurements."""
    clock, rounds = time.perf_counter_ns, 1000
    costs = []
    for _ in range(5):
        stopwatch = Stopwatch()
        timed = stopwatch.around(_nothing)
        start = clock()
        for _ in range(rounds):
            timed(0, 0, named=0)
        between = clock()
        for _ in range(rounds):
            pass
        looped = clock() - between
        costs.append((between - start - looped - stopwatch.inside_ns) / rounds)
    return min(costs)


def _nothing(*arguments: Any, **named: Any) -> None:
    """What takes as little as a call can."""
