"""Measure what a run with the interface costs beside what it measures: the processor time of the process that paints.

    python benchmarks/interface_load.py [--keys r]

The program runs in a pseudo-terminal of 120×36 and measures the ten networks on all adapters of this machine. Its own
processor time, without that of the workers, over the time of the run is at most a tenth of a core. ``--keys F`` is a
fast run. Exit status 1 if the target is missed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time

import psutil
from pseudo_terminal import PseudoTerminal

TARGET = 0.1
GIVE_UP_S = 1800.0


def share_of_a_core(keys: str, folder: str) -> tuple[float, float]:
    """Return the share of a core that the process takes during a run, and the run's time in seconds."""
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "XDG_DATA_HOME": folder}
    environment["XDG_CONFIG_HOME"] = folder
    terminal = PseudoTerminal([sys.executable, "-m", "paragon_tui"], environment)
    try:
        terminal.wait_for(b"ready")
        process = psutil.Process(terminal.pid)
        terminal.press(keys)
        terminal.wait_for(b"gone, about")
        before, began = process.cpu_times(), time.perf_counter()
        terminal.wait_for(b"the reference's bits", GIVE_UP_S)
        after, seconds = process.cpu_times(), time.perf_counter() - began
    finally:
        terminal.close()
    return (after.user - before.user + after.system - before.system) / seconds, seconds


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", default="r", help="what is pressed to begin the run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="paragon-load-") as folder:
        share, seconds = share_of_a_core(options.keys, folder)
    print(f"a run of {seconds:.0f} s, load average {os.getloadavg()[0]:.1f}")
    print(f"the interface takes {100 * share:.1f} % of a core (target ≤ {100 * TARGET:g} %)")
    return 0 if share <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
