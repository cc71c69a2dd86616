"""What the tests of the commands share: the host as it is, and a fake device under two APIs."""

from __future__ import annotations

from pathlib import Path

import pytest

from paragon_tui.backends import registry
from paragon_tui.cli import main
from tests.support.engine_runs import BACKENDS

QUICK = ["--fast", "--iterations", "4"]


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch, fake_path: None) -> None:
    """Nothing but the host and the fakes is found."""
    monkeypatch.setattr(registry, "BACKENDS", BACKENDS)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder to stand in, so that names are short."""
    monkeypatch.chdir(tmp_path)


def refused(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str]:
    """The exit status and stderr of a command that prints nothing else."""
    status = main([*argv])
    told = capsys.readouterr()
    assert told.out == "" and "Traceback" not in told.err
    return status, told.err
