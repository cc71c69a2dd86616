"""Check whether the screen disturbs the measurement: XL2 on one adapter, with and without the terminal interface.

The headless command and the TUI in a pseudo-terminal take turns. Print the ratio of their median latencies, pair by
pair, with the 95 % bootstrap interval of its median. Exit status 1 if the interval is not within 3 % of 1.

    python benchmarks/tui_disturbance.py [--adapter opencl:0] [--pairs 10]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from pseudo_terminal import PseudoTerminal

from paragon_tui.sessions import ticks

CASE, LIMIT, RESAMPLES = "XL2", 0.03, 10_000


def tick(adapter: str, database: Path) -> None:
    """Have the interface begin with the case and the adapter ticked, and nothing else."""
    command = [sys.executable, "-m", "paragon_tui", "adapters", "--json"]
    listed = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["adapters"]
    others = frozenset(entry["id"] for entry in listed) - {adapter}
    ticks.save(database.parent / "ticks.json", ticks.Ticks(frozenset({CASE}), others))


def headless(adapter: str, environment: dict[str, str]) -> float:
    """Return the median latency in milliseconds without a screen."""
    command = [sys.executable, "-m", "paragon_tui", "run", CASE, "--adapter", adapter, "--json", "-"]
    completed = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    return float(json.loads(completed.stdout)["results"][0]["latency_ms"]["median"])


def on_screen(environment: dict[str, str], database: Path) -> float:
    """Return the median latency in milliseconds with the interface."""
    terminal = PseudoTerminal([sys.executable, "-m", "paragon_tui"], environment)
    try:
        terminal.wait_for(b"ready")
        terminal.press("r")
        terminal.wait_for(b"have the reference's bits")
    finally:
        terminal.close()
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT fields FROM result ORDER BY rowid DESC LIMIT 1").fetchall()
    fields = json.loads(rows[0][0])
    assert fields["case"] == CASE and fields["status"] == "ok", fields
    return float(fields["latency_ms"]["median"])


def interval(ratios: list[float]) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of the median."""
    generator = random.Random(42)
    medians = sorted(statistics.median(generator.choices(ratios, k=len(ratios))) for _ in range(RESAMPLES))
    return medians[int(0.025 * RESAMPLES)], medians[int(0.975 * RESAMPLES)]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--adapter", default="opencl:0")
    parser.add_argument("--pairs", type=int, default=10)
    options = parser.parse_args()
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "XDG_DATA_HOME": folder}
        database = Path(folder) / "paragon-tui" / "sessions.sqlite3"
        database.parent.mkdir(parents=True)
        tick(options.adapter, database)
        for pair in range(options.pairs):
            runs = [lambda: headless(options.adapter, environment), lambda: on_screen(environment, database)]
            order = (0, 1) if pair % 2 == 0 else (1, 0)
            latencies = {index: runs[index]() for index in order}
            ratios.append(latencies[1] / latencies[0])
            print(f"headless {latencies[0]:.3f} ms, TUI {latencies[1]:.3f} ms, ratio {ratios[-1]:.3f}", flush=True)
    low, high = interval(ratios)
    print(f"median ratio {statistics.median(ratios):.3f}, 95 % interval [{low:.3f}, {high:.3f}], target 1 ± {LIMIT}")
    return 0 if low >= 1 - LIMIT and high <= 1 + LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
