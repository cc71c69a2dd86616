"""A terminal that goes without a signal, as in a container to which the connection ended, ends the program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="Windows has no pseudo-terminals")
termios = pytest.importorskip("termios", reason="Windows has no pseudo-terminals")
pytestmark = pytest.mark.terminal


def test_it_ends_as_by_a_signal_and_reads_no_end_for_ever(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (36, 120))
    folders = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("DATA", "CONFIG", "CACHE")}
    with subprocess.Popen(
        [sys.executable, "-m", "paragon_tui"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, **folders, "TERM": "xterm-256color"},
        start_new_session=True,  # so that it is not the program's controlling terminal
    ) as process:
        try:
            os.close(theirs)
            shown = b""
            while b"ready" not in shown:
                shown += os.read(ours, 65536)
            os.close(ours)
            assert process.wait(60) == 130
        finally:
            process.kill()
