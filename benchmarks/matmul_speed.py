"""Measure guarded matrix products against BLAS: NumPy's time divided by the device's, taken in turns in one run.

    python benchmarks/matmul_speed.py [--runs 3] [--adapter opencl:0]

Each round is a `paragon-tui run` of all products at f32 and f16. Print the median over the rounds, and their range.
Exit status 1 if a target is missed; the targets are for PoCL on two cores.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from typing import Any

CASES = (
    *("matmul-256", "matmul-512", "matmul-1024"),
    *("matmul-rectangular-medium", "matmul-rectangular-large"),
    *("matmul-transposed-medium", "matvec-small", "matvec-medium", "matvec-large"),
)
DTYPES = ("f32", "f16")
LEAST = {("matmul-1024", "f32"): 0.35, ("matmul-1024", "f16"): 0.5}

Round = dict[tuple[str, str, str], dict[str, Any]]
"""The results in the JSON document by (case, dtype, adapter)."""


def one_round(adapter: str) -> Round:
    """Measure every case on the adapter and with NumPy once."""
    dtypes = [word for dtype in DTYPES for word in ("--dtype", dtype)]
    command = [sys.executable, "-m", "paragon_tui", "run", *CASES, "--adapter", "numpy", "--adapter", adapter, *dtypes]
    completed = subprocess.run(
        [*command, "--fast", "--json", "-", "--quiet"], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    return {(r["case"], r["dtype"], r["adapter"]): r for r in json.loads(completed.stdout)["results"]}


def ratio(measured: Round, case: str, dtype: str, adapter: str) -> float:
    """Return NumPy's median latency over the median device time, or latency if the device has no clock."""
    result = measured[case, dtype, adapter]
    device_ms = float((result["device_ms"] or result["latency_ms"])["median"])
    return float(measured[case, dtype, "numpy"]["latency_ms"]["median"]) / device_ms


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--adapter", default="opencl:0")
    options = parser.parse_args()
    rounds = [one_round(options.adapter) for _ in range(options.runs)]
    missed = False
    print(f"| NumPy's time / {options.adapter}'s, {options.runs} runs | median | range | target |")
    print("|---|---|---|---|")
    for case in CASES:
        for dtype in DTYPES:
            values = sorted(ratio(measured, case, dtype, options.adapter) for measured in rounds)
            median, least = statistics.median(values), LEAST.get((case, dtype), 0.0)
            missed |= median < least
            target = f"≥ {least}{' (missed)' if median < least else ''}" if least else ""
            print(f"| {case} {dtype} | {median:.2f} | {values[0]:.2f} – {values[-1]:.2f} | {target} |")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
