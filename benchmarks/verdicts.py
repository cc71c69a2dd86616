"""Measure how often intervals cover, and verdicts and flags are right, on timings of known distributions.

    python benchmarks/verdicts.py [--trials N]

Each row of the Markdown table draws N seeded trials from one distribution: processes × rounds × samples. *Covered*:
the median's 95 % interval holds the true median, which is computed from the distribution; *± width* is half its width,
the median over the trials. *2 % slower* and *no difference* give the verdict on the ratio of two such draws, whose
rounds were interleaved, if the second takes 2 % longer and if it does not; in the row of unequal rounds the second
ends after half of them. *Flags* are those raised in at least one trial of a hundred. A second table gives the verdict
on two sessions of three processes each, which have only the intervals of their medians.

Exit status 1 if an interval covers in less than 92 of 100 trials, or a verdict on equals is wrong in more than 7 of
100 (5 are intended); if, with the noise of a quiet adapter in 12 rounds, 2 % are missed in more than 5 of 100 or
equals are called the same in less than 90; or if two sessions whose processes differ by 2 % show 10 % in less than 40.
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
COVERED, WRONG, MISSED, SAME, DETECTED = 0.92, 0.07, 0.05, 0.90, 0.40
_ROUNDED_MS = 1e-6  # samples are whole nanoseconds
_JUDGEMENTS: tuple[Verdict, ...] = ("same", "faster", "slower", "unclear")

Shares = dict[Verdict, float]


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
    """Return a line of the second table, and whether it meets the targets."""
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
    """Return the share of trials whose interval holds the true median, and half its width over the median."""
    true_median, covered, widths = true_median_ms(distribution), 0, []
    for seed in range(trials):
        summary = summarise(visits(distribution, (seed, 0), *shape))
        assert summary.interval is not None
        covered += summary.interval.low - _ROUNDED_MS <= true_median <= summary.interval.high + _ROUNDED_MS
        widths.append((summary.interval.high - summary.interval.low) / 2 / summary.median)
    return covered / trials, statistics.median(widths)


def verdicts(
    distribution: Distribution, shape: Shape, trials: int, slowdown: float, rounds: int | None = None
) -> Shares:
    """Return the shares of the verdicts on the second of two draws, which is ``slowdown`` slower.

    The second ends after ``rounds``.
    """
    return shares(
        ratio(
            visits(distribution, (seed, 0), *shape), visits(distribution, (seed, 1), *shape, slowdown)[:rounds]
        ).judgement
        for seed in range(trials)
    )


def between_sessions(distribution: Distribution, trials: int, slowdown: float) -> Shares:
    """Return the shares as ``verdicts`` does, for two draws that were not interleaved."""
    return shares(
        ratio_of_medians(
            summarise(visits(distribution, (seed, 0), *REPEATED)),
            summarise(visits(distribution, (seed, 1), *REPEATED, slowdown)),
        ).judgement
        for seed in range(trials)
    )


def shares(judgements: Iterable[Verdict]) -> Shares:
    """Return the share of each verdict."""
    counts = Counter(judgements)
    return {judgement: counts[judgement] / counts.total() for judgement in _JUDGEMENTS}


def raised(distribution: Distribution, shape: Shape, trials: int) -> str:
    """Return the flags that the samples alone raise, with the percentage of trials that raise them."""
    names = Counter(
        flag.name
        for seed in range(trials)
        for flag in quality_flags(visits(distribution, (seed, 0), *shape), (), None, None, on_cpu=False)
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
    trials = parser.parse_args().trials
    print(f"Percent of {trials} trials:\n")
    print(
        "| distribution | drawn | covered | ± width % | 2 % slower: slower | no difference: same / faster / slower / "
        "unclear | flags |\n|---|---|---|---|---|---|---|"
    )
    missed = 0
    for name, shape in ROWS:
        missed += show(*row(name, shape, trials))
    missed += show(*unequal_row(trials))
    print(
        "\n| two sessions | drawn | 10 % slower: slower | no difference: same / faster / slower / unclear |\n"
        "|---|---|---|---|"
    )
    for name in SESSIONS:
        missed += show(*session_row(name, trials))
    if missed:
        print(f"\n{missed} rows miss a target", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
