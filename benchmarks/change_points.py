"""Measure how often `compare B --against last:N` raises false alarms, and how soon it finds a step.

    python benchmarks/change_points.py [--trials N] [--nulls N]

Each trial draws the medians of successive sessions from a seeded distribution: a level times e to the power of normal
deviates or of Student's t with 3 degrees, scaled to the stated standard deviation. Sessions state an interval of 0.5 %
to each side. The first table has series without a step: how many of 100 raise an alarm beyond 5 %, and how many of
`--nulls` one of any size; below it are series that drift or wander, which nothing can tell from steps for certain. The
second table has a step after the history, and gates with each of the five sessions that follow: the share of trials
with an alarm so far.

Exit status 1 if one of 100 series without a step raises an alarm beyond 5 %, if alarms of any size are more frequent
than the level states over all distributions, or if a step of 7 % at a scatter of 2 % is found in less than 90 % of the
trials with a history of 20 sessions by the fifth session after it.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections.abc import Callable, Iterator, Sequence

from paragon_tui.engine.analysis.change_point import LATEST, LEVEL, step_up
from paragon_tui.engine.messages.figures import Interval, Summary

Draw = Callable[[random.Random], float]
"""A deviate of variance one."""

SCATTERS = (0.01, 0.02, 0.05)
HISTORIES = (5, 20)
LEAST, PLANTED, FOUND = 0.05, 0.07, 0.90
_OWN = 0.005


def normal(generator: random.Random) -> float:
    """Return a normal deviate."""
    return generator.gauss()


def student_3(generator: random.Random) -> float:
    """Return a deviate of Student's t with 3 degrees, divided by its standard deviation."""
    return generator.gauss() / math.sqrt(generator.gammavariate(1.5, 2) / 3) / math.sqrt(3)


DISTRIBUTIONS: dict[str, Draw] = {"normal": normal, "Student's t, 3 degrees": student_3}


def session(log: float) -> Summary:
    """Return the figures of a session whose median is e to the power of ``log``, in milliseconds."""
    median = math.exp(log)
    interval = Interval(median * math.exp(-_OWN), median * math.exp(_OWN))
    return Summary(median, interval, median, median, median, median, None, median, None, 1)


def scattered(count: int, scatter: float, draw: Draw, generator: random.Random) -> list[Summary]:
    """Return sessions of one level."""
    return [session(scatter * draw(generator)) for _ in range(count)]


def alarm(series: Sequence[Summary], least: float) -> bool:
    """Return whether the gate fails on the newest session of the series."""
    step = step_up(series, least)
    return step is not None and step.confirmed


def nulls(history: int, scatter: float, name: str, count: int, least: float) -> int:
    """Return how many of ``count`` series without a step raise an alarm."""
    generator = random.Random(f"{history} {scatter} {name} {least}")
    draw = DISTRIBUTIONS[name]
    return sum(alarm(scattered(history + 1, scatter, draw, generator), least) for _ in range(count))


def drifting(kind: str, history: int, count: int) -> int:
    """Return how many of ``count`` series raise an alarm beyond 5 % that drift or wander, and have no step."""
    generator = random.Random(f"{kind} {history}")
    return sum(alarm(list(map(session, WANDERING[kind](history + 1, generator))), LEAST) for _ in range(count))


def _rising(count: int, generator: random.Random) -> Iterator[float]:
    return (0.005 * index + 0.01 * generator.gauss() for index in range(count))


def _correlated(count: int, generator: random.Random) -> Iterator[float]:
    value = generator.gauss()
    for _ in range(count):
        value = 0.5 * value + math.sqrt(0.75) * generator.gauss()
        yield 0.02 * value


def _walk(count: int, generator: random.Random) -> Iterator[float]:
    value = 0.0
    for _ in range(count):
        value += 0.01 * generator.gauss()
        yield value


WANDERING: dict[str, Callable[[int, random.Random], Iterator[float]]] = {
    "rising by 0.5 % a session, scatter 1 %": _rising,
    "correlated by 0.5, scatter 2 %": _correlated,
    "a random walk of 1 % a session": _walk,
}


def found(history: int, size: float, name: str, trials: int) -> list[float]:
    """Return the share of trials with an alarm by each of the sessions after a step of ``size``, scatter 2 %."""
    generator = random.Random(f"{history} {size} {name}")
    draw, counts = DISTRIBUTIONS[name], [0] * LATEST
    for _ in range(trials):
        logs = [0.02 * draw(generator) + (math.log1p(size) if i >= history else 0) for i in range(history + LATEST)]
        series = list(map(session, logs))
        raised = [alarm(series[after : history + after + 1], LEAST) for after in range(LATEST)]
        for after in range(LATEST):
            counts[after] += any(raised[: after + 1])
    return [count / trials for count in counts]


def main() -> int:
    """Print the tables; return 1 if a target is missed."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--trials", type=int, default=1000, help="of each row of the second table (default: 1000)")
    options.add_argument("--nulls", type=int, default=20_000, help="series of any size of alarm (default: 20000)")
    chosen = options.parse_args()
    few = any_size = 0
    print(f"| series without a step | history | alarms beyond 5 %, of 100 | alarms of any size, of {chosen.nulls:,} |")
    print("|---|---|---|---|")
    for name in DISTRIBUTIONS:
        for scatter in SCATTERS:
            for history in HISTORIES:
                beyond, small = (
                    nulls(history, scatter, name, 100, LEAST),
                    nulls(history, scatter, name, chosen.nulls, 0),
                )
                few, any_size = few + beyond, any_size + small
                print(f"| {name}, scatter {100 * scatter:.0f} % | {history} | {beyond} | {small} |", flush=True)
    for kind in WANDERING:
        for history in HISTORIES:
            print(f"| {kind} | {history} | {drifting(kind, history, 100)} | |", flush=True)
    rows = len(DISTRIBUTIONS) * len(SCATTERS) * len(HISTORIES)
    share = any_size / (rows * chosen.nulls)
    print(f"\nAlarms of any size: {100 * share:.3f} % (at most {100 * LEVEL:.3f} %).\n")
    print(f"| step, scatter 2 % | history | {' | '.join(f'by session {i + 1}, %' for i in range(LATEST))} |")
    print("|---|---|" + "---|" * LATEST)
    planted = 0.0
    for name, size, histories in (
        *(("normal", size, (5, 10, 20)) for size in (PLANTED, 0.15, 0.3, 1.0)),
        ("Student's t, 3 degrees", PLANTED, (5, 10, 20)),
    ):
        for history in histories:
            shares = found(history, size, name, chosen.trials)
            if (name, size, history) == ("normal", PLANTED, 20):
                planted = shares[-1]
            cells = " | ".join(f"{100 * share:.1f}" for share in shares)
            print(f"| {100 * size:.0f} %, {name} | {history} | {cells} |", flush=True)
    return 0 if not few and share <= LEVEL and planted >= FOUND else 1


if __name__ == "__main__":
    sys.exit(main())
