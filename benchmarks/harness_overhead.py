"""Measure the time that this program adds to a sample of S1, a case that is mostly overhead.

    python benchmarks/harness_overhead.py [--adapter vulkan:0]

OpenCL: host time around the driver's calls, at most 20 µs. wgpu: latency minus device time, at most 1.3 times a round
trip that computes nothing. Runs with and without the device's clock alternate with round trips; all figures are
medians. Exit status 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from itertools import pairwise
from typing import Any

from paragon_tui.backends import registry
from paragon_tui.backends.device import Program
from paragon_tui.console.listings import gather_adapters
from paragon_tui.engine.runner.selection import all_cases, apis_to_search, select_adapters
from paragon_tui.engine.worker.device_session import DeviceSession, open_adapter
from paragon_tui.engine.worker.executable import launchable
from paragon_tui.suites.computation import computation

SAMPLES = 500
WARMUP = 20
HOST_US = 20
ROUND_TRIPS = 1.3


def prepared(opened: DeviceSession) -> tuple[Program, dict[str, Any]]:
    """Return the program of S1 and its inputs."""
    (case,) = (case for case in all_cases() if case.id == "S1")
    computed = computation(case, "f32")
    ready = launchable(computed.candidates(opened.device.adapter, "default")[0], computed, opened)
    return opened.device.prepare(ready.plan), dict(ready.inputs)


def microseconds(opened: DeviceSession) -> dict[str, float | None]:
    """Return medians by name; ``None`` for figures that the adapter does not report."""
    program, inputs = prepared(opened)
    clock = opened.device.clock
    samples: dict[str, list[int]] = {name: [] for name in ("clocked", "device", "latency", "round trip", "host")}
    for index in range(WARMUP + SAMPLES):
        times = [clock()]
        device_ns = program.run(inputs)
        times.append(clock())
        program.run_unclocked(inputs)
        times.append(clock())
        program.round_trip()
        times.append(clock())
        clocked, latency, round_trip = (stop - start for start, stop in pairwise(times))
        durations = (clocked, device_ns, latency, round_trip, program.host_ns(inputs))
        if index >= WARMUP:
            for name, value in zip(samples, durations, strict=True):
                samples[name] += [] if value is None else [value]
    program.close()
    return {name: statistics.median(values) / 1e3 if values else None for name, values in samples.items()}


def main() -> int:
    """Measure every device adapter, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--adapter", action="append", default=[])
    options = parser.parse_args()
    adapters, _ = gather_adapters(apis_to_search(options.adapter, ()))
    missed = False
    print("| adapter | latency | with the device's clock | device | round trip | host | (latency-device)/round trip |")
    print("|---|---|---|---|---|---|---|")
    for adapter in select_adapters(adapters, options.adapter, ()):
        if adapter.is_host:
            continue
        backend = registry.load(registry.BACKENDS[adapter.api])
        figures = microseconds(open_adapter(backend, adapter))
        names = ("latency", "clocked", "device", "round trip", "host")
        cells = [f"{figures[name]:.1f} µs" if figures[name] is not None else "—" for name in names]
        ratio = None
        latency, device, round_trip = figures["latency"], figures["device"], figures["round trip"]
        if latency is not None and device is not None and round_trip is not None:
            ratio = (latency - device) / round_trip
        print(f"| {adapter.id} | {' | '.join(cells)} | {'—' if ratio is None else f'{ratio:.2f}'} |")
        missed |= figures["host"] is not None and figures["host"] > HOST_US
        missed |= adapter.api != "opencl" and ratio is not None and ratio > ROUND_TRIPS
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
