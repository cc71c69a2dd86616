"""The child process of an adapter or an API, started as ``python -P -m paragon_tui.engine.worker``.

``-P`` keeps the user's working directory off the path: a file there, such as ``queue.py``, would shadow the library's.
"""

from __future__ import annotations

import os
import sys

from paragon_tui.engine.worker.interruptions import hold_continuations
from paragon_tui.engine.worker.server import Worker

_PR_SET_PDEATHSIG = 1
_SIGKILL = 9


def _die_with_parent() -> None:
    """Ask Linux for a kill signal when the parent dies; elsewhere the end of stdin has to suffice."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def main() -> None:
    """Take stdout for events, point file descriptor 1 at the log (2) for what drivers print, and serve."""
    _die_with_parent()
    hold_continuations()
    private = os.dup(1)
    os.dup2(2, 1)
    Worker(os.fdopen(private, "wb")).serve()


if __name__ == "__main__":
    main()
