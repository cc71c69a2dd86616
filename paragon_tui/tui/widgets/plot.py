"""Curves and points on two logarithmic axes, drawn in braille characters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter

from rich.text import Text

from paragon_tui.formatting.columns import tick_time
from paragon_tui.tui.widgets.axis import Axis, Scale, along, short, upwards
from paragon_tui.tui.widgets.braille import Canvas

_LEAST_ACROSS, _LEAST_DOWN = 8, 3
_TALL = 13  # rows from which titles have lines of their own
_MARGIN = 1.1  # of a vertical axis, beyond the least and the largest value

OPERATIONS = Axis("operations", short)
TIME = Axis("time", tick_time)


@dataclass(frozen=True, slots=True)
class Series:
    """Points (x, y), both above 0, in order of their x, and the name at their end.

    ``mark`` is drawn at each point; ``joined``: lines lead from each to the next.
    """

    name: str
    style: str
    points: tuple[tuple[float, float], ...]
    mark: str = ""
    joined: bool = True

    @property
    def label(self) -> str:
        """The name with its mark."""
        return f"{self.mark} {self.name}".strip()


@dataclass(frozen=True, slots=True)
class Plot:
    """What is drawn. ``places`` has the marks by column and row: which points, as indices of series and point."""

    lines: tuple[Text, ...]
    places: Mapping[tuple[int, int], tuple[tuple[int, int], ...]]


def plot(
    series: Sequence[Series],
    columns: int,
    rows: int,
    x: Axis = OPERATIONS,
    y: Axis = TIME,
    rulers: Sequence[float] = (),
    selected: tuple[int, int] | None = None,
) -> Plot | None:
    """Draw the series in so many columns and rows, titles and labels included.

    ``rulers`` are values of x with a dotted line upwards, ``selected`` are the indices of a series and of its point
    that stands out. Returns ``None`` where the points do not differ in x, or where there is no room.
    """
    points = [point for each in series for point in each.points]
    titled = rows >= _TALL
    down = rows - (4 if titled else 2)
    if len({across for across, _ in points}) < 2 or down < _LEAST_DOWN:
        return None
    heights = [height for _, height in points]
    vertical = Scale(min(heights) / _MARGIN, max(heights) * _MARGIN, 4 * down)
    labels = upwards(vertical, y, down)
    left = max(map(len, labels.values()), default=0)
    names = max(len(each.label) for each in series if each.points)
    across = columns - left - 1 - 1 - (names if titled else max(names, len(x.title)))
    if across < _LEAST_ACROSS:
        return None
    widths = [width for width, _ in points]
    horizontal = Scale(min(widths), max(widths), 2 * across)
    drawing = _Drawing(series, horizontal, vertical, rulers, selected)
    marked, below = along(horizontal, x, across)
    lines = [Text(f"{y.title:>{left}}", style="dim")] if titled else []
    ends = _ends(series, vertical, down)
    for row in range(down):
        line = Text(f"{labels.get(row, ''):>{left}}{'┤' if row in labels else '│'}", style="dim")
        line = Text.assemble(line, *drawing.row(row))
        if row in ends:
            line.append(f" {ends[row].label}", style=ends[row].style)
        lines.append(line)
    ruled = "".join("┬" if column in marked else "─" for column in range(across))
    lines.append(Text(f"{'':>{left}}└{ruled}", style="dim"))
    if titled:
        lines += [Text(f"{'':>{left}}{below}", style="dim"), Text(f"{'':>{left + 1}}{x.title:^{across}}", style="dim")]
    else:
        lines.append(Text(f"{'':>{left}}{below:<{across + 1}} {x.title}", style="dim"))
    top = 1 if titled else 0
    places = {(column + left + 1, row + top): tuple(found) for (column, row), found in drawing.places.items()}
    return Plot(tuple(lines), places)


class _Drawing:
    """The inside of a plot: lines in braille, marks upon them."""

    def __init__(
        self,
        series: Sequence[Series],
        x: Scale,
        y: Scale,
        rulers: Sequence[float],
        selected: tuple[int, int] | None,
    ) -> None:
        self._canvas = Canvas(x.dots // 2, y.dots // 4)
        self._marks: dict[tuple[int, int], tuple[str, str]] = {}
        self._ruled = {x.dot(value) // 2 for value in rulers if x.low <= value <= x.high}
        self.places: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for number, each in enumerate(series):
            dots = [(x.dot(across), y.dots - 1 - y.dot(height)) for across, height in each.points]
            if each.joined:
                for column, row in _path(dots):
                    self._canvas.dot(column, row, each.style)
            for index, (column, row) in enumerate(dots if each.mark else ()):
                place = column // 2, row // 4
                self.places.setdefault(place, []).append((number, index))
                if (place not in self._marks) or (number, index) == selected:
                    self._marks[place] = each.mark, each.style
        for place, found in self.places.items():
            if selected in found:
                mark, style = self._marks[place]
                self._marks[place] = mark, f"{style} reverse bold"

    def row(self, row: int) -> list[tuple[str, str]]:
        """Return the texts of a row and their styles: as few as there are styles in it, since each costs time."""
        cells = self._canvas.styled(row)
        for column in self._ruled:
            if cells[column][0] == " ":
                cells[column] = "┊", "dim"
        marked = (self._marks.get((column, row), cell) for column, cell in enumerate(cells))
        return [("".join(text for text, _ in run), style) for style, run in groupby(marked, key=itemgetter(1))]


def _path(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the dots (column, row from the top) of the lines from place to place."""
    dots = list(places[:1])
    for (column, row), (to_column, to_row) in pairwise(places):
        steps = max(abs(to_column - column), abs(to_row - row), 1)
        for step in range(1, steps + 1):
            share = step / steps
            dots.append((round(column + share * (to_column - column)), round(row + share * (to_row - row))))
    return dots


def _ends(series: Sequence[Series], y: Scale, rows: int) -> dict[int, Series]:
    """Return the rows of the names: each where its series ends, or in the nearest row that is free."""
    taken: dict[int, Series] = {}
    for each in series:
        if not each.points or not each.name:
            continue
        wished = (y.dots - 1 - y.dot(max(each.points)[1])) // 4
        free = [row for row in range(rows) if row not in taken]
        if free:
            taken[min(free, key=lambda row: abs(row - wished))] = each
    return taken
