"""Student's t, for intervals and tests of few values. Pure Python: the parent, without numpy, decides by it too."""

from __future__ import annotations

import math
from functools import cache

_MOST_DEGREES = 200  # beyond, the quantile of an interval changes by less than 0.3 %


def student_t(degrees: float) -> float:
    """Return what the absolute value of Student's t exceeds in 5 % of cases; ``degrees`` below 1 count as 1.

    Between whole degrees it is interpolated.
    """
    bounded = min(max(degrees, 1.0), float(_MOST_DEGREES))
    whole = int(bounded)
    part = bounded - whole
    below = exceeded(whole, 0.025)
    return below if part == 0 else (1 - part) * below + part * exceeded(whole + 1, 0.025)


@cache
def exceeded(degrees: int, share: float) -> float:
    """Return what Student's t with ``degrees`` (at least 1) exceeds with the probability ``share``, below 0.5."""
    low, high = 0.0, 1.0
    while _tail(high, degrees) > share:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _tail(middle, degrees) > share else (low, middle)
    return high


def _tail(t: float, degrees: int) -> float:
    """Return the probability that T > t ≥ 0: Abramowitz & Stegun 26.7.3 for odd degrees, 26.7.4 for even ones."""
    angle = math.atan(t / math.sqrt(degrees))
    cosine = math.cos(angle)
    term = cosine if degrees % 2 else 1.0
    total = term if degrees > 1 else 0.0
    for i in range(2 + degrees % 2, degrees - 1, 2):
        term *= cosine * cosine * (i - 1) / i
        total += term
    total *= math.sin(angle)
    return (1 - (2 / math.pi * (angle + total) if degrees % 2 else total)) / 2
