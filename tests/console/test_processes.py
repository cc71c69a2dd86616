"""``paragon-tui`` as a process of its own: its streams, its files, and who reads them."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

import pytest

from paragon_tui.sessions.ten_columns import COLUMNS
from tests.console.conftest import QUICK

PROGRAM = [sys.executable, "-m", "paragon_tui"]
FULL = Path("/dev/full")


def program(*argv: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """The program as a process of its own, on the host alone."""
    return subprocess.run([*PROGRAM, *argv], capture_output=True, check=False, **options)


ON_HOST = ["run", "S1", "--adapter", "reference", *QUICK]


def test_cases_may_stand_behind_options(tmp_path: Path) -> None:
    done = program(*ON_HOST, "--quiet", "S2", "--json", "-")
    assert [result["case"] for result in json.loads(done.stdout)["results"]] == ["S1", "S2"]
    assert program(*ON_HOST, "--quiet", "--nonsense").returncode == 2


def test_an_output_encoding_without_arrows_loses_nothing(tmp_path: Path) -> None:
    table = tmp_path / "out.csv"
    done = program(*ON_HOST, "--verbose", "--csv", str(table), env={**os.environ, "PYTHONIOENCODING": "cp1252"})
    assert done.returncode == 0, done.stderr.decode()
    assert "784 → 64 → 10" in done.stdout.decode("utf-8")
    assert table.exists()


def test_a_reader_that_goes_away_costs_no_file(tmp_path: Path) -> None:
    document = tmp_path / "out.json"
    command = [*PROGRAM, *ON_HOST, "S2", "--json", str(document)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors.decode()
    assert "Traceback" not in errors.decode() and "Exception ignored" not in errors.decode()
    assert len(json.loads(document.read_text(encoding="utf-8"))["results"]) == 2


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize(
    "argv", [["cases", "--json"], ["cache"], ["verify", "relu-100", "--dtype", "f32", "--adapter", "reference"]]
)
def test_a_full_disk_is_told_in_a_line(argv: list[str]) -> None:
    with FULL.open("w") as full:
        done = subprocess.run([*PROGRAM, *argv], stdout=full, stderr=subprocess.PIPE, check=False)
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("paragon-tui: the output could not be written: No space left") and done.returncode == 1


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("streams", [("stdout",), ("stdout", "stderr")])
def test_a_run_goes_on_where_nothing_more_can_be_printed(streams: tuple[str, ...], tmp_path: Path) -> None:
    document = tmp_path / "out.json"
    with FULL.open("w") as full:
        argv = [*PROGRAM, *ON_HOST, "--explain", "--json", str(document)]
        targets: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **dict.fromkeys(streams, full)}
        done = subprocess.run(argv, **targets, check=False)
    assert len(json.loads(document.read_text(encoding="utf-8"))["results"]) == 1
    assert done.returncode == (1 if "stdout" in streams else 0)
    if "stderr" not in streams:
        (line,) = done.stderr.decode().splitlines()
        assert line.startswith("paragon-tui: the output could not be written: No space left on device")


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
def test_a_warning_that_nobody_can_hear_ends_nothing(tmp_path: Path) -> None:
    """The adapter does not exist, which is told on stderr."""
    with FULL.open("w") as full:
        argv = [*PROGRAM, "run", "S1", "--adapter", "nonsense", *QUICK]
        assert subprocess.run(argv, stderr=full, stdout=subprocess.PIPE, check=False, timeout=120).returncode == 3


def test_a_closed_output_is_told_before_anything_runs() -> None:
    done = subprocess.run(f"{shlex.join(PROGRAM)} cases >&-", shell=True, capture_output=True, check=False)
    assert done.returncode == 2 and b"standard output is closed" in done.stderr and b"Traceback" not in done.stderr


def test_a_listing_that_nobody_reads_to_its_end_is_no_failure_of_its_own() -> None:
    process = subprocess.Popen([*PROGRAM, "cases", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, b"")


@pytest.mark.parametrize("argv", [["cases"], ["run", "--list-ops"], ["cache"], ["compare", "--help"]])
def test_any_listing_may_lose_its_reader(argv: list[str]) -> None:
    process = subprocess.Popen([*PROGRAM, *argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, b"")


def test_a_terminal_without_arrows_gets_words() -> None:
    """A pseudo-terminal in a locale without UTF-8; Python would take UTF-8 there all the same."""
    environment = {**os.environ, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "COLUMNS": "120"}
    ours, theirs = os.openpty()
    subprocess.run([*PROGRAM, "cases", "--suite", "inference"], stdout=theirs, check=True, env=environment)
    os.close(theirs)
    told = bytearray()
    with contextlib.suppress(OSError):  # EIO: all is read
        while part := os.read(ours, 65536):
            told += part
    os.close(ours)
    assert b"784 -> 64 -> 10" in told and b"?" not in told and told.isascii()


def test_rows_go_on_where_a_spreadsheet_saved_the_file(tmp_path: Path) -> None:
    table = tmp_path / "out.csv"
    table.write_bytes("\ufeff".encode() + ",".join(COLUMNS).encode() + b"\r\nS1,,,,,,,,,")
    assert program(*ON_HOST, "--adapter", "opencl:*", "--quiet", "--csv", str(table)).returncode == 0
    lines = table.read_bytes().split(b"\r\n")
    assert len(lines) == 4 and lines[2].startswith(b"S1,") and lines[3] == b"" and b"\n" not in b"".join(lines)


@pytest.mark.parametrize("text", ["id,shape\nS1,x\n", '{"schema":3}'])
def test_a_file_that_rows_do_not_go_with_is_refused_and_left_as_it_is(text: str, tmp_path: Path) -> None:
    table = tmp_path / "out.csv"
    table.write_text(text)
    done = program(*ON_HOST, "--csv", str(table))
    assert done.returncode == 2 and not list(tmp_path.glob("data/*"))
    assert repr(text.splitlines()[0]) in done.stderr.decode() and "header of the ten columns" in done.stderr.decode()
    assert table.read_text() == text


@pytest.mark.parametrize("option", ["--csv", "--json"])
def test_a_full_device_is_only_written_to(option: str) -> None:
    done = program(*ON_HOST, "--quiet", option, str(FULL), timeout=120)
    assert done.returncode == 1
    assert f"{option} /dev/full could not be written: No space left on device; the session is saved" in (
        done.stderr.decode()
    )


@pytest.mark.parametrize(("option", "begin"), [("--csv", b"id,shape,"), ("--json", b"{")])
def test_a_pipe_is_opened_once(option: str, begin: bytes, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        assert reader.stdout is not None
        descriptor = os.open(pipe, os.O_WRONLY)  # once this returns, the reader is there
        with subprocess.Popen([*PROGRAM, *ON_HOST, "--quiet", option, str(pipe)], stdout=subprocess.DEVNULL) as run:
            assert run.wait(timeout=120) == 0
        os.close(descriptor)
        assert reader.stdout.read().startswith(begin)


@pytest.mark.parametrize("option", ["--csv", "--json"])
def test_a_pipe_that_nobody_reads_is_told_before_anything_runs(option: str, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = program(*ON_HOST, option, str(pipe), timeout=60)
    assert done.returncode == 2 and b"is a pipe that nobody reads; start its reader first" in done.stderr


def test_rows_go_to_stdout() -> None:
    done = program(*ON_HOST, "--adapter", "opencl:*", "--quiet", "--csv", "-", timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    lines = done.stdout.decode().splitlines()
    assert len(lines) == 2 and lines[0].startswith("id,shape,") and lines[1].startswith("S1,")
    assert b"S1" in done.stderr  # the report


def test_two_outputs_do_not_write_into_one_another(tmp_path: Path) -> None:
    for target in ("-", str(tmp_path / "out")):
        done = program(*ON_HOST, "--csv", target, "--json", target)
        assert done.returncode == 2 and f"--csv and --json both write to {target};" in done.stderr.decode()
    assert not (tmp_path / "out").exists()


def test_a_mistake_leaves_no_empty_file_behind(tmp_path: Path) -> None:
    assert program("run", "nonsense", "--csv", str(tmp_path / "a"), "--json", str(tmp_path / "b")).returncode == 3
    assert not list(tmp_path.glob("[ab]"))


def test_json_goes_through_a_link_and_leaves_a_device_a_device(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to(tmp_path / "real.json")
    assert program(*ON_HOST, "--quiet", "--json", str(tmp_path / "link.json")).returncode == 0
    assert (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "real.json").read_text(encoding="utf-8"))["schema"] == 3
    assert program(*ON_HOST, "--quiet", "--json", "/dev/stdout").returncode == 0
    assert Path("/dev/stdout").is_symlink()


def test_a_user_without_a_home_measures_and_is_told_that_nothing_stays(tmp_path: Path) -> None:
    """An id that the system does not know, as containers have it."""
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    no_home = (
        "import os, runpy; os.path.expanduser = lambda path: path; runpy.run_module('paragon_tui', run_name='__main__')"
    )
    argv = [sys.executable, "-c", no_home, *ON_HOST, "--quiet"]
    done = subprocess.run(argv, capture_output=True, check=False, env=environment, cwd=tmp_path, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    (line,) = done.stderr.decode().splitlines()
    assert "this user has no home folder: nothing stays" in line
    assert list(tmp_path.iterdir()) == []


def test_the_interface_in_a_dumb_terminal_says_what_to_use() -> None:
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    environment = {**os.environ, "TERM": "dumb"}
    done = subprocess.run(PROGRAM, stdin=theirs, stdout=theirs, stderr=theirs, check=False, env=environment, timeout=60)
    told = os.read(ours, 4096)
    os.close(theirs)
    os.close(ours)
    assert done.returncode == 2 and b"TERM says dumb; use `paragon-tui run`" in b" ".join(told.split())


def test_the_interface_without_a_terminal_says_what_to_use() -> None:
    done = program(stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert b"paragon-tui run" in done.stderr and b"Traceback" not in done.stderr
