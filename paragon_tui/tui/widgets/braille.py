"""A canvas of braille characters, each two dots wide and four high."""

from __future__ import annotations

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # bits added to U+2800, by row and column
_BLANK = 0x2800


class Canvas:
    """Dots in ``rows`` lines of ``columns`` characters, counted from the top left. Its last dot styles a character."""

    def __init__(self, columns: int, rows: int) -> None:
        self.across, self.down = 2 * columns, 4 * rows
        self._cells = [[_BLANK] * columns for _ in range(rows)]
        self._styles = [[""] * columns for _ in range(rows)]

    def dot(self, column: int, row: int, style: str = "") -> None:
        """Set a dot."""
        self._cells[row // 4][column // 2] |= _DOTS[row % 4][column % 2]
        self._styles[row // 4][column // 2] = style

    def line(self, row: int) -> str:
        """Return a line of characters."""
        return "".join(map(chr, self._cells[row]))

    def styled(self, row: int) -> list[tuple[str, str]]:
        """Return the characters of a line and their styles; a space where there is no dot."""
        pairs = zip(self._cells[row], self._styles[row], strict=True)
        return [(chr(cell) if cell != _BLANK else " ", style) for cell, style in pairs]
