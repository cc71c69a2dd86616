"""Shares of a ceiling, on figures that one can check by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from paragon_tui.engine.analysis.roofline import raised, roofline
from paragon_tui.engine.messages.figures import Ceiling
from paragon_tui.operators.operator import Cost

CEILING = Ceiling(copy_gb_s=20.0, multiply_add_gflop_s=100.0, cache_bytes=8_000_000)


def test_what_moves_more_than_it_computes_is_bound_by_memory():
    """40 MB at 20 GB/s take 2 ms, 20 million operations at 100 GFLOP/s 0.2 ms."""
    result = roofline(Cost(20_000_000, 40_000_000), 4.0, CEILING, integer=False)
    assert (result.gflop_s, result.gb_s, result.by, result.share) == pytest.approx((5.0, 10.0, "memory", 0.5))


def test_what_computes_more_than_it_moves_is_bound_by_arithmetic():
    """400 million operations take 4 ms, 2 MB 0.1 ms, and a cache may hold them."""
    result = roofline(Cost(400_000_000, 2_000_000), 5.0, CEILING, integer=False)
    assert (result.gflop_s, result.gb_s, result.by, result.share) == pytest.approx((80.0, 0.4, "arithmetic", 0.8))


def test_integers_are_bound_by_memory_alone():
    result = roofline(Cost(400_000_000, 10_000_000), 5.0, CEILING, integer=True)
    assert result.by == "memory"
    assert result.share == pytest.approx(0.1)
    assert result.gflop_s == pytest.approx(80.0)


def test_without_a_ceiling_there_are_rates_alone():
    result = roofline(Cost(20_000_000, 40_000_000), 4.0, None, integer=False, cold_ms=8.0)
    assert (result.gflop_s, result.gb_s) == pytest.approx((5.0, 10.0))
    assert (result.by, result.share, result.cold_share) == (None, None, None)


@pytest.mark.parametrize(("cold_ms", "share"), [(8.0, pytest.approx(0.25)), (None, None), (0.0, None)])
def test_flushed_caches_have_their_own_share_of_memory(cold_ms, share):
    """40 MB at 20 GB/s take 2 ms."""
    assert roofline(Cost(20_000_000, 40_000_000), 4.0, CEILING, integer=False, cold_ms=cold_ms).cold_share == share


@pytest.mark.parametrize("cache_bytes", [50_000_000, None])
def test_what_a_cache_may_hold_has_no_share_of_memory_unless_it_was_flushed(cache_bytes):
    ceiling = replace(CEILING, cache_bytes=cache_bytes)
    warm = roofline(Cost(1, 40_000_000), 1.0, ceiling, integer=False)
    assert (warm.by, warm.share, warm.cold_share) == ("memory", None, None)
    assert roofline(Cost(1, 40_000_000), 1.0, ceiling, integer=False, cold_ms=4.0).cold_share == pytest.approx(0.5)


def test_a_result_beyond_the_ceiling_raises_it_so_that_no_share_is_above_one():
    cost = Cost(1_000_000_000, 40_000_000)
    for ms, integer, expected in (
        (5.0, False, (20.0, 200.0)),
        (1.0, True, (40.0, 100.0)),
        (20.0, False, (20.0, 100.0)),
    ):
        higher = raised(CEILING, cost, ms, integer)
        assert (higher.copy_gb_s, higher.multiply_add_gflop_s) == pytest.approx(expected)
        share = roofline(cost, ms, higher, integer).share
        assert share is not None and share <= 1 + 1e-12


def test_what_came_from_a_cache_does_not_raise_the_copy_bandwidth_and_flushed_caches_do():
    cost = Cost(1, 4_000_000)
    assert raised(CEILING, cost, 0.01, integer=False) == CEILING
    assert raised(CEILING, cost, 0.01, integer=False, cold_ms=0.1).copy_gb_s == pytest.approx(40.0)
