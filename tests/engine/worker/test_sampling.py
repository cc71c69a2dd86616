"""Samples of a program whose time is told, on a clock that it moves."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

import pytest

from paragon_tui.engine.worker import sampling
from paragon_tui.engine.worker.sampling import (
    chained,
    cold,
    preemption_counter,
    time_one_run,
    time_two_runs,
    visit,
)
from tests.support.devices import MemoryProgramBase
from tests.support.programs import never, stop_after

LATENCY, DEVICE, READ = 1000, 700, 10
INPUTS: dict[str, Any] = {"x": object()}


class TimedProgram(MemoryProgramBase):
    """Moves ``now`` by what each call takes, and remembers the calls, and whether garbage was collected beside them.

    ``device`` is what a run says it took.
    """

    def __init__(self, device: int | None = DEVICE) -> None:
        self.now = 0
        self.device = device
        self.calls: list[str] = []

    def clock(self) -> int:
        return self.now

    def _take(self, call: str, taken: int) -> None:
        self.calls.append(f"{call}, disturbed" if gc.isenabled() else call)
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


def visited(
    program: TimedProgram,
    samples: int = 3,
    budget: int = 10**9,
    stopped=never,
    times=time_two_runs,
    interrupted=never,
):
    take = partial(times, program, INPUTS, ("logits", "output"), program.clock)
    taken = visit(take, samples, budget, stopped, interrupted)
    return taken.latency_ns, taken.device_ns


def interrupted_in(*numbers: int) -> Callable[[], bool]:
    """Return what answers True the times of these numbers, counted from one, that it is asked."""
    asked = count(1)
    return lambda: next(asked) in numbers


class Forgetful(TimedProgram):
    """Its clock fails in these undisturbed runs, counted from one."""

    def __init__(self, *failing: int) -> None:
        super().__init__()
        self.failing = failing

    def run(self, inputs: Any, times: int = 1) -> int | None:
        taken = super().run(inputs, times)
        return None if self.calls.count("run") in self.failing else taken


# A visit


def test_latency_is_taken_from_the_input_to_the_result_and_device_time_in_between():
    program = TimedProgram()
    assert visited(program) == ([LATENCY + READ] * 3, [DEVICE] * 3)
    assert program.calls == ["unclocked", "read logits output", "run"] * 3


def test_both_times_can_be_those_of_one_run():
    program = TimedProgram()
    assert visited(program, times=time_one_run) == ([LATENCY + READ] * 3, [DEVICE] * 3)
    assert program.calls == ["run", "read logits output"] * 3


@pytest.mark.parametrize("times", [time_two_runs, time_one_run])
def test_a_device_without_a_clock_has_latencies_alone(times):
    assert visited(TimedProgram(device=None), times=times) == ([LATENCY + READ] * 3, [])


@pytest.mark.parametrize("times", [time_two_runs, time_one_run])
@pytest.mark.parametrize(("failing", "left"), [((1,), 3), ((2, 4), 2), ((1, 2, 3, 4), 0)])
def test_readings_that_failed_are_left_out(failing, left, times):
    assert visited(Forgetful(*failing), samples=4, times=times) == ([LATENCY + READ] * 4, [DEVICE] * left)


EACH = LATENCY + READ


@pytest.mark.parametrize(
    ("budget", "samples"), [(0, 1), (EACH, 1), (EACH + 1, 2), (2 * EACH, 2), (2 * EACH + 1, 3), (10 * EACH, 5)]
)
def test_a_visit_ends_with_the_sample_that_uses_up_its_budget(budget, samples):
    """The budget is of samples, as that of the whole result: runs for the device's time alone are not in it."""
    latency, device = visited(TimedProgram(), samples=5, budget=budget)
    assert len(latency) == len(device) == samples


class Preempted(TimedProgram):
    """The system takes a core away in these runs, counted from one."""

    def __init__(self, *hit: int, device: int | None = DEVICE) -> None:
        super().__init__(device)
        self.hit = hit
        self.runs = self.preemptions = 0

    def _take(self, call: str, taken: int) -> None:
        super()._take(call, taken)
        if not call.startswith("read"):
            self.runs += 1
            self.preemptions += 2 * (self.runs in self.hit)


