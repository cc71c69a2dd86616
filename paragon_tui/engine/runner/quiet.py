"""Wait for a quiet machine. Pure Python, for the parent, while no worker computes."""

from __future__ import annotations

import asyncio
import contextlib
import time

from paragon_tui.backends.cores import busy_seconds
from paragon_tui.engine.analysis.disturbance import is_quiet
from paragon_tui.engine.runner.steering import Steering

_WINDOW_S = 0.5  # systems count in ticks of up to 1/64 s


async def quiet_comes(patience_s: float, steering: Steering) -> bool:
    """Return True as soon as other programs keep fewer than ``QUIET_CORES`` cores busy, False if they do not stop.

    False at once where the system does not tell, or where ``steering`` ends the wait.
    """
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline and not steering.ends:
        begin, before = time.monotonic(), busy_seconds()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(steering.wait(), _WINDOW_S)
        after, elapsed = busy_seconds(), time.monotonic() - begin
        if before is None or after is None or steering.ends:
            return False
        if is_quiet((after - before) / elapsed, elapsed):
            return True
    return False
