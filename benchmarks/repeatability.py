"""Do two runs of the same session agree? Each in three fresh processes, one run after the other.

    python benchmarks/repeatability.py [CASE …] [--repeat 3] [--fast]

For every result of either run: both medians with their 95 % intervals, and whether these overlap. Prints a Markdown
table. Exit status 1 where less than 90 % of results do. What a run did not measure, or has no interval of, overlaps
with nothing.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from typing import Any

from paragon_tui.console.exits import FAILED

TARGET = 0.9
Summary = dict[str, Any]
Results = dict[tuple[str, str, str, str], Summary | None]


def measured(arguments: list[str]) -> Results:
    """The times of one `paragon-tui run` by case, dtype, variant and adapter; ``None`` where there are none."""
    command = [sys.executable, "-m", "paragon_tui", "run", *arguments, "--json", "-", "--quiet"]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE)
    if done.returncode != FAILED:  # which has a document all the same
        done.check_returncode()
    results = json.loads(done.stdout)["results"]
    return {(r["case"], r["dtype"], r["variant"], r["adapter"]): r["latency_ms"] for r in results}


def report(first: Results, second: Results) -> tuple[list[str], bool]:
    """The lines to print of two runs, and whether enough of their results agree."""
    rows = ["| case | adapter | first run, ms | second run, ms | overlap |", "|---|---|---|---|---|"]
    agreeing, widths = 0, []
    both = list(first | second)
    for case, dtype, variant, adapter in both:
        one, other = (run.get((case, dtype, variant, adapter)) for run in (first, second))
        agrees = overlap(interval(one), interval(other))
        agreeing += agrees
        name = " ".join([case, *(word for word in (dtype, variant) if word not in ("f32", "default"))])
        rows.append(f"| {name} | {adapter} | {cell(one)} | {cell(other)} | {'yes' if agrees else 'no'} |")
        widths += [width(summary) for summary in (one, other) if summary and summary["interval"]]
    if not both:
        return ["neither run has results"], False
    middle = (
        f"; half an interval is {statistics.median(widths):.1%} of its median, in the middle of all" if widths else ""
    )
    share = f"{agreeing} of {len(both)} results overlap ({agreeing / len(both):.0%}, target {TARGET:.0%})"
    return [*rows, "", share + middle], agreeing >= TARGET * len(both)


def interval(summary: Summary | None) -> tuple[float, float] | None:
    """Both ends of a median's interval, where there is one."""
    if summary is None or summary["interval"] is None:
        return None
    return summary["interval"]["low"], summary["interval"]["high"]


def overlap(one: tuple[float, float] | None, other: tuple[float, float] | None) -> bool:
    """Whether both have a value in common."""
    return one is not None and other is not None and one[0] <= other[1] and other[0] <= one[1]


def width(summary: Summary) -> float:
    """Half the interval over the median."""
    return float((summary["interval"]["high"] - summary["interval"]["low"]) / 2 / summary["median"])


def cell(summary: Summary | None) -> str:
    """``1.068 [1.05, 1.09]``; a median without an interval stands alone."""
    if summary is None:
        return "not measured"
    ends = interval(summary)
    return f"{summary['median']:.4g}" + (f" [{ends[0]:.4g}, {ends[1]:.4g}]" if ends else "")


def main() -> int:
    """Run twice and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("cases", nargs="*", metavar="CASE")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--fast", action="store_true")
    options = parser.parse_args()
    arguments = [*options.cases, "--repeat", str(options.repeat), *(["--fast"] if options.fast else [])]
    lines, enough = report(measured(arguments), measured(arguments))
    print("\n".join(lines))
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())
