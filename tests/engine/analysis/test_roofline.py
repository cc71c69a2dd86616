"""Shares of a ceiling, on figures that one can check by hand."""

from __future__ import annotations

import pytest

from paragon_tui.engine.analysis.roofline import roofline
from paragon_tui.engine.messages.figures import Ceiling
from paragon_tui.operators.operator import Cost

CEILING = Ceiling(copy_gb_s=20.0, multiply_add_gflop_s=100.0)


def test_what_moves_more_than_it_computes_is_bound_by_memory():
    """40 MB at 20 GB/s take 2 ms, 20 million operations at 100 GFLOP/s 0.2 ms."""
    result = roofline(Cost(20_000_000, 40_000_000), 4.0, CEILING, integer=False)
    assert (result.gflop_s, result.gb_s, result.by, result.share) == pytest.approx((5.0, 10.0, "memory", 0.5))


def test_what_computes_more_than_it_moves_is_bound_by_arithmetic():
    """400 million operations take 4 ms, 2 MB 0.1 ms."""
    result = roofline(Cost(400_000_000, 2_000_000), 5.0, CEILING, integer=False)
    assert (result.gflop_s, result.gb_s, result.by, result.share) == pytest.approx((80.0, 0.4, "arithmetic", 0.8))


def test_integers_are_bound_by_memory_alone():
    result = roofline(Cost(400_000_000, 2_000_000), 5.0, CEILING, integer=True)
    assert result.by == "memory"
    assert result.share == pytest.approx(0.02)
    assert result.gflop_s == pytest.approx(80.0)


def test_without_a_ceiling_there_are_rates_alone():
    result = roofline(Cost(20_000_000, 40_000_000), 4.0, None, integer=False, cold_ms=8.0)
    assert (result.gflop_s, result.gb_s) == pytest.approx((5.0, 10.0))
    assert (result.by, result.share, result.cold_share) == (None, None, None)


@pytest.mark.parametrize(("cold_ms", "share"), [(8.0, pytest.approx(0.25)), (None, None), (0.0, None)])
def test_cold_caches_have_their_own_share_of_memory(cold_ms, share):
    """40 MB at 20 GB/s take 2 ms, however long the arithmetic does."""
    for operations in (20_000_000, 400_000_000):
        assert roofline(Cost(operations, 40_000_000), 4.0, CEILING, integer=False, cold_ms=cold_ms).cold_share == share


def test_a_share_of_memory_above_one_is_said_as_it_is():
    assert roofline(Cost(1, 40_000_000), 1.0, CEILING, integer=False).share == pytest.approx(2.0)
