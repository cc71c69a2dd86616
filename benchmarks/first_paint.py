"""Measure the time to the first frame of paragon-tui and of a hello-world Textual app, and the time of ``--version``.

Each start is a new process in a pseudo-terminal; the time ends when the first frame's text has arrived. The two
programs take turns. Print medians and their ratio. Exit status 1 if a target is missed.

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


def seconds_until(text: bytes, argv: list[str], environment: dict[str, str]) -> float:
    """Return the time until ``argv``, started in a terminal, has printed ``text``; end it then."""
    terminal = PseudoTerminal(argv, environment)
    try:
        return terminal.wait_for(text)
    finally:
        terminal.close()


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
        hello: list[float] = []
        paragon: list[float] = []
        version: list[float] = []
        for run in range(runs + 1):  # the first run fills the file cache and does not count
            pair = (
                seconds_until(b"Hello, World!", [sys.executable, "-c", HELLO], environment),
                seconds_until(b"XL2", [sys.executable, "-m", "paragon_tui"], environment),
                version_seconds(environment),
            )
            if run:
                for samples, value in zip((hello, paragon, version), pair, strict=True):
                    samples.append(value)
    ratio = statistics.median(o / h for o, h in zip(paragon, hello, strict=True))
    print(f"hello-world Textual, first paint  {statistics.median(hello):.3f} s")
    print(f"paragon-tui, first paint          {statistics.median(paragon):.3f} s")
    print(f"ratio, median of {runs} pairs        {ratio:.2f}   (target ≤ {RATIO_TARGET})")
    print(f"paragon-tui --version             {statistics.median(version):.3f} s (target ≤ {VERSION_TARGET_S})")
    return 0 if ratio <= RATIO_TARGET and statistics.median(version) <= VERSION_TARGET_S else 1


if __name__ == "__main__":
    sys.exit(main())
