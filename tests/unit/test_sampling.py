"""Samples of a program whose time is told, on a clock that it moves."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from unit_devices import UnitProgram

from paragon_tui.engine.sampling import chained, cold, visit

LATENCY, DEVICE, READ = 1000, 700, 10
INPUTS: dict[str, Any] = {"x": object()}


class TimedProgram(UnitProgram):
    """Moves ``now`` by what each call takes, and remembers the calls. ``device`` is what a run says it took."""

    def __init__(self, device: int | None = DEVICE) -> None:
        self.now = 0
        self.device = device
        self.calls: list[str] = []

    def clock(self) -> int:
        return self.now

    def _take(self, call: str, taken: int) -> None:
        assert not gc.isenabled()
        self.calls.append(call)
        self.now += taken

    def run(self, inputs: Any, times: int = 1) -> int | None:
        assert inputs is INPUTS
        self._take("run", times * LATENCY)
        return self.device

    def run_unclocked(self, inputs: Any, times: int = 1) -> None:
        assert inputs is INPUTS
        self._take(f"unclocked {times}" if times > 1 else "unclocked", times * LATENCY)

    def read(self, names: tuple[str, ...]) -> dict[str, Any]:
        self._take(f"read {' '.join(names)}", READ)
        return {}


def never() -> bool:
    return False


def after(questions: int):
    asked = iter(range(10**9))
    return lambda: next(asked) >= questions - 1


def visited(program: TimedProgram, samples: int = 3, budget: int = 10**9, stopped=never):
    return visit(program, INPUTS, ("logits", "output"), samples, budget, program.clock, stopped)


# A visit


def test_latency_is_taken_from_the_input_to_the_result_and_device_time_in_between():
    program = TimedProgram()
    assert visited(program) == ([LATENCY + READ] * 3, [DEVICE] * 3)
    assert program.calls == ["unclocked", "read logits output", "run"] * 3


def test_a_device_without_a_clock_is_asked_once():
    program = TimedProgram(device=None)
    assert visited(program) == ([LATENCY + READ] * 3, [])
    assert program.calls.count("run") == 1


def test_a_single_reading_that_failed_is_left_out():
    class Forgetful(TimedProgram):
        def run(self, inputs: Any, times: int = 1) -> int | None:
            super().run(inputs, times)
            return None if self.calls.count("run") == 2 else DEVICE

    assert visited(Forgetful(), samples=4) == ([LATENCY + READ] * 4, [DEVICE] * 3)


EACH = LATENCY + READ + LATENCY  # a sample, and the run for the device's time


@pytest.mark.parametrize(
    ("budget", "samples"), [(0, 1), (LATENCY + READ, 1), (LATENCY + READ + 1, 2), (2 * EACH, 3), (10 * EACH, 5)]
)
def test_a_visit_ends_with_the_sample_that_uses_up_its_budget(budget, samples):
    assert len(visited(TimedProgram(), samples=5, budget=budget)[0]) == samples


@pytest.mark.parametrize(("questions", "samples"), [(1, 1), (3, 3)])
def test_a_stop_ends_a_visit_after_the_sample_at_hand(questions, samples):
    latency, device = visited(TimedProgram(), samples=5, stopped=after(questions))
    assert len(latency) == len(device) == samples


def test_garbage_is_collected_again_afterwards_even_where_a_run_fails():
    class Failing(TimedProgram):
        def run(self, inputs: Any, times: int = 1) -> int | None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        visited(Failing())
    assert gc.isenabled()


# Cold caches


def test_caches_are_flushed_ahead_of_every_cold_sample_and_outside_of_it():
    program = TimedProgram()

    def evict() -> None:
        program._take("evict", 5000)

    values = cold(program, INPUTS, evict, 3, 10**9, program.clock, never)
    assert values == [DEVICE] * 3
    assert program.calls == ["evict", "run"] * 3
    without = TimedProgram(device=None)
    assert cold(without, INPUTS, lambda: None, 2, 10**9, without.clock, never) == [LATENCY] * 2


def test_cold_samples_end_with_their_budget_or_a_stop_and_are_one_at_least():
    def count(budget: int = 10**9, stopped=never) -> int:
        program = TimedProgram()
        return len(cold(program, INPUTS, lambda: None, 5, budget, program.clock, stopped))

    assert [count(0), count(2 * LATENCY), count(stopped=after(3)), count()] == [1, 2, 3, 5]


# Chained forwards


def test_a_series_has_the_time_of_every_length():
    program = TimedProgram()
    series = chained(program, INPUTS, (1, 2, 8), 2, 10**9, program.clock, never)
    assert series == [((1, LATENCY), (2, 2 * LATENCY), (8, 8 * LATENCY))] * 2
    assert program.calls == ["unclocked", "unclocked 2", "unclocked 8"] * 2


def test_a_series_is_whole_whatever_the_budget():
    def series(budget: int = 10**9, stopped=never) -> list[int]:
        program = TimedProgram()
        return [len(one) for one in chained(program, INPUTS, (1, 2, 4), 5, budget, program.clock, stopped)]

    assert [series(0), series(8 * LATENCY), series(stopped=after(2))] == [[3], [3, 3], [3, 3]]
