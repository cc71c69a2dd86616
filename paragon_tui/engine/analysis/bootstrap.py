"""Confidence margins of medians, by a bootstrap of few, unequal clusters. Needs numpy, so it runs in workers.

Samples of one visit are correlated, and so are those of one process; only units that were taken independently show
how much the next run may differ. So whole units are drawn, with all their samples (Davison & Hinkley 1997,
"Bootstrap Methods and their Application", 3.8: drawing again within the drawn units would count the inner variation
twice). With k units a bootstrap sees only (k-1)/k of the variance, and a normal quantile is too small for so few
units: both are corrected as in Hesterberg 2015, "What Teachers Should Know About the Bootstrap", 5.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

REPLICATES = 1000  # the standard error of a standard error is then 2 %
_SEED = 20150507  # the same samples always have the same interval
_CONFIDENCE = 0.95


def draws(units: int) -> NDArray[np.int32]:
    """Return how often each of ``units`` is drawn, with replacement, in each replicate: (REPLICATES, units), seeded."""
    generator = np.random.default_rng(_SEED)
    return generator.multinomial(units, [1 / units] * units, size=REPLICATES).astype(np.int32)


def medians(units: Sequence[NDArray[np.float64]], drawn: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the median of each replicate, (REPLICATES,), from the samples of each unit and ``draws(len(units))``.

    It is the lower of two in the middle. All replicates search the pooled, sorted samples together, by bisection: the
    memory is samples times units, not samples times replicates.
    """
    pooled: NDArray[np.float64] = np.concatenate(units)
    order = np.argsort(pooled, kind="stable")
    pooled, unit = pooled[order], np.repeat(np.arange(len(units)), [len(values) for values in units])[order]
    cumulative = np.zeros((len(pooled), len(units)), np.int32)  # samples of each unit up to each rank
    cumulative[np.arange(len(pooled)), unit] = 1
    np.cumsum(cumulative, axis=0, out=cumulative)
    half = (np.einsum("u,ru->r", cumulative[-1], drawn) + 1) // 2
    low, high = np.zeros(len(drawn), np.int64), np.full(len(drawn), len(pooled) - 1)
    for _ in range(len(pooled).bit_length()):
        middle = (low + high) // 2
        reached = np.einsum("ru,ru->r", cumulative[middle], drawn) >= half
        high = np.where(reached, middle, high)
        low = np.where(reached, low, np.minimum(middle + 1, high))
    return np.take(pooled, high)


def margin(replicates: NDArray[np.float64], units: int) -> float:
    """Return half the width of a figure's 95 % interval, from its bootstrap replicates over ``units`` units."""
    widening = math.sqrt(units / (units - 1))
    return student_t(units - 1) * widening * float(replicates.std())


@cache
def student_t(degrees: int) -> float:
    """Return what the absolute value of Student's t with ``degrees`` (at least 1) exceeds in 5 % of cases."""
    low, high = 0.0, 16.0  # at 1 degree it is 12.7
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _central_probability(middle, degrees) < _CONFIDENCE else (low, middle)
    return high


def _central_probability(t: float, degrees: int) -> float:
    """Return the probability that ``|T| <= t``: Abramowitz & Stegun 26.7.3 for odd degrees, 26.7.4 for even ones."""
    angle = math.atan(t / math.sqrt(degrees))
    cosine = math.cos(angle)
    term = cosine if degrees % 2 else 1.0
    total = term if degrees > 1 else 0.0
    for i in range(2 + degrees % 2, degrees - 1, 2):
        term *= cosine * cosine * (i - 1) / i
        total += term
    total *= math.sin(angle)
    return 2 / math.pi * (angle + total) if degrees % 2 else total