def preempted(program: Preempted, monkeypatch, times=time_two_runs):
    monkeypatch.setattr(sampling, "preemption_counter", lambda: lambda: program.preemptions)
    take = partial(times, program, INPUTS, ("logits",), program.clock)
    taken = visit(take, 3, 10**9, never, never)
    return taken.preempted, taken.device_preempted


def test_a_run_that_the_system_preempted_is_told_by_its_sample(monkeypatch):
    """Every other run is for the device's time."""
    assert preempted(Preempted(3, 6), monkeypatch) == ([1], [2])
    assert preempted(Preempted(), monkeypatch) == ([], [])
    assert preempted(Preempted(2), monkeypatch, time_one_run) == ([1], [1])
    assert preempted(Preempted(2, device=None), monkeypatch, time_one_run) == ([1], [])


def test_where_the_system_does_not_count_nothing_is_told(monkeypatch):
    monkeypatch.setattr(sampling, "preemption_counter", lambda: None)
    taken = visit(partial(time_one_run, TimedProgram(), INPUTS, (), time.perf_counter_ns), 3, 10**9, never, never)
    assert (taken.preempted, taken.device_preempted) == (None, None)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not count")
def test_the_systems_count_grows_where_two_threads_want_one_core():
    """Beside a process that wants the same core, the system takes it away every few milliseconds."""
    count = preemption_counter()
    assert count is not None
    core = sorted(os.sched_getaffinity(0))[0] if hasattr(os, "sched_getaffinity") else None
    pinned = f"import os\nos.sched_setaffinity(0, [{core}])\n" if core is not None else ""
    other = subprocess.Popen(
        [sys.executable, "-c", f"{pinned}print(1, flush=True)\nwhile True: pass"], stdout=subprocess.PIPE
    )
    try:
        assert other.stdout is not None
        other.stdout.readline()
        before, deadline = count(), time.monotonic() + 10
        if core is not None:
            everywhere = os.sched_getaffinity(0)
            os.sched_setaffinity(0, [core])
        while count() == before and time.monotonic() < deadline:
            pass
        if core is not None:
            os.sched_setaffinity(0, everywhere)
        assert count() > before
    finally:
        other.kill()
        other.communicate()


@pytest.mark.parametrize(("questions", "samples"), [(0, 1), (2, 3)])
def test_a_stop_ends_a_visit_after_the_sample_at_hand(questions, samples):
    latency, device = visited(TimedProgram(), samples=5, stopped=stop_after(questions))
    assert len(latency) == len(device) == samples


class Slower(TimedProgram):
    """Takes longer from run to run, so that every sample has a time of its own."""

    def _take(self, call: str, taken: int) -> None:
        super()._take(call, taken)
        self.device = (self.device or 0) + 1
        self.now += len(self.calls)


@pytest.mark.parametrize(("numbers", "left"), [((2,), [0, 2, 3]), ((1, 4), [1, 2]), ((1, 2, 3, 4), [])])
def test_a_sample_that_was_interrupted_is_dropped_with_the_devices_time(numbers, left):
    latency, device = visited(Slower(), samples=4)
    assert len(set(latency)) == len(set(device)) == 4
    kept = visited(Slower(), samples=4, interrupted=interrupted_in(*numbers))
    assert kept == ([latency[index] for index in left], [device[index] for index in left])


def test_whether_a_sample_was_interrupted_is_asked_outside_of_what_is_timed():
    program = TimedProgram()

    def asks() -> bool:
        program._take("asked", 5000)
        return False

    assert visited(program, interrupted=asks) == ([LATENCY + READ] * 3, [DEVICE] * 3)
    assert program.calls == ["unclocked", "read logits output", "run", "asked"] * 3


def test_garbage_is_collected_again_afterwards_even_where_a_run_fails():
    class Failing(TimedProgram):
        def run(self, inputs: Any, times: int = 1) -> int | None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        visited(Failing())
    assert gc.isenabled()


