"""Programs in a pseudo-terminal of chosen width: all that they print, and keys for those that wait for some."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

_GIVE_UP_S = 30.0
_OVERWRITTEN = re.compile(r"[^\n]*\r\x1b\[K")  # a line of progress
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|[\r\a]")


class Terminal:
    """A program in a terminal, as a context: it is killed at the end, if it still runs."""

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str], columns: int = 80, lines: int = 24) -> None:
        self._parent, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self._process = subprocess.Popen(
            argv, stdin=child, stdout=child, stderr=child, env={"TERM": "xterm", **environment}, start_new_session=True
        )
        os.close(child)
        self._output = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._parent)

    def press(self, keys: str) -> None:
        """Send keys as a terminal encodes them."""
        os.write(self._parent, keys.encode())

    def wait_for(self, text: str) -> str:
        """Return what was printed up to ``text``, without what moves the cursor; what follows is for the next wait."""
        until = time.monotonic() + _GIVE_UP_S
        while text not in (shown := _CONTROL.sub("", self._output.decode(errors="replace"))):
            assert time.monotonic() < until and self._read(until), f"no {text!r} in {shown!r}"
        self._output = b""
        return shown

    def lines(self) -> list[str]:
        """Return all lines that the program leaves on the screen at its end, without lines that were written over."""
        until = time.monotonic() + _GIVE_UP_S
        while self._read(until):
            assert time.monotonic() < until
        shown = _CONTROL.sub("", _OVERWRITTEN.sub("", self._output.decode()))
        return shown.splitlines()

    def _read(self, until: float) -> bool:
        """Read what is there, waiting for it; return whether there may be more."""
        ready, _, _ = select.select([self._parent], [], [], max(0.0, until - time.monotonic()))
        part = b""
        if not ready:
            return False
        with contextlib.suppress(OSError):  # Linux says in this way that the other end is closed
            part = os.read(self._parent, 65536)
        self._output += part
        return bool(part)
