"""Measure the speed table of the documentation: ratios of device times from the same run of the program.

    python benchmarks/device_speed.py [--runs 5] [--opencl opencl:0] [--wgpu vulkan:0 --wgpu gl:0] [--peer torch]

Each round is two `paragon-tui run`s: the f32 networks against NumPy's BLAS and the peers, and XL2 in every dtype and
variant. A peer is another library of the processor: by default `numpy-avx2`, NumPy as it is on a machine without
AVX-512. Print the median over the rounds, and their range. Exit status 1 if a target is missed; the targets are for
PoCL and llvmpipe on two cores.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Round = dict[tuple[str, str, str, str], dict[str, Any]]
"""The results in the JSON document by (case, dtype, variant, adapter)."""

NETWORKS = ("M3", "L1", "L2", "XL1", "XL2")
AGAINST_BLAS = 1.0  # device time
END_TO_END = {"L1": 0.8, "L2": 0.8, "XL1": 0.8, "XL2": 0.8}
OVERHEAD_TARGET_MS = 0.06


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: ``figure`` returns its value in one round, ``least`` and ``most`` bound the median."""

    label: str
    figure: Callable[[Round], float]
    least: float | None = None
    most: float | None = None

    def misses(self, value: float) -> bool:
        """Return whether ``value`` is outside its bound."""
        return (self.least is not None and value < self.least) or (self.most is not None and value > self.most)

    @property
    def target(self) -> str:
        """The bound as text."""
        return f"≥ {self.least}" if self.least is not None else f"≤ {self.most}" if self.most is not None else ""


def run(*arguments: str) -> list[dict[str, Any]]:
    """Return the results of one `paragon-tui run`."""
    command = [sys.executable, "-m", "paragon_tui", "run", *arguments, "--json", "-", "--quiet"]
    completed = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    results: list[dict[str, Any]] = json.loads(completed.stdout)["results"]
    return results


def one_round(opencl: str, wgpu: list[str], peers: list[str]) -> Round:
    """Measure everything that the table needs once."""
    compared = [word for adapter in ("numpy", opencl, *peers) for word in ("--adapter", adapter)]
    results = run("S1", *NETWORKS, *compared)
    adapters = [word for adapter in (opencl, *wgpu) for word in ("--adapter", adapter)]
    dtypes = [word for dtype in ("f32", "f16", "i8") for word in ("--dtype", dtype)]
    variants = [word for variant in ("default", "plain", "barriers") for word in ("--variant", variant)]
    xl2_results = run("XL2", *adapters, *dtypes, *variants)
    # Both runs measure XL2 in f32. Ratios between XL2 results take both from the second run.
    keyed = {(f"{r['case']} again", r["dtype"], r["variant"], r["adapter"]): r for r in xl2_results}
    return keyed | {(r["case"], r["dtype"], r["variant"], r["adapter"]): r for r in results}


def device_ms(measured: Round, case: str, adapter: str, dtype: str = "f32", variant: str = "default") -> float:
    """Return the median device time of a result, or the median latency if the device has no clock."""
    result = measured[case, dtype, variant, adapter]
    return float((result["device_ms"] or result["latency_ms"])["median"])


def latency_ms(measured: Round, case: str, adapter: str) -> float:
    """Return the median latency of a network in f32."""
    return float(measured[case, "f32", "default", adapter]["latency_ms"]["median"])


def rows(opencl: str, wgpu: list[str], peers: list[str]) -> list[Row]:
    """Return the lines of the table."""

    def against(adapter: str, case: str) -> Callable[[Round], float]:
        return lambda m: latency_ms(m, case, adapter) / device_ms(m, case, opencl)

    def end_to_end(case: str) -> Callable[[Round], float]:
        return lambda m: latency_ms(m, case, "numpy") / latency_ms(m, case, opencl)

    def quotient(adapter: str, above: tuple[str, str], below: tuple[str, str]) -> Callable[[Round], float]:
        return lambda m: device_ms(m, "XL2 again", adapter, *above) / device_ms(m, "XL2 again", adapter, *below)

    usual = ("f32", "default")
    table = [
        Row(f"{opencl} {case}: {library} / f32", against(library, case), least=AGAINST_BLAS)
        for library in ("numpy", *peers)
        for case in NETWORKS
    ]
    table += [
        Row(f"{opencl} {case}: numpy / f32, both end to end", end_to_end(case), least=least)
        for case, least in END_TO_END.items()
    ]
    table += [
        Row(f"{opencl} XL2: f32 / f16", quotient(opencl, usual, ("f16", "default")), least=1.5),
        Row(f"{opencl} XL2: f32 / i8", quotient(opencl, usual, ("i8", "default")), least=2.5),
    ]
    for adapter in (opencl, *wgpu):
        table.append(Row(f"{adapter} XL2: guarded / plain", quotient(adapter, usual, ("f32", "plain")), most=1.10))
    for adapter in wgpu:
        table.append(Row(f"{adapter} XL2: barriers / f32", quotient(adapter, ("f32", "barriers"), usual), least=3.0))
        for dtype in ("f16", "i8"):
            table.append(Row(f"{adapter} XL2: f32 / {dtype}", quotient(adapter, usual, (dtype, "default"))))
    table.append(
        Row(
            f"{opencl} S1: ms beyond device time",
            lambda m: latency_ms(m, "S1", opencl) - device_ms(m, "S1", opencl),
            most=OVERHEAD_TARGET_MS,
        )
    )
    return table


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--opencl", default="opencl:0")
    parser.add_argument("--wgpu", action="append", default=[], help="(default: vulkan:0 and gl:0)")
    parser.add_argument("--peer", action="append", default=[], help="(default: numpy-avx2)")
    options = parser.parse_args()
    peers = options.peer or ["numpy-avx2"]
    wgpu = options.wgpu or ["vulkan:0", "gl:0"]
    rounds = [one_round(options.opencl, wgpu, peers) for _ in range(options.runs)]
    missed = False
    print(f"| ratio of device times, {options.runs} runs | median | range | target |")
    print("|---|---|---|---|")
    for row in rows(options.opencl, wgpu, peers):
        values = sorted(row.figure(measured) for measured in rounds)
        median = statistics.median(values)
        missed |= row.misses(median)
        spread = f"{values[0]:.2f} – {values[-1]:.2f}"
        print(f"| {row.label} | {median:.2f} | {spread} | {row.target}{' (missed)' if row.misses(median) else ''} |")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
