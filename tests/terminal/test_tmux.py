"""The program in a real terminal, driven by real keys, on the real adapters of this machine."""

from __future__ import annotations

import csv
import os
import re
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.conftest import expected_adapters

pytestmark = pytest.mark.terminal

# A pause between two looks at a condition, not a wait for one: looking without end would take a core from the program.
POLL_S = 0.1

Start = Callable[..., "Terminal"]


class Terminal:
    """A tmux server of its own with one window."""

    def __init__(
        self, name: str, size: tuple[int, int], environment: dict[str, str], folder: Path, own: Mapping[str, str]
    ) -> None:
        """Start it; ``own`` are variables of the program alone: tmux sets TERM itself."""
        self.name = name
        self.status_file = folder / "exit-status"
        width, height = map(str, size)
        command = shlex.join(
            ["env", *(f"{name}={value}" for name, value in own.items()), sys.executable, "-m", "paragon_tui"]
        )
        shell = f"{command}; echo $? > {shlex.quote(str(self.status_file))}; exec cat"
        self.tmux(
            "-f", os.devnull, "new-session", "-d", "-s", "main", "-x", width, "-y", height, shell, env=environment
        )

    def tmux(self, *arguments: str, env: dict[str, str] | None = None) -> str:
        command = ["tmux", "-L", self.name, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, env=env).stdout

    def screen(self) -> str:
        return self.tmux("capture-pane", "-p", "-t", "main")

    def flags(self) -> str:
        """Return whether the alternate screen is on, and whether the mouse is reported: ``1 1``, or ``0 0``."""
        return self.tmux("display", "-p", "-t", "main", "#{alternate_on} #{mouse_any_flag}").strip()

    def title(self) -> str:
        return self.tmux("display", "-p", "-t", "main", "#{pane_title}").strip()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.tmux("send-keys", "-t", "main", key)

    def wait_for(self, *texts: str, seconds: float = 120) -> str:
        """Poll until all texts are on the screen."""
        deadline = time.monotonic() + seconds
        while not all(text in (shown := self.screen()) for text in texts):
            assert time.monotonic() < deadline, f"waiting for {texts}; the screen shows:\n{shown}"
            time.sleep(POLL_S)
        return shown

    def wait_for_end_of(self, text: str) -> None:
        """Poll until the text is on the screen no more."""
        wait_until(lambda: text not in self.screen(), f"{text!r} goes from the screen")

    def exit_status(self) -> str:
        """Wait for the program's end."""
        deadline = time.monotonic() + 60
        while not (self.status_file.exists() and (status := self.status_file.read_text().strip())):
            assert time.monotonic() < deadline, self.screen()
            time.sleep(POLL_S)
        return status

    def end(self) -> None:
        subprocess.run(["tmux", "-L", self.name, "kill-server"], capture_output=True, check=False)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    if shutil.which("tmux") is None:
        assert not expected_adapters(), "tmux is missing on a machine that is set up for every test"
        pytest.skip("tmux is not installed")
    started: list[Terminal] = []

    def begin(size: tuple[int, int], **variables: str) -> Terminal:
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        terminal = Terminal(f"paragon-{uuid.uuid4().hex[:8]}", size, environment, tmp_path, variables)
        started.append(terminal)
        return terminal

    yield begin
    for terminal in started:
        terminal.end()


def test_a_whole_visit_at_120_by_36(start: Start, tmp_path: Path) -> None:
    terminal = start((120, 36))
    first = terminal.wait_for("XL2 784→2048×4→10")
    assert all(case in first for case in ("S1", "S2", "S3", "M1", "M2", "M3", "L1", "L2", "XL1", "XL2"))
    terminal.wait_for("reference", "ready")
    terminal.press("n", "Down", "Space", "r")  # S1 alone, on every adapter
    shown = terminal.wait_for("have the reference's bits")
    assert all(adapter in shown for adapter in ("reference", "opencl:0", "vulkan:0", "gl:0") if adapter in first)
    terminal.press("v")
    terminal.wait_for("✓ identical to the reference")
    terminal.press("Escape")
    terminal.wait_for_end_of("✓ identical to the reference")
    terminal.press("e")
    terminal.wait_for("Exported to")
    (exported,) = (tmp_path / "data" / "paragon-tui" / "exports").glob("*.csv")
    rows = list(csv.DictReader(exported.read_text(encoding="utf-8").splitlines()))
    assert {row["id"] for row in rows} == {"S1"}
    assert {row["bit_identical"] for row in rows if row["tier"] == "guarded"} == {"True"}
    measured = {row["adapter_id"].partition(":")[0] for row in rows}
    assert set(expected_adapters()) <= measured
    (program,) = children(terminal.tmux("display", "-p", "-t", "main", "#{pane_pid}").strip())
    os.kill(int(program), signal.SIGTERM)
    assert terminal.exit_status() == "130"
    assert terminal.flags() == "0 0" and "Traceback" not in terminal.screen()
    assert ends_of_sessions(tmp_path) == ["finished"]


