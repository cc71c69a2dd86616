"""Measure how long the page of all sessions takes to open: from the key press until its last session is listed.

The store has 1,000 sessions of 50 results each, as the ten networks on five adapters make them. Print the median of
several openings in one process, and of it the time that reading the store takes. Exit status 1 if the target is missed.

    python benchmarks/history_page.py [--sessions 1000] [--runs 10]
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

from paragon_tui.arithmetic.comparison import Comparison
from paragon_tui.backends.adapter import Adapter
from paragon_tui.engine.messages.events import Planned, RunStarted
from paragon_tui.engine.messages.figures import Interval, Ratio, Summary
from paragon_tui.engine.messages.job import Job, Sampling
from paragon_tui.engine.results.result import Result, planned_result
from paragon_tui.engine.results.session import Session
from paragon_tui.engine.runner.discovery import DiscoveryEvent
from paragon_tui.sessions.catalog import list_sessions
from paragon_tui.sessions.document import saved
from paragon_tui.sessions.entries import entries
from paragon_tui.sessions.store import Store, result_statement, statements
from paragon_tui.suites.inference import SUITE
from paragon_tui.suites.workloads.registry import workload
from paragon_tui.tui.app import ParagonApp
from paragon_tui.tui.pages.history import HistoryPage
from paragon_tui.tui.source import EngineSource

TARGET_S = 0.3
ADAPTERS = ("numpy", "reference", "opencl:0", "vulkan:0", "gl:0")


def planned() -> tuple[Planned, ...]:
    """Return the results of the ten networks on the adapters."""
    results = []
    for case in SUITE.cases:
        for name in ADAPTERS:
            adapter = Adapter(name, name, name.partition(":")[0], f"Example {name}", "Example", "Driver", "1.0", "cpu")
            network = workload(case.operation)
            megabytes, cost = network.megabytes(case, "f32"), network.cost(case, "f32")
            shape = network.describe(case)
            results.append(Planned(Job(case, adapter).id, case, adapter, shape, megabytes, "guarded", cost))
    return tuple(results)


def measured(one: Planned, place: int) -> Result:
    """Return a result with figures and a comparison."""
    ms = 0.05 * (place + 1)
    summary = Summary(ms, Interval(0.98 * ms, 1.02 * ms), ms, ms, ms, ms, ms, ms, ms, 120, ms)
    same = Comparison(bit_identical=True, first_difference=None, ulp_max=0, mae=0.0, max=0.0)
    values = tuple(place + 0.1 * index for index in range(10))
    result = planned_result(one)
    timings = replace(
        result.timings,
        latency_ms=summary,
        device_ms=summary,
        processes=3,
        rounds=12,
        speedup=Ratio(1.5, Interval(1.4, 1.6), "faster"),
    )
    bits = replace(
        result.bits,
        standing="observed",
        comparison=same,
        output_comparison=same,
        digest="ab" * 32,
        output_digest="cd" * 32,
        logits=values,
        output=values,
    )
    return replace(result, status="ok", elapsed_s=1.5, timings=timings, bits=bits)


def fill(database: Path, sessions: int) -> None:
    """Write so many finished sessions."""
    chosen = planned()
    session = Session()
    session.apply(RunStarted("", "", {}, chosen, ADAPTERS, {}, Sampling()))
    kept = [entries(saved(session, measured(one, place))) for place, one in enumerate(chosen)]
    store = Store(database)
    for number in range(sessions):
        started = f"20{20 + number // 336:02}-{1 + number // 28 % 12:02}-{1 + number % 28:02}T12:00:00+00:00"
        name = f"{started[:10].replace('-', '')}-120000-{number:04x}"
        begin = RunStarted(name, started, {"cpu": "Example CPU"}, chosen, ADAPTERS, {}, Sampling())
        session.apply(begin)
        store.write(statements(session, begin))
        store.write(result_statement(name, one.id, fields) for one, fields in zip(chosen, kept, strict=True))
        store.write([("UPDATE session SET ended = 'finished' WHERE id = ?", (name,))])
    store.close()


class NoAdapters(EngineSource):
    """The engine without the search for adapters, whose processes would take the cores."""

    async def discover(self) -> AsyncIterator[DiscoveryEvent]:
        """Find nothing."""
        return
        yield


async def openings(folder: Path, sessions: int, runs: int) -> Sequence[float]:
    """Return the seconds of each opening."""
    database = folder / "sessions.sqlite3"
    app = ParagonApp(NoAdapters(), database, folder / "exports", folder / "settings.toml")
    times = []
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        for _ in range(runs + 1):  # the first loads modules, and does not count
            begin = time.perf_counter()
            app.action_page("history")
            while not (isinstance(app.screen, HistoryPage) and app.screen.listed == sessions):
                await asyncio.sleep(0.001)
            await pilot.pause()
            times.append(time.perf_counter() - begin)
            app.action_page("run")
            await pilot.pause()
    return times[1:]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder / "sessions.sqlite3", options.sessions)
        reading = []
        for _ in range(options.runs):
            begin = time.perf_counter()
            list_sessions(folder / "sessions.sqlite3")
            reading.append(time.perf_counter() - begin)
        opening = statistics.median(asyncio.run(openings(folder, options.sessions, options.runs)))
    print(f"sessions                       {options.sessions:,} of {len(planned())} results")
    print(f"reading the list               {statistics.median(reading):.3f} s")
    print(f"opening the page, all listed   {opening:.3f} s (target ≤ {TARGET_S})")
    return 0 if opening <= TARGET_S else 1


if __name__ == "__main__":
    sys.exit(main())
