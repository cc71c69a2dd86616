"""Whether the figures of a document can be what they are said to be: files come from anywhere, and may be damaged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import msgspec

from paragon_tui.engine.messages.figures import Interval, LaunchCost, Overhead
from paragon_tui.engine.results.result import Result
from paragon_tui.sessions.entries import declared

_LEAST, _MOST = 1e-15, 1e18
"""Between them lies whatever is measured or counted here: times in milliseconds, ratios, rates, bytes, operations."""

_SIGNED = (LaunchCost, Overhead)
"""Figures of differences, which noise may turn negative."""


def check_figures(result: Result) -> None:
    """Raise ``msgspec.ValidationError`` if a figure of ``result`` is none; values of vectors may be anything."""
    for entry in declared():
        if entry.path[0] != "bits":
            for problem in _problems(entry.of(result)):
                raise msgspec.ValidationError(f"`{entry.name}` of {result.id} {problem}")


def _problems(value: Any) -> Iterator[str]:
    if isinstance(value, _SIGNED):
        return
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value != 0 and not _LEAST <= value <= _MOST:
            yield f"is {value:g}, which cannot be measured"
    elif isinstance(value, tuple):
        for item in value:
            yield from _problems(item)
    elif is_dataclass(value):
        if isinstance(value, Interval) and value.low > value.high:
            yield f"has an interval from {value.low:g} to {value.high:g}"
        for field in fields(value):
            yield from _problems(getattr(value, field.name))
