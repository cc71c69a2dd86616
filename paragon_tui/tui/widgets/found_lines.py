"""A list of lines with a search field above it while somebody searches."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.message import Message

from paragon_tui.tui.widgets.line_list import Column, Line, LineList
from paragon_tui.tui.widgets.searchable import Searchable


class FoundLines(Searchable):
    """The lines that have all words in the field; ``nothing`` is told where there are none at all."""

    FIELD, EXAMPLE = "find", "words of a line"
    DEFAULT_CSS = "FoundLines { height: 1fr; }"

    class Changed(Message):
        """Sent when other lines are shown."""

    def __init__(self, columns: Sequence[Column], nothing: str = "") -> None:
        super().__init__()
        self._columns = columns
        self._nothing = nothing
        self._lines: tuple[Line, ...] = ()
        self._words: tuple[str, ...] = ()
        self.found = 0

    def compose(self) -> ComposeResult:
        """Yield the list: the field is created on first use."""
        yield LineList(self._columns, id="lines", nothing=self._nothing)

    @property
    def searched(self) -> LineList:
        """The list."""
        return self.query_one(LineList)

    def show(self, lines: Sequence[Line], nothing: str) -> None:
        """Show those of these lines that have all words."""
        self._lines, self._nothing = tuple(lines), nothing
        found = [line for line in lines if line.has(self._words)] if self._words else lines
        self.found = len(found)
        self.searched.nothing = "Nothing has these words." if lines else nothing
        self.searched.show(found)

    def narrow(self, words: list[str]) -> None:
        """Show only the lines that have all ``words``."""
        self._words = tuple(word.lower() for word in words)
        self.show(self._lines, self._nothing)
        self.post_message(self.Changed())

    def counted(self, noun: str) -> str:
        """Return how many lines there are, and how many of them are found: ``2 of 14 sessions``."""
        total = f"{len(self._lines):,} {noun}{'' if len(self._lines) == 1 else 's'}"
        return total if self.found == len(self._lines) else f"{self.found:,} of {total}"
