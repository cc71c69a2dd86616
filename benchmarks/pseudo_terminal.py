"""A program in a pseudo-terminal of 120×36, whose output is read continuously, as a terminal would."""

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
    """A program, started as ``argv``, whose text can be waited for and which takes keys."""

    def __init__(self, argv: list[str], environment: dict[str, str]) -> None:
        self._parent, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            argv, stdin=child, stdout=child, stderr=child, env=environment, start_new_session=True
        )
        os.close(child)
        self._output = b""
        self._arrival = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._parent, 65536)
            except OSError:  # Linux reports in this way that the other end is closed
                data = b""
            with self._arrival:
                self._output += data
                self._arrival.notify_all()
            if not data:
                return

    @property
    def pid(self) -> int:
        """The id of the program's process."""
        return self._process.pid

    def wait_for(self, text: bytes, give_up_s: float = GIVE_UP_S) -> float:
        """Wait until ``text`` has arrived since the last wait, and return the seconds since the start."""
        with self._arrival:
            if not self._arrival.wait_for(lambda: text in self._output, give_up_s):
                raise SystemExit(f"no {text!r} within {give_up_s} s; last output: {self._output[-300:]!r}")
            arrived = time.perf_counter() - self.started
            self._output = self._output.partition(text)[2]
        return arrived

    def press(self, keys: str) -> None:
        """Send keys as the terminal encodes them."""
        os.write(self._parent, keys.encode())

    def close(self) -> float:
        """End the program, and return the seconds of processor time that it took."""
        self._process.kill()
        _, status, used = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self._reader.join()
        os.close(self._parent)
        return used.ru_utime + used.ru_stime
