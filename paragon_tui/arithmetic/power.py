"""Powers with any exponent, a documented sequence of single f32 operations (NUMERICS.md sections 3 and 7).

p·log2(x) needs about eight bits more than an f32 has, so log2(x) and the product are pairs of f32, whose sum is meant.
Products that have to be exact are of factors cut to twelve significant bits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.elementary import INFINITY, NORMAL, constant, horner, magnitude
from paragon_tui.arithmetic.rounding import NAN

Values = NDArray[np.float32]

_ONE = 0x3F800000
_SQRT_HALF = 0x3F3504F3


class _Part(NamedTuple):
    """An interval of significands from ``start`` on: c·m - 1 is small, and log2(1/c) = high + low. All bit patterns."""

    start: int
    c: int
    high: int
    low: int


_PARTS = (
    _Part(0x3F3504F3, 0x3FB00000, 0xBEEB3C00, 0x37307F34),  # c = 22/16
    _Part(0x3F430C31, 0x3FA00000, 0xBEA4D400, 0x35F6865D),  # 20/16
    _Part(0x3F579436, 0x3F900000, 0xBE2E0000, 0xB651CFDF),  # 18/16
    _Part(0x3F6A0EA1, 0x3F880000, 0xBDB32000, 0x3510536F),  # 17/16
    _Part(0x3F783E10, 0x3F800000, 0x00000000, 0x00000000),  # 1, so that logarithms next to 0 keep all their bits
    _Part(0x3F842108, 0x3F700000, 0x3DBEB000, 0x3492D9F7),  # 15/16
    _Part(0x3F8D3DCB, 0x3F600000, 0x3E454800, 0xB74FEA81),  # 14/16
    _Part(0x3F9D89D9, 0x3F400000, 0x3ED48000, 0xB5D1CFDF),  # 12/16
)
_CUBIC = (0x3E13DAE9, 0xBE2BB822, 0x3E4CCB02, 0xBE7FFF84, 0x3EAAAAAB)
# log(1+r) = r - r²/2 + r³·P(r) for |r| <= 1/13, error 2^-34; fitted here (minimax, coefficients rounded one by one)
_LOG2_E_HIGH, _LOG2_E_LOW = 0x3FB8A000, 0x39A3B296  # those of log2
_LN2_HIGH, _LN2_LOW = 0x3F318000, 0xB95E8083  # those of exp
_SQUARE = (0x378081FB, 0x3922102C, 0x3AAEC383, 0x3C1D9526, 0x3D635847, 0x3E75FDF0)
# 2^f = 1 + f·ln 2 + f²·P(f) for |f| <= 1/2, error 2^-33; fitted here
_ROUND = 0x4B400000  # 1.5·2^23
_LEAST_EXPONENT = 0x2B800000  # 2^-40: of smaller exponents the power is 1
_MOST_EXPONENT = 0x4F800000  # 2^32: with larger ones powers overflow and vanish as with this one
_BEYOND = 0x43200000  # 160: 2^160 and 2^-160 are beyond f32, normal and subnormal


def _cut(values: Values) -> Values:
    """Return ``values`` with twelve significant bits, the others cut off."""
    return (values.view(np.uint32) & np.uint32(0xFFFFF000)).view(np.float32)


def _logarithm(bits: NDArray[np.uint32]) -> tuple[Values, Values]:
    """Return log2 of normal numbers, given by their bits, as (high, low): high + low is within 2^-31 of itself."""
    f32, i32 = np.float32, np.int32
    i = bits.view(i32) - i32(_SQRT_HALF)
    m = ((i & i32(0x007FFFFF)) + i32(_SQRT_HALF)).view(f32)
    part = np.sum([m >= constant(each.start) for each in _PARTS[1:]], axis=0)
    c, high, low = (np.array([each[k] for each in _PARTS], dtype=np.uint32).view(f32)[part] for k in (1, 2, 3))
    head = _cut(m)
    r = (head * c - f32(1)) + (m - head) * c  # exact, all of it
    h = _cut(r)
    square = (f32(0.5) * h) * h  # exact
    rest = (horner(_CUBIC, r) * (r * r)) * r - (f32(0.5) * (r + h)) * (r - h)
    head = _cut(r - square)
    tail = ((r - head) - square) + rest
    a = head * constant(_LOG2_E_HIGH)  # exact
    b = ((tail + head) * constant(_LOG2_E_LOW) + tail * constant(_LOG2_E_HIGH)) + low
    whole = (i >> 23).astype(f32) + high  # exact
    s = whole + a
    return s, ((whole - s) + a) + b


def _product(p: Values, high: Values, low: Values) -> tuple[Values, Values]:
    """Return p·(high + low) as a pair whose first number is fl(p·high)."""
    p_head, head = _cut(p), _cut(high)
    p_tail, tail = p - p_head, high - head
    t = p * high
    error = ((p_head * head - t) + p_head * tail) + p_tail * head
    return t, (error + p_tail * tail) + p * low


def _power_of_two(t: Values, rest: Values) -> tuple[Values, NDArray[np.int32]]:
    """Return 2^(t + rest) as a number from √½ to √2 and the power of two that it is to be multiplied by."""
    f32 = np.float32
    n = (t + constant(_ROUND)) - constant(_ROUND)
    g = t - n
    f = g + rest
    head = _cut(f)
    tail = (f - head) + (rest - (f - g))
    a = head * constant(_LN2_HIGH)  # exact
    b = (tail * constant(_LN2_HIGH) + f * constant(_LN2_LOW)) + horner(_SQUARE, f) * (f * f)
    s = f32(1) + a
    return s + (((f32(1) - s) + a) + b), n.astype(np.int32)


def pow(x: Values, p: Values) -> Values:
    """Return ``x`` to the power ``p`` (f32, broadcast), within 2 ULP: +0 below 2^-126, +inf above the largest f32.

    NaN of a negative number with an exponent that is no integer. x^0 and 1^p are 1; 0^p is +0, or +inf where p < 0.
    """
    f32, u32, i32 = np.float32, np.uint32, np.int32
    x, p = np.broadcast_arrays(x, p)
    x, p = np.ascontiguousarray(x), np.ascontiguousarray(p)
    x_size, p_size = magnitude(x), magnitude(p)
    p_down = (p.view(u32) >> 31) != 0
    usable = (x_size >= NORMAL) & (x_size < INFINITY)
    exponent = np.where(p_size < _LEAST_EXPONENT, u32(0), np.minimum(p_size, u32(_MOST_EXPONENT)))
    exponent = (exponent | (p.view(u32) & u32(0x80000000))).view(f32)
    t, rest = _product(exponent, *_logarithm(np.where(usable, x_size, u32(_ONE))))
    beyond = magnitude(t) >= _BEYOND
    y, n = _power_of_two(np.where(beyond, f32(0), t), np.where(beyond, f32(0), rest))
    field = (y.view(i32) >> 23) + n
    bits = np.where(field < 1, u32(0), np.where(field > 254, u32(INFINITY), (y.view(i32) + (n << 23)).view(u32)))
    grows = np.where(usable, t > 0, (x_size >= NORMAL) != p_down)
    bits = np.where(beyond | ~usable, np.where(grows, u32(INFINITY), u32(0)), bits)

    shift = np.clip(150 - (p_size >> 23).astype(i32), 0, 24).astype(u32)  # the fraction's bits
    significand = (p_size & u32(0x007FFFFF)) | u32(0x00800000)
    whole = (significand & ((u32(1) << shift) - u32(1))) == 0
    odd = ((significand >> shift) & u32(1) != 0) & (p_size < 0x4B800000)  # 2^24, from which on all are even
    negative = (x.view(u32) >> 31 != 0) & (x_size >= NORMAL)
    bits = np.where(negative & odd & (bits != 0), bits | u32(0x80000000), bits)
    bits = np.where(negative & ~whole, u32(NAN), bits)
    bits = np.where(p_size < NORMAL, u32(_ONE), bits)
    return np.where((x_size > INFINITY) | (p_size > INFINITY), u32(NAN), bits).view(f32)
