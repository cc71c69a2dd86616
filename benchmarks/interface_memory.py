"""Measure whether the interface grows: its memory after the second session and after 10,000 results.

    python benchmarks/interface_memory.py [--results 10000]

The interface runs without a terminal, measures all cases on five adapters that need no devices, session after session,
and saves them. Memory grows by a tenth at most from the end of the second session: the first ones come faster than they
are saved, and allocators keep what held them. Exit status 1 if it grows more.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
import tempfile
from pathlib import Path

import psutil
from synthetic_runs import SyntheticSource

from paragon_tui.tui.app import ParagonApp
from paragon_tui.tui.widgets.tick_tree import TickTree

GROWTH = 1.1
SIZE = (200, 60)


async def held_mib(results: int, folder: Path) -> list[tuple[int, float]]:
    """Return the results so far and the MiB that the process holds, after each session."""
    source = SyntheticSource(None)
    app = ParagonApp(source, folder / "sessions.sqlite3", folder, folder / "settings.toml")
    held: list[tuple[int, float]] = []
    measured = 0
    async with app.run_test(size=SIZE) as pilot:
        while not app.main.paintable or app.model.searching or len(app.main.ticked_adapters) < source.adapters:
            await pilot.pause(0.05)
        cases = app.main.query_one("#cases", TickTree)
        cases.tick(cases.leaf_keys(), on=True)
        while measured < results:
            app.action_run()
            while not app.model.session.finished:
                await pilot.pause(0.1)
            if lost := await asyncio.to_thread(app.model.unsaved, print):
                raise SystemExit("; ".join(lost))
            app.model.collect_notes()
            measured += sum(result.ended for result in app.model.session.results.values())
            gc.collect()
            held.append((measured, psutil.Process().memory_info().rss / 2**20))
            print(f"| {measured:,} | {held[-1][1]:.1f} |", flush=True)
            while app.model.run_active:
                await pilot.pause(0.05)
    return held


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=int, default=10_000)
    options = parser.parse_args()
    print("| results | MiB |\n|---|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="paragon-memory-") as folder:
        held = asyncio.run(held_mib(options.results, Path(folder)))
    growth = held[-1][1] / held[min(1, len(held) - 1)][1]
    print(f"growth {growth:.2f} (target ≤ {GROWTH:g})")
    return 0 if growth <= GROWTH else 1


if __name__ == "__main__":
    sys.exit(main())
