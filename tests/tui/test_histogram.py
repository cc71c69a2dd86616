"""Histograms: every sample is counted once, what lies beyond is told, and nothing is wider than its place."""

from __future__ import annotations

import random

import pytest

from paragon_tui.engine.messages.figures import Interval, Summary
from paragon_tui.tui.widgets.histogram import Bins, binned, histogram

_DRAW = random.Random(1)
NORMAL = [_DRAW.gauss(0.203, 0.006) for _ in range(900)]
TWO_MODES = [_DRAW.gauss(0.2, 0.002) for _ in range(500)] + [_DRAW.gauss(0.25, 0.002) for _ in range(500)]


def summary(values: list[float]) -> Summary:
    ordered = sorted(values)
    middle = ordered[len(ordered) // 2]
    interval = Interval(0.995 * middle, 1.005 * middle)
    p95 = ordered[int(0.95 * len(ordered))]
    return Summary(middle, interval, ordered[0], 0.9 * middle, 1.1 * middle, p95, 0.01, middle, 0.01, len(values))


@pytest.mark.parametrize("values", [NORMAL, TWO_MODES, [1.0], [2.0] * 50, [1.0, 2.0], [0.0, 0.0]])
@pytest.mark.parametrize("most", [6, 40, 120])
def test_every_sample_is_counted_once(values: list[float], most: int) -> None:
    bins = binned(values, most)
    assert sum(bins.counts) + bins.beyond == len(values) and len(bins.counts) <= most
    assert bins.low <= min(values) and bins.high > bins.low


def test_a_long_tail_does_not_squeeze_the_rest_and_is_told() -> None:
    bins = binned([*NORMAL, 5.0, 9.0], 60)
    assert bins.beyond >= 2 and bins.high < 0.3
    (line,) = [line.plain for line in histogram([*NORMAL, 5.0, 9.0], 60, 12, "", None) if "beyond" in line.plain]
    assert line.rstrip().endswith(f"{bins.beyond} beyond ▼")


def test_a_tail_that_is_no_longer_than_the_rest_stays() -> None:
    assert binned(NORMAL, 60).beyond == 0 and binned(TWO_MODES, 60).beyond == 0


def test_two_modes_are_two_hills() -> None:
    counts = binned(TWO_MODES, 60).counts
    middle = counts[len(counts) // 3 : 2 * len(counts) // 3]
    assert max(middle) == 0 < min(max(counts[: len(counts) // 3]), max(counts[2 * len(counts) // 3 :]))


@pytest.mark.parametrize("columns", range(24, 140, 9))
@pytest.mark.parametrize("rows", [5, 8, 12, 30])
@pytest.mark.parametrize("values", [NORMAL, TWO_MODES, [2.0] * 50], ids=["one", "two", "equal"])
def test_nothing_is_wider_or_higher_than_its_place(values: list[float], rows: int, columns: int) -> None:
    lines = [line.plain for line in histogram(values, columns, rows, "", summary(values))]
    assert len(lines) == rows and max(map(len, lines)) <= columns
    assert any("▼" in line for line in lines)


def test_the_marks_stand_where_their_values_are() -> None:
    lines = [line.plain for line in histogram(NORMAL, 100, 20, "", summary(NORMAL))]
    bins = binned(NORMAL, 100 - 4)
    (marked,) = [line for line in lines if "median" in line]
    share = (sorted(NORMAL)[450] - bins.low) / (bins.high - bins.low)
    assert abs(marked.index("▼") - (4 + share * 95)) <= 1
    assert "━" in lines[-2] and "µs" in lines[-1]


def test_a_bin_with_one_sample_among_thousands_is_seen() -> None:
    lines = [line.plain for line in histogram([*([1.0] * 5000), 1.2], 60, 8, "", None)]
    assert lines[-3].rstrip()[-1] == "▁"


def test_there_is_none_without_samples_or_room() -> None:
    assert histogram([], 60, 12, "", None) == []
    assert histogram(NORMAL, 10, 12, "", None) == histogram(NORMAL, 60, 3, "", None) == []


def test_bins_of_equal_samples_lie_around_them() -> None:
    assert binned([2.0] * 3, 8) == Bins(1.98, 2.02, (0, 0, 0, 0, 3, 0, 0, 0), 0)
