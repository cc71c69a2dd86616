"""A curve of braille dots: where its ends are, that it grows with what is known, that nothing breaks it."""

from __future__ import annotations

from math import inf, nan

import pytest

from paragon_tui.tui.widgets.curve import curve

FULL = "⠉⠉⠉⠉"  # the upper two rows of dots are one: the first row


def dots(lines: list[str]) -> set[tuple[int, int]]:
    """(column, row) of every dot, from the upper left corner."""
    places = {0x01: (0, 0), 0x02: (0, 1), 0x04: (0, 2), 0x08: (1, 0), 0x10: (1, 1), 0x20: (1, 2), 0x40: (0, 3)}
    places[0x80] = (1, 3)
    return {
        (2 * x + dx, 4 * y + dy)
        for y, line in enumerate(lines)
        for x, character in enumerate(line)
        for bit, (dx, dy) in places.items()
        if (ord(character) - 0x2800) & bit
    }


def test_the_largest_is_at_the_top_and_the_least_at_the_bottom():
    drawn = dots(curve([8.0, 4.0, 2.0, 1.0], 4, 2, 1))
    assert {(0, 0), (3, 3)} <= drawn  # three steps of the logarithm, a row of dots each
    assert (3, 0) not in drawn and (0, 3) not in drawn


def test_what_is_to_come_is_blank():
    lines = curve([1.0, 0.5], 8, 4, 2)
    assert [line[1:] for line in lines] == ["⠀⠀⠀"] * 2
    assert dots(lines)


def test_neighbours_touch():
    drawn = dots(curve([1000.0, 1.0], 2, 1, 4))
    assert {row for _, row in drawn} == set(range(16))


def test_a_column_has_all_of_its_values():
    drawn = dots(curve([1.0, 100.0, 1.0, 100.0], 4, 1, 1))
    assert drawn == {(0, row) for row in range(4)} | {(1, row) for row in range(4)}


def test_values_that_are_all_the_same_are_a_line():
    assert curve([0.25] * 8, 8, 4, 1) == [FULL]


@pytest.mark.parametrize("values", [[], [nan], [0.0, 0.0], [inf, -1.0]])
def test_where_no_logarithm_is_known_nothing_is_drawn(values):
    assert curve(values, 4, 3, 2) == ["⠀⠀⠀"] * 2


def test_what_has_no_logarithm_is_left_out():
    assert curve([1.0, nan, 0.0, inf, 0.5, 0.25], 6, 3, 2) == curve([1.0, nan, nan, nan, 0.5, 0.25], 6, 3, 2)
