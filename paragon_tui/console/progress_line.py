"""The last line of a terminal, which says what is going on; nothing where stderr is no terminal."""

from __future__ import annotations

import sys

from paragon_tui.console.streams import columns


class ProgressLine:
    """A line on stderr that is written over: cleared before anything else is printed."""

    def __init__(self) -> None:
        self.live = columns() is not None

    def show(self, text: str) -> None:
        """Write over the line; what is beyond the terminal's edge is left out, so put first what matters."""
        if (width := columns()) is not None:
            print(f"\r\x1b[K{text[: width - 1]}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Leave an empty line, so that the next print begins at its start."""
        if self.live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
