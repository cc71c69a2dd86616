"""Measure how often intervals cover, and verdicts and flags are right, on timings of known distributions.

    python benchmarks/verdicts.py [--trials N] [--disturbed-trials N]

Three Markdown tables, of seeded trials. The first draws processes × rounds × samples from one distribution each.
*Covered*: the median's 95 % interval holds the true median, which is computed from the distribution; *±* is half its
width, the median over the trials. *2 % slower* and *no difference* give the verdict on the ratio of two such draws,
whose rounds were interleaved, if the second takes 2 % longer and if it does not; in the row of unequal rounds the
second ends after half of them. *Flags* are those raised in at least one trial of a hundred.

The second is of disturbed machines: the medians of 12, 40 and 80 visits scatter by 2 % and by 5 %, with correlation
from visit to visit, bursts, a step in the middle, or a second process that comes and goes, for each adapter by itself
or for both at once. The truth is the undisturbed median. Each cell: covered, of the trials that have an interval; A/A,
an adapter beside itself that is called faster or slower; and a true difference of 20 % that is found. ``–n`` says how
many in a hundred have no interval, which count neither way.

The third gives the verdict on two sessions of three processes each, which have only the intervals of their medians.

Exit status 1 if a target below is missed.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from random import Random

from paragon_tui.engine.analysis.quality_flags import quality_flags
from paragon_tui.engine.analysis.statistics import ratio, summarise
from paragon_tui.engine.analysis.verdict import ratio_of_medians
from paragon_tui.engine.messages.figures import Measured, Samples, Verdict, Visit
from tests.support.distributions import DISTRIBUTIONS, Distribution, measured, samples_of, true_median_ms, visits
from tests.support.disturbances import autoregressive, burst, second_process, step

Shape = tuple[int, int, int]
"""Processes, rounds, samples."""

ONE_PROCESS, LARGE_CASE, REPEATED = (1, 20, 50), (1, 20, 1), (3, 20, 50)
ROWS: list[tuple[str, Shape]] = [
    *((name, ONE_PROCESS) for name, distribution in DISTRIBUTIONS.items() if not distribution.process),
    ("quiet", LARGE_CASE),
    ("lognormal 50 %", LARGE_CASE),
    ("quiet", REPEATED),
    ("bimodal 70/30", REPEATED),
    ("between visits 2 %", REPEATED),
    ("between processes 2 %", REPEATED),
]
UNEQUAL = "drift 20 %"
SESSIONS = ("quiet", "between processes 2 %")
COVERED, WRONG, MISSED, SAME, DETECTED = 0.92, 0.07, 0.05, 0.80, 0.40
_ROUNDED_MS = 1e-6  # samples are whole nanoseconds
_JUDGEMENTS: tuple[Verdict, ...] = ("same", "faster", "slower", "unclear")

Shares = dict[Verdict, float]

# Disturbed machines

SCATTER, LENGTHS = (0.02, 0.05), (12, 40, 80)
COVERED_INDEPENDENT, COVERED_DISTURBED, WRONG_DISTURBED, MISSING, FOUND = 0.94, 0.92, 0.05, 0.20, 0.80
FOUND_IN, MISSING_FROM = ("correlated 0.3", 40), 40
_LARGE = 1.2
_OWN_SHARE = 0.5  # of the scatter, where a disturbance is common to both adapters

Course = Callable[[Random, int, float], list[float]]
"""Return the logarithms of visits' times over the undisturbed median, from their number and scatter."""


def correlated(lag_1: float) -> Course:
    """Return visits that scatter with this correlation of each with the next."""
    return lambda seeded, count, scatter: autoregressive(seeded, count, lag_1, scatter)


def beside(disturbance: Callable[[Random, int], list[float]]) -> Course:
    """Return independent visits, and what disturbs them."""

    def course(seeded: Random, count: int, scatter: float) -> list[float]:
        return [seeded.gauss(0, scatter) + by for by in disturbance(seeded, count)]

    return course


COURSES: dict[str, Course] = {
    "independent": correlated(0.0),
    "correlated 0.3": correlated(0.3),
    "correlated 0.5": correlated(0.5),
    "correlated 0.8": correlated(0.8),
    "bursts": beside(burst),
    "step of 30 % in the middle": beside(lambda _, count: step(count)),
    "a second process": beside(second_process),
}
COMMON = tuple(name for name in COURSES if name != "independent")


