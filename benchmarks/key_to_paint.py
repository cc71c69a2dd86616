"""Measure the time from a key press to what it changes on the screen, while samples arrive and all cases are listed.

    python benchmarks/key_to_paint.py [--presses 400] [--rate 1000]

The program runs in a pseudo-terminal of 120×36 on a run without devices, whose samples arrive at ``--rate`` a second. ↑
in the table of results selects another row, and the time ends when that row's name has arrived in the panel of the
selected result. Presses come at random moments. Print percentiles; exit status 1 if the 99th is above 50 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path

from pseudo_terminal import PseudoTerminal
from synthetic_runs import SyntheticSource

from paragon_tui.tui.app import ParagonApp
from paragon_tui.tui.widgets.results_table import ResultsTable
from paragon_tui.tui.widgets.tick_tree import TickTree

TARGET_MS = 50.0
UP, LEFT, END = "\x1b[A", "\x1b[D", "\x1b[F"
ADAPTERS = 3


def drive(folder: Path, rate: float) -> None:
    """Run the interface, which begins by itself to measure all cases, and say in ``rows.json`` which they are."""
    source = SyntheticSource(rate, ADAPTERS)
    app = ParagonApp(source, folder / "sessions.sqlite3", folder, folder / "settings.toml")

    async def begin(_: object) -> None:
        model, main = app.model, app.main
        while not main.paintable or model.searching or len(main.ticked_adapters) < ADAPTERS:
            await asyncio.sleep(0.05)
        cases = main.query_one("#cases", TickTree)
        cases.tick(cases.leaf_keys(), on=True)
        app.action_run()
        while not any(result.ended for result in model.session.results.values()):
            await asyncio.sleep(0.05)
        main.query_one(ResultsTable).focus()
        (folder / "rows.json").write_text(json.dumps([str(id_) for id_ in model.session.results][::ADAPTERS]))

    gc.disable()  # as the program starts
    app.run(auto_pilot=begin)


def latencies(presses: int, rate: float, folder: Path) -> tuple[list[float], int]:
    """Return the times from key to paint in seconds, and the number of rows."""
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    argv = [sys.executable, __file__, "--rate", str(rate), "--drive", str(folder)]
    terminal = PseudoTerminal(argv, environment)
    rows_file, draw = folder / "rows.json", random.Random(1)
    try:
        while not (rows_file.exists() and rows_file.read_text()):
            time.sleep(0.1)  # the other process writes it once, and tells nobody
        rows = json.loads(rows_file.read_text())
        terminal.press(LEFT * ADAPTERS + END)
        terminal.wait_for(rows[-1].encode())
        times = []
        for place in range(2, presses + 2):
            time.sleep(draw.uniform(0.05, 0.15))  # as a person types: at any point between two paints
            before = time.perf_counter()
            terminal.press(UP)
            terminal.wait_for(f"{rows[-place]} ".encode())
            times.append(time.perf_counter() - before)
    finally:
        terminal.close()
    return times, len(rows)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--presses", type=int, default=400)
    parser.add_argument("--rate", type=float, default=1000.0)
    parser.add_argument("--drive", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.drive is not None:
        drive(options.drive, options.rate)
        return 0
    with tempfile.TemporaryDirectory(prefix="paragon-keys-") as folder:
        times, rows = latencies(options.presses, options.rate, Path(folder))
    ordered = sorted(1e3 * seconds for seconds in times)
    p50, p90, p99 = (ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.5, 0.9, 0.99))
    print(
        f"{len(times)} presses, {rows} cases on {ADAPTERS} adapters, {options.rate:g} samples/s, "
        f"load average {os.getloadavg()[0]:.1f}"
    )
    print(f"key to paint: median {p50:.1f} ms, p90 {p90:.1f} ms, p99 {p99:.1f} ms (target ≤ {TARGET_MS:g} ms)")
    return 0 if p99 <= TARGET_MS else 1


if __name__ == "__main__":
    sys.exit(main())
