"""Ctrl+c and SIGTERM while something runs."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def stop_on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """The first ctrl+c or SIGTERM ends the run in order; a second one ends the program."""
    loop = asyncio.get_running_loop()
    names = (signal.SIGINT, signal.SIGTERM)

    def first(*_: object) -> None:
        for name in names:
            signal.signal(name, signal.SIG_DFL)
        loop.call_soon_threadsafe(stop)

    previous = {name: signal.signal(name, first) for name in names}
    try:
        yield
    finally:
        for name, handler in previous.items():
            signal.signal(name, handler)
