"""Measure all that the interface costs, one script after another, and print whether each target is met.

    python benchmarks/interface_costs.py [first_paint key_to_paint ...]

Exit status 1 if one is missed. On a busy machine the times are those of a busy machine: repeat them when it is quiet.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPTS = ("first_paint", "key_to_paint", "interface_load", "interface_memory", "tui_disturbance")


def main() -> int:
    """Run the scripts that are named, or all."""
    missed = []
    for name in sys.argv[1:] or SCRIPTS:
        print(f"== {name}, load average {os.getloadavg()[0]:.1f}", flush=True)
        if subprocess.run([sys.executable, Path(__file__).with_name(f"{name}.py")], check=False).returncode:
            missed.append(name)
    print(f"missed: {', '.join(missed)}" if missed else "every target is met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