# Cold caches


class Cached(TimedProgram):
    """Takes five times as long right behind ``evict``."""

    cold = False

    def evict(self) -> None:
        self._take("evict", 5000)
        self.cold = True

    def run(self, inputs: Any, times: int = 1) -> int | None:
        factor, self.cold = (5 if self.cold else 1), False
        taken = super().run(inputs, times * factor)
        return None if taken is None else factor * taken

    def run_unclocked(self, inputs: Any, times: int = 1) -> None:
        factor, self.cold = (5 if self.cold else 1), False
        self._take("unclocked", times * factor * LATENCY)


ASKED = ["run, disturbed"]  # whether there is a device clock; nothing is timed yet


def colds(
    program: TimedProgram,
    evict=lambda: None,
    samples: int = 5,
    budget: int = 10**9,
    stopped=never,
    interrupted=never,
):
    return cold(program, INPUTS, evict, samples, budget, program.clock, stopped, interrupted)


def test_caches_are_flushed_ahead_of_every_cold_sample_and_a_warm_one_follows():
    program = Cached()
    assert colds(program, program.evict, samples=3) == ([5 * DEVICE] * 3, [DEVICE] * 3)
    assert program.calls == ASKED + ["evict", "run", "run"] * 3


def test_where_the_device_has_no_clock_latencies_are_taken_flushing_left_out():
    program = Cached(device=None)
    assert colds(program, program.evict, samples=2) == ([5 * LATENCY] * 2, [LATENCY] * 2)
    assert program.calls == ASKED + ["evict", "unclocked", "unclocked"] * 2


@pytest.mark.parametrize(("failing", "pairs"), [((1,), 2), ((2,), 2), ((1, 2), 2), ((2, 3), 1), ((1, 4, 5), 0)])
def test_a_pair_that_lacks_one_of_its_times_is_dropped(failing, pairs):
    assert colds(Forgetful(*failing), samples=3) == ([DEVICE] * pairs, [DEVICE] * pairs)


@pytest.mark.parametrize(("numbers", "pairs"), [((1,), 2), ((2, 3), 1), ((1, 2, 3), 0)])
def test_a_pair_that_was_interrupted_is_dropped(numbers, pairs):
    kept = colds(TimedProgram(), samples=3, interrupted=interrupted_in(*numbers))
    assert kept == ([DEVICE] * pairs, [DEVICE] * pairs)


def test_cold_samples_end_with_their_budget_or_a_stop_and_are_one_pair_at_least():
    def count(budget: int = 10**9, stopped=never) -> int:
        cold, warm = colds(TimedProgram(), budget=budget, stopped=stopped)
        assert len(cold) == len(warm)
        return len(cold)

    assert [count(0), count(2 * LATENCY), count(2 * LATENCY + 1)] == [1, 1, 2]
    assert [count(stopped=stop_after(2)), count()] == [3, 5]


# Chained forwards


def test_a_series_has_the_time_of_every_length():
    program = TimedProgram()
    series = chained(program, INPUTS, (1, 2, 8), 2, 10**9, program.clock, never, never)
    assert series == [((1, LATENCY), (2, 2 * LATENCY), (8, 8 * LATENCY))] * 2
    assert program.calls == ["unclocked", "unclocked 2", "unclocked 8"] * 2


def test_a_series_is_whole_whatever_the_budget():
    def lengths(budget: int = 10**9, stopped=never) -> list[int]:
        program = TimedProgram()
        return [len(series) for series in chained(program, INPUTS, (1, 2, 4), 5, budget, program.clock, stopped, never)]

    assert [lengths(0), lengths(8 * LATENCY), lengths(stopped=stop_after(1))] == [[3], [3, 3], [3, 3]]


def test_a_series_that_was_interrupted_is_dropped():
    program = Slower()
    whole = chained(program, INPUTS, (1, 2), 3, 10**9, program.clock, never, never)
    program = Slower()
    kept = chained(program, INPUTS, (1, 2), 3, 10**9, program.clock, never, interrupted_in(2))
    assert kept == [whole[0], whole[2]]
