"""What the tests of the commands share: the host as it is, and a fake device under two APIs."""

from __future__ import annotations

import pytest

from paragon_tui.backends import registry


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch, fake_path: None) -> None:
    """Nothing but the host and the fakes is found."""
    fake = {"host": "paragon_tui.backends.host", "vulkan": "fake_backend", "gl": "fake_backend"}
    monkeypatch.setattr(registry, "BACKENDS", fake)
