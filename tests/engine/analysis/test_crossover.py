"""Advice from speed-ups at several sizes: the crossover, and no more than the intervals allow."""

from __future__ import annotations

import pytest

from paragon_tui.engine.analysis.crossover import Advice, Point, advise
from paragon_tui.engine.messages.figures import Interval, Ratio, Verdict

KEY = ("inference", "network", "f32", "default", "opencl:0")
NAMES = ("S1", "S2", "S3", "M1", "M2", "M3", "XL1")


def point(case: str, size: float, value: float, width: float = 0.1) -> Point:
    """A speed-up whose interval reaches ``width`` of it down, and as much up on the logarithm."""
    interval = Interval(value * (1 - width), value / (1 - width))
    if interval.low > 1:
        judgement: Verdict = "faster"
    elif interval.high < 1:
        judgement = "slower"
    else:
        judgement = "same" if width < 0.02 else "unclear"
    return Point(case, size, Ratio(value, interval, judgement))


def points(*values: float | tuple[float, float]) -> list[Point]:
    """Cases of 1000 operations and ten times as many each: a ratio, or a ratio and its interval's width."""
    pairs = [value if isinstance(value, tuple) else (value, 0.1) for value in values]
    return [point(name, 10.0 ** (3 + i), *pair) for i, (name, pair) in enumerate(zip(NAMES, pairs, strict=False))]


def advised(*values: float | tuple[float, float]) -> Advice | None:
    advice = advise({KEY: points(*values)})
    return advice[0] if advice else None


def words(*values: float | tuple[float, float]) -> str | None:
    advice = advised(*values)
    assert advice is None or (advice.crossover, advice.interval, advice.between) == (None, None, None)
    return advice.words if advice else None


SAME, UNCLEAR = (1.0, 0.005), (1.05, 0.2)


# One thing at every size


def test_faster_slower_or_the_same_at_every_size():
    assert words(1.5, 2.0, 9.0) == "faster than NumPy at every size measured, S1 to S3"
    assert words(0.1, 0.2, 0.1, 0.5) == "slower than NumPy at every size measured, S1 to M1"
    assert words(SAME, SAME, SAME) == "as fast as NumPy at every size measured, S1 to S3"


def test_fewer_than_three_points_carry_nothing():
    assert words(0.5, 2.0) is None
    assert words() is None


def test_points_without_an_interval_carry_nothing():
    bare = [Point("S2", 1e4, Ratio(9.0, None, "unclear"))]
    assert advise({KEY: [*points(1.5, 2.0)[:1], *bare, point("M1", 1e6, 3.0)]}) == ()
    (advice,) = advise({KEY: [*points(0.5, 2.0, 3.0), *bare]})
    assert advice.between == ("S1", "S2") and advice.crossover is not None


def test_where_nothing_is_clear_nothing_is_said():
    assert words(UNCLEAR, UNCLEAR, UNCLEAR) is None
    assert words(UNCLEAR, SAME, UNCLEAR) is None


# One crossover


def test_the_crossover_lies_where_the_logarithms_cross():
    advice = advised(0.25, 0.5, 2.0, 4.0)
    assert advice is not None
    assert advice.crossover == pytest.approx(10**4.5)  # half way from 1e4 to 1e5
    assert advice.between == ("S2", "S3")
    assert advice.words == (
        "NumPy up to S2, opencl:0 from S3 on; "
        "the crossover is between S2 (10 k operations) and S3 (100 k), at about 32 k"
    )


@pytest.mark.parametrize("width", [0.001, 0.1, 0.3])
def test_the_crossover_is_only_known_to_lie_between_two_cases_however_narrow_their_intervals(width):
    advice = advised((0.5, width), (0.6, width), (2.0, width))
    assert advice is not None and advice.interval == Interval(1e4, 1e5)


def test_a_known_law_is_recovered_between_unequal_sizes():
    """Ratio = sqrt(size / 5e5): equal at half a million operations whatever the grid."""
    sizes = {"S1": 1e3, "S2": 2e4, "S3": 3e5, "M1": 9e5, "M2": 7e7}
    (advice,) = advise({KEY: [point(name, size, (size / 5e5) ** 0.5, 0.05) for name, size in sizes.items()]})
    assert advice.crossover == pytest.approx(5e5)
    assert advice.interval == Interval(3e5, 9e5)
    assert advice.words == (
        "NumPy up to S3, opencl:0 from M1 on; "
        "the crossover is between S3 (300 k operations) and M1 (900 k), at about 500 k"
    )


def test_the_order_of_the_points_does_not_matter():
    assert advise({KEY: points(0.25, 0.5, 2.0, 4.0)[::-1]}) == advise({KEY: points(0.25, 0.5, 2.0, 4.0)})


def test_a_crossover_the_other_way():
    advice = advised(4.0, 2.0, 0.5, 0.25)
    assert advice is not None and advice.interval == Interval(1e4, 1e5)
    assert advice.crossover == pytest.approx(10**4.5)
    assert advice.words.startswith("opencl:0 up to S2, NumPy from S3 on; the crossover is between S2 ")


