"""The user's settings, for commands."""

from __future__ import annotations

from paragon_tui.console.streams import notice
from paragon_tui.sessions import paths, settings


def user_settings() -> settings.Settings:
    """Return the settings; what is wrong with their file is told on stderr, and has its default."""
    loaded, problems = settings.load(paths.settings_file())
    for problem in problems:
        notice(problem)
    return loaded
