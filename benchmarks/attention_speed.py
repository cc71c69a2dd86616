"""Measure attention and convolution against NumPy: ratios of times from the same run of the program.

    python benchmarks/attention_speed.py [--runs 5] [--opencl opencl:0]

Each round is one `paragon-tui run` of the small and medium sizes, f32 and f16. Print the median over the rounds of
NumPy's time divided by the device's, and the rounds' range. Exit status 1 if a target is missed; the targets are for
PoCL on two cores.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from typing import Any

CASES = ("attention-small", "attention-medium", "convolve2d-small", "convolve2d-medium")
DTYPES = ("f32", "f16")
TARGETS = {("attention-medium", "f32"): 0.6, ("attention-medium", "f16"): 0.6}

Ratios = dict[tuple[str, str], float]


def one_round(opencl: str) -> Ratios:
    """Return NumPy's median latency divided by the median device time, by case and dtype."""
    dtypes = [word for dtype in DTYPES for word in ("--dtype", dtype)]
    command = [sys.executable, "-m", "paragon_tui", "run", *CASES, *dtypes, "--adapter", opencl, "--adapter", "numpy"]
    completed = subprocess.run(
        [*command, "--json", "-", "--quiet"], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    results: dict[tuple[str, str, str], dict[str, Any]] = {
        (result["case"], result["dtype"], result["adapter"]): result
        for result in json.loads(completed.stdout)["results"]
    }
    return {
        (case, dtype): results[case, dtype, "numpy"]["latency_ms"]["median"] / _device_ms(results[case, dtype, opencl])
        for case in CASES
        for dtype in DTYPES
    }


def _device_ms(result: dict[str, Any]) -> float:
    """Return the median device time, or the median latency if the device has no clock."""
    return float((result["device_ms"] or result["latency_ms"])["median"])


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--opencl", default="opencl:0")
    options = parser.parse_args()
    rounds = [one_round(options.opencl) for _ in range(options.runs)]
    missed = False
    print(f"| NumPy's time / device time on {options.opencl} | median of {options.runs} runs | range | target |")
    print("|---|---|---|---|")
    for key in rounds[0]:
        values = sorted(ratios[key] for ratios in rounds)
        median, target = statistics.median(values), TARGETS.get(key)
        misses = target is not None and median < target
        missed |= misses
        verdict = "" if target is None else f"≥ {target}{' (missed)' if misses else ''}"
        print(f"| {' '.join(key)} | {median:.2f} | {values[0]:.2f} – {values[-1]:.2f} | {verdict} |")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
