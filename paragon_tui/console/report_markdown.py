"""The report of a session as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from paragon_tui.console.report_sections import Grid, Notes, Section, sections

if TYPE_CHECKING:
    from paragon_tui.sessions.rankings import Gate
    from paragon_tui.sessions.review import Review

_MARKUP = re.compile(r"[\\`*|<>]|(?<=\])\(|(?<!\w)_|_(?!\w)")  # an underscore within a word is no markup


def markdown(review: Review, spread: bool = False, gate: Gate | None = None) -> str:
    """Build the whole report; ``spread`` and ``gate`` as of ``sections``."""
    lines = []
    for number, section in enumerate(sections(review, spread, gate)):
        lines += [*_section(section, 1 if number == 0 else 2), ""]
    return "\n".join(lines)


def _section(section: Section, level: int) -> Iterator[str]:
    yield f"{'#' * level} {_plain(section.title)}"
    for content in section.content:
        yield ""
        match content:
            case Grid():
                yield from _table(content)
            case Notes():
                yield from (f"- {note}" for note in content.notes)
            case _:
                yield _plain(content)
    for part in section.parts:
        yield ""
        yield from _section(part, level + 1)


def _table(grid: Grid) -> Iterator[str]:
    if not grid.rows:
        yield "None."
        return
    heading, *rows = ([_plain(cell) for cell in row] for row in (grid.heading, *grid.rows))
    for line in (heading, ["---"] * len(heading), *rows):
        yield f"| {' | '.join(line)} |"


def _plain(text: str) -> str:
    """Return text from drivers and people on one line, with Markdown's special characters escaped."""
    return _MARKUP.sub(r"\\\g<0>", " ".join(text.split()))
