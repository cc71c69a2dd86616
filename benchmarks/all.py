"""Measure all the speeds of docs/benchmarks.md, one script after another, on one machine.

    python benchmarks/all.py [device_speed mlp_speed ...]

Print one Markdown document: the machine with its adapters, a section for each script or for those that are named, and
which of them missed a target. Exit status 1 if one did. It takes about a quarter of an hour and a quiet machine. What
the interface costs is measured by interface_costs.py.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys

from in_turn import run_in_turn

SCRIPTS = (
    *("device_speed", "mlp_speed", "elementwise_speed", "matmul_speed", "rows_speed", "attention_speed"),
    *("movement_speed", "sort_speed", "memory_bandwidth", "harness_overhead", "startup_costs", "run_costs"),
)


def main() -> int:
    """Run the scripts that are named, or all."""
    print(f"# {platform.platform()}, {os.cpu_count()} cores\n", flush=True)
    subprocess.run([sys.executable, "-m", "paragon_tui", "adapters"], check=True)
    return run_in_turn(sys.argv[1:] or SCRIPTS)


if __name__ == "__main__":
    sys.exit(main())