def pair(course: Course, common: bool, seed: str, count: int, scatter: float) -> tuple[Measured, Measured]:
    """Return two adapters that take equally long and took turns."""
    seeded = Random(seed)
    if not common:
        return visits_of(course(seeded, count, scatter)), visits_of(course(seeded, count, scatter))
    shared = course(seeded, count, scatter)
    first, second = ([by + seeded.gauss(0, _OWN_SHARE * scatter) for by in shared] for _ in range(2))
    return visits_of(first), visits_of(second)


def visits_of(logs: Sequence[float]) -> Measured:
    """Return visits of one sample each around a millisecond."""
    values = [round(1e6 * math.exp(log)) for log in logs]
    visits = tuple(Visit(0, round_, float(value), (value,)) for round_, value in enumerate(values))
    return Measured(Samples(visits, len(values), min(values), statistics.fmean(values), None, max(values)))


def disturbed_row(name: str, common: bool, trials: int) -> tuple[str, bool]:
    """Return a line of the second table, and whether it meets the targets."""
    cells, meets_targets = [], True
    for scatter in SCATTER:
        for count in LENGTHS:
            cell, right = disturbed_cell(name, common, trials, scatter, count)
            cells.append(cell)
            meets_targets = meets_targets and right
    return f"| {name}{', both at once' if common else ''} | {' | '.join(cells)} |", meets_targets


def disturbed_cell(name: str, common: bool, trials: int, scatter: float, count: int) -> tuple[str, bool]:
    """Return a cell, and whether it meets the targets."""
    covered = missing = wrong = found = 0
    for trial in range(trials):
        baseline, other = pair(COURSES[name], common, f"{name} {common} {scatter} {count} {trial}", count, scatter)
        interval = summarise(other.latency).interval
        if interval is None:
            missing += 1
        else:
            covered += interval.low - _ROUNDED_MS <= 1.0 <= interval.high + _ROUNDED_MS
        equal = ratio(baseline, other)
        wrong += equal is not None and equal.judgement in ("faster", "slower")
        slower = ratio(scaled(baseline, _LARGE), other)
        found += slower is not None and slower.judgement == "faster"
    share = covered / (trials - missing) if missing < trials else 0.0
    least = COVERED_INDEPENDENT if name == "independent" else COVERED_DISTURBED
    right = share >= least and wrong / trials <= WRONG_DISTURBED
    right = right and (count < MISSING_FROM or missing / trials <= MISSING)
    right = right and ((name, count) != FOUND_IN or common or found / trials >= FOUND)
    lacking = f" –{100 * missing / trials:.0f}" if missing else ""
    cell = f"{100 * share:.1f}{lacking} / {100 * wrong / trials:.1f} / {100 * found / trials:.0f}"
    return (cell if right else f"**{cell}**"), right


def scaled(side: Measured, factor: float) -> Measured:
    """Return the same visits, each ``factor`` times as long."""
    return visits_of([math.log(factor * visit.median_ns / 1e6) for visit in side.latency.visits])


# Known distributions


def row(name: str, shape: Shape, trials: int) -> tuple[str, bool]:
    """Return a line of the first table, and whether it meets the targets."""
    distribution = DISTRIBUTIONS[name]
    covered, width = coverage(distribution, shape, trials)
    planted, equal = (verdicts(distribution, shape, trials, slowdown) for slowdown in (0.02, 0.0))
    meets_targets = covered >= COVERED and equal["faster"] + equal["slower"] <= WRONG
    if (name, shape) == ("quiet", ONE_PROCESS):
        meets_targets = meets_targets and planted["slower"] >= 1 - MISSED and equal["same"] >= SAME
    flagged = raised(distribution, shape, trials)
    figures = (f"{100 * covered:.1f}", f"{100 * width:.2f}", *verdict_cells(planted, equal))
    return line(name, shape, *figures, flagged), meets_targets


