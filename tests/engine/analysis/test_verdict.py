"""Verdicts from intervals."""

from __future__ import annotations

import math

import pytest

from paragon_tui.engine.analysis.verdict import inverted, ratio_of_medians, verdict
from paragon_tui.engine.messages.figures import Interval, Ratio, Summary
from tests.support.child_python import run_python


def summary(median: float, low: float | None = None, high: float | None = None) -> Summary:
    interval = None if low is None or high is None else Interval(low, high)
    return Summary(median, interval, median, median, median, median, 0.0, median, 0.0, 10)


@pytest.mark.parametrize(
    ("low", "high", "judgement"),
    [
        (1.0, 1.0, "same"),
        (1 / 1.01, 1.01, "same"),
        (1.001, 1.009, "same"),  # surely faster, but by nothing that matters
        (1.001, 1.011, "faster"),
        (1.5, 9.0, "faster"),
        (0.989, 0.999, "slower"),
        (0.1, 0.5, "slower"),
        (0.98, 1.0, "unclear"),
        (1.0, 1.02, "unclear"),
        (0.5, 2.0, "unclear"),
    ],
)
def test_no_more_is_said_than_the_interval_allows(low, high, judgement):
    assert verdict(Interval(low, high)) == judgement


def test_a_load_widens_a_ratio_of_two_medians() -> None:
    quick, slow = (Summary(ms, Interval(ms * 0.99, ms * 1.01), ms, ms, ms, ms, None, ms, None, 20) for ms in (1.0, 1.2))
    alone, beside = ratio_of_medians(quick, slow), ratio_of_medians(quick, slow, 0.5)
    assert alone.judgement == "slower" and beside.judgement == "unclear"
    assert alone.interval and beside.interval
    assert beside.interval.high == pytest.approx(1.5 * alone.interval.high)


def test_without_an_interval_nothing_is_said():
    assert verdict(None) == "unclear"
    assert (
        ratio_of_medians(summary(2.0), summary(1.0, 0.9, 1.1)).judgement
        == ratio_of_medians(summary(2.0, 1.9, 2.1), summary(1.0)).judgement
        == "unclear"
    )


def test_the_limits_add_up_as_variances_do():
    """3 % and 4 % down against up make 5 %; the other way round 1 % and 2 % make the root of 5."""
    baseline = summary(2.0, 2.0 * math.exp(-0.03), 2.0 * math.exp(0.01))
    other = summary(1.0, math.exp(-0.02), math.exp(0.04))
    speedup = ratio_of_medians(baseline, other)
    assert speedup.interval is not None
    assert speedup.value == 2.0
    assert math.log(speedup.interval.low / 2.0) == pytest.approx(-0.05)
    assert math.log(speedup.interval.high / 2.0) == pytest.approx(math.sqrt(5) / 100)
    assert speedup.judgement == "faster"


def test_an_exact_baseline_leaves_the_others_interval():
    speedup = ratio_of_medians(summary(1.0, 1.0, 1.0), summary(1.0, 0.8, 1.1))
    assert speedup.interval is not None
    assert (speedup.interval.low, speedup.interval.high) == pytest.approx((1 / 1.1, 1 / 0.8))


@pytest.mark.parametrize(
    ("baseline", "other"),
    [
        (summary(0.0), summary(1.0)),
        (summary(1.0), summary(0.0)),
        (summary(1.0, 0.0, 2.0), summary(1.0, 0.9, 1.1)),
        (summary(1.0, 0.9, 1.1), summary(1.0, -1.0, 2.0)),
    ],
)
def test_times_of_nothing_have_no_ratio(baseline, other):
    with pytest.raises(ValueError, match="above 0"):
        ratio_of_medians(baseline, other)


def test_judging_loads_no_numpy():
    code = "import sys, paragon_tui.engine.analysis.verdict; print('numpy' in sys.modules)"
    assert run_python(code) == "False\n"


def test_exchanged_sides_have_the_opposite_verdict():
    assert inverted(Ratio(2.0, Interval(1.6, 2.5), "faster", 3.0, True)) == Ratio(
        0.5, Interval(0.4, 0.625), "slower", busy=True
    )
    assert inverted(Ratio(0.5, None, "unclear")) == Ratio(2.0, None, "unclear")
    with pytest.raises(ValueError, match="above 0"):
        inverted(Ratio(0.0, None, "unclear"))
