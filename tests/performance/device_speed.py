"""Device time against NumPy's BLAS in the same run, as the program itself measures both.

Runs ``paragon-tui run`` several times and prints, for each case, the median over the runs of
cpu_ms / device_ms (more is faster), and for S1 what a forward costs beyond its device time. Exit status 1 where a
target is missed; the targets are PoCL's on two cores.

    python tests/performance/device_speed.py [--adapter opencl:0] [--runs 5]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from typing import Any

TARGETS = {"S1": None, "M3": 0.6, "L1": 0.6, "L2": 0.6, "XL1": 1.0, "XL2": 1.0}
OVERHEAD_TARGET_MS = 0.2


def measured(adapter: str) -> dict[str, dict[str, Any]]:
    """One run: the results by case."""
    command = [sys.executable, "-m", "paragon_tui", "run", *TARGETS, "--adapter", adapter, "--json", "-"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return {result["case"]: result for result in json.loads(done.stdout)["results"]}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--adapter", default="opencl:0")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    runs = [measured(options.adapter) for _ in range(options.runs)]
    missed = False
    print(f"{options.adapter}, median of {options.runs} runs")
    print(f"{'case':<5} {'cpu_ms':>8} {'device_ms':>10} {'latency_ms':>11} {'ratio':>6}  {'of the runs':<28} target")
    for case, target in TARGETS.items():
        ratios = sorted(run[case]["cpu_ms"] / run[case]["device_ms"]["median"] for run in runs)
        ratio = statistics.median(ratios)
        missed |= target is not None and ratio < target
        print(
            f"{case:<5} {middle(runs, case, lambda r: r['cpu_ms']):>8.3f}"
            f" {middle(runs, case, lambda r: r['device_ms']['median']):>10.3f}"
            f" {middle(runs, case, lambda r: r['latency_ms']['median']):>11.3f} {ratio:>6.2f}"
            f"  {' '.join(f'{value:.2f}' for value in ratios):<28} {f'≥ {target}' if target else ''}"
        )
    overhead = middle(runs, "S1", lambda r: r["latency_ms"]["median"] - r["device_ms"]["median"])
    missed |= overhead > OVERHEAD_TARGET_MS
    print(f"S1: latency beyond device time {overhead:.3f} ms, target ≤ {OVERHEAD_TARGET_MS}")
    return 1 if missed else 0


def middle(runs: list[dict[str, dict[str, Any]]], case: str, figure: Any) -> float:
    """The median over runs of one figure of a case."""
    return statistics.median(figure(run[case]) for run in runs)


if __name__ == "__main__":
    sys.exit(main())
