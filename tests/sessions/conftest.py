"""Fixtures of the tests of sessions."""

from pathlib import Path

import pytest


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A store that is not there yet, in a folder that is not."""
    return tmp_path / "new folder" / "sessions.sqlite3"
