"""The element-wise operations on an OpenCL adapter beside NumPy: each ratio from runs that alternate in one process.

    python tests/performance/elementwise_speed.py [--count 1000000] [--rounds 60] [--adapter opencl:0] [NAME …]

Both are timed as the program times them: operands and result stay where they are, and a run is everything from the call
to its end. Of each the best quartile is kept, since others' work only ever adds. Exits with 1 where fewer than
80 % of the operations reach 0.8 of NumPy's speed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any

from backends import opencl
from backends.probes import probe
from paragon_tui.suites.case import Case
from paragon_tui.suites.operation import ELEMENTWISE
from paragon_tui.suites.operations import elementwise

FAST_ENOUGH, SHARE = 0.8, 0.8


def nanoseconds(call: Callable[[], object]) -> int:
    """One call, after another for the caches."""
    call()
    start = time.perf_counter_ns()
    call()
    return time.perf_counter_ns() - start


def quartile(samples: list[int]) -> float:
    """The lower quartile, in milliseconds."""
    return sorted(samples)[len(samples) // 4] / 1e6


def measured(device: Any, guard: int, case: Case, rounds: int) -> tuple[float, float]:
    """Milliseconds of the device and of NumPy."""
    (plan,) = elementwise.plans(case, "f32", "default", device.adapter)
    program = device.prepare(plan.with_constant("GUARD", guard))
    operands = elementwise.inputs(case, "f32")
    form = elementwise.host_form(case, "f32", "numpy")
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(nanoseconds(lambda: program.run_unclocked({})))
        theirs.append(nanoseconds(lambda: form(**operands)))
    program.close()
    return quartile(ours), quartile(theirs)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--adapter", default="opencl:0")
    parser.add_argument("names", nargs="*", metavar="NAME", help="operations; all where none is named")
    options = parser.parse_args()
    adapter = next(adapter for adapter in opencl.adapters("opencl") if adapter.id == options.adapter)
    device = opencl.open(adapter)
    guard = probe(device).guard
    names = options.names or ELEMENTWISE
    reached = 0
    print(f"| {options.count:,} elements | {adapter.id}, ms | NumPy, ms | ratio | |")
    print("|---|---|---|---|---|")
    for name in names:
        case = Case("vector", name, name, (options.count,))
        ours, theirs = measured(device, guard, case, options.rounds)
        fast = theirs / ours >= FAST_ENOUGH
        reached += fast
        print(f"| {name} | {ours:.3f} | {theirs:.3f} | {theirs / ours:.2f} | {'' if fast else 'slower'} |", flush=True)
    print(f"\n{reached} of {len(names)} reach {FAST_ENOUGH} of NumPy's speed: {reached / len(names):.0%}")
    return int(reached < SHARE * len(names))


if __name__ == "__main__":
    sys.exit(main())
