"""A Python process of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import Any


def run_python(code: str, **options: Any) -> str:
    """Run ``code`` in a process of its own, which must not fail, and return its stdout."""
    command = [sys.executable, "-c", code]
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command, capture_output=True, text=True, check=True, **options
    )
    return done.stdout
