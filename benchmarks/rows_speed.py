"""Measure softmax, layernorm and reductions on PoCL against NumPy, both taken in turns in the same run.

    python benchmarks/rows_speed.py [PART OF A NAME …] [--adapter opencl:0] [--rounds 30]

A ratio is NumPy's time divided by the device's, both lower quartiles, since others may use the machine. Exit status 1
if softmax or layernorm is below 1.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from paragon_tui.backends import registry
from paragon_tui.engine.worker.device_session import open_adapter
from paragon_tui.engine.worker.executable import launchable
from paragon_tui.suites.case import Case
from paragon_tui.suites.computation import computation
from paragon_tui.suites.operations import REDUCTIONS, SOFTMAX

TARGET = {"softmax": 1.0, "log_softmax": 1.0, "layernorm": 1.0}
ROWS = (*SOFTMAX, "layernorm")


def cases() -> list[tuple[Case, str]]:
    """Return every case of the table and its dtype."""
    listed = [
        (Case("", name, name, (side, side)), dtype)
        for name in ROWS
        for side in (1024, 2048)
        for dtype in ("f32", "f16")
    ]
    listed += [(Case("", name, name, (1_000_000,)), "f32") for name in SOFTMAX]
    listed += [(Case("", name, name, (1024, 1024) if "-" in name else (1_000_000,)), "f32") for name in REDUCTIONS]
    return listed


def ratio(case: Case, dtype: str, opened: Any, rounds: int) -> tuple[float, float, float, str]:
    """Return NumPy's milliseconds, the device's, their ratio, and the name of the fastest plan."""
    computed = computation(case, dtype)
    form = computed.host_form("numpy")
    ready = (
        launchable(candidate, computed, opened) for candidate in computed.candidates(opened.device.adapter, "default")
    )
    programs = {launch.plan.name: opened.device.prepare(launch.plan) for launch in ready}
    host: list[float] = []
    device: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(rounds):
        form()  # warms the caches
        begin = time.perf_counter_ns()
        form()
        host.append((time.perf_counter_ns() - begin) / 1e6)
        for name, program in programs.items():
            program.run({})
            device[name].append((program.run({}) or 0) / 1e6)
    for program in programs.values():
        program.close()
    best = min(device, key=lambda name: quartile(device[name]))
    numpy_ms, device_ms = quartile(host), quartile(device[best])
    return numpy_ms, device_ms, numpy_ms / device_ms, best


def quartile(samples: list[float]) -> float:
    """Return the lower quartile."""
    return sorted(samples)[len(samples) // 4]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", help="parts of names (default: all)")
    parser.add_argument("--adapter", default="opencl:0")
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    api = options.adapter.partition(":")[0]
    backend: Any = registry.load(registry.BACKENDS[api])
    adapter = next(adapter for adapter in backend.adapters(api) if adapter.id == options.adapter)
    opened = open_adapter(backend, adapter)
    missed = False
    print("| case | dtype | NumPy ms | device ms | NumPy / device | plan |\n|---|---|---|---|---|---|")
    for case, dtype in cases():
        if options.parts and not any(part in case.id for part in options.parts):
            continue
        host_ms, device_ms, quotient, plan = ratio(case, dtype, opened, options.rounds)
        misses = quotient < TARGET.get(case.operation, 0)
        missed |= misses
        shape = "x".join(map(str, case.shape))
        cell = f"{quotient:.2f}{' (missed)' * misses}"
        print(f"| {case.id} {shape} | {dtype} | {host_ms:.3f} | {device_ms:.3f} | {cell} | {plan} |")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
