"""What rows are reduced to, and normalised by (NUMERICS.md sections 2, 3 and 12), over the last axis: f32 arrays.

A result that would be -0 is +0. Rows have one element at least.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from paragon_tui.arithmetic.elementary import exp, log
from paragon_tui.arithmetic.reduction import reduce
from paragon_tui.arithmetic.rounding import divide, flush, rsqrt, sqrt

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EPSILON = 1e-5
"""What layernorm adds to a variance, rounded to f32."""
_CHUNK = 1 << 16  # exponentials at a time: their temporaries stay in a core's cache


def largest(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The largest of each row."""
    import numpy as np

    most: NDArray[np.float32] = np.max(values, axis=-1) + np.float32(0)
    return most


def least(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The least of each row."""
    import numpy as np

    lowest: NDArray[np.float32] = np.min(values, axis=-1) + np.float32(0)
    return lowest


def mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """divide(reduce(x), f32(n))."""
    import numpy as np

    return divide(reduce(values), np.array(values.shape[-1], dtype=np.float32))


def norm_l1(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """reduce(|x|)."""
    import numpy as np

    return reduce(np.abs(values))


def norm_l2(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """sqrt(reduce(fl(x·x)))."""
    return sqrt(reduce(values * values))


def norm_linf(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The largest magnitude of each row."""
    import numpy as np

    return largest(np.abs(values))


def logsumexp(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """fl(m + log(reduce(exp(fl(x - m))))), m the largest of the row."""
    import numpy as np

    most = largest(values)
    e = values - most[..., np.newaxis]
    flat = e.reshape(-1)
    for start in range(0, flat.size, _CHUNK):
        flat[start : start + _CHUNK] = exp(flat[start : start + _CHUNK])
    return flush(most + log(reduce(e)))


def layernorm(
    values: NDArray[np.float32], gamma: NDArray[np.float32], beta: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Rows with their mean taken off, divided by their deviation, times ``gamma`` (n,), plus ``beta`` (n,).

    Sequence: d = fl(x - mean(x)), v = divide(reduce(fl(d·d)), f32(n)), r = rsqrt(fl(v + ε)),
    fl(fl(fl(d·r)·gamma) + beta).
    """
    import numpy as np

    d = values - mean(values)[..., np.newaxis]
    r = rsqrt(mean(d * d) + np.float32(EPSILON))
    return flush((d * r[..., np.newaxis]) * gamma + beta)
