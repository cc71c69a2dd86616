"""What intervals allow to be said of two times. Pure Python: what only shows results loads no numpy for it."""

from __future__ import annotations

import math

from paragon_tui.engine.messages.figures import Interval, Ratio, Summary, Verdict

SAME = 0.01
"""Times that differ by less than this share are the same for anyone who has to choose."""

LEAST_PROCESSES = 3
"""Fewer do not show how much processes differ."""


def verdict(interval: Interval | None) -> Verdict:
    """What may be said of a ratio (above 1: faster) with this interval; ``same`` wants all of it within ``SAME``."""
    if interval is None:
        return "unclear"
    if interval.low >= 1 / (1 + SAME) and interval.high <= 1 + SAME:
        return "same"
    if interval.low > 1:
        return "faster"
    return "slower" if interval.high < 1 else "unclear"


def ratio_of_medians(baseline: Summary, other: Summary) -> Ratio:
    """The ratio of two medians that were measured apart, say in two sessions, from their own intervals.

    By MOVER on the log scale (Zou & Donner 2008, "Construction of confidence limits about effect measures"; for
    ratios Donner & Zou 2012, "Closed-form confidence intervals for functions of the normal mean and standard
    deviation"): each limit is as far from the ratio as both medians' limits on that side together, as variances add.
    Raises ``ValueError`` where a median or a limit is not above 0.
    """
    value = baseline.median / _positive(other.median)
    _positive(value)
    if baseline.interval is None or other.interval is None:
        return Ratio(value, None, verdict(None))
    down = math.hypot(_below(baseline.median, baseline.interval), _above(other.median, other.interval))
    up = math.hypot(_above(baseline.median, baseline.interval), _below(other.median, other.interval))
    interval = Interval(value * math.exp(-down), value * math.exp(up))
    return Ratio(value, interval, verdict(interval))


def _below(median: float, interval: Interval) -> float:
    return math.log(median / _positive(interval.low))


def _above(median: float, interval: Interval) -> float:
    return math.log(interval.high / median)


def _positive(value: float) -> float:
    if not value > 0:
        raise ValueError("a ratio needs times above 0")
    return value
