"""Throughput and an adapter's ceilings, in words."""

from __future__ import annotations

import pytest

from paragon_tui.engine.messages.figures import Ceiling, Interval, Rate, Roofline
from paragon_tui.formatting import rates


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (Rate(51_234.4, Interval(50_900.1, 51_600.0), "samples/s", 256), "51,234 samples/s [50,900, 51,600]"),
        (Rate(12.345, None, "steps/s", 50), "12.3 steps/s"),
        (Rate(0.1234, Interval(0.1, 0.2), "M operations/s", 0.065536), "0.123 M operations/s [0.1, 0.2]"),
        (Rate(999.7, None, "samples/s", 1), "1,000 samples/s"),
    ],
)
def test_a_rate_is_told_with_its_interval_and_unit(rate, text):
    assert rates.per_second(rate) == text


def test_what_a_run_does_is_told_behind_its_rate():
    assert (
        rates.work_rate(Rate(51_234.4, None, "samples/s", 256)) == "51,234 samples/s, end to end; 256 samples per run"
    )
    assert rates.work_rate(None) is None


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (("memory", 0.664, None), "66 % of peak copy bandwidth"),
        (("memory", 0.0996, None), "10 % of peak copy bandwidth"),
        (("memory", 0.0123, None), "1.2 % of peak copy bandwidth"),
        (("memory", 0.00017, None), "0.017 % of peak copy bandwidth"),
        (("memory", 1.0, None), "100 % of peak copy bandwidth"),
        (("memory", 0.9, 0.664), "66 % of peak copy bandwidth with flushed caches"),
        (("memory", None, 0.664), "66 % of peak copy bandwidth with flushed caches"),
        (("arithmetic", 0.9, 0.1), "90 % of peak multiply-add"),
    ],
)
def test_a_result_is_told_beside_its_bound(line, text):
    assert rates.roofline_line(Roofline(12.34, 24.68, *line)) == f"12.3 GFLOP/s · 24.7 GB/s · {text}"


def test_without_a_ceiling_the_rates_are_told_alone():
    assert rates.roofline_line(Roofline(12.34, 24.68, None, None, None)) == "12.3 GFLOP/s · 24.7 GB/s"


def test_what_a_cache_may_hold_has_rates_alone():
    assert rates.roofline_line(Roofline(12.34, 24.68, "memory", None, None)) == "12.3 GFLOP/s · 24.7 GB/s"


def test_integers_are_no_floating_point_and_what_has_no_bound_says_nothing():
    assert (rates.roofline_line(Roofline(2.0, 1.0, "memory", 0.5, None), "GOP/s") or "").startswith("2 GOP/s · ")
    assert rates.roofline_line(None) is None


def test_a_ceiling_is_told_with_both_rates():
    assert rates.peak_rates(Ceiling(8.04, 64.2)) == ("8.04 GB/s copy bandwidth, 64.2 GFLOP/s multiply-add")
