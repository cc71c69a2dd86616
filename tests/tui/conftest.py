"""The app on a scripted source, and waiting for what it shows."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot

from paragon_tui.tui.app import ParagonApp
from paragon_tui.tui.dialogs.verification import VerificationScreen
from paragon_tui.tui.source import Source
from tests.support.screen_sources import ScriptedSource

Make = Callable[..., ParagonApp]
WIDE, SMALL, LARGE = (120, 36), (80, 24), (200, 60)
every_size = pytest.mark.parametrize(
    "size",
    [
        pytest.param(WIDE, id="120x36"),
        pytest.param(SMALL, id="80x24", marks=pytest.mark.exhaustive),
        pytest.param(LARGE, id="200x60", marks=pytest.mark.exhaustive),
    ],
)
"""Layouts differ by size; the usual run looks at one of them."""
NOW = datetime(2026, 1, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Build the app in folders of the test's own; the model's clock stands still."""

    def build(source: Source | None = None, exports: Path | None = None) -> ParagonApp:
        return ParagonApp(
            source or ScriptedSource(),
            tmp_path / "data" / "sessions.sqlite3",
            exports or tmp_path / "exports",
            tmp_path / "settings.toml",
            clock=lambda: 0.0,
            now=lambda: NOW,
        )

    return build


def app_of(pilot: Pilot[int]) -> ParagonApp:
    assert isinstance(pilot.app, ParagonApp)
    return pilot.app


def verification_screen(app: ParagonApp) -> VerificationScreen:
    assert isinstance(app.screen, VerificationScreen)
    return app.screen


def searched(app: ParagonApp) -> bool:
    """True once all APIs have been searched for adapters."""
    return not app.model.searching


def finished(app: ParagonApp) -> bool:
    """True once the run has ended."""
    return app.model.session.finished


def notified(app: ParagonApp) -> str:
    """The messages of all notifications, a line each."""
    return "\n".join(notification.message for notification in app._notifications)


async def until(pilot: Pilot[int], condition: Callable[[], object], seconds: float = 120.0) -> None:
    """Let the app work until ``condition`` holds."""
    app = app_of(pilot)
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


async def click_in_head(pilot: Pilot[int], label: str) -> None:
    """Click a label of the first line: a page, or the menu."""
    line = text_of(app_of(pilot)).splitlines()[0]
    await pilot.click("#title", offset=(line.index(label), 0))


def text_of(app: ParagonApp) -> str:
    """Everything on the screen, as characters."""
    width, height = app.size
    strips = app.screen._compositor.render_strips(app.size)
    return "\n".join("".join(segment.text for segment in strip)[:width] for strip in strips[:height])
