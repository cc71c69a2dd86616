"""Curves on two logarithmic axes: where they lie, what stands beside them, and that nothing is wider than its place."""

from __future__ import annotations

from itertools import pairwise

import pytest

from paragon_tui.tui.widgets.plot import Plot, Series, plot

FAST = Series("a", "red", ((1e5, 0.01), (1e6, 0.1), (1e7, 1.0)), "●")
SLOW = Series("vulkan:0", "blue", ((1e5, 10.0), (1e7, 10.0)), "■")


def drawn(*series: Series, columns: int = 60, rows: int = 12) -> list[str]:
    made = plot(series, columns, rows)
    return [] if made is None else [line.plain for line in made.lines]


def dots(line: str) -> list[int]:
    return [column for column, character in enumerate(line) if "⠀" < character <= "⣿"]


def test_a_power_law_is_a_straight_line_upwards() -> None:
    lines = drawn(FAST)
    places = [dots(line) for line in lines]
    assert places[0][-1] > places[0][0] > places[9][-1]  # top right, and bottom left
    middles = [sum(place) / len(place) for place in places if place]
    steps = [before - after for before, after in pairwise(middles)]
    assert max(steps) - min(steps) < 3  # as even as characters allow


def test_a_constant_time_is_a_level_line_above_what_is_faster() -> None:
    lines = drawn(FAST, SLOW)
    assert len(dots(lines[0])) > 30 and not dots(lines[1])
    assert lines[0].endswith(" ■ vulkan:0")
    assert any(line.endswith(" ● a") for line in lines[1:])


@pytest.mark.parametrize("columns", range(30, 140, 7))
@pytest.mark.parametrize("rows", [9, 12, 26])
@pytest.mark.parametrize("series", [(FAST,), (FAST, SLOW)], ids=["one", "two"])
def test_nothing_is_wider_than_its_place(series: tuple[Series, ...], rows: int, columns: int) -> None:
    lines = drawn(*series, columns=columns, rows=rows)
    assert lines and max(map(len, lines)) <= columns
    assert lines[-1].rstrip().endswith("operations") and len(lines) == rows


def test_ends_of_the_same_height_have_lines_of_their_own() -> None:
    twins = [Series(name, "red", SLOW.points) for name in ("one", "two", "three")]
    names = [line.split()[-1] for line in drawn(*twins) if line.split()[-1] in ("one", "two", "three")]
    assert sorted(names) == ["one", "three", "two"]


def test_every_point_has_its_mark_and_can_be_found_there() -> None:
    made = plot((FAST, SLOW), 60, 20)
    assert isinstance(made, Plot)
    found = [place for places in made.places.values() for place in places]
    assert sorted(found) == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)]
    for (column, row), places in made.places.items():
        assert made.lines[row].plain[column] == (FAST, SLOW)[places[0][0]].mark


def test_points_in_one_place_are_all_found_and_the_selected_one_is_on_top() -> None:
    made = plot((FAST, Series("b", "blue", FAST.points, "■")), 60, 20, selected=(1, 1))
    assert made is not None
    (place,) = [place for place, found in made.places.items() if (1, 1) in found]
    assert made.places[place] == ((0, 1), (1, 1))
    line = made.lines[place[1]]
    (style,) = [span.style for span in line.spans if span.start <= place[0] < span.end]
    assert line.plain[place[0]] == "■" and "reverse" in str(style)


def test_a_ruler_stands_where_its_value_is_and_none_beyond_the_axis() -> None:
    made = plot((FAST,), 60, 12, rulers=(1e6, 1e9))
    assert made is not None
    (column,) = {line.plain.index("┊") for line in made.lines if "┊" in line.plain}
    assert made.lines[-1].plain[column - 1 : column + 1].strip() in ("1M", "M", "1")


@pytest.mark.parametrize(
    ("series", "rows"), [((), 12), ((Series("a", "", ((1e5, 1.0),)),), 12), ((FAST,), 4)], ids=["none", "one", "low"]
)
def test_there_is_no_plot_of_one_size_and_none_without_room(series: tuple[Series, ...], rows: int) -> None:
    assert drawn(*series, rows=rows) == []
