"""What ends or stops a run from outside: ctrl+c, ctrl+z, the end of a terminal, the end of the machine."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from paragon_tui.engine.runner.run import Run

_ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def heeding_signals(run: Run) -> Iterator[None]:
    """End the run in an orderly way on the first ctrl+c, SIGTERM or SIGHUP; a second one ends the program.

    On ctrl+z its workers stop with this process, and go on with it. What this process was started to ignore, as
    ``nohup`` does, stays ignored.
    """
    loop = asyncio.get_running_loop()
    heeded = [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]
    previous = {number: signal.getsignal(number) for number in heeded}

    def end(*_: object) -> None:
        for number in heeded:
            signal.signal(number, signal.SIG_DFL)
        loop.call_soon_threadsafe(run.stop)

    for number in heeded:
        signal.signal(number, end)
    try:
        with _stopping_together(run, loop):
            yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def _stopping_together(run: Run, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    if not hasattr(signal, "SIGTSTP") or signal.getsignal(signal.SIGTSTP) is not signal.SIG_DFL:
        yield
        return

    def stop_itself() -> None:
        """Return when somebody continues this process; at once where nobody could."""
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, stop)

    async def stop_with_workers() -> None:
        async with run.paused():
            stop_itself()

    def stop(*_: object) -> None:
        asyncio.run_coroutine_threadsafe(stop_with_workers(), loop)

    signal.signal(signal.SIGTSTP, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
