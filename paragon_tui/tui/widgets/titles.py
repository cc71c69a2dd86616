"""Titles of panels, which name what they show in full or not at all."""

from __future__ import annotations

from textual.widget import Widget

_EDGES = 4  # the corners, and a space on both sides


def panel_title(panel: Widget, what: str, of: str) -> str:
    """Return ``Softmax · L2 on opencl:0``, and where a panel is too narrow for that, what it is of alone."""
    whole = f"{what} · {of}"
    return whole if len(whole) <= panel.outer_size.width - _EDGES else of
