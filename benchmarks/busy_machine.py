"""Drill: are the verdicts of a busy machine those of a quiet one?

    python benchmarks/busy_machine.py [CASE …] [--runs 50] [--quiet-runs 5] [--adapter opencl:0]

First on this machine as it is, which should be quiet, then with as many spinning processes beside as there are cores.
The quiet word of a case is the verdict that more than half of the quiet runs give. Print a Markdown table: the quiet
word, how many of the busy runs gave each verdict, and the medians of both speed-ups.

Exit status 1 if a busy run gives the opposite of a quiet word (faster for slower, or the reverse), or if fewer than
half of the words that the quiet machine gives are given.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from paragon_tui.exit_status import FAILED

CASES = ("L2", "XL1", "matmul-256", "attention-small")
GIVEN = 0.5
_SPIN = "import sys\nprint(flush=True)\nwhile True: pass"
_OPPOSITES = {"faster": "slower", "slower": "faster"}
_WORDS = ("same", "faster", "slower", "unclear")

Verdict = tuple[str, float | None]
"""A result's verdict, and its speed-up; ``none`` where there is no ratio."""


def measured(cases: Sequence[str], adapter: str) -> dict[str, Verdict]:
    """Return the verdict on each case from one run."""
    command = [sys.executable, "-m", "paragon_tui", "run", *cases, "--adapter", adapter, "--json", "-", "--quiet"]
    completed = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if completed.returncode != FAILED:
        completed.check_returncode()
    results: list[dict[str, Any]] = json.loads(completed.stdout)["results"]
    return {result["case"]: (result["judgement"] or "unclear", result["speedup"]) for result in results}


@contextmanager
def spinning(count: int) -> Iterator[None]:
    """Keep ``count`` processes spinning meanwhile."""
    processes = [subprocess.Popen([sys.executable, "-c", _SPIN], stdout=subprocess.PIPE) for _ in range(count)]
    try:
        for process in processes:
            assert process.stdout is not None
            process.stdout.readline()
        yield
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def quiet_word(verdicts: Sequence[Verdict]) -> str:
    """Return the verdict of more than half of the runs, ``unclear`` if there is none."""
    word, times = Counter(word for word, _ in verdicts).most_common(1)[0]
    return word if 2 * times > len(verdicts) else "unclear"


def row(case: str, quiet: Sequence[Verdict], busy: Sequence[Verdict]) -> str:
    """Return a line of the table."""
    counts = Counter(word for word, _ in busy)
    medians = [median_of([ratio for _, ratio in side]) for side in (quiet, busy)]
    cells = [case, quiet_word(quiet), *(str(counts[word]) for word in _WORDS), *medians]
    return f"| {' | '.join(cells)} |"


def median_of(ratios: Sequence[float | None]) -> str:
    """Return the median of the ratios that there are."""
    known = [ratio for ratio in ratios if ratio is not None]
    return f"{statistics.median(known):.2f}×" if known else "–"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="CASE", default=[])
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--quiet-runs", type=int, default=5)
    parser.add_argument("--adapter", default="opencl:0")
    options = parser.parse_args()
    cases = options.cases or list(CASES)
    quiet = [measured(cases, options.adapter) for _ in range(options.quiet_runs)]
    with spinning(os.cpu_count() or 1):
        busy = [measured(cases, options.adapter) for _ in range(options.runs)]
    print(
        f"{options.quiet_runs} quiet runs, {options.runs} beside {os.cpu_count()} spinning processes:\n\n"
        f"| case | quiet word | {' | '.join(_WORDS)} | quiet ratio | busy ratio |\n|{'---|' * (len(_WORDS) + 4)}"
    )
    opposite = expected = given = 0
    for case in cases:
        before, beside = ([run[case] for run in side] for side in (quiet, busy))
        print(row(case, before, beside))
        word = quiet_word(before)
        opposite += sum(found == _OPPOSITES.get(word) for found, _ in beside)
        if word != "unclear":
            expected += len(beside)
            given += sum(found == word for found, _ in beside)
    print(f"\n{opposite} opposite words; {given} of the {expected} words that the quiet machine gives were given")
    return 1 if opposite or given < GIVEN * expected else 0


if __name__ == "__main__":
    sys.exit(main())
