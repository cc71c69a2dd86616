"""Activation functions, composed of the elementary ones (NUMERICS.md sections 3 and 7): f32 arrays in and out.

The errors of their parts add up: 2 ULP are not promised, and where a difference cancels, as in gelu for negative
operands, only the absolute error is small. NaN gives the NaN 7fc00000 (relu: +0), a subnormal counts as +0 (relu
keeps it), and no result is subnormal or -0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.elementary import INFINITY, constant, erf, exp, log, magnitude, nan_where_nan
from paragon_tui.arithmetic.reduction import reduce
from paragon_tui.arithmetic.rounding import divide, flush

_SQRT_HALF = 0x3F3504F3
_GELU_CUBIC = 0x3D372713  # 0.044715
_SQRT_8_OVER_PI = 0x3FCC422A
_FAR = 0x42D00000  # 104: from it on every gate is 1, and below -104 every gate is 0
_LEAK = 0x3C23D70A  # 0.01
_LEAST_LEAKING = 0x0D800000  # 2^-100: smaller magnitudes leak nothing, so that no product is subnormal
_NEAR = 0x01000000  # 2^-125: below it every gate is 1/2, and the product subnormal


def relu(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``x if x > 0 else +0``."""
    return np.where(values > 0, values, np.float32(0))


def leaky_relu(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``x`` where positive, fl(x·0.01) where negative, and +0 where negative and above -2^-100."""
    m = magnitude(values)
    leaking = (values < 0) & (m >= _LEAST_LEAKING)
    leaked = np.where(leaking, values, np.float32(0)) * constant(_LEAK)
    return nan_where_nan(values, np.where(values.view(np.int32) < 0, leaked, flush(values)))


def leaky_slope(gradients: NDArray[np.float32], activations: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``gradients`` times the slope of leaky relu: 1 where its results ``activations`` are positive, else 0.01.

    Where the slope is 0.01, a gradient below 2^-100 in magnitude becomes +0.
    """
    leaked = np.where(magnitude(gradients) >= _LEAST_LEAKING, gradients, np.float32(0)) * constant(_LEAK)
    return np.where(activations > 0, gradients, leaked)


def elu(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``x`` where positive, fl(exp(x) - 1) elsewhere: elu with alpha = 1."""
    e = exp((np.minimum(magnitude(values), np.uint32(INFINITY)) | np.uint32(0x80000000)).view(np.float32))
    return nan_where_nan(values, np.where(values > 0, flush(values), e - np.float32(1)))


def sigmoid(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return 1/(1+exp(-x)): with e = exp(-|x|), divide(1, fl(1+e)) where x is not negative, else divide(e, fl(1+e)).

    So nothing overflows, and small results are as accurate as e. For x below -87.33, e and so the result is +0.
    """
    u32, one = np.uint32, np.float32(1)
    e = exp((np.minimum(magnitude(values), u32(INFINITY)) | u32(0x80000000)).view(np.float32))
    negative = values.view(np.int32) < 0
    return nan_where_nan(values, divide(np.where(negative, e, one), one + e))


def _inside(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``values`` from 2^-125 to 104 in magnitude, +0 elsewhere: the operands of gates."""
    m = magnitude(values)
    return np.where((m >= _NEAR) & (m < _FAR), values, np.float32(0))


def _gated(values: NDArray[np.float32], gate: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return fl(x·gate); from 104 in magnitude x, or +0 if negative; below 2^-125, where the gate is 1/2, +0."""
    far = (magnitude(values) >= _FAR) & (values.view(np.int32) >= 0)
    return nan_where_nan(values, np.where(far, values, flush(_inside(values) * gate)))


def swish(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return fl(x·sigmoid(x)), also called silu; x itself from 104, +0 below -87.33 and within 2^-125 of zero."""
    return _gated(values, sigmoid(_inside(values)))


def gelu(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return x·(1+erf(x/√2))/2: fl(x·fl(fl(1 + erf(fl(x·√½)))·½)); x itself from 104, +0 where 1 + erf is 0.

    The sum cancels for negative x: below -5.4 the result is +0, and up to there its absolute error is below 2^-22.
    """
    one_plus_erf = np.float32(1) + erf(_inside(values) * constant(_SQRT_HALF))
    return _gated(values, one_plus_erf * np.float32(0.5))


def gelu_tanh(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return x·(1+tanh(√(2/π)·(x+0.044715·x³)))/2, the usual approximation of gelu.

    Since (1+tanh(u))/2 = sigmoid(2u), which does not cancel, it is fl(x·sigmoid(v)) with
    v = fl(fl(x·√(8/π))·fl(fl(fl(x·x)·0.044715) + 1)); x itself from 104, +0 where sigmoid(v) is 0 (below -10.04).
    """
    t = _inside(values)
    v = (t * constant(_SQRT_8_OVER_PI)) * ((t * t) * constant(_GELU_CUBIC) + np.float32(1))
    return _gated(values, sigmoid(v))


def softmax(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return softmax over the last axis (f32): e_i = exp(fl(z_i - max z)), p_i = divide(e_i, reduce(e))."""
    e = exp(values - np.max(values, axis=-1, keepdims=True))
    return divide(e, reduce(e)[..., np.newaxis])


def log_softmax(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return log softmax over the last axis (f32): d_i = fl(z_i - max z), fl(d_i - log(reduce(exp(d))))."""
    d = values - np.max(values, axis=-1, keepdims=True)
    return flush(d - log(reduce(exp(d)))[..., np.newaxis])
