"""Do two runs of the same session agree? Each in three fresh processes, one run after the other.

    python tests/performance/repeatability.py [CASE …] [--repeat 3] [--fast]

For every result: both medians with their 95 % intervals, and whether these overlap. Prints a Markdown table. Exit
status 1 where less than 90 % of results do, or where the runs do not hold the same results.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from typing import Any

TARGET = 0.9
Key = tuple[str, str, str, str]


def measured(arguments: list[str]) -> dict[Key, dict[str, Any]]:
    """The results of one `paragon-tui run` by case, dtype, variant and adapter."""
    command = [sys.executable, "-m", "paragon_tui", "run", *arguments, "--json", "-", "--quiet"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    results = json.loads(done.stdout)["results"]
    return {(r["case"], r["dtype"], r["variant"], r["adapter"]): r["latency_ms"] for r in results}


def overlap(a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Whether the intervals of two summaries have a value in common."""
    one, other = a["interval"], b["interval"]
    return bool(one["low"] <= other["high"] and other["low"] <= one["high"])


def width(summary: dict[str, Any]) -> float:
    """Half the interval over the median."""
    return float((summary["interval"]["high"] - summary["interval"]["low"]) / 2 / summary["median"])


def cell(summary: dict[str, Any]) -> str:
    """``1.068 [1.05, 1.09]``."""
    return f"{summary['median']:.4g} [{summary['interval']['low']:.4g}, {summary['interval']['high']:.4g}]"


def main() -> int:
    """Run twice and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("cases", nargs="*", metavar="CASE")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--fast", action="store_true")
    options = parser.parse_args()
    arguments = [*options.cases, "--repeat", str(options.repeat), *(["--fast"] if options.fast else [])]
    first, second = measured(arguments), measured(arguments)
    print("| case | adapter | first run, ms | second run, ms | overlap |")
    print("|---|---|---|---|---|")
    agreeing = 0
    for key, summary in first.items():
        again = second[key]
        agrees = overlap(summary, again)
        agreeing += agrees
        print(f"| {key[0]} | {key[3]} | {cell(summary)} | {cell(again)} | {'yes' if agrees else 'no'} |")
    widths = [width(summary) for summary in (*first.values(), *second.values())]
    print(
        f"\n{agreeing} of {len(first)} results overlap ({agreeing / len(first):.0%}, target {TARGET:.0%}); "
        f"half an interval is {statistics.median(widths):.1%} of its median, in the middle of all"
    )
    return 0 if agreeing >= TARGET * len(first) and first.keys() == second.keys() else 1


if __name__ == "__main__":
    sys.exit(main())
