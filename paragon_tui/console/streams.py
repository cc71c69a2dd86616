"""stdout and stderr that outlive whoever listens: what is measured is kept, whether anybody hears of it or not."""

from __future__ import annotations

import codecs
import errno
import io
import os
import select
import sys
import textwrap
from typing import Any, TextIO

from paragon_tui.printable import printable

_PLAIN = {
    "✓": "ok", "≠": "!=", "×": "x", "→": "->", "–": "-", "—": "-", "·": "|", "…": "...", "±": "+-", "²": "2", "µ": "u",
    "★": "*", "↑": "^", "↓": "v", "≫": ">>", "◌": "o", "✗": "x", "⏱": "", "🚀": "*",
    "≤": "<=", "≥": ">=", "Δ": "d", "▲": "^", "▼": "v", "“": '"', "”": '"', "’": "'", "™": "(TM)", "®": "(R)",
}  # fmt: skip
_IN_PLAIN_WORDS = "paragon-tui.plain"
_USUAL_COLUMNS = 80


class _Listened(io.RawIOBase):
    """The writing end of a stream. Once nothing more can be written, all that follows is dropped.

    So no print raises, in the middle of a run or at the exit, and a command has the status that it has earned.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.error: OSError | None = None

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def write(self, data: Any) -> int:
        """Write, or drop it if the reader has gone or there is no room. Waits where the stream would not."""
        if self.error is None:
            try:
                return os.write(self._descriptor, data)
            except BlockingIOError:
                select.select((), (self._descriptor,), ())
                return self.write(data)
            except OSError as error:
                self.error = error
        return len(data)


def outlive_listeners() -> None:
    """Have stdout and stderr drop what cannot be written, and write UTF-8 to files and pipes on every platform.

    Characters that a terminal cannot show are written in ASCII. A stream that somebody has put in place of the
    system's, a test's, stays.
    """
    codecs.register_error(_IN_PLAIN_WORDS, _in_plain_words)
    if sys.stdout is sys.__stdout__ and sys.stdout is not None:
        sys.stdout = _listened(sys.stdout)
    if sys.stderr is sys.__stderr__ and sys.stderr is not None:
        sys.stderr = _listened(sys.stderr)


def _listened(stream: TextIO) -> TextIO:
    terminal = stream.isatty()
    if terminal and sys.platform == "win32" and isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors=_IN_PLAIN_WORDS)  # Python writes to its consoles in a way of its own
        return stream
    return io.TextIOWrapper(
        io.BufferedWriter(_Listened(stream.fileno())),
        encoding=stream.encoding if terminal else "utf-8",
        errors=_IN_PLAIN_WORDS,
        line_buffering=terminal or stream is sys.__stderr__,
    )


def _in_plain_words(error: UnicodeError) -> tuple[str, int]:
    """Replace characters that an encoding does not have."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_PLAIN.get(character, "?") for character in error.object[error.start : error.end]), error.end


def lost_output() -> str | None:
    """Return why not all of stdout could be written; ``None`` if it could, and if its reader has gone, as it may."""
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    error = raw.error if isinstance(raw, _Listened) else None
    return None if error is None or error.errno == errno.EPIPE else error.strerror


def notice(text: str) -> None:
    """Print a line on stderr, named after the program, if there is a stderr: printable, whatever was typed."""
    if sys.stderr is not None:
        print(fitting(f"paragon-tui: {printable(text)}"), file=sys.stderr, flush=True)


def fitting(line: str) -> str:
    """Return a line for stderr, broken between words where that is a terminal."""
    width = columns()
    if width is None or len(line) <= width:
        return line
    return textwrap.fill(line, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def columns() -> int | None:
    """Return the width of the terminal that stderr is; ``None`` where it is none."""
    if sys.stderr is None or not sys.stderr.isatty():
        return None
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or _USUAL_COLUMNS
    except (OSError, ValueError):
        return _USUAL_COLUMNS
