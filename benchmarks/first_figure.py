"""Measure how long a person waits for the first figure after the key ``F``, and for the end of that run.

Each run is a new process in a pseudo-terminal, on all adapters and the ten networks, with the caches as they are
(``paragon-tui cache clear`` before, for a first launch). Print the median of the runs. Exit status 1 if the first
figure takes longer than 3 s.

    python benchmarks/first_figure.py [--runs 5]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile

from pseudo_terminal import PseudoTerminal

TARGET_S = 3.0


def waits(environment: dict[str, str]) -> tuple[float, float]:
    """Return the seconds from the key to the first figure, and to the end of the run."""
    terminal = PseudoTerminal([sys.executable, "-m", "paragon_tui"], environment)
    try:
        terminal.wait_for(b"Found beside NumPy")
        pressed = terminal.wait_for(b"about")  # how long each run takes: all is known
        terminal.press("F")
        first = terminal.wait_for("µs".encode())
        return first - pressed, terminal.wait_for(b"have the reference's bits") - pressed
    finally:
        terminal.close()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "XDG_DATA_HOME": folder}
        firsts, ends = zip(*(waits(environment) for _ in range(options.runs)), strict=True)
    first, end = statistics.median(firsts), statistics.median(ends)
    print(f"first figure after {first:.2f} s ({min(firsts):.2f} to {max(firsts):.2f}); all after {end:.1f} s")
    return 0 if first <= TARGET_S else 1


if __name__ == "__main__":
    sys.exit(main())
