"""Run all drills and print a table: the fault, how often it was tried, survived, and what was lost.

    python -m tests.drills [DRILL …] [--times 20] [--seed 1]

Each run of the program has a data folder of its own. Exit status 1 if anything was lost.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.drills.drills import DRILLS, Outcome


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("drills", nargs="*", metavar="DRILL", help=f"default: all of {', '.join(DRILLS)}")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print("| fault | tried | survived | lost |\n|---|---|---|---|", flush=True)
    lost = False
    for name in options.drills or DRILLS:
        chance = random.Random(f"{options.seed} {name}")
        survived, losses = 0, []
        for _ in range(options.times):
            with tempfile.TemporaryDirectory(prefix="paragon-drill-") as folder:
                outcome: Outcome = DRILLS[name](chance, Path(folder))
            survived += not outcome
            losses += outcome
        lost |= bool(losses)
        print(f"| {name} | {options.times} | {survived} | {'; '.join(sorted(set(losses))) or 'nothing'} |", flush=True)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
