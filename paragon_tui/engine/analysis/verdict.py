"""Verdicts: the conclusions that intervals allow about two times. Pure Python: showing results loads no numpy."""

from __future__ import annotations

import math

from paragon_tui.engine.messages.figures import Interval, Ratio, Summary, Verdict

SAME = 0.01
"""Times that differ by less than this share count as the same."""

LEAST_PROCESSES = 3
"""Fewer processes do not show how much processes differ."""


def verdict(interval: Interval | None) -> Verdict:
    """Return the verdict on a ratio (above 1: faster) with this interval; ``same`` needs all of it within ``SAME``."""
    if interval is None:
        return "unclear"
    if interval.low >= 1 / (1 + SAME) and interval.high <= 1 + SAME:
        return "same"
    if interval.low > 1:
        return "faster"
    return "slower" if interval.high < 1 else "unclear"


def ratio_of_medians(baseline: Summary, other: Summary, load: float = 0.0) -> Ratio:
    """Return the ratio of two medians that were measured separately, say in two sessions, from their own intervals.

    ``load`` is the share of the cores that other programs kept busy, as far as it matters (``statistics.ratio``).

    Uses MOVER on the log scale (Zou & Donner 2008, "Construction of confidence limits about effect measures"; for
    ratios Donner & Zou 2012, "Closed-form confidence intervals for functions of the normal mean and standard
    deviation"): the distance of each limit from the ratio is the root of the sum of squares of both medians' distances.
    Raises ``ValueError`` where a median or a limit is not above 0.
    """
    value = baseline.median / _positive(other.median)
    _positive(value)
    if baseline.interval is None or other.interval is None:
        return Ratio(value, None, verdict(None))
    down = math.hypot(_log_below(baseline.median, baseline.interval), _log_above(other.median, other.interval))
    up = math.hypot(_log_above(baseline.median, baseline.interval), _log_below(other.median, other.interval))
    beyond = math.log1p(load)
    interval = Interval(value * math.exp(-down - beyond), value * math.exp(up + beyond))
    return Ratio(value, interval, verdict(interval))


def inverted(ratio: Ratio) -> Ratio:
    """Return the ratio with its sides exchanged, without the baseline's time. Raises ``ValueError`` for one of 0."""
    interval = ratio.interval and Interval(1 / _positive(ratio.interval.high), 1 / _positive(ratio.interval.low))
    opposite: dict[Verdict, Verdict] = {"faster": "slower", "slower": "faster"}
    judgement = opposite.get(ratio.judgement, ratio.judgement)
    return Ratio(1 / _positive(ratio.value), interval, judgement, busy=ratio.busy)


def _log_below(median: float, interval: Interval) -> float:
    return math.log(median / _positive(interval.low))


def _log_above(median: float, interval: Interval) -> float:
    return math.log(interval.high / median)


def _positive(value: float) -> float:
    if not value > 0:
        raise ValueError("a ratio needs times above 0")
    return value
