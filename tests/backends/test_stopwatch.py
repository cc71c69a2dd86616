"""The stopwatch on a clock that is counted, not looked at: ten nanoseconds a look."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from paragon_tui.backends import stopwatch
from paragon_tui.backends.stopwatch import Stopwatch

LOOK = 10


class Clock:
    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        self.now += LOOK
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    counted = Clock()
    monkeypatch.setattr("paragon_tui.backends.stopwatch.time.perf_counter_ns", counted)
    stopwatch._own_cost_ns.cache_clear()
    yield counted
    stopwatch._own_cost_ns.cache_clear()


def test_what_calls_take_and_what_the_stopwatch_takes_is_not_outside(clock):
    watch = Stopwatch()

    def call(by: int, *, more: int) -> int:
        clock.now += by + more
        return by

    timed = watch.around(call)
    start = clock()
    clock.now += 300
    assert timed(5000, more=70) == 5000
    clock.now += 4
    assert timed(1000, more=0) == 1000
    taken = clock() - start
    assert watch.calls == 2
    assert watch.inside_ns == 5000 + 70 + 1000 + 2 * LOOK
    # A timed call looks at the clock twice: one look counts as inside, the other is the stopwatch's own cost.
    assert watch.outside(taken) == 300 + 4 + LOOK


def test_it_is_never_less_than_nothing(clock):
    watch = Stopwatch()
    watch.around(lambda: None)()
    assert watch.outside(5) == 0


def test_a_call_that_fails_is_not_swallowed():
    def fail() -> None:
        raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        Stopwatch().around(fail)()
