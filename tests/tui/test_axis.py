"""Ticks: round values in steps of 1, 2 and 5, as many as have room, and labels that never touch."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from paragon_tui.formatting.columns import tick_time
from paragon_tui.tui.widgets.axis import Axis, Scale, along, short, ticks, upwards

SIZES, TIMES = Axis("operations", short), Axis("time", tick_time)


def everything(values: object) -> bool:
    return True


def leading(value: float) -> int:
    """The digits of a value before its zeros: 5 of 0.05, 12 of 120."""
    return int(f"{value:.12e}".replace(".", "").split("e")[0].rstrip("0"))


@pytest.mark.parametrize(("low", "high"), [(3.0, 4e6), (0.0101, 713.0), (1e-7, 1e-3), (101_632.0, 3.5e7)])
def test_over_decades_ticks_are_1_2_and_5_times_powers_of_ten(low: float, high: float) -> None:
    marked = ticks(Scale(low, high, 200), everything)
    assert {leading(value) for value in marked} <= {1, 2, 5}
    assert low <= min(marked) < 2.5 * low and high >= max(marked) > high / 2.5
    assert all(2 <= round(after / before, 6) <= 2.5 for before, after in pairwise(marked))


@pytest.mark.parametrize(("low", "high"), [(200.0, 209.0), (0.97, 1.3), (12.0, 41.0)])
@pytest.mark.parametrize("logarithmic", [True, False])
def test_within_a_decade_ticks_are_even_steps(low: float, high: float, logarithmic: bool) -> None:
    marked = ticks(Scale(low, high, 200, logarithmic), lambda values: len(values) <= 8)
    steps = {round(after - before, 9) for before, after in pairwise(marked)}
    assert len(marked) >= 3 and len(steps) == 1 and leading(steps.pop()) in (1, 2, 5)


@pytest.mark.parametrize("across", range(12, 150, 7))
@pytest.mark.parametrize(("low", "high"), [(101_632.0, 3.5e7), (200.0, 209.0), (1.0, 1e12)])
def test_labels_along_the_bottom_neither_touch_nor_leave_it(across: int, low: float, high: float) -> None:
    marked, line = along(Scale(low, high, 2 * across), SIZES, across)
    assert len(line) <= across + 1 and line.split() == list(marked.values())
    if across >= 40:
        assert len(marked) >= 2
    for column, text in marked.items():
        assert line.index(text) - 1 <= column <= line.index(text) + len(text)  # each below its tick


@pytest.mark.parametrize("rows", range(3, 50, 3))
def test_labels_along_the_left_have_rows_of_their_own(rows: int) -> None:
    scale = Scale(0.009, 80.0, 4 * rows)
    labels = upwards(scale, TIMES, rows)
    assert all(after - before >= (1 if rows < 8 else 2) for before, after in pairwise(sorted(labels)))
    assert [labels[row] for row in sorted(labels)] == [
        tick_time(value) for value in sorted(ticks_of(labels), reverse=True)
    ]
    assert len(labels) >= 2


def ticks_of(labels: dict[int, str]) -> list[float]:
    milliseconds = {"ns": 1e-6, "µs": 1e-3, "ms": 1.0, "s": 1e3}
    return [float(number) * milliseconds[unit] for number, unit in map(str.split, labels.values())]


def test_an_axis_of_one_value_has_a_place_for_it() -> None:
    for logarithmic in (True, False):
        scale = Scale(5.0, 5.0, 10, logarithmic)
        assert scale.dot(5.0) == 0 and ticks(scale, everything) in ([], [5.0])


def test_values_beyond_the_ends_lie_at_them() -> None:
    scale = Scale(1.0, 100.0, 101)
    assert [scale.dot(value) for value in (0.1, 1.0, 10.0, 100.0, 1e9)] == [0, 0, 50, 100, 100]
    assert math.isclose(Scale(0.0, 100.0, 101, logarithmic=False).dot(25.0), 25)


@pytest.mark.parametrize(
    ("value", "text"), [(0.05, "0.05"), (999, "999"), (1000, "1k"), (101632, "102k"), (1.5e6, "1.5M"), (2e12, "2T")]
)
def test_sizes_are_short(value: float, text: str) -> None:
    assert short(value) == text


@pytest.mark.parametrize(
    ("ms", "text"),
    [(0.001, "1 µs"), (0.5, "500 µs"), (0.2031, "203.1 µs"), (1.0, "1 ms"), (50.0, "50 ms"), (2000.0, "2 s")],
)
def test_round_times_are_as_short_as_they_are(ms: float, text: str) -> None:
    assert tick_time(ms) == text
