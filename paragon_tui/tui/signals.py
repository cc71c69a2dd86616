"""Signals to the interface: whatever ends it ends it in order, and ctrl+z stops its workers with it."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from types import FrameType

from textual.driver import Driver

_ENDING = ("SIGTERM", "SIGHUP")


def heed_signals(
    driver: Driver, leave: Callable[[], None], stop_with: Callable[[Callable[[], None]], Coroutine[None, None, None]]
) -> None:
    """Call ``leave`` where somebody ends the program, and have ``stop_with`` stop it on SIGTSTP; call it in the loop.

    Signals that the program was started to ignore, as ``nohup`` does, stay ignored.
    """
    loop = asyncio.get_running_loop()

    def end(number: int, _: FrameType | None) -> None:
        if not _terminal_is_there():
            _forget_terminal(driver)
        loop.call_soon_threadsafe(leave)

    for name in _ENDING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)
    stop_itself = signal.getsignal(signal.SIGTSTP) if hasattr(signal, "SIGTSTP") else None
    if callable(stop_itself):  # Textual's, which gives the terminal back until the program goes on
        handler = stop_itself

        def stop(number: int, frame: FrameType | None) -> None:
            asyncio.run_coroutine_threadsafe(stop_with(lambda: handler(number, frame)), loop)

        signal.signal(signal.SIGTSTP, stop)


def leave_without_terminal(driver: Driver, leave: Callable[[], None]) -> None:
    """Call ``leave`` if the terminal is gone; call it once in a while.

    Nobody tells a program whose terminal is not its controlling one, as in a container to which the connection ended.
    """
    if not _terminal_is_there():
        _forget_terminal(driver)
        leave()


def _terminal_is_there() -> bool:
    """Return whether the terminal still is: a window that was closed, or a connection that was lost, takes it along."""
    try:
        os.get_terminal_size(sys.__stderr__.fileno() if sys.__stderr__ else -1)
    except OSError as error:
        return error.errno != errno.EIO  # other errors are those of what never was a terminal
    return True


def _forget_terminal(driver: Driver) -> None:
    """Neither write to it nor read from it.

    Textual's writer would end on the first error, and its queue would fill and block us; its reader would read the end
    of the input again and again, on a whole core.
    """
    driver.write = lambda data: None  # type: ignore[method-assign]
    if isinstance(ended := getattr(driver, "exit_event", None), threading.Event):
        ended.set()
