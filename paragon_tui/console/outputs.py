"""What `run` writes results to: opened once, before anything is measured, and held until the end."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import BinaryIO, Self, cast

import msgspec

from paragon_tui.engine.messages.job import BASELINE
from paragon_tui.engine.results.session import Session
from paragon_tui.exit_status import UsageError
from paragon_tui.sessions.csv_dialect import USUAL, Dialect
from paragon_tui.sessions.csv_export import ended_entries
from paragon_tui.sessions.document import encode
from paragon_tui.sessions.review import review
from paragon_tui.sessions.saved_session import saved_session
from paragon_tui.sessions.ten_columns import HEAD_BYTES, OtherColumns, newline_in, rows_text

STDOUT = "-"


class Output:
    """A target such as that of ``--csv``: stdout (``-``), a file, or whatever else has a path.

    A regular file may be looked at, so that rows go on what is there. A pipe or a device is only ever written to:
    reading from ``/dev/full`` has no end, and a pipe that is opened twice has lost its reader in between.
    """

    def __init__(self, option: str, target: str) -> None:
        """Open it. Raises ``UsageError`` where it cannot be written."""
        self.option, self.target = option, target
        self._created = False
        try:
            self._file = self._open()
        except (OSError, ValueError) as error:  # a null byte is in no path
            raise self.refusal(error) from error
        self.is_stdout = target == STDOUT
        self._regular = not self.is_stdout and stat.S_ISREG(os.fstat(self._file.fileno()).st_mode)

    def refusal(self, error: OSError | ValueError) -> UsageError:
        """Return the error that says that it cannot be written."""
        why = error.strerror if isinstance(error, OSError) else error
        return UsageError(f"{self.option} {self.target} cannot be written: {why}; choose another path")

    def _open(self) -> BinaryIO:
        if self.target == STDOUT:
            return cast(BinaryIO, sys.stdout.buffer)
        path = Path(self.target)
        if path.is_dir():
            example = path / f"paragon.{self.option.lstrip('-')}"
            raise UsageError(f"{self.option} {path} is a directory; name a file in it, such as {example}")
        if not path.exists() or path.is_file():
            self._created = not path.exists()
            return path.open("a+b")
        if path.is_fifo():
            return self._open_pipe(path)
        return path.open("wb")

    def _open_pipe(self, path: Path) -> BinaryIO:
        """Open a named pipe, which would otherwise wait for its reader for ever."""
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            raise UsageError(f"{self.option} {path} is a pipe that nobody reads; start its reader first") from error
        os.set_blocking(descriptor, True)
        return os.fdopen(descriptor, "wb")

    def head(self) -> bytes:
        """Return the beginning of a regular file; nothing of anything else."""
        if not self._regular:
            return b""
        self._file.seek(0)
        return self._file.read(HEAD_BYTES)

    def ends_in_newline(self) -> bool:
        """Return whether a line may be appended at once."""
        if not self._regular or self._file.seek(0, os.SEEK_END) == 0:
            return True
        self._file.seek(-1, os.SEEK_END)
        return self._file.read(1) == b"\n"

    def append(self, text: str) -> None:
        """Write at the end. Raises ``OSError``."""
        self._file.write(text.encode())
        self._file.flush()

    def replace(self, data: bytes) -> None:
        """Write in place of what a regular file has: not by renaming, since it may be a link. Raises ``OSError``."""
        if self._regular:
            self._file.truncate(0)
        self._file.write(data)
        self._file.flush()

    def mixes_with(self, other: Output) -> bool:
        """Return whether the two would write into one another. Of devices, ``/dev/null`` say, nobody reads back."""
        descriptor = self._file.fileno()
        device = stat.S_ISCHR(os.fstat(descriptor).st_mode) and not (self.is_stdout and other.is_stdout)
        return os.path.sameopenfile(descriptor, other._file.fileno()) and not device

    def close(self) -> None:
        """Close it, and leave no file behind where nothing was written. Never raises."""
        if self.is_stdout:
            return
        with contextlib.suppress(OSError):  # what could not be written was told when it was written
            unused = self._created and os.fstat(self._file.fileno()).st_size == 0
            self._file.close()
            if unused:
                Path(self.target).unlink(missing_ok=True)


def write_text(option: str, target: str, text: str) -> None:
    """Write a text to ``target``. Raises ``UsageError`` where that cannot be done."""
    output = Output(option, target)
    try:
        output.replace(text.encode())
    except OSError as error:
        raise output.refusal(error) from error
    finally:
        output.close()


class Outputs:
    """The targets of ``--csv``, ``--json`` and ``--html``, as a context: open from its construction to its end."""

    def __init__(self, csv: str | None, json: str | None, html: str | None = None, dialect: Dialect = USUAL) -> None:
        """Open them. Raises ``UsageError`` where one cannot be written, or holds what rows do not go with."""
        self._dialect = dialect
        self._open: list[tuple[Output, Callable[[Output, Session], None]]] = []
        try:
            for option, target, write in (
                ("--csv", csv, self._write_csv),
                ("--json", json, _write_json),
                ("--html", html, _write_html),
            ):
                if target is not None:
                    self._open.append((Output(option, target), write))
            self._check()
        except UsageError:
            self.close()
            raise

    def _check(self) -> None:
        outputs = [output for output, _ in self._open]
        for one, other in combinations(outputs, 2):
            if one.target == other.target == STDOUT or one.mixes_with(other):
                raise UsageError(
                    f"{one.option} and {other.option} both write to {other.target}; choose another path for one of them"
                )
        for output in outputs:
            if output.option != "--csv":
                continue
            try:
                newline_in(output.head())
            except OtherColumns as error:
                raise UsageError(
                    f"--csv {output.target} begins with {str(error)!r}, which is not the header of the ten columns: "
                    "rows would not go with it; choose another path"
                ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def take_stdout(self) -> bool:
        """True if stdout is for one of them, and for nothing else."""
        return any(output.is_stdout for output, _ in self._open)

    def write(self, session: Session) -> tuple[list[str], list[str]]:
        """Write the session to each, and return where it is now, and in words what could not be written."""
        written, failures = [], []
        for output, write in self._open:
            try:
                write(output, session)
                written.append(f"{output.option} {output.target}")
            except (OSError, OtherColumns) as error:
                reason = error.strerror if isinstance(error, OSError) else f"it now begins with {str(error)!r}"
                failures.append(f"{output.option} {output.target} could not be written: {reason}")
        return written, failures

    def _write_csv(self, output: Output, session: Session) -> None:
        rows = rows_text(ended_entries(session), output.head(), output.ends_in_newline(), self._dialect)
        output.append(rows)

    def close(self) -> None:
        """Close them. Never raises."""
        for output, _ in self._open:
            output.close()


def _write_json(output: Output, session: Session) -> None:
    output.replace(encode(session))


def _write_html(output: Output, session: Session) -> None:
    from paragon_tui.console.report_html import page

    kept = saved_session(msgspec.json.decode(encode(session)), session.id)
    output.replace(page(review(kept, BASELINE)).encode())
