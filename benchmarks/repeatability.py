"""Check whether two runs of the same session agree, one after the other, each in three new processes.

    python benchmarks/repeatability.py [CASE …] [--repeat 3] [--fast]

Print a Markdown table of every result of either run: both medians with their 95 % intervals, and whether these
overlap. Exit status 1 if less than 90 % of the results do. A result that a run did not measure, or that has no
interval, overlaps with nothing.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from typing import Any

from paragon_tui.exit_status import FAILED

TARGET = 0.9
Summary = dict[str, Any]
Results = dict[tuple[str, str, str, str], Summary | None]


def measured(arguments: list[str]) -> Results:
    """Return the times of one `paragon-tui run` by case, dtype, variant and adapter; ``None`` if not measured."""
    command = [sys.executable, "-m", "paragon_tui", "run", *arguments, "--json", "-", "--quiet"]
    completed = subprocess.run(command, check=False, stdout=subprocess.PIPE)
    if completed.returncode != FAILED:  # a run with failed results writes a document too
        completed.check_returncode()
    results = json.loads(completed.stdout)["results"]
    return {(r["case"], r["dtype"], r["variant"], r["adapter"]): r["latency_ms"] for r in results}


def report(first: Results, second: Results) -> tuple[list[str], bool]:
    """Return the lines to print about two runs, and whether enough of their results agree."""
    rows = ["| case | adapter | first run, ms | second run, ms | overlap |", "|---|---|---|---|---|"]
    agreeing, widths = 0, []
    cases = list(first | second)
    for case, dtype, variant, adapter in cases:
        before, after = (run.get((case, dtype, variant, adapter)) for run in (first, second))
        agrees = overlap(interval(before), interval(after))
        agreeing += agrees
        name = " ".join([case, *(word for word in (dtype, variant) if word not in ("f32", "default"))])
        rows.append(f"| {name} | {adapter} | {cell(before)} | {cell(after)} | {'yes' if agrees else 'no'} |")
        widths += [half_width(summary) for summary in (before, after) if summary and summary["interval"]]
    if not cases:
        return ["neither run has results"], False
    precision = f"; half an interval is {statistics.median(widths):.1%} of its median (median of all)" if widths else ""
    share = f"{agreeing} of {len(cases)} results overlap ({agreeing / len(cases):.0%}, target {TARGET:.0%})"
    return [*rows, "", share + precision], agreeing >= TARGET * len(cases)


def interval(summary: Summary | None) -> tuple[float, float] | None:
    """Return both ends of a median's interval, or ``None``."""
    if summary is None or summary["interval"] is None:
        return None
    return summary["interval"]["low"], summary["interval"]["high"]


def overlap(first: tuple[float, float] | None, second: tuple[float, float] | None) -> bool:
    """Return whether both intervals exist and have a value in common."""
    return first is not None and second is not None and first[0] <= second[1] and second[0] <= first[1]


def half_width(summary: Summary) -> float:
    """Return half the interval divided by the median."""
    return float((summary["interval"]["high"] - summary["interval"]["low"]) / 2 / summary["median"])


def cell(summary: Summary | None) -> str:
    """Return a table cell: ``1.068 [1.05, 1.09]``, or the median alone if it has no interval."""
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
