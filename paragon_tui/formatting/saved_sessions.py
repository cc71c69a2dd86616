"""Saved sessions in a list: when they were, and how they ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from paragon_tui.formatting.quantities import UNKNOWN

if TYPE_CHECKING:
    from paragon_tui.sessions.catalog import SessionLine

_STATES = {"interrupted": "stopped", "unfinished": "unfinished"}


def when(started: str, now: datetime) -> str:
    """Return when a session began, ISO 8601, as people say it at ``now`` (aware): ``12 min ago``, ``yesterday 17:55``.

    What is no time is returned as it is.
    """
    try:
        began = datetime.fromisoformat(started).astimezone(now.tzinfo)
    except (ValueError, OverflowError, OSError):
        return started
    minutes = (now - began) // timedelta(minutes=1)
    if 0 <= minutes < 60:
        return f"{minutes} min ago" if minutes else "just now"
    days = (now.date() - began.date()).days
    if days in (0, 1):
        return f"{('today', 'yesterday')[days]} {began:%H:%M}"
    year = "" if began.year == now.year else f" {began.year}"
    return f"{began.day} {began:%b}{year} {began:%H:%M}"


def verdict(line: SessionLine, running: bool = False) -> str:
    """Return what a list says of a session's bits and its end: ``✓``, ``≠ 2 wrong``, ``✓ stopped``."""
    bits = f"≠ {line.wrong} wrong" if line.wrong else "✓" if line.measured else UNKNOWN
    state = "running" if running else _STATES.get(line.ended)
    return f"{bits} {state}" if state else bits
