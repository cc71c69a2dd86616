"""``paragon-tui`` as a process of its own: its streams, its files, and who reads them."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

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
    done = program(*ON_HOST, "--csv", str(table), env={**os.environ, "PYTHONIOENCODING": "cp1252"})
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
def test_a_run_goes_on_where_nothing_more_can_be_printed(tmp_path: Path) -> None:
    document = tmp_path / "out.json"
    with FULL.open("w") as full:
        argv = [*PROGRAM, *ON_HOST, "--json", str(document)]
        done = subprocess.run(argv, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.stderr.decode() == "paragon-tui: no more can be printed: No space left on device; the run goes on\n"
    assert done.returncode == 0 and len(json.loads(document.read_text(encoding="utf-8"))["results"]) == 1


def test_a_closed_output_is_told_before_anything_runs() -> None:
    done = subprocess.run(f"{shlex.join(PROGRAM)} cases >&-", shell=True, capture_output=True, check=False)
    assert done.returncode == 2 and b"standard output is closed" in done.stderr and b"Traceback" not in done.stderr


def test_a_listing_that_nobody_reads_to_its_end_is_no_failure_of_its_own() -> None:
    process = subprocess.Popen([*PROGRAM, "cases", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (141, b"")


def test_json_goes_through_a_link_and_leaves_a_device_a_device(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to(tmp_path / "real.json")
    assert program(*ON_HOST, "--quiet", "--json", str(tmp_path / "link.json")).returncode == 0
    assert (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "real.json").read_text(encoding="utf-8"))["schema"] == 3
    assert program(*ON_HOST, "--quiet", "--json", "/dev/stdout").returncode == 0
    assert Path("/dev/stdout").is_symlink()


def test_the_interface_without_a_terminal_says_what_to_use() -> None:
    done = program(stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert b"paragon-tui run" in done.stderr and b"Traceback" not in done.stderr
