"""The interface in a browser, started as ``python -P -m paragon_tui.tui.browser`` by the web server of ``serve``.

It paints to stdout and reads from stdin, in packets that Textual's web driver and textual-serve have agreed upon.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from threading import Lock
from typing import Any

from textual import events
from textual.drivers.web_driver import WebDriver

from paragon_tui.tui.app import ParagonApp
from paragon_tui.tui.launch import run_app


class BrowserDriver(WebDriver):
    """Textual's driver, under which the interface ends in order when its page closes or its server dies."""

    def __init__(self, app: ParagonApp, **options: Any) -> None:
        super().__init__(app, **options)
        self._ends = app.end
        self._writing = Lock()
        self._write = self._write_whole  # type: ignore[assignment]  # of the same use as the partial there

    def start_application_mode(self) -> None:
        """Begin as one that has the focus, and leave SIGTERM to the interface: Textual would end it at once."""
        self._loop = asyncio.get_running_loop()
        super().start_application_mode()  # as one without, and a page tells of the focus while nothing reads yet
        self._app.call_later(self._app.post_message, events.AppFocus())
        with suppress(NotImplementedError):  # on Windows, where Textual does not handle it either
            self._loop.remove_signal_handler(signal.SIGTERM)

    def run_input_thread(self) -> None:
        """Read until the server has gone, or says that the page has."""
        super().run_input_thread()
        self._end()

    def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
        """Do what the server says."""
        if packet_type == "quit":
            self._end()
        else:
            super().on_meta(packet_type, payload)

    def _end(self) -> None:
        if not self.exit_event.is_set():
            self._loop.call_soon_threadsafe(self._app.call_later, self._ends)

    def _write_whole(self, packet: bytes) -> None:
        """Write a packet in one piece: downloads come from the thread that reads. Without a server it goes nowhere."""
        with self._writing, suppress(BrokenPipeError):
            rest = memoryview(packet)
            while rest:
                rest = rest[os.write(self.fileno, rest) :]


if __name__ == "__main__":
    sys.exit(run_app(tuple(map(int, sys.argv[1].split(","))) if len(sys.argv) > 1 else (), BrowserDriver))
