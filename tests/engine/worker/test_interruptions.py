"""Interruptions of samples: sleeps of the machine, on clocks that a test moves, and real stops of a real process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import pytest

from paragon_tui.engine.messages.figures import Dropped
from paragon_tui.engine.worker.interruptions import Interruptions, slept_ns

SECOND = 1_000_000_000
HOUR = 3600 * SECOND


class Sleeps:
    """The nanoseconds that a machine has slept in all."""

    def __init__(self, slept: int = 0) -> None:
        self.slept = slept

    def __call__(self) -> int:
        return self.slept


def test_a_machine_that_is_awake_interrupts_nothing():
    interruptions = Interruptions(Sleeps(HOUR))  # it slept before
    assert not any(interruptions.interrupted() for _ in range(3))
    assert interruptions.dropped == Dropped()


@pytest.mark.parametrize("slept", [2 * SECOND, HOUR])
def test_a_sleep_costs_the_sample_in_which_it_was_and_no_other(slept):
    sleeps = Sleeps(HOUR)
    interruptions = Interruptions(sleeps)
    seen = []
    for number in range(5):
        sleeps.slept += slept if number in (1, 3) else 0
        seen.append(interruptions.interrupted())
    assert seen == [False, True, False, True, False]
    assert interruptions.dropped == Dropped(slept=2)


@pytest.mark.parametrize("apart", [-HOUR, -1000, 1000, 1_000_000])
def test_clocks_that_differ_by_their_error_or_are_set_back_are_no_sleep(apart):
    sleeps = Sleeps()
    interruptions = Interruptions(sleeps)
    sleeps.slept = apart
    assert not interruptions.interrupted()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc/uptime is Linux's")
def test_the_clock_of_sleeps_is_what_the_system_counts_beside_its_monotonic_one():
    """The time since the start of the system, sleeps included, is read from the kernel in another way."""
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    assert (time.monotonic_ns() + slept_ns()) / SECOND == pytest.approx(uptime, abs=0.5)


def test_the_clock_of_sleeps_stands_still_while_the_machine_is_awake():
    """Some readings lie between two of another program's turns, so their medians count."""
    readings = [slept_ns() for _ in range(1000)]
    assert abs(median(readings[:500]) - median(readings[500:])) < 5_000_000


# A process that is stopped, and told so line by line: it answers every line that it is sent with what it has seen.

ANSWERS = """
import sys, threading
from paragon_tui.engine.worker.interruptions import Interruptions, hold_continuations
hold_continuations()
for _ in range(4):
    threading.Thread(target=threading.Event().wait, daemon=True).start()
interruptions = Interruptions()
for line in sys.stdin:
    if line == "new\\n":
        interruptions = Interruptions()
    print(interruptions.interrupted(), interruptions.dropped.stopped, flush=True)
"""


def stopped_and_continued(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    _, status = os.waitpid(pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    os.kill(pid, signal.SIGCONT)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows stops no process in this way")
def test_a_stop_costs_the_sample_in_which_it_was_and_no_other():
    command = [sys.executable, "-c", ANSWERS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        stdin, stdout = process.stdin, process.stdout
        assert stdin is not None and stdout is not None

        def answer(question: str = "?") -> str:
            stdin.write(f"{question}\n")
            return stdout.readline().strip()

        seen = [answer()]
        for _ in range(3):
            stopped_and_continued(process.pid)
            seen += [answer(), answer()]
        assert seen == ["False 0", "True 1", "False 1", "True 2", "False 2", "True 3", "False 3"]
        for _ in range(20):  # between two visits
            stopped_and_continued(process.pid)
            assert answer("new") == "False 0"
        stdin.close()


def test_what_was_dropped_is_told_in_words():
    assert Dropped(slept=1).words == "1 sample in which the machine slept"
    assert Dropped(stopped=2).words == "2 samples in which the process was stopped"
    both = Dropped(slept=1, stopped=1) + Dropped(stopped=1)
    assert both.words == "1 sample in which the machine slept, 2 samples in which the process was stopped"
    assert (both.total, Dropped().words) == (3, "")
