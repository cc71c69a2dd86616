"""Run scripts of this folder one after another, and say which of them missed a target."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def run_in_turn(scripts: Sequence[str]) -> int:
    """Run the scripts with their defaults, each under a heading. Return 1 if one missed a target, else 0."""
    missed = []
    for name in scripts:
        print(f"\n## {name}, load average {os.getloadavg()[0]:.1f}\n", flush=True)
        if subprocess.run([sys.executable, Path(__file__).with_name(f"{name}.py")], check=False).returncode:
            missed.append(name)
    print(f"\nmissed: {', '.join(missed)}" if missed else "\nevery target is met")
    return 1 if missed else 0
