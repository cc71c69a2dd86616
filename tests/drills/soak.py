"""Measure many results in one process, and print what it holds meanwhile: memory, descriptors, threads, children.

    python -m tests.drills.soak [--results 10000] [--backends opencl reference]

Sessions of small networks on the adapters of this machine, one behind the other, as somebody who keeps the interface
open would measure them. Exit status 1 if memory grew by more than a tenth, or anything else at all, from a fifth of
the way to the end.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psutil

from paragon_tui.engine.messages.events import AdapterFound
from paragon_tui.engine.messages.job import Sampling
from paragon_tui.engine.runner.discovery import discover
from paragon_tui.engine.runner.requests import RunSettings, Selection, measure_request
from paragon_tui.engine.runner.run import Run
from paragon_tui.engine.runner.selection import CaseFilter, select_cases
from paragon_tui.tui.model import Model

LOOKS = 10
GROWTH = 1.1  # of memory: allocators keep some
SAMPLING = Sampling(warmup=1, iterations=4, rounds=2, cold=0, chained=0, examine=False)


@dataclass(frozen=True, slots=True)
class Held:
    """What the process holds after so many results: MiB, file descriptors, threads and child processes."""

    results: int
    mib: float
    descriptors: int
    threads: int
    children: int


def look(results: int) -> Held:
    gc.collect()
    process = psutil.Process()
    descriptors = process.num_fds() if hasattr(process, "num_fds") else process.num_handles()
    held_mib = process.memory_info().rss / 2**20
    return Held(results, held_mib, descriptors, process.num_threads(), len(process.children()))


async def soak(results: int, apis: tuple[str, ...], folder: Path) -> list[Held]:
    """Measure so many results, fold them as the interface does, and store them."""
    adapters = tuple([event.adapter async for event in discover(apis) if isinstance(event, AdapterFound)])
    cases = select_cases(CaseFilter(("S1", "S2", "S3", "M1", "M2", "M3")))
    selection = Selection(cases, adapters, tuple(adapter.id for adapter in adapters if not adapter.on_request))
    request = measure_request(selection, RunSettings(folder / "cache", sampling=SAMPLING))
    model = Model(apis, folder / "sessions.sqlite3")
    measured = 0
    held: list[Held] = []
    while measured < results:
        model.begin_run()
        async for event in Run(request).events():
            model.apply(event)
        if lost := await asyncio.to_thread(model.unsaved, print):
            raise SystemExit("; ".join(lost))
        model.collect_notes()
        measured += sum(result.measured for result in model.session.results.values())
        if measured >= results * (len(held) + 1) / LOOKS:
            held.append(look(measured))
            last = held[-1]
            row = (f"{last.results:,}", f"{last.mib:.1f}", last.descriptors, last.threads, last.children)
            print("| " + " | ".join(map(str, row)) + " |", flush=True)
    return held


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=int, default=10_000)
    parser.add_argument("--backends", nargs="+", default=["host", "opencl"], metavar="API")
    options = parser.parse_args()
    print("| results | MiB | descriptors | threads | children |\n|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="paragon-soak-") as folder:
        held = asyncio.run(soak(options.results, tuple(options.backends), Path(folder)))
    early, last = held[max(0, len(held) // 5 - 1)], held[-1]
    counts = [(each.descriptors, each.threads, each.children) for each in (early, last)]
    grew = [each for each, other in zip(counts[1], counts[0], strict=True) if each > other]
    return 1 if grew or last.mib > early.mib * GROWTH else 0


if __name__ == "__main__":
    sys.exit(main())