def test_an_interval_that_straddles_one_in_the_middle_widens_what_is_between():
    advice = advised(0.25, 0.5, UNCLEAR, 2.0, 4.0)
    assert advice is not None and advice.crossover is not None
    assert (advice.between, advice.interval) == (("S2", "M1"), Interval(1e4, 1e6))
    assert 1e4 < advice.crossover < 1e5
    assert advice.words == (
        "NumPy up to S2, opencl:0 from M1 on; the crossover is between S2 (10 k operations) and M1 (1 M), at about 86 k"
    )


def test_estimates_that_waver_in_the_middle_leave_only_the_cases_between():
    advice = advised(0.25, 0.5, (1.1, 0.2), (0.9, 0.2), 2.0)
    assert advice is not None and advice.crossover is None
    assert (advice.between, advice.interval) == (("S2", "M2"), Interval(1e4, 1e7))
    assert advice.words.endswith("opencl:0 from M2 on; the crossover is between S2 (10 k operations) and M2 (10 M)")


def test_a_difference_too_small_to_matter_ends_nothing():
    """Its whole interval may lie above 1, before another straddles it again."""
    tiny = Point("M1", 1e6, Ratio(1.003, Interval(1.001, 1.005), "same"))
    (advice,) = advise({KEY: [*points(0.25, 0.5, UNCLEAR), tiny, point("M2", 1e7, 0.95, 0.2), point("M3", 1e8, 2.0)]})
    assert (advice.between, advice.interval) == (("S2", "M3"), Interval(1e4, 1e8))


@pytest.mark.parametrize(
    ("values", "beginning"),
    [
        ((0.25, 0.5, 2.0, SAME), "NumPy up to S2, opencl:0 at S3; no clear difference at M1; "),
        ((UNCLEAR, 0.5, 2.0, 3.0), "NumPy at S2, opencl:0 from S3 on; no clear difference at S1; "),
        ((UNCLEAR, 0.5, 2.0, SAME, 4.0), "NumPy at S2, opencl:0 at S3 and M2; no clear difference at S1 and M1; "),
        ((0.2, SAME, 0.5, 2.0), "NumPy at S1 and S3, opencl:0 from M1 on; no clear difference at S2; "),
    ],
)
def test_where_not_all_beyond_the_crossover_is_clear_only_the_cases_that_are_get_a_winner(values, beginning):
    advice = advised(*values)
    assert advice is not None and advice.words.startswith(f"{beginning}the crossover is between ")


@pytest.mark.parametrize(
    ("scale", "ending"),
    [
        (1e-3, "S2 (10 operations) and S3 (100), at about 32"),
        (99.95e-3, "S2 (1 k operations) and S3 (10 k), at about 3.2 k"),
        (1e3, "S2 (10 M operations) and S3 (100 M), at about 32 M"),
        (2e5, "S2 (2 G operations) and S3 (20 G), at about 6.3 G"),
        (4e8, "S2 (4 T operations) and S3 (40 T), at about 13 T"),
    ],
)
def test_sizes_are_told_in_the_unit_that_suits_them(scale, ending):
    scaled = [Point(p.case, p.size * scale, p.ratio) for p in points(0.25, 0.5, 2.0, 4.0)]
    (advice,) = advise({KEY: scaled})
    assert advice.words.endswith(f"the crossover is between {ending}")


# No crossover that could be named


def test_one_end_alone_is_told_with_what_it_bounds():
    assert words(UNCLEAR, SAME, 2.0, 3.0) == (
        "opencl:0 from S3 on; any crossover is at S3 or below; no clear difference at S1 to S2"
    )
    assert words(0.2, 0.5, UNCLEAR) == ("NumPy up to S2; any crossover is at S2 or above; no clear difference at S3")
    assert words(3.0, 2.0, UNCLEAR).startswith("opencl:0 up to S2; any crossover is at S2 or above;")
    assert words(UNCLEAR, 0.5, 0.2).startswith("NumPy from S2 on; any crossover is at S2 or below;")


def test_several_crossings_are_none():
    assert words(0.5, 2.0, 0.5, 2.0) == "no clear crossover: slower at S1, faster at S2, slower at S3, faster at M1"
    assert words(2.0, 2.0, UNCLEAR, 0.5, 2.0) == (
        "no clear crossover: faster at S1 to S2, no clear difference at S3, slower at M1, faster at M2"
    )


def test_one_side_with_gaps_is_no_crossover():
    assert words(2.0, UNCLEAR, 3.0) == "no clear crossover: faster at S1, no clear difference at S2, faster at S3"


# Several adapters


def test_every_adapter_is_advised_about_apart_and_in_order():
    other = ("inference", "network", "i8", "default", "vulkan:0")
    silent = ("inference", "network", "f16", "default", "vulkan:0")
    all_advice = advise({other: points(2.0, 2.0, 2.0), silent: points(2.0), KEY: points(0.5, 0.5, 0.5)})
    assert [
        (advice.suite, advice.operation, advice.dtype, advice.variant, advice.adapter) for advice in all_advice
    ] == [other, KEY]
