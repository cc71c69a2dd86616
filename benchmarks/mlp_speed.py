"""How fast networks in batch are: device times as ratios to NumPy's, to the forward pass's and to other variants'.

    python benchmarks/mlp_speed.py [--rounds 15] [--adapter opencl:0] [--size xlarge]

All of a size are visited in turns, NumPy's forms among them; a ratio is the median of those of all rounds, since a
machine that others share changes its pace within one. Exit status 1 where a target is missed: backward takes at most
three times as long as forward, `tiled` no longer than `for-loop` from medium up, and on PoCL the forward pass at xlarge
at most 1/0.35 (f16: 1/0.5) of NumPy's time.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from paragon_tui.backends import registry
from paragon_tui.backends.probes import probe
from paragon_tui.engine.worker.device_session import DeviceSession
from paragon_tui.engine.worker.open_job import wait_until_idle
from paragon_tui.suites import mlp
from paragon_tui.suites.case import Case
from paragon_tui.suites.operation import operation

DTYPES = ("f32", "f16")
SIZES = ("small", "medium", "large", "xlarge")
LEAST = {("xlarge", "f32"): 0.35, ("xlarge", "f16"): 0.5}
Timed = Callable[[], float]


def on_device(opened: DeviceSession, case: Case, dtype: str, variant: str) -> Timed:
    """Milliseconds of a run: the device's own, or end to end where it has no clock."""
    (plan,) = operation(case.operation).plans(case, dtype, variant, opened.device.adapter)
    program: Any = opened.device.prepare(opened.guarded(plan))

    def run() -> float:
        start = time.perf_counter_ns()
        device_ns = program.run({})
        return (time.perf_counter_ns() - start if device_ns is None else device_ns) / 1e6

    return run


def on_host(case: Case, dtype: str) -> Timed:
    """Milliseconds of NumPy's form."""
    module = operation(case.operation)
    form, inputs = module.host_form(case, dtype, "numpy"), module.inputs(case, dtype)

    def run() -> float:
        start = time.perf_counter_ns()
        form(**inputs)
        return (time.perf_counter_ns() - start) / 1e6

    return run


def sampled(all_of_them: dict[tuple[str, str], Timed], rounds: int) -> dict[tuple[str, str], list[float]]:
    """A sample of each a round, visited in turns, the order reversed every other round."""
    samples: dict[tuple[str, str], list[float]] = {key: [] for key in all_of_them}
    for index in range(rounds + 1):
        keys = list(all_of_them)
        for key in keys if index % 2 else reversed(keys):
            all_of_them[key]()  # its caches
            samples[key].append(all_of_them[key]())
            if "numpy" in key:
                wait_until_idle()  # BLAS threads that spin would slow down who comes next
    return {key: values[1:] for key, values in samples.items()}


def over(one: list[float], other: list[float]) -> float:
    """The median over all rounds of the quotient of two."""
    return statistics.median(a / b for a, b in zip(one, other, strict=True))


def measured(opened: DeviceSession, size: str, dtype: str, rounds: int) -> dict[tuple[str, str], list[float]]:
    """Milliseconds by direction and variant, ``numpy`` among these: what is compared stands side by side."""
    forward, backward = (case for case in mlp.SUITE.cases if case.size == size)
    timed = {
        ("forward", "numpy"): on_host(forward, dtype),
        ("forward", "tiled"): on_device(opened, forward, dtype, "tiled"),
        ("backward", "tiled"): on_device(opened, backward, dtype, "tiled"),
        ("backward", "numpy"): on_host(backward, dtype),
    }
    for way, case in (("forward", forward), ("backward", backward)):
        for variant in ("vector", "for-loop"):
            timed[way, variant] = on_device(opened, case, dtype, variant)
    return sampled(timed, rounds)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--adapter", default="opencl:0")
    parser.add_argument("--size", choices=SIZES, action="append")
    options = parser.parse_args()
    api = options.adapter.partition(":")[0]
    backend: Any = registry.load(registry.BACKENDS[api])
    adapter = next(found for found in backend.adapters(api) if found.id == options.adapter)
    device = backend.open(adapter)
    opened = DeviceSession(device, probe(device))
    missed = []
    print("| case | tiled, ms | NumPy / tiled | vector / tiled | for-loop / tiled | backward / forward |")
    print("|---|---|---|---|---|---|")
    for size in options.size or SIZES:
        for dtype in DTYPES:
            ms = measured(opened, size, dtype, options.rounds)
            for way in ("forward", "backward"):
                tiled = ms[way, "tiled"]
                beside = {name: over(ms[way, name], tiled) for name in ("numpy", "vector", "for-loop")}
                longer = over(tiled, ms["forward", "tiled"])
                label = f"{size} {way} {dtype}"
                ratios = " | ".join(f"{value:.2f}" for value in (*beside.values(), longer))
                print(f"| {label} | {statistics.median(tiled):.3f} | {ratios} |", flush=True)
                if longer > 3:
                    missed.append(f"{label}: {longer:.2f} times the forward pass, at most 3")
                if size != "small" and beside["for-loop"] < 1:
                    missed.append(f"{label}: for-loop is faster")
                if api == "opencl" and way == "forward" and beside["numpy"] < LEAST.get((size, dtype), 0):
                    missed.append(f"{label}: {beside['numpy']:.2f} of NumPy's speed, at least {LEAST[size, dtype]}")
    print("\n".join(missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
