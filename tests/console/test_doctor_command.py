"""``paragon-tui doctor`` on this machine, as it is and with a fault."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from paragon_tui.cli import main
from tests.conftest import expected_adapters


def test_what_is_found_here_is_told_and_nothing_of_it_is_personal(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["doctor", "--json"])
    told = capsys.readouterr().out
    document = json.loads(told)
    problems = [finding for finding in document["findings"] if finding["state"] == "problem"]
    assert (status, document["problems"]) == (1 if problems else 0, len(problems))
    assert all(problem["remedy"] for problem in problems)
    assert str(Path.home()) == "/" or str(Path.home()) not in told
    fine = {finding["subject"] for finding in document["findings"] if finding["area"] == "adapters"}
    assert {api for api in expected_adapters() if api in ("opencl", "vulkan", "gl")} <= fine


@pytest.mark.skipif(sys.platform != "linux", reason="drivers are registered in such files on Linux")
def test_a_problem_stands_above_what_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gone.icd").write_text("libgone.so\n")
    monkeypatch.setenv("OCL_ICD_VENDORS", str(tmp_path))
    assert main(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    (place,) = [number for number, line in enumerate(lines) if line.startswith("  ✗ gone.icd: libgone.so: ")]
    assert lines[place + 1].startswith("    → reinstall the driver that ")
    assert lines[-1].endswith(("problem.", "problems."))
