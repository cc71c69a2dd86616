"""Sine and cosine of every finite f32: integers, then short polynomials, one documented sequence (NUMERICS.md 9).

The integer part is Payne and Hanek's reduction: only those bits of 2/π that an argument needs are multiplied, so the
largest f32 is reduced as well as the smallest. The kernels (``shaders/trigonometric.*``) do the same in 32-bit words.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.rounding import NAN, flush

_TWO_OVER_PI = (0, 0xA2F9836E, 0x4E441529, 0xFC2757D1, 0xF534DDC0, 0xDB629599, 0x3C439041, 0xFE5163AB)
"""2/π in 32-bit words: 31 zeros and the bit of 1 before the point, then 224 bits of the fraction."""
_HALF_PI = 0xC90FDAA2  # floor(π/2·2^31)
_SINE = (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
"""The polynomial S of Cephes' sinf: sin(r) = r + r·z·S(z) with z = r², for |r| <= π/4."""
_COSINE = (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
"""The polynomial C of Cephes' cosf: cos(r) = 1 - z/2 + z²·C(z)."""
_CHUNK = 1 << 14  # arguments at a time: their temporaries stay in a core's cache


def sin(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the sine of ``values`` (f32 radians, any shape), within 2 ULP; NaN for infinities.

    Sequence: |x| below a half is its own angle; otherwise the angle is the distance from the nearest quarter turn,
    computed with integers as high + low. With z = fl(high·high), w = fl(1 - z/2): if an even number of quarter turns
    was subtracted, fl(high + fl(fl(low·w) + fl(fl(high·z)·S(z)))), if an odd number, fl(w + fl(fl(fl(1 - w) - z/2) +
    fl(fl(fl(z·z)·C(z)) - fl(high·low)))); polynomials by Horner, signs by symmetry.
    """
    return _in_chunks(values, 0)


def cos(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the cosine of ``values`` (f32 radians, any shape), within 2 ULP: ``sin`` one quarter turn further."""
    return _in_chunks(values, 1)


def _in_chunks(values: NDArray[np.float32], turn: int) -> NDArray[np.float32]:
    flat = np.ascontiguousarray(values).ravel()
    result = np.empty_like(flat)
    with np.errstate(all="ignore"):  # NaN is handled at the end, and squares of tiny values underflow
        for start in range(0, flat.size, _CHUNK):
            result[start : start + _CHUNK] = _sine(flat[start : start + _CHUNK], turn)
    return result.reshape(values.shape)


def _sine(x: NDArray[np.float32], turn: int) -> NDArray[np.float32]:
    """Return sin(x), or with ``turn`` 1 sin(\\|x\\| + π/2)."""
    f32, u32 = np.float32, np.uint32
    magnitude = flush(np.abs(x))
    small = magnitude < f32(0.5)
    high, low, quadrant, below = _reduced(magnitude)
    high, low = np.where(small, magnitude, high), np.where(small, f32(0), low)
    quadrant, below = np.where(small, u32(0), quadrant) + u32(turn), np.where(small, u32(0), below)
    z = high * high
    half_z = z * f32(0.5)
    w = f32(1) - half_z
    sine = high + (low * w + (high * z) * _polynomial(_SINE, z))
    cosine = w + (((f32(1) - w) - half_z) + ((z * z) * _polynomial(_COSINE, z) - high * low))
    odd = (quadrant & u32(1)) != 0
    value = np.where(odd, cosine, sine).view(u32)
    turned = (quadrant >> u32(1)) ^ np.where(odd, u32(0), below)
    if turn == 0:
        turned ^= x.view(u32) >> u32(31)
    result = np.where(value == 0, u32(0), value ^ (turned << u32(31)))
    return np.where(np.isfinite(x), result, u32(NAN)).view(f32)


def _polynomial(coefficients: tuple[float, ...], z: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the polynomial by Horner's rule, with one rounding per product and per sum."""
    p = np.full_like(z, np.float32(coefficients[0]))
    for coefficient in coefficients[1:]:
        p = p * z + np.float32(coefficient)
    return p


def _reduced(
    magnitude: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.uint32], NDArray[np.uint32]]:
    """Return the angle from the nearest quarter turn (high and low part), the quarter turns, and 1 if it is negative.

    With magnitude = m·2^(E-150), 96 bits of 2/π from bit E-120 of the table times m, modulo 2^96, are the quarter
    turns modulo 4: two bits before the point, 94 after it. The first 64 of those, complemented where they are a half
    or more, are shifted to remove leading zeros; the upper 32 bits are multiplied by π/2.
    """
    u64, u32 = np.uint64, np.uint32
    bits = magnitude.view(u32)
    offset = np.maximum(bits >> u32(23), u32(120)) - u32(120)
    m = ((bits & u32(0x7FFFFF)) | u32(0x800000)).astype(u64)
    table = np.array(_TWO_OVER_PI, dtype=u64)
    pairs = (table[:-1] << u64(32)) | table[1:]
    word, right = (offset >> u32(5)).astype(np.intp), u64(32) - (offset & u32(31)).astype(u64)
    low32 = u64(0xFFFFFFFF)
    w0, w1, w2 = ((pairs[word + i] >> right) & low32 for i in range(3))
    top = m * w2
    middle = m * w1 + (top >> u64(32))
    turns = (m * w0 + (middle >> u64(32))) << u64(32) | (middle & low32)  # 2 bits and 62 of the fraction
    fraction = turns << u64(2) | (top & low32) >> u64(30)
    below = fraction >> u64(63)
    fraction ^= u64(0) - below
    # No f32 is so close to a multiple of π/2 that the first 31 bits are zero, so the conversion locates the first one.
    first = (fraction >> u64(32) | u64(1)).astype(np.float64).view(u64) >> u64(52)
    shift = u64(1023 + 31) - first
    angle = ((fraction << shift) >> u64(32)) * u64(_HALF_PI) >> u64(32)
    scale = ((u64(96) - shift) << u64(23)).astype(u32).view(np.float32)
    high = (angle & u64(0xFFFFFF00)).astype(np.float32) * scale
    low = (angle & u64(0xFF)).astype(np.float32) * scale
    quadrant = ((turns >> u64(62)) + below).astype(u32)
    return high, low, quadrant, below.astype(u32)
