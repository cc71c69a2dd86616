"""How a CSV file is written: what separates its cells, and whether its numbers have a decimal comma."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Separator = Literal[",", ";", "\t"]
SEPARATORS: tuple[Separator, ...] = (",", ";", "\t")
_QUOTED = frozenset('"\r\n')


@dataclass(frozen=True, slots=True)
class Dialect:
    """The rule of every CSV file of this program. A cell is quoted where it holds what would end it."""

    separator: Separator = ","
    decimal_comma: bool = False

    def line(self, cells: Iterable[str]) -> str:
        """Return a line without its end."""
        return self.separator.join(map(self._cell, cells))

    def number(self, text: str) -> str:
        """Return a number that was written with a decimal point as this dialect has it."""
        return text.replace(".", ",") if self.decimal_comma else text

    def _cell(self, text: str) -> str:
        return quoted(text) if self.separator in text or not _QUOTED.isdisjoint(text) else text


USUAL = Dialect()


def quoted(text: str) -> str:
    """Return a cell in quotes."""
    return '"' + text.replace('"', '""') + '"'


def cells_of(line: str, separator: str) -> list[str]:
    """Return the cells of one line; of one that is no CSV, what there is."""
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return []