def unequal_row(trials: int) -> tuple[str, bool]:
    """Return the line of a second draw that ends after half the rounds while both drift; it shows the ratio only."""
    distribution, (_, rounds, _) = DISTRIBUTIONS[UNEQUAL], ONE_PROCESS
    planted, equal = (verdicts(distribution, ONE_PROCESS, trials, slowdown, rounds // 2) for slowdown in (0.02, 0.0))
    meets_targets = planted["slower"] >= 1 - MISSED and equal["faster"] + equal["slower"] <= WRONG
    return line("unequal rounds under drift", ONE_PROCESS, "–", "–", *verdict_cells(planted, equal), "–"), meets_targets


def session_row(name: str, trials: int) -> tuple[str, bool]:
    """Return a line of the third table, and whether it meets the targets."""
    planted, equal = (between_sessions(DISTRIBUTIONS[name], trials, slowdown) for slowdown in (0.1, 0.0))
    meets_targets = planted["slower"] >= DETECTED and equal["faster"] + equal["slower"] <= WRONG
    return line(name, REPEATED, *verdict_cells(planted, equal)), meets_targets


def line(name: str, shape: Shape, *cells: str) -> str:
    """Return a line of Markdown."""
    return f"| {' | '.join((name, '×'.join(map(str, shape)), *cells))} |"


def verdict_cells(planted: Shares, equal: Shares) -> tuple[str, str]:
    """Return the share of trials that detected a planted slowdown, and the verdicts on equals."""
    equal_verdicts = " / ".join(f"{100 * equal[judgement]:.1f}" for judgement in _JUDGEMENTS)
    return f"{100 * planted['slower']:.1f}", equal_verdicts


def coverage(distribution: Distribution, shape: Shape, trials: int) -> tuple[float, float]:
    """Return the share of the intervals that hold the true median, and half their width over the median."""
    true_median, covered, widths = true_median_ms(distribution), 0, []
    for seed in range(trials):
        summary = summarise(samples_of(visits(distribution, (seed, 0), *shape)))
        if summary.interval is not None:
            covered += summary.interval.low - _ROUNDED_MS <= true_median <= summary.interval.high + _ROUNDED_MS
            widths.append(summary.interval.half_width(summary.median))
    return covered / len(widths), statistics.median(widths)


def verdicts(
    distribution: Distribution, shape: Shape, trials: int, slowdown: float, rounds: int | None = None
) -> Shares:
    """Return the shares of the verdicts on the second of two draws, which is ``slowdown`` slower.

    The second ends after ``rounds``.
    """
    ratios = (
        ratio(
            measured(visits(distribution, (seed, 0), *shape)),
            measured(visits(distribution, (seed, 1), *shape, slowdown)[:rounds]),
        )
        for seed in range(trials)
    )
    return shares(found.judgement if found else "unclear" for found in ratios)


def between_sessions(distribution: Distribution, trials: int, slowdown: float) -> Shares:
    """Return the shares as ``verdicts`` does, for two draws that were not interleaved."""
    return shares(
        ratio_of_medians(
            summarise(samples_of(visits(distribution, (seed, 0), *REPEATED))),
            summarise(samples_of(visits(distribution, (seed, 1), *REPEATED, slowdown))),
        ).judgement
        for seed in range(trials)
    )


def shares(judgements: Iterable[Verdict]) -> Shares:
    """Return the share of each verdict."""
    counts = Counter(judgements)
    return {judgement: counts[judgement] / counts.total() for judgement in _JUDGEMENTS}


def raised(distribution: Distribution, shape: Shape, trials: int) -> str:
    """Return the flags that the samples alone raise, with the percentage of trials that raise them."""
    names: Counter[str] = Counter()
    for seed in range(trials):
        taken = measured(visits(distribution, (seed, 0), *shape))
        names.update(
            flag.name for flag in quality_flags(taken, summarise(taken.latency), None, on_cpu=False, clipped=False)
        )
    frequent = [f"{name} {100 * times / trials:.0f}" for name, times in names.most_common() if times >= trials / 100]
    return ", ".join(frequent) or "–"


def show(text: str, meets_targets: bool) -> bool:
    """Print a line immediately. Return whether it misses a target."""
    print(text, flush=True)
    return not meets_targets


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=400)
    parser.add_argument("--disturbed-trials", type=int, default=2000)
    options = parser.parse_args()
    print(f"Percent of {options.trials} trials:\n")
    print(
        "| distribution | drawn | covered | ± width % | 2 % slower: slower | no difference: same / faster / slower / "
        "unclear | flags |\n|---|---|---|---|---|---|---|"
    )
    missed = 0
    for name, shape in ROWS:
        missed += show(*row(name, shape, options.trials))
    missed += show(*unequal_row(options.trials))
    print(f"\nPercent of {options.disturbed_trials} trials: covered / equals told apart / 20 % found\n")
    headings = [f"{100 * scatter:g} %, {count} visits" for scatter in SCATTER for count in LENGTHS]
    print(f"| visits | {' | '.join(headings)} |\n|{'---|' * (1 + len(headings))}")
    for name, common in [*((name, False) for name in COURSES), *((name, True) for name in COMMON)]:
        missed += show(*disturbed_row(name, common, options.disturbed_trials))
    print(
        "\n| two sessions | drawn | 10 % slower: slower | no difference: same / faster / slower / unclear |\n"
        "|---|---|---|---|"
    )
    for name in SESSIONS:
        missed += show(*session_row(name, options.trials))
    if missed:
        print(f"\n{missed} rows miss a target", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
