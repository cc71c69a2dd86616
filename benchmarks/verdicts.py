"""How often intervals cover, and verdicts and flags are right, on timings of known distributions: a Markdown table.

    python benchmarks/verdicts.py [--trials N]

Each row draws N seeded trials from one distribution: processes × rounds × samples. *Covered*: the median's 95 %
interval holds the true median, which is computed from the distribution; *± width* is its half, the median over the
trials. *2 % slower* and *no difference* say what the ratio of two such drawings, whose rounds were interleaved, was
called where the second was made to take 2 % longer and where it was not; in the row of unequal rounds the second ended
after half of them. *Flags* are those raised in at least one trial of a hundred. A second table says what two sessions
of three processes each are called, which have nothing but their medians' intervals.

Exits with 1 where an interval covers in less than 92 of 100 trials, a verdict on equals is wrong in more than 7 of 100
(5 are meant), at the noise of a quiet adapter in 12 rounds, where 2 % are missed in more than 5 of 100 or equals are
called the same in less than 90, or where two sessions whose processes differ by 2 % show 10 % in less than 40.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections import Counter
from collections.abc import Iterable

from paragon_tui.engine.analysis.quality_flags import quality_flags
from paragon_tui.engine.analysis.statistics import ratio, summarise
from paragon_tui.engine.analysis.verdict import ratio_of_medians
from paragon_tui.engine.messages.figures import Verdict
from tests.support.distributions import DISTRIBUTIONS, Distribution, true_median_ms, visits

Shape = tuple[int, int, int]
"""Processes, rounds, samples."""

ONE_PROCESS, LARGE_CASE, REPEATED = (1, 12, 50), (1, 10, 1), (3, 12, 50)
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
COVERED, WRONG, MISSED, SAME, FOUND = 0.92, 0.07, 0.05, 0.90, 0.40
_ROUNDED_MS = 1e-6  # samples are whole nanoseconds
_JUDGEMENTS: tuple[Verdict, ...] = ("same", "faster", "slower", "unclear")

Shares = dict[Verdict, float]


def row(name: str, shape: Shape, trials: int) -> tuple[str, bool]:
    """A line of the first table, and whether it keeps the promises."""
    distribution = DISTRIBUTIONS[name]
    covered, width = coverage(distribution, shape, trials)
    planted, equal = (verdicts(distribution, shape, trials, slowdown) for slowdown in (0.02, 0.0))
    kept = covered >= COVERED and equal["faster"] + equal["slower"] <= WRONG
    if (name, shape) == ("quiet", ONE_PROCESS):
        kept = kept and planted["slower"] >= 1 - MISSED and equal["same"] >= SAME
    flagged = raised(distribution, shape, trials)
    return line(name, shape, f"{100 * covered:.1f}", f"{100 * width:.2f}", *told(planted, equal), flagged), kept


def unequal_row(trials: int) -> tuple[str, bool]:
    """The line of a second drawing that ends after half the rounds, while both drift on: of its ratio alone."""
    distribution, (_, rounds, _) = DISTRIBUTIONS[UNEQUAL], ONE_PROCESS
    planted, equal = (verdicts(distribution, ONE_PROCESS, trials, slowdown, rounds // 2) for slowdown in (0.02, 0.0))
    kept = planted["slower"] >= 1 - MISSED and equal["faster"] + equal["slower"] <= WRONG
    return line("unequal rounds under drift", ONE_PROCESS, "–", "–", *told(planted, equal), "–"), kept


def session_row(name: str, trials: int) -> tuple[str, bool]:
    """A line of the second table, and whether it keeps the promises."""
    planted, equal = (between_sessions(DISTRIBUTIONS[name], trials, slowdown) for slowdown in (0.1, 0.0))
    kept = planted["slower"] >= FOUND and equal["faster"] + equal["slower"] <= WRONG
    return line(name, REPEATED, *told(planted, equal)), kept


def line(name: str, shape: Shape, *cells: str) -> str:
    """A line of Markdown."""
    return f"| {' | '.join((name, '×'.join(map(str, shape)), *cells))} |"


def told(planted: Shares, equal: Shares) -> tuple[str, str]:
    """The share of a planted slowdown that was seen; what equals were called."""
    called = " / ".join(f"{100 * equal[judgement]:.1f}" for judgement in _JUDGEMENTS)
    return f"{100 * planted['slower']:.1f}", called


def coverage(distribution: Distribution, shape: Shape, trials: int) -> tuple[float, float]:
    """In what share of the trials the interval holds the true median, and half its width over the median."""
    truth, covered, widths = true_median_ms(distribution), 0, []
    for seed in range(trials):
        summary = summarise(visits(distribution, (seed, 0), *shape))
        assert summary.interval is not None
        covered += summary.interval.low - _ROUNDED_MS <= truth <= summary.interval.high + _ROUNDED_MS
        widths.append((summary.interval.high - summary.interval.low) / 2 / summary.median)
    return covered / trials, statistics.median(widths)


def verdicts(
    distribution: Distribution, shape: Shape, trials: int, slowdown: float, rounds: int | None = None
) -> Shares:
    """The shares of the trials in which the second of two drawings, ``slowdown`` slower, was called what.

    The second ended after ``rounds``.
    """
    return shares(
        ratio(
            visits(distribution, (seed, 0), *shape), visits(distribution, (seed, 1), *shape, slowdown)[:rounds]
        ).judgement
        for seed in range(trials)
    )


def between_sessions(distribution: Distribution, trials: int, slowdown: float) -> Shares:
    """As ``verdicts``, of two drawings that were not interleaved."""
    return shares(
        ratio_of_medians(
            summarise(visits(distribution, (seed, 0), *REPEATED)),
            summarise(visits(distribution, (seed, 1), *REPEATED, slowdown)),
        ).judgement
        for seed in range(trials)
    )


def shares(judgements: Iterable[Verdict]) -> Shares:
    """How often each was said."""
    called = Counter(judgements)
    return {judgement: called[judgement] / called.total() for judgement in _JUDGEMENTS}


def raised(distribution: Distribution, shape: Shape, trials: int) -> str:
    """The flags that the samples alone raise, with the share of the trials that did."""
    names = Counter(
        flag.name
        for seed in range(trials)
        for flag in quality_flags(visits(distribution, (seed, 0), *shape), (), None, None, on_cpu=False)
    )
    often = [f"{name} {100 * times / trials:.0f}" for name, times in names.most_common() if times >= trials / 100]
    return ", ".join(often) or "–"


def show(text: str, kept: bool) -> bool:
    """Print a line at once; whether it breaks a promise."""
    print(text, flush=True)
    return not kept


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=400)
    trials = parser.parse_args().trials
    print(f"Percent of {trials} trials:\n")
    print(
        "| distribution | drawn | covered | ± width % | 2 % slower: slower | no difference: same / faster / slower / "
        "unclear | flags |\n|---|---|---|---|---|---|---|"
    )
    broken = 0
    for name, shape in ROWS:
        broken += show(*row(name, shape, trials))
    broken += show(*unequal_row(trials))
    print(
        "\n| two sessions | drawn | 10 % slower: slower | no difference: same / faster / slower / unclear |\n"
        "|---|---|---|---|"
    )
    for name in SESSIONS:
        broken += show(*session_row(name, trials))
    if broken:
        print(f"\n{broken} rows break a promise", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
