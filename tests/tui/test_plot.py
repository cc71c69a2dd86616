"""Curves on two logarithmic axes: where they lie, what stands beside them, and that nothing is wider than its place."""

from __future__ import annotations

from itertools import pairwise

import pytest

from paragon_tui.tui.widgets.plot import Series, plot, short

FAST = Series("a", "red", ((1e5, 0.01), (1e6, 0.1), (1e7, 1.0)))
SLOW = Series("vulkan:0", "blue", ((1e5, 10.0), (1e7, 10.0)))


def drawn(*series: Series, columns: int = 60, rows: int = 12) -> list[str]:
    return [line.plain for line in plot(series, columns, rows, "operations")]


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
    assert lines[0].endswith(" vulkan:0")
    assert any(line.endswith(" a") for line in lines[1:])


@pytest.mark.parametrize("columns", range(30, 140, 7))
@pytest.mark.parametrize("series", [(FAST,), (FAST, SLOW)], ids=["one", "two"])
def test_nothing_is_wider_than_its_place(series: tuple[Series, ...], columns: int) -> None:
    lines = drawn(*series, columns=columns)
    assert lines and max(map(len, lines)) <= columns
    assert lines[-1].endswith(" operations") and len(lines) == 12


def test_ends_of_the_same_height_have_lines_of_their_own() -> None:
    twins = [Series(name, "red", SLOW.points) for name in ("one", "two", "three")]
    names = [line.split()[-1] for line in drawn(*twins) if line.split()[-1] in ("one", "two", "three")]
    assert sorted(names) == ["one", "three", "two"]


@pytest.mark.parametrize(
    ("series", "rows"), [((), 12), ((Series("a", "", ((1e5, 1.0),)),), 12), ((FAST,), 4)], ids=["none", "one", "low"]
)
def test_there_is_no_plot_of_one_size_and_none_without_room(series: tuple[Series, ...], rows: int) -> None:
    assert drawn(*series, rows=rows) == []


@pytest.mark.parametrize(
    ("value", "text"), [(999, "999"), (1000, "1k"), (101632, "102k"), (1.5e6, "1.5M"), (2e12, "2T")]
)
def test_sizes_are_short(value: float, text: str) -> None:
    assert short(value) == text
