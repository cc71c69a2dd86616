"""Measure the memory bandwidth of an adapter in a copy, and in a forward pass of XL2.

    python benchmarks/memory_bandwidth.py [--adapter vulkan:0] [--mebibytes 96]

The forward pass is bound by the bytes of its weights: a good kernel reads them almost at the rate of a plain copy
(whose reads and writes both count). Copies and forward passes alternate; all figures are medians. Exit status 1 if a
discrete GPU's f32 forward pass stays below 80 % of its copy.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from typing import Any

from paragon_tui.backends import registry
from paragon_tui.console.listings import gather_adapters
from paragon_tui.engine.runner.selection import all_cases, apis_to_search, select_adapters
from paragon_tui.engine.worker.device_session import DeviceSession, open_adapter
from paragon_tui.engine.worker.executable import launchable
from paragon_tui.engine.worker.peak_rates import copy_plan
from paragon_tui.suites.computation import computation

SAMPLES = 31
TARGET = 0.8


def device_ns(program: Any, inputs: dict[str, Any]) -> float:
    """Return the device time of one run. Exit where the device has no clock, since latencies do not compare."""
    nanoseconds = program.run(inputs)
    if nanoseconds is None:
        raise SystemExit("this adapter has no device clock, and its latency does not show its bandwidth")
    return float(nanoseconds)


def measure(opened: DeviceSession, mebibytes: int) -> list[tuple[str, float, int]]:
    """Return (name, median nanoseconds, bytes) of the copy and of XL2 at each dtype."""
    (case,) = (case for case in all_cases() if case.id == "XL2")
    items = mebibytes * 2**20 // 16
    prepared: list[tuple[str, Any, dict[str, Any], int]] = [("copy", copy_plan(items), {}, 32 * items)]
    for dtype in ("f32", "f16", "i8"):
        computed = computation(case, dtype)
        ready = launchable(computed.candidates(opened.device.adapter, "default")[0], computed, opened)
        weights = sum(buffer.bytes for buffer in ready.plan.with_role("weight"))
        prepared.append((f"XL2 {dtype}", ready.plan, dict(ready.inputs), weights))
    programs = [(name, opened.device.prepare(plan), inputs, size) for name, plan, inputs, size in prepared]
    samples: dict[str, list[float]] = {name: [] for name, *_ in programs}
    for index in range(SAMPLES + 3):
        for name, program, inputs, _ in programs:
            nanoseconds = device_ns(program, inputs)
            if index >= 3:
                samples[name].append(nanoseconds)
    return [(name, statistics.median(samples[name]), size) for name, _, _, size in programs]


def main() -> int:
    """Measure every device adapter, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--adapter", action="append", default=[])
    parser.add_argument("--mebibytes", type=int, default=96)
    options = parser.parse_args()
    adapters, _ = gather_adapters(apis_to_search(options.adapter, ()))
    missed = False
    print("| adapter | measurement | ms | GB/s | share of the copy's rate |")
    print("|---|---|---|---|---|")
    for adapter in select_adapters(adapters, options.adapter, ()):
        if adapter.is_host:
            continue
        backend = registry.load(registry.BACKENDS[adapter.api])
        rates = {}
        for name, nanoseconds, size in measure(open_adapter(backend, adapter), options.mebibytes):
            rates[name] = size / nanoseconds
            share = rates[name] / rates["copy"]
            print(f"| {adapter.id} | {name} | {nanoseconds / 1e6:.3f} | {rates[name]:.1f} | {share:.0%} |")
        missed |= adapter.type == "discrete-gpu" and rates["XL2 f32"] < TARGET * rates["copy"]
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
