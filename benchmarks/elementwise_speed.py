"""Measure the element-wise operations on an OpenCL adapter against NumPy, alternating in one process.

    python benchmarks/elementwise_speed.py [--count 1000000] [--rounds 150] [--adapter opencl:0] [NAME …]

Both are timed as the program times them: operands and result stay in place, and a run lasts from the call to its end.
Every round visits all operations, so that a noisy minute affects all alike. Each operation counts with the time that
5 % of its samples stay below, since other load only adds time: on a busy machine PoCL lacks the second core, which
NumPy does not use here. Exit status 1 if fewer than 80 % of the operations reach 0.8 of NumPy's speed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from paragon_tui.backends import opencl
from paragon_tui.backends.probes import probe
from paragon_tui.suites.case import Case
from paragon_tui.suites.computation import computation
from paragon_tui.suites.operations import ELEMENTWISE

FAST_ENOUGH, SHARE = 0.8, 0.8


def nanoseconds(call: Callable[[], object]) -> int:
    """Return the time of one call, after another one that warms the caches."""
    call()
    start = time.perf_counter_ns()
    call()
    return time.perf_counter_ns() - start


def best(samples: list[int]) -> float:
    """Return the 5th percentile in milliseconds."""
    return sorted(samples)[len(samples) // 20] / 1e6


@dataclass(slots=True)
class Row:
    """An operation in both forms, and their samples in nanoseconds."""

    name: str
    device_form: Callable[[], object]
    numpy_form: Callable[[], object]
    device_ns: list[int] = field(default_factory=list)
    numpy_ns: list[int] = field(default_factory=list)

    def sample(self) -> None:
        """Take a sample of both forms, one after the other."""
        self.device_ns.append(nanoseconds(self.device_form))
        self.numpy_ns.append(nanoseconds(self.numpy_form))


def row(device: Any, guard: int, name: str, count: int) -> Row:
    """Return an operation, prepared for sampling."""
    computed = computation(Case("vector", name, name, (count,)), "f32")
    (candidate,) = computed.candidates(device.adapter, "default")
    program = device.prepare(candidate.plan.with_constant("GUARD", guard))
    return Row(name, partial(program.run_unclocked, {}), computed.host_form("numpy"))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=150)
    parser.add_argument("--adapter", default="opencl:0")
    parser.add_argument("names", nargs="*", metavar="NAME", help="operations (default: all)")
    options = parser.parse_args()
    adapter = next(adapter for adapter in opencl.adapters("opencl") if adapter.id == options.adapter)
    device = opencl.open(adapter)
    guard = probe(device).guard
    names = options.names or ELEMENTWISE
    reached = 0
    print(f"| {options.count:,} elements | {adapter.id}, ms | NumPy, ms | ratio | |")
    print("|---|---|---|---|---|")
    rows = [row(device, guard, name, options.count) for name in names]
    for _ in range(options.rounds):
        for operation in rows:
            operation.sample()
    for operation in rows:
        device_ms, numpy_ms = best(operation.device_ns), best(operation.numpy_ns)
        quotient = numpy_ms / device_ms
        fast = quotient >= FAST_ENOUGH
        reached += fast
        remark = "" if fast else "slower"
        print(f"| {operation.name} | {device_ms:.3f} | {numpy_ms:.3f} | {quotient:.2f} | {remark} |")
    print(f"\n{reached} of {len(names)} operations reach {FAST_ENOUGH} of NumPy's speed: {reached / len(names):.0%}")
    return int(reached < SHARE * len(names))


if __name__ == "__main__":
    sys.exit(main())
