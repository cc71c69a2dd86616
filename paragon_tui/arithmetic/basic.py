"""Functions of one to three numbers that take at most three rounded operations (NUMERICS.md section 11).

f32 arrays of the same shape in and out. No result is -0. They are defined for finite operands whose results and
intermediate products are +0 or normal; for these every device gives the same bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]

SCALE = 2.5
LERP_WEIGHT = 0x3E99999A
"""The bits of fl(0.3), the weight of the second operand of ``lerp``."""


def positive_zero(values: Values) -> Values:
    """Return ``values`` with -0 as +0."""
    return np.where(values == 0, np.float32(0), values)


def absolute(x: Values) -> Values:
    """Return ``x`` without its sign."""
    return np.abs(x)


def neg(x: Values) -> Values:
    """Return ``-x``, and +0 for both zeros."""
    return positive_zero(-x)


def scale(x: Values) -> Values:
    """Return fl(x·2.5)."""
    return positive_zero(x * np.float32(SCALE))


def pow2(x: Values) -> Values:
    """Return fl(x·x)."""
    return positive_zero(x * x)


def clamp(x: Values) -> Values:
    """Return ``x`` limited to -1 to 1."""
    return positive_zero(np.minimum(np.maximum(x, np.float32(-1)), np.float32(1)))


def add(a: Values, b: Values) -> Values:
    """Return fl(a + b)."""
    return positive_zero(a + b)


def sub(a: Values, b: Values) -> Values:
    """Return fl(a - b)."""
    return positive_zero(a - b)


def mul(a: Values, b: Values) -> Values:
    """Return fl(a·b)."""
    return positive_zero(a * b)


def lerp(a: Values, b: Values) -> Values:
    """Return fl(a + fl(t·fl(b - a))) with t = fl(0.3)."""
    return positive_zero(a + np.uint32(LERP_WEIGHT).view(np.float32) * (b - a))


def fma(a: Values, b: Values, c: Values) -> Values:
    """Return fl(fl(a·b) + c): two roundings, as NUMERICS.md requires."""
    return positive_zero(a * b + c)
