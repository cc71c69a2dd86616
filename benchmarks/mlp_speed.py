"""Measure batched networks: ratios of device times to those of NumPy, of the forward pass and of other variants.

    python benchmarks/mlp_speed.py [--rounds 15] [--adapter opencl:0] [--size xlarge]

Each round visits all forms of one size in turn, including NumPy's. A ratio is the median over the rounds' ratios,
since a shared machine changes its speed between rounds. Exit status 1 if a target is missed: backward takes at most
three times as long as forward, `tiled` no longer than `for-loop` from medium up, and on PoCL the forward pass at
xlarge at most 1/0.35 (f16: 1/0.5) of NumPy's time.
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
from paragon_tui.suites import mlp
from paragon_tui.suites.case import Case
from paragon_tui.suites.computation import computation

DTYPES = ("f32", "f16")
SIZES = ("small", "medium", "large", "xlarge")
LEAST = {("xlarge", "f32"): 0.35, ("xlarge", "f16"): 0.5}
Timed = Callable[[], float]


def on_device(opened: DeviceSession, case: Case, dtype: str, variant: str) -> Timed:
    """Return a function that runs the case and returns milliseconds: device time, or latency without a clock."""
    (candidate,) = computation(case, dtype).candidates(opened.device.adapter, variant)
    program: Any = opened.device.prepare(opened.guarded(candidate.plan))

    def run() -> float:
        start = time.perf_counter_ns()
        device_ns = program.run({})
        return (time.perf_counter_ns() - start if device_ns is None else device_ns) / 1e6

    return run


def on_host(case: Case, dtype: str) -> Timed:
    """Return a function that runs NumPy's form and returns milliseconds."""
    form = computation(case, dtype).host_form("numpy")

    def run() -> float:
        start = time.perf_counter_ns()
        form()
        return (time.perf_counter_ns() - start) / 1e6

    return run


def sampled(timed: dict[tuple[str, str], Timed], rounds: int) -> dict[tuple[str, str], list[float]]:
    """Return one sample of each per round, taken in turn, with the order reversed every other round."""
    samples: dict[tuple[str, str], list[float]] = {key: [] for key in timed}
    for index in range(rounds + 1):
        keys = list(timed)
        for key in keys if index % 2 else reversed(keys):
            timed[key]()  # warms the caches
            samples[key].append(timed[key]())
            if "numpy" in key:
                wait_until_idle()  # spinning BLAS threads would slow down the next run
    return {key: values[1:] for key, values in samples.items()}


def wait_until_idle(limit_s: float = 0.5) -> None:
    """Wait until this process uses no CPU, on a machine at rest: BLAS threads spin for up to 0.1 s after a call."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        used = time.process_time()
        time.sleep(0.005)  # the CPU time used meanwhile is that of the spinning threads
        if time.process_time() - used < 0.001:
            return


def over(numerators: list[float], denominators: list[float]) -> float:
    """Return the median over all rounds of the quotient of two times."""
    return statistics.median(a / b for a, b in zip(numerators, denominators, strict=True))


def measured(opened: DeviceSession, size: str, dtype: str, rounds: int) -> dict[tuple[str, str], list[float]]:
    """Return milliseconds by direction and variant, including ``numpy``; forms to compare are visited together."""
    forward, backward = (case for case in mlp.SUITE.cases if case.size == size)
    timed = {
        ("forward", "numpy"): on_host(forward, dtype),
        ("forward", "tiled"): on_device(opened, forward, dtype, "tiled"),
        ("backward", "tiled"): on_device(opened, backward, dtype, "tiled"),
        ("backward", "numpy"): on_host(backward, dtype),
    }
    for direction, case in (("forward", forward), ("backward", backward)):
        for variant in ("vector", "for-loop"):
            timed[direction, variant] = on_device(opened, case, dtype, variant)
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
    adapter = next(adapter for adapter in backend.adapters(api) if adapter.id == options.adapter)
    device = backend.open(adapter)
    opened = DeviceSession(device, probe(device))
    missed = []
    print("| case | tiled, ms | NumPy / tiled | vector / tiled | for-loop / tiled | backward / forward |")
    print("|---|---|---|---|---|---|")
    for size in options.size or SIZES:
        for dtype in DTYPES:
            ms = measured(opened, size, dtype, options.rounds)
            for direction in ("forward", "backward"):
                tiled = ms[direction, "tiled"]
                ratio_to = {name: over(ms[direction, name], tiled) for name in ("numpy", "vector", "for-loop")}
                to_forward = over(tiled, ms["forward", "tiled"])
                label = f"{size} {direction} {dtype}"
                ratios = " | ".join(f"{value:.2f}" for value in (*ratio_to.values(), to_forward))
                print(f"| {label} | {statistics.median(tiled):.3f} | {ratios} |", flush=True)
                if to_forward > 3:
                    missed.append(f"{label}: {to_forward:.2f} times the forward pass, at most 3")
                if size != "small" and ratio_to["for-loop"] < 1:
                    missed.append(f"{label}: for-loop is faster")
                if api == "opencl" and direction == "forward" and ratio_to["numpy"] < LEAST.get((size, dtype), 0):
                    missed.append(f"{label}: {ratio_to['numpy']:.2f} of NumPy's speed, at least {LEAST[size, dtype]}")
    print("\n".join(missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
