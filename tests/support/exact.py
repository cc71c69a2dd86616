"""Binary32 without floating point: exact rationals, rounded to f32 with integers alone."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import SupportsFloat

import numpy as np

ZERO = Fraction(0)


def rounded(exact: Fraction) -> Fraction:
    """The nearest binary32, ties to even, subnormals included. Only for fractions over a power of two."""
    if exact == 0:
        return ZERO
    binade = abs(exact.numerator).bit_length() - exact.denominator.bit_length()
    unit = Fraction(2) ** max(binade - 23, -149)
    return round(exact / unit) * unit  # Python rounds a Fraction half to even


def exact(values: Iterable[SupportsFloat]) -> list[Fraction]:
    return [Fraction(float(value)) for value in values]


def bits(value: SupportsFloat) -> int:
    return int(np.float32(float(value)).view(np.uint32))
