"""Code that is tried in a process of its own: a driver may crash whoever loads it, or hold it up for ever."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

LIMIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Trial:
    """How a trial ended, and the words for it: what it printed last, or how it crashed or hung."""

    ended: Literal["well", "badly", "crashed", "hung"]
    words: str


def tried(code: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Trial:
    """Run Python ``code`` with ``arguments``, for at most ``LIMIT_S``; ``environment`` is added to this process's."""
    command = [sys.executable, "-P", "-c", code, *arguments]
    variables = {**os.environ, **(environment or {})}
    try:
        done = subprocess.run(
            command, env=variables, capture_output=True, timeout=LIMIT_S, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        return Trial("hung", f"hangs: no answer within {LIMIT_S:.0f} s")
    if done.returncode < 0:
        return Trial("crashed", f"crashes ({signal.Signals(-done.returncode).name})")
    last = done.stderr.decode(errors="replace").strip().splitlines()
    words = last[-1] if last else f"ends with status {done.returncode}"
    return Trial("badly" if done.returncode else "well", words)
