"""The conditions of a visit, measured on this machine."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from paragon_tui.engine.worker.conditions import LoadMonitor, tick_ns


class Steps:
    """A clock that goes through ``steps`` for ever, one each time it is read."""

    def __init__(self, *steps: int) -> None:
        self.steps, self.now, self.readings = steps, 0, 0

    def __call__(self) -> int:
        self.now += self.steps[self.readings % len(self.steps)]
        self.readings += 1
        return self.now


def work_for(seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


@pytest.mark.parametrize(("steps", "tick"), [((100,), 100), ((0, 0, 0, 300), 300), ((70, 50, 90), 50), ((0,), 1)])
def test_a_tick_is_the_smallest_step_that_a_clock_was_seen_to_make(steps, tick):
    assert tick_ns(Steps(*steps)) == tick


def test_a_clock_is_looked_at_once():
    clock = Steps(100)
    tick_ns(clock)
    seen = clock.readings
    assert LoadMonitor(clock).conditions().tick_ns == 100
    assert clock.readings == seen


def test_the_real_clock_and_processor_give_plausible_figures():
    seen = LoadMonitor(time.perf_counter_ns).conditions()
    assert 1 <= seen.tick_ns < 1_000_000
    assert 1_000 < seen.spin_ns < 100_000_000  # 32 KiB through SHA-256


def test_the_fixed_piece_of_work_takes_the_same_time_again():
    best = [min(LoadMonitor(Steps(1)).conditions().spin_ns for _ in range(10)) for _ in range(2)]
    assert max(best) < 1.5 * min(best)


BUSY = "import sys\nprint('busy', flush=True)\nwhile True: pass"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="how systems count differs")
def test_the_work_of_others_is_seen_and_that_of_this_process_is_not():
    """Two processes that spin take at least half a core beside this one, however busy the machine is otherwise."""
    burning = [subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE) for _ in range(2)]
    try:
        for process in burning:
            assert process.stdout is not None
            process.stdout.readline()
        watch = LoadMonitor(time.perf_counter_ns)
        work_for(0.3)
        others = watch.conditions().other_cores
    finally:
        for process in burning:
            process.kill()
            process.communicate()
    assert others is not None and others > 0.4


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="how systems count differs")
def test_a_thread_of_this_process_is_not_somebody_else():
    """Whatever else the machine does, this process's work, about a core here, is not in what is left."""
    import psutil

    watch = LoadMonitor(time.perf_counter_ns)
    before, own, begin = psutil.cpu_times(), time.process_time(), time.perf_counter()
    thread = threading.Thread(target=work_for, args=(0.3,))
    thread.start()
    work_for(0.3)
    thread.join()
    others = watch.conditions().other_cores
    after, own, elapsed = psutil.cpu_times(), time.process_time() - own, time.perf_counter() - begin
    names = ("user", "nice", "system", "irq", "softirq", "steal")
    everybody = sum(getattr(after, name) - getattr(before, name) for name in names)
    assert others == pytest.approx((everybody - own) / elapsed, abs=0.25)
