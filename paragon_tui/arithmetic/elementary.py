"""Elementary functions, each one documented sequence of single f32 operations (NUMERICS.md section 3).

Every ``fl`` below is one rounded operation: NumPy's f32 arithmetic never fuses and never reassociates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from paragon_tui.arithmetic.reduction import reduce
from paragon_tui.arithmetic.rounding import flush

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LOG2_E = 1.44269504
_LN2_HIGH = 0.693359375  # eleven significant bits: its product with |n| <= 2^13 is exact
_LN2_LOW = -2.12194440e-4
_ROUND = 12582912.0  # 1.5·2^23: adding and subtracting it rounds |t| < 2^22 to an integer, ties to even
_EXP_POLYNOMIAL = (
    1.9875691500e-4,
    1.3981999507e-3,
    8.3334519073e-3,
    4.1665795894e-2,
    1.6666665459e-1,
    5.0000001201e-1,
)  # of Cephes' expf: exp(r) = 1 + r + r²·P(r) for |r| <= ln(2)/2


def relu(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """``x if x > 0 else +0``."""
    import numpy as np

    return np.where(values > 0, values, np.float32(0))


def exp(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """e to the ``values`` (f32, any shape), within 2 ULP; a result below 2^-126 is +0, above the largest f32 +inf.

    Sequence: x clamped to [-104, 89]; n = fl(fl(fl(x·log2e) + R) - R) with R = 1.5·2^23;
    r = fl(fl(x - n·hi) - fl(n·lo)); p by Horner, one fl a product and one a sum; y = fl(fl(fl(p·fl(r·r)) + r) + 1);
    the result is y with n added to its exponent field.
    """
    import numpy as np

    f32 = np.float32
    x = np.clip(values, f32(-104), f32(89))
    n = (x * f32(_LOG2_E) + f32(_ROUND)) - f32(_ROUND)
    r = (x - n * f32(_LN2_HIGH)) - n * f32(_LN2_LOW)
    p = np.full_like(r, f32(_EXP_POLYNOMIAL[0]))
    for coefficient in _EXP_POLYNOMIAL[1:]:
        p = p * r + f32(coefficient)
    y = (p * (r * r) + r) + f32(1)
    exponent = (y.view(np.int32) >> 23) + n.astype(np.int32)
    scaled = (y.view(np.int32) + (n.astype(np.int32) << 23)).view(f32)
    return np.where(exponent < 1, f32(0), np.where(exponent > 254, f32(np.inf), scaled))


def softmax(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Canonical softmax over the last axis (f32): e_i = exp(fl(z_i - max z)), p_i = e_i / reduce(e)."""
    import numpy as np

    e = exp(values - np.max(values, axis=-1, keepdims=True))
    return flush(e / reduce(e)[..., np.newaxis])
