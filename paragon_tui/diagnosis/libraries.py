"""Shared libraries, and whether they load."""

from __future__ import annotations

from paragon_tui.trial import tried

_LOAD = """
import ctypes, sys
try:
    ctypes.CDLL(sys.argv[1])
except OSError as error:
    sys.exit(str(error))
"""


def load_problem(library: str) -> str | None:
    """Return in words why a library does not load, ``None`` if it does."""
    trial = tried(_LOAD, library)
    return None if trial.ended == "well" else trial.words
