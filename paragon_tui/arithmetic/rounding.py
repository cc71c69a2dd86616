"""Correctly rounded operations (NUMERICS.md sections 3 and 9): division, roots, and conversion to binary16.

In division and roots a subnormal operand and -0 count as +0, a result below 2^-126 in magnitude and -0 are +0, and NaN
is 0x7fc00000. Kernels compute these values with integers (``shaders/rounding.*``); NumPy's own ``/`` and ``sqrt`` are
correctly rounded.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SMALLEST_NORMAL = 2.0**-126
NAN = 0x7FC00000
"""The bits of the only NaN in results."""


def flush(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``values`` with -0 and every magnitude below 2^-126 as +0."""
    return np.where(np.abs(values) < np.float32(SMALLEST_NORMAL), np.float32(0), values)


def settled(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``flush(values)`` with every NaN as 0x7fc00000."""
    return np.where(np.isnan(values), np.uint32(NAN).view(np.float32), flush(values))


def divide(dividends: NDArray[np.float32], divisors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``dividends / divisors`` (f32, broadcast). x/0 is infinite with the sign of x, 0/0 and Inf/Inf are NaN.

    No quotient of two f32 is so close below 2^-126 that it would round up to it, so flushing before or after rounding
    gives the same result.
    """
    with np.errstate(all="ignore"):
        return settled(flush(dividends) / flush(divisors))


def recip(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``1 / values`` (f32, any shape): +Inf of zero, +0 where it is below 2^-126."""
    return divide(np.ones_like(values), values)


def sqrt(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the square root (f32, any shape); NaN of values below zero."""
    with np.errstate(all="ignore"):
        return settled(np.sqrt(flush(values)))


def rsqrt(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``1 / sqrt(values)``, rounded once (f32, any shape); +Inf of zero, +0 of +Inf, NaN of values below zero.

    It is computed in binary64 and rounded to f32. No 1/sqrt(x) of an f32 x is close enough to the middle between two
    f32 for the errors of binary64 to matter: all 2^24 significands of even and odd powers of two were compared with
    exact integers.
    """
    with np.errstate(all="ignore"):
        wide = 1.0 / np.sqrt(flush(values).astype(np.float64))
        return settled(wide.astype(np.float32))


def half_bits(values: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Return ``values`` rounded to binary16, ties to even, as 16 bits; magnitudes up to 2^-25 and -0 become +0.

    Raises ``ValueError`` naming the first value (its index in C order) that is NaN or infinite or would round to
    infinity (from 65520 in magnitude).
    """
    with np.errstate(all="ignore"):
        halves = values.astype(np.float16)
    if (refused := np.flatnonzero(~np.isfinite(halves))).size:
        first = int(refused[0])
        raise ValueError(f"value {first} is {values.ravel()[first]}: an f16 holds less than 65520 in magnitude")
    halves[halves == 0] = 0  # without a sign
    return halves.view(np.uint16)


def half(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``half_bits(values)`` widened to f32 again, which is exact. Raises ``ValueError`` as it does."""
    return half_bits(values).view(np.float16).astype(np.float32)
