"""The last line of a terminal, which says what is going on; nothing where stderr is no terminal."""

from __future__ import annotations

import os
import sys


class ProgressLine:
    """A line on stderr that is written over: cleared before anything else is printed."""

    def __init__(self) -> None:
        self.live = sys.stderr is not None and sys.stderr.isatty()

    def show(self, text: str) -> None:
        """Write over the line; what is beyond the terminal's edge is left out, so put first what matters."""
        if self.live:
            print(f"\r\x1b[K{text[: _columns() - 1]}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Leave an empty line, so that the next print begins at its start."""
        if self.live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except (OSError, ValueError):
        return 80
