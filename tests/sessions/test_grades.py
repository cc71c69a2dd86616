"""Words of a ratio: where each begins, and when an interval does not carry it."""

from __future__ import annotations

import math

import pytest

from paragon_tui.engine.messages.figures import Interval, Ratio
from paragon_tui.sessions.grades import BANDS, SPEEDS, Grade, grade


def ratio(value: float, low: float | None = None, high: float | None = None) -> Ratio:
    interval = None if low is None or high is None else Interval(low, high)
    return Ratio(value, interval, "unclear")


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (40.0, "faster"),
        (1.001, "faster"),
        (1.0, "within 20 %"),
        (1 / 1.2, "within 20 %"),
        (math.nextafter(1 / 1.2, 0), "slower"),
        (1e-9, "slower"),
    ],
)
def test_speeds_begin_where_trueno_has_them(value: float, word: str) -> None:
    assert grade(ratio(value, value, value), SPEEDS) == Grade(word, True)


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (3.0, "excellent"),
        (0.8, "excellent"),
        (0.799, "good"),
        (0.5, "good"),
        (0.499, "fair"),
        (0.2, "fair"),
        (0.199, "needs work"),
        (0.0001, "needs work"),
    ],
)
def test_bands_begin_where_genesis_has_them(value: float, word: str) -> None:
    assert grade(ratio(value, value, value), BANDS) == Grade(word, True)


@pytest.mark.parametrize(
    ("low", "high", "sure"),
    [(0.85, 0.99, True), (0.85, 1.0, True), (0.85, 1.01, False), (0.8, 0.95, False), (0.7, 1.3, False)],
)
def test_an_interval_that_reaches_over_a_border_leaves_the_medians_word_in_doubt(low, high, sure) -> None:
    assert grade(ratio(0.9, low, high), SPEEDS) == Grade("within 20 %", sure)


def test_one_border_is_no_doubt_about_another_word() -> None:
    wide = ratio(0.9, 0.82, 0.98)
    assert (grade(wide, SPEEDS).sure, grade(wide, BANDS).sure) == (False, True)


def test_without_an_interval_nothing_is_sure() -> None:
    assert str(grade(ratio(9.0), SPEEDS)) == "faster ?"
    assert str(grade(ratio(9.0, 8.0, 10.0), SPEEDS)) == "faster"
