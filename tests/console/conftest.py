"""Fixtures of the command tests: the real host, and a fake device under two APIs."""

from __future__ import annotations

from pathlib import Path

import pytest

from paragon_tui.backends import registry
from paragon_tui.cli import main
from paragon_tui.engine.results.result import Result
from paragon_tui.sessions import paths
from paragon_tui.sessions.session_lookup import open_session
from tests.support.engine_runs import BACKENDS

QUICK = ["--fast", "--iterations", "10"]


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch, fake_path: None) -> None:
    """Let discovery find only the host and the fake devices."""
    monkeypatch.setattr(registry, "BACKENDS", BACKENDS)


def recorded(adapter: str) -> Result:
    """Return an adapter's first result in the latest session of the store.

    How steady NumPy is beside other tests nobody knows ahead: what is printed of it must be what was measured.
    """
    session = open_session("last", paths.database())
    return next(result for result in session.results if result.id.adapter == adapter)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change into a temporary folder, so that file names are short."""
    monkeypatch.chdir(tmp_path)


def refused(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str]:
    """Return the exit status and stderr of a command that prints nothing else."""
    status = main([*argv])
    captured = capsys.readouterr()
    assert captured.out == "" and "Traceback" not in captured.err
    return status, captured.err
