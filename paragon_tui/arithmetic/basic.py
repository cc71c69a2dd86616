"""Functions of one to three numbers that take three rounded operations at most (NUMERICS.md section 11).

f32 arrays in and out, of one shape. No result is -0. They are defined for finite operands whose results and
intermediate products are +0 or of a normal magnitude: there every device gives the same bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Values = NDArray[np.float32]

SCALE = 2.5
LERP_WEIGHT = 0x3E99999A
"""The bits of fl(0.3), the weight of the second operand of ``lerp``."""


def positive_zero(values: Values) -> Values:
    """``values`` with -0 stored as +0."""
    import numpy as np

    return np.where(values == 0, np.float32(0), values)


def absolute(x: Values) -> Values:
    """``x`` without its sign."""
    import numpy as np

    return np.abs(x)


def neg(x: Values) -> Values:
    """``-x``, and +0 for both zeros."""
    return positive_zero(-x)


def scale(x: Values) -> Values:
    """fl(x·2.5)."""
    import numpy as np

    return positive_zero(x * np.float32(SCALE))


def pow2(x: Values) -> Values:
    """fl(x·x)."""
    return positive_zero(x * x)


def clamp(x: Values) -> Values:
    """``x``, at least -1 and at most 1."""
    import numpy as np

    return positive_zero(np.minimum(np.maximum(x, np.float32(-1)), np.float32(1)))


def add(a: Values, b: Values) -> Values:
    """fl(a + b)."""
    return positive_zero(a + b)


def sub(a: Values, b: Values) -> Values:
    """fl(a - b)."""
    return positive_zero(a - b)


def mul(a: Values, b: Values) -> Values:
    """fl(a·b)."""
    return positive_zero(a * b)


def lerp(a: Values, b: Values) -> Values:
    """fl(a + fl(t·fl(b - a))) with t = fl(0.3)."""
    import numpy as np

    return positive_zero(a + np.uint32(LERP_WEIGHT).view(np.float32) * (b - a))


def fma(a: Values, b: Values, c: Values) -> Values:
    """fl(fl(a·b) + c): two roundings, as the contract has it."""
    return positive_zero(a * b + c)
