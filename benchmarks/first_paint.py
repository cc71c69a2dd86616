"""Measure the time to the first frame of paragon-tui and of a hello-world Textual app, and the time of ``--version``.

Each start is a new process in a pseudo-terminal; the time ends when the first frame's text has arrived. The two
programs take turns. Print medians, their ratio, and that of processor times, which other programs disturb less. Exit
status 1 if a target is missed.

    python benchmarks/first_paint.py [--runs 10]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pseudo_terminal import PseudoTerminal

HELLO = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    def compose(self):
        yield Static("Hello, World!")
Hello().run()
"""
RATIO_TARGET, VERSION_TARGET_S = 1.8, 0.12


def seconds_until(text: bytes, argv: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Return the time until ``argv``, started in a terminal, has printed ``text``, and its processor time; end it."""
    terminal = PseudoTerminal(argv, environment)
    try:
        seconds = terminal.wait_for(text)
    finally:
        used = terminal.close()
    return seconds, used


def version_seconds(environment: dict[str, str]) -> float:
    """Return the wall time of ``paragon-tui --version`` as a whole process."""
    begin = time.perf_counter()
    subprocess.run(
        [Path(sys.executable).with_name("paragon-tui"), "--version"], env=environment, check=True, capture_output=True
    )
    return time.perf_counter() - begin


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=10)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "XDG_DATA_HOME": folder}
        hello: list[tuple[float, float]] = []
        paragon: list[tuple[float, float]] = []
        version: list[float] = []
        for run in range(runs + 1):  # the first run fills the file cache and does not count
            pair = (
                seconds_until(b"Hello, World!", [sys.executable, "-c", HELLO], environment),
                seconds_until(b"XL2", [sys.executable, "-m", "paragon_tui"], environment),
            )
            seconds = version_seconds(environment)
            if run:
                hello.append(pair[0])
                paragon.append(pair[1])
                version.append(seconds)
    ratios = [
        tuple(o / h for o, h in zip(ours, theirs, strict=True)) for ours, theirs in zip(paragon, hello, strict=True)
    ]
    ratio, of_processor = (statistics.median(each) for each in zip(*ratios, strict=True))
    print(f"hello-world Textual, first paint  {statistics.median(wall for wall, _ in hello):.3f} s")
    print(f"paragon-tui, first paint          {statistics.median(wall for wall, _ in paragon):.3f} s")
    print(f"ratio, median of {runs} pairs        {ratio:.2f}   (target ≤ {RATIO_TARGET})")
    print(f"the same of processor times       {of_processor:.2f}")
    print(f"paragon-tui --version             {statistics.median(version):.3f} s (target ≤ {VERSION_TARGET_S})")
    return 0 if ratio <= RATIO_TARGET and statistics.median(version) <= VERSION_TARGET_S else 1


if __name__ == "__main__":
    sys.exit(main())
