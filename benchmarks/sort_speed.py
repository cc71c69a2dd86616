"""Measure sorting on PoCL against NumPy in the same run: keys and indices of keys, f32 and u32.

    python benchmarks/sort_speed.py [PART OF A NAME …] [--adapter opencl:0] [--rounds 15]

Each round runs NumPy and the device once. A ratio is that of the medians, with the device's time by its own clock if
it has one. Exit status 1 if sorting 2^20 keys is below 0.5.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from typing import Any

from paragon_tui.backends import registry
from paragon_tui.engine.worker.device_session import DeviceSession, open_adapter
from paragon_tui.suites.case import Case
from paragon_tui.suites.computation import computation
from paragon_tui.suites.operations import SORTS
from paragon_tui.suites.parallel import SUITE

TARGET = {("sort", 2**20): 0.5, ("sort-u32", 2**20): 0.5}
WARM_UPS = 2


def milliseconds(case: Case, opened: DeviceSession, rounds: int) -> tuple[float, float]:
    """Return the medians of NumPy and of the device."""
    computed = computation(case, "f32")
    form = computed.host_form("numpy")
    device: Any = opened.device
    (candidate,) = computed.candidates(device.adapter, "default")
    program = device.prepare(opened.guarded(candidate.plan))
    times: list[tuple[int, int]] = []
    try:
        for _ in range(WARM_UPS + rounds):
            begin = time.perf_counter_ns()
            form()
            between = time.perf_counter_ns()
            device_ns = program.run({})
            times.append((between - begin, device_ns or time.perf_counter_ns() - between))
    finally:
        program.close()
    host_ms, device_ms = (statistics.median(column) / 1e6 for column in zip(*times[WARM_UPS:], strict=True))
    return host_ms, device_ms


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", help="parts of names (default: all)")
    parser.add_argument("--adapter", default="opencl:0")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    api = options.adapter.partition(":")[0]
    backend: Any = registry.load(registry.BACKENDS[api])
    adapter = next(adapter for adapter in backend.adapters(api) if adapter.id == options.adapter)
    opened = open_adapter(backend, adapter)
    missed = False
    print("| case | NumPy ms | device ms | NumPy / device | target |\n|---|---|---|---|---|")
    for case in (case for case in SUITE.cases if case.operation in SORTS):
        if options.parts and not any(part in case.id for part in options.parts):
            continue
        host_ms, device_ms = milliseconds(case, opened, options.rounds)
        least = TARGET.get((case.operation, case.shape[0]))
        misses = least is not None and host_ms / device_ms < least
        missed |= misses
        target = "" if least is None else f"≥ {least}{' (missed)' * misses}"
        print(f"| {case.id} | {host_ms:.3f} | {device_ms:.3f} | {host_ms / device_ms:.2f} | {target} |")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
