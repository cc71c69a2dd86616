"""Measure what a run costs beside its samples: time of visits, blocks of the event loop, and memory.

    python benchmarks/run_costs.py [--adapter opencl:0] [--min-time 0.3]

S1, L2 and XL2 on NumPy and an adapter. A visit's cost is the time from the samples before it to its own, over the time
of its samples; at most 2 for NumPy. The event loop, which keys and painting wait for, is blocked for 20 ms at most.
Memory is the parent's and its workers', at the first visit of the last case and at its end: with `--min-time 30`, it
grows by a tenth at most. Exit status 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import psutil

from paragon_tui.console.listings import gather_adapters
from paragon_tui.engine.messages.events import Compared, Figures, RunStarted, SampleBatch
from paragon_tui.engine.messages.job import Sampling
from paragon_tui.engine.runner.requests import RunSettings, Selection, measure_request
from paragon_tui.engine.runner.run import Run
from paragon_tui.engine.runner.selection import CaseFilter, apis_to_search, select_adapters, select_cases
from paragon_tui.sessions.recorder import Recorder

CASES = ("S1", "L2", "XL2")
VISIT_COST, BLOCK_MS, GROWTH = 2.0, 20.0, 1.1
BEAT_S = 0.002


class Costs:
    """What was seen of a run: visits as pairs of seconds (all, and of samples), memory in MiB, the longest block."""

    def __init__(self) -> None:
        self.visits: defaultdict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
        self.mib: list[float] = []
        self.block_ms = 0.0

    async def watch_loop(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, worked = loop.time() + BEAT_S, time.thread_time()
            await asyncio.sleep(BEAT_S)
            late, busy = loop.time() - due, time.thread_time() - worked
            self.block_ms = max(self.block_ms, min(late, busy) * 1e3)  # what is measured may have had the cores

    def look_at_memory(self) -> None:
        process = psutil.Process()
        held = [each.memory_info().rss for each in (process, *process.children())]
        self.mib.append(sum(held) / 2**20)


async def watched(run: Run, recorder: Recorder, last_case: str) -> Costs:
    costs = Costs()
    loop = asyncio.get_running_loop()
    before = None
    watching = None
    async for event in run.events():
        recorder.apply(event)
        if isinstance(event, RunStarted):
            watching = asyncio.create_task(costs.watch_loop())
        if isinstance(event, SampleBatch):
            now = loop.time()
            if before is not None:
                costs.visits[event.id.adapter, event.id.case].append((now - before, sum(event.latency_ns) / 1e9))
            before = now
        elif isinstance(event, Compared):
            before = None  # what was prepared meanwhile is no visit's
        begins, ends = isinstance(event, SampleBatch) and not costs.mib, isinstance(event, Figures)
        if (begins or ends) and isinstance(event, SampleBatch | Figures) and event.id.case == last_case:
            costs.look_at_memory()
    if watching is not None:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
    return costs


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--adapter", default="opencl:0")
    parser.add_argument("--min-time", type=float, default=0.3)
    options = parser.parse_args()
    names = ("numpy", options.adapter)
    adapters, _ = gather_adapters(apis_to_search(names, ()))
    selected = tuple(adapter.id for adapter in select_adapters(adapters, names, ()))
    selection = Selection(select_cases(CaseFilter(CASES)), tuple(adapters), selected)
    with tempfile.TemporaryDirectory(prefix="paragon-costs-") as folder:
        settings = RunSettings(Path(folder) / "cache", sampling=Sampling().for_at_least(options.min_time))
        recorder = Recorder(Path(folder) / "sessions.sqlite3")
        costs = asyncio.run(watched(Run(measure_request(selection, settings)), recorder, CASES[-1]))
        recorder.wait()
    missed = False
    print("| adapter | case | visits | samples, median s | visit, median s | cost |\n|---|---|---|---|---|---|")
    for (adapter, case), visits in costs.visits.items():
        whole, samples = (statistics.median(part) for part in zip(*visits, strict=True))
        cost = whole / samples
        missed |= adapter == "numpy" and cost > VISIT_COST
        print(f"| {adapter} | {case} | {len(visits)} | {samples:.4f} | {whole:.4f} | {cost:.2f} |")
    growth = costs.mib[-1] / costs.mib[0]
    print(f"\nlongest block of the event loop: {costs.block_ms:.1f} ms (at most {BLOCK_MS:g})")
    print(f"memory: {costs.mib[0]:.0f} MiB, at the end {costs.mib[-1]:.0f} MiB ({growth:.2f}; at most {GROWTH:g})")
    return 1 if missed or costs.block_ms > BLOCK_MS or growth > GROWTH else 0


if __name__ == "__main__":
    sys.exit(main())
