"""The app on a scripted source, and waiting for what it shows."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from paragon_tui.tui.app import ParagonApp
from tests.support.screen_sources import ScriptedSource


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., ParagonApp]:
    """Build the app in folders of the test's own; the model's clock stands still."""

    def build(source: object | None = None, exports: Path | None = None) -> ParagonApp:
        return ParagonApp(
            source or ScriptedSource(),  # type: ignore[arg-type]
            tmp_path / "data" / "sessions.sqlite3",
            exports or tmp_path / "exports",
            clock=lambda: 0.0,
        )

    return build


async def until(pilot: Pilot[int], condition: Callable[[], object], seconds: float = 120.0) -> None:
    """Let the app work until ``condition`` holds."""
    app = pilot.app
    assert isinstance(app, ParagonApp)
    deadline = time.monotonic() + seconds
    while not (app.main.paintable and condition()):
        assert time.monotonic() < deadline, "it did not come about"
        await pilot.pause(0.01)
    app.main.paint()
    await pilot.pause()


async def until_left(pilot: Pilot[int], seconds: float = 120.0) -> None:
    """Let the app work until it leaves by itself."""
    deadline = time.monotonic() + seconds
    while not pilot.app._exit:
        assert time.monotonic() < deadline, "it did not leave"
        await pilot.pause(0.01)


def text_of(app: ParagonApp) -> str:
    """Everything on the screen, as characters."""
    width, height = app.size
    strips = app.screen._compositor.render_strips(app.size)
    return "\n".join("".join(segment.text for segment in strip)[:width] for strip in strips[:height])
