"""Reductions and normalisation of rows (NUMERICS.md sections 2, 3 and 12), over the last axis of f32 arrays.

A result that would be -0 is +0. Rows have at least one element.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.constants import EPSILON
from paragon_tui.arithmetic.elementary import exp, log
from paragon_tui.arithmetic.reduction import reduce
from paragon_tui.arithmetic.rounding import divide, flush, rsqrt, sqrt

_CHUNK = 1 << 16  # exponentials at a time: their temporaries stay in a core's cache


def largest(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the largest value of each row."""
    maxima: NDArray[np.float32] = np.max(values, axis=-1) + np.float32(0)
    return maxima


def least(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the least value of each row."""
    minima: NDArray[np.float32] = np.min(values, axis=-1) + np.float32(0)
    return minima


def mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return divide(reduce(x), f32(n))."""
    return divide(reduce(values), np.array(values.shape[-1], dtype=np.float32))


def norm_l1(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return reduce(|x|)."""
    return reduce(np.abs(values))


def norm_l2(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return sqrt(reduce(fl(x·x)))."""
    return sqrt(reduce(values * values))


def norm_linf(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the largest magnitude of each row."""
    return largest(np.abs(values))


def logsumexp(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return fl(m + log(reduce(exp(fl(x - m))))), with m the largest value of the row."""
    maxima = largest(values)
    e = values - maxima[..., np.newaxis]
    flat = e.reshape(-1)
    for start in range(0, flat.size, _CHUNK):
        flat[start : start + _CHUNK] = exp(flat[start : start + _CHUNK])
    return flush(maxima + log(reduce(e)))


def layernorm(
    values: NDArray[np.float32], gamma: NDArray[np.float32], beta: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return rows minus their mean, divided by their deviation, times ``gamma`` (n,), plus ``beta`` (n,).

    Sequence: d = fl(x - mean(x)), v = divide(reduce(fl(d·d)), f32(n)), r = rsqrt(fl(v + ε)),
    fl(fl(fl(d·r)·gamma) + beta).
    """
    d = values - mean(values)[..., np.newaxis]
    r = rsqrt(mean(d * d) + np.float32(EPSILON))
    return flush((d * r[..., np.newaxis]) * gamma + beta)