def test_tabs_ctrl_z_and_closing_the_window_in_the_middle_of_a_run_at_80_by_24(start: Start, tmp_path: Path) -> None:
    terminal = start((80, 24))
    terminal.wait_for("Adapters & cases", "ready")
    shell = terminal.tmux("display", "-p", "-t", "main", "#{pane_pid}").strip()
    (program,) = children(shell)
    terminal.press("r")
    # Numpy comes first, and claims no bits.
    sampled = re.compile(r"S1 on (?!numpy)\S+ +\d+ samples")
    wait_until(lambda: sampled.search(terminal.screen()), "a result that claims the reference's bits has samples")
    wait_until(lambda: terminal.title().startswith("paragon ") and terminal.title().endswith(" left"), terminal.title())
    terminal.press("q")
    terminal.wait_for("A run is in progress", "Keep running")
    terminal.press("n")  # stay
    terminal.wait_for_end_of("Keep running")  # what is pressed before goes to the dialog
    terminal.press("]")
    terminal.wait_for("Softmax", "Logits")
    terminal.press("X")
    terminal.wait_for("Stop the run?")
    terminal.press("y")
    terminal.wait_for("have the reference's bits")
    wait_until(lambda: not children(program), "no worker of the run that was stopped is left")
    terminal.press("r")
    wait_until(lambda: children(program), "the next run has workers")
    terminal.wait_for("Results", "samples")
    workers = children(program)
    terminal.press("C-z")
    wait_until(lambda: set(map(state, (program, *workers))) == {"T"}, "the program and its workers are stopped")
    assert terminal.flags() == "0 0"
    os.kill(int(program), signal.SIGCONT)
    wait_until(lambda: any(state(worker) != "T" for worker in workers), "a worker goes on")
    terminal.wait_for("Results", "samples")
    assert terminal.flags() == "1 1"
    terminal.press("q")
    terminal.wait_for("A run is in progress")
    terminal.end()  # a window that is closed answers no question
    wait_until(lambda: not any(map(state, (program, *workers))), "the program and its workers end")
    assert ends_of_sessions(tmp_path) == ["interrupted", "interrupted"]


def test_marks_stay_without_utf_8_and_without_colours(start: Start) -> None:
    terminal = start((120, 36), LC_ALL="POSIX", NO_COLOR="1")
    terminal.wait_for("ready", "x numpy", "x reference", "> . Vector")  # tmux shows _ for what is no ASCII
    colours = re.findall(
        r"\x1b\[[0-9;]*?[34]8;2;(\d+);(\d+);(\d+)m", terminal.tmux("capture-pane", "-pe", "-t", "main")
    )
    assert colours and all(len(set(channels)) == 1 for channels in colours)  # greys


def test_marks_stay_in_16_colours(start: Start) -> None:
    terminal = start((120, 36), TERM="xterm", COLORTERM="")
    terminal.wait_for("ready", "☑ numpy")
    coded = terminal.tmux("capture-pane", "-pe", "-t", "main")
    assert "[38;" not in coded and "[48;" not in coded and "\x1b[92m☑" in coded  # bright green


def ends_of_sessions(folder: Path) -> list[str | None]:
    with sqlite3.connect(folder / "data/paragon-tui/sessions.sqlite3") as database:
        return [ended for (ended,) in database.execute("SELECT ended FROM session")]


def state(pid: str) -> str:
    """Return the letter of a process's state, ``T`` where it is stopped, nothing where it has ended."""
    listed = subprocess.run(["ps", "-o", "stat=", "-p", pid], capture_output=True, text=True, check=False)
    return listed.stdout.strip()[:1].replace("Z", "")


def wait_until(condition: Callable[[], object], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(POLL_S)


def children(pid: str) -> list[str]:
    return subprocess.run(["pgrep", "-P", pid], capture_output=True, text=True, check=False).stdout.split()
