"""A program in a pseudo-terminal of 120×36, its output read all the time as a terminal would."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
import threading
import time

GIVE_UP_S = 60.0


class PseudoTerminal:
    """Start ``argv``; ``wait_for`` text; ``press`` keys; ``close``."""

    def __init__(self, argv: list[str], environment: dict[str, str]) -> None:
        self._parent, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            argv, stdin=child, stdout=child, stderr=child, env=environment, start_new_session=True
        )
        os.close(child)
        self._seen = b""
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._parent, 65536)
            except OSError:  # Linux's way to say that the other end is closed
                data = b""
            with self._news:
                self._seen += data
                self._news.notify_all()
            if not data:
                return

    def wait_for(self, text: bytes) -> float:
        """Wait until ``text`` has arrived since the last wait. Returns seconds since the start."""
        with self._news:
            if not self._news.wait_for(lambda: text in self._seen, GIVE_UP_S):
                raise SystemExit(f"no {text!r} within {GIVE_UP_S} s; the end of what came: {self._seen[-300:]!r}")
            arrived = time.perf_counter() - self.started
            self._seen = self._seen.partition(text)[2]
        return arrived

    def press(self, keys: str) -> None:
        """Send keys as the terminal encodes them."""
        os.write(self._parent, keys.encode())

    def close(self) -> None:
        """End the program."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        os.close(self._parent)
