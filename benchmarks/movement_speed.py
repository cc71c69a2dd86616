"""Measure dropout and data movement against NumPy: host time over device time, taken in turns.

    python benchmarks/movement_speed.py [--rounds 15] [--adapter opencl:0] [--side 1024 --side 4096]

Each figure is the lower quartile over the rounds, since other load only adds time. Exit status 1 if a target is
missed; the targets are for PoCL on two cores.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any

from paragon_tui.backends import registry
from paragon_tui.backends.probes import probe
from paragon_tui.suites.case import Case
from paragon_tui.suites.computation import computation

TARGETS = {"dropout": 2.0, "transpose": 4.0, "reshape": 0.7, "broadcast": 0.8, "stack": 0.8, "concat": 0.8}
SIDES = (1024, 4096)


def opened(adapter_id: str) -> Any:
    """Return the adapter's device."""
    api = adapter_id.partition(":")[0]
    backend: Any = registry.load(registry.BACKENDS[api])
    for adapter in backend.adapters(api):
        if adapter.id == adapter_id:
            return backend.open(adapter)
    raise SystemExit(f"this machine has no adapter {adapter_id}")


def lower_quartile(times: list[float]) -> float:
    """Return the lower quartile of a list that is not empty."""
    return sorted(times)[len(times) // 4]


def by_turns(rounds: int, *timed: Callable[[], float]) -> list[float]:
    """Return each callable's lower quartile in milliseconds. A round calls each of them twice and times the second."""
    times: list[list[float]] = [[] for _ in timed]
    for _ in range(rounds):
        for call, samples in zip(timed, times, strict=True):
            call()
            samples.append(call())
    return [lower_quartile(samples) for samples in times]


def row(device: Any, guard: int, name: str, side: int, dtype: str, rounds: int) -> tuple[float, float]:
    """Return the milliseconds of NumPy and of the device."""
    case = Case("layers", f"{name}-{side}", name, (side, side))
    computed = computation(case, dtype)
    form = computed.host_form("numpy")
    candidate, *_ = computed.candidates(device.adapter, "default")
    program = device.prepare(candidate.plan.with_constant("GUARD", guard))

    def on_host() -> float:
        start = time.perf_counter_ns()
        form()
        return (time.perf_counter_ns() - start) / 1e6

    def on_device() -> float:
        start = time.perf_counter_ns()
        device_ns = program.run({})
        return (time.perf_counter_ns() - start if device_ns is None else device_ns) / 1e6

    try:
        host_ms, device_ms = by_turns(rounds, on_host, on_device)
        return host_ms, device_ms
    finally:
        program.close()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--adapter", default="opencl:0")
    parser.add_argument("--side", type=int, action="append", default=[], help="rows and columns (default: 1024, 4096)")
    options = parser.parse_args()
    device = opened(options.adapter)
    guard = probe(device).guard
    missed = False
    print(f"| operation | side | dtype | NumPy ms | {options.adapter} ms | ratio | target |")
    print("|---|---|---|---|---|---|---|")
    for name, least in TARGETS.items():
        for side in options.side or SIDES:
            for dtype in ("f32", "f16"):
                host_ms, device_ms = row(device, guard, name, side, dtype, options.rounds)
                ratio = host_ms / device_ms
                missed |= ratio < least
                target = f"≥ {least}{' (missed)' if ratio < least else ''}"
                print(
                    f"| {name} | {side} | {dtype} | {host_ms:.3f} | {device_ms:.3f} | {ratio:.2f} | {target} |",
                    flush=True,
                )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
