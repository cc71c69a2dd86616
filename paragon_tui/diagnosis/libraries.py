"""Shared libraries, loaded in a process of their own: a driver may crash while it loads, or hang."""

from __future__ import annotations

import signal
import subprocess
import sys

LIMIT_S = 10.0

_LOAD = """
import ctypes, sys
try:
    ctypes.CDLL(sys.argv[1])
except OSError as error:
    sys.exit(str(error))
"""


def load_problem(library: str) -> str | None:
    """Return in words why a library does not load, ``None`` if it does."""
    command = [sys.executable, "-I", "-c", _LOAD, library]
    try:
        done = subprocess.run(command, capture_output=True, timeout=LIMIT_S, check=False, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return f"hangs while it is loaded: no end within {LIMIT_S:.0f} s"
    if done.returncode == 0:
        return None
    if done.returncode < 0:
        return f"crashes while it is loaded ({signal.Signals(-done.returncode).name})"
    last = done.stderr.decode(errors="replace").strip().splitlines()
    return last[-1] if last else f"ends the process that loads it, with status {done.returncode}"
