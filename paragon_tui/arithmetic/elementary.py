"""Elementary functions, each a documented sequence of single f32 operations (NUMERICS.md sections 3 and 7).

Every ``fl`` below is one rounded operation: NumPy's f32 arithmetic never fuses and never reassociates. Special
operands are recognised by their bits and replaced before any float operation, as on the adapters: NaN gives the NaN
7fc00000, a subnormal and -0 count as +0, and a result that would be -0 or below 2^-126 is +0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.rounding import NAN, divide, flush

INFINITY = 0x7F800000
"""The bits of +infinity; larger bits, without the sign, are NaNs."""
NORMAL = 0x00800000
"""The bits of 2^-126; smaller bits, without the sign, are zeros and subnormals."""

_LOG2_E = 0x3FB8AA3B
_LN2_HIGH = 0x3F318000  # 0.693359375, eleven significant bits: its product with |n| <= 2^13 is exact
_LN2_LOW = 0xB95E8083  # ln 2 - high
_ROUND = 0x4B400000  # 1.5·2^23: adding and subtracting it rounds |t| < 2^22 to an integer, ties to even
_EXP = (0x39506967, 0x3AB743CE, 0x3C088908, 0x3D2AA9C1, 0x3E2AAAAA, 0x3F000000)
# Cephes' expf: exp(r) = 1 + r + r²·P(r) for |r| <= ln(2)/2

_SQRT_HALF = 0x3F3504F3
_LOG = (
    *(0x3D9021BB, 0xBDEBD1B8, 0x3DEF251A, 0xBDFE5D4F, 0x3E11E9BF),
    *(0xBE2AAE50, 0x3E4CCEAC, 0xBE7FFFFC, 0x3EAAAAAA),
)  # Cephes' logf: log(1+r) = r - r²/2 + r³·P(r) for sqrt(1/2) <= 1+r < sqrt(2)
_LOG2_E_HIGH = 0x3FB8A000  # eleven significant bits: its product with twelve others is exact
_LOG2_E_LOW = 0x39A3B296  # log2(e) - high
_LOG10_E_HIGH = 0x3EDE5000  # twelve significant bits
_LOG10_E_LOW = 0x38BD8A93  # log10(e) - high
_LOG10_2_HIGH = 0x3E9A0000  # seven significant bits: its product with an exponent is exact
_LOG10_2_LOW = 0x39826A14  # log10(2) - high

_TANH = (0xBBBAF0EA, 0x3CA9134E, 0xBD5C1E2D, 0x3E088393, 0xBEAAAA99)
# Cephes' tanhf: tanh(x) = x + x³·P(x²) for |x| < 0.625
_TANH_LIMIT = 0x41200000  # 10: from 9.02 on tanh rounds to 1
_TANH_BRANCH = 0x3F200000  # 0.625

_ERF_SMALL = (0x38A7C72C, 0xBA530937, 0x3BAA2554, 0xBCDC0090, 0x3DE716B2, 0xBEC093A0, 0x3E0375D4)
# erf(x) = x + x·P(x²) for |x| < 0.9375, error 2^-30; fitted here (minimax, coefficients rounded one by one)
_ERF_LARGE = (0x395FBD5F, 0xBB525D4E, 0x3CBB61A2, 0xBDD78628, 0xBF22BFB6, 0xBF9072F8)
# erf(x) = 1 - exp(x·P(x)) for 0.9375 <= x <= 4, error 2^-28; fitted here
_ERF_LIMIT = 0x40800000  # 4: from 3.92 on erf rounds to 1
_ERF_BRANCH = 0x3F700000  # 0.9375

_TINY = 0x38800000  # 2^-14: below it the cubic term of tanh and of erf does not affect the result
_SCALE = 0x4F800000  # 2^32: makes a tiny operand large enough that none of its products is subnormal
_UNSCALE = 0x2F800000  # 2^-32


def constant(pattern: int) -> np.float32:
    """Return the f32 with these bits."""
    return np.uint32(pattern).view(np.float32)


def magnitude(values: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Return the bits of ``values`` without the sign: they order like the magnitudes, with NaNs above infinity."""
    return values.view(np.uint32) & np.uint32(0x7FFFFFFF)


def nan_where_nan(values: NDArray[np.float32], result: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``result``, with the NaN 7fc00000 where ``values`` is any NaN."""
    return np.where(magnitude(values) > INFINITY, constant(NAN), result)


def horner(coefficients: tuple[int, ...], x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return p: first c_0, then fl(fl(p·x) + c) for every further coefficient (bit patterns, highest power first)."""
    p = np.full_like(x, constant(coefficients[0]))
    for coefficient in coefficients[1:]:
        p = p * x + constant(coefficient)
    return p


def exp(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return e to the ``values`` (f32, any shape), within 2 ULP; below 2^-126 it is +0, above the largest f32 +inf.

    Sequence: x clamped to [-104, 89] (by its bits); n = fl(fl(fl(x·log2e) + R) - R) with R = 1.5·2^23;
    r = fl(fl(x - n·hi) - fl(n·lo)); p by Horner, each product and sum one fl; y = fl(fl(fl(p·fl(r·r)) + r) + 1);
    the result is y with n added to its exponent field.
    """
    f32, u32 = np.float32, np.uint32
    sign = values.view(u32) & u32(0x80000000)
    limit = np.where(sign != 0, u32(0x42D00000), u32(0x42B20000))  # 104 and 89
    x = (sign | np.minimum(magnitude(values), limit)).view(f32)
    n = (x * constant(_LOG2_E) + constant(_ROUND)) - constant(_ROUND)
    r = (x - n * constant(_LN2_HIGH)) - n * constant(_LN2_LOW)
    y = (horner(_EXP, r) * (r * r) + r) + f32(1)
    exponent = (y.view(np.int32) >> 23) + n.astype(np.int32)
    scaled = (y.view(np.int32) + (n.astype(np.int32) << 23)).view(f32)
    result = np.where(exponent < 1, f32(0), np.where(exponent > 254, f32(np.inf), scaled))
    return nan_where_nan(values, result)


def _logarithm_parts(
    values: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return (e, r, h, c): x = 2^e·(1+r), h = fl(r²)/2, c = r³·P(r), so log(1+r) = r - h + c; unusable x count as 1."""
    f32, i32 = np.float32, np.int32
    bits = values.view(np.uint32)
    usable = (bits >= NORMAL) & (bits < INFINITY)
    i = np.where(usable, bits, np.uint32(0x3F800000)).view(i32) - i32(_SQRT_HALF)
    e = (i >> 23).astype(f32)
    r = ((i & i32(0x007FFFFF)) + i32(_SQRT_HALF)).view(f32) - f32(1)
    z = r * r
    return e, r, f32(0.5) * z, (horner(_LOG, r) * r) * z


def _scaled_logarithm(
    parts: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]],
    high: np.float32,
    low: np.float32,
    whole: NDArray[np.float32],
    rest: NDArray[np.float32] | np.float32,
) -> NDArray[np.float32]:
    """Return ``whole + rest + (high + low)·log(1+r)`` for ``parts`` (r, h, c), as if rounded almost only once."""
    r, h, c = parts
    head = ((r - h).view(np.uint32) & np.uint32(0xFFFFF000)).view(np.float32)  # twelve significant bits
    tail = ((r - head) - h) + c
    a = head * high
    b = ((tail + head) * low + tail * high) + rest
    s = whole + a
    return s + (b + ((whole - s) + a))


def _logarithm_result(values: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``y`` without -0, and the logarithms of zero (-inf), of +inf (+inf), of negatives and NaN (NaN)."""
    bits, m = values.view(np.uint32), magnitude(values)
    y = np.where(bits == INFINITY, np.float32(np.inf), flush(y))
    y = np.where((bits > INFINITY), constant(NAN), y)
    return np.where(m < NORMAL, np.float32(-np.inf), y)


def log(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the natural logarithm (f32, any shape), within 2 ULP.

    Sequence: with (e, r, h, c) of ``_logarithm_parts``, t = fl(fl(c + fl(e·lo)) - h) and y = fl(fl(r + t) + e·hi),
    where hi + lo = ln 2.
    """
    e, r, h, c = _logarithm_parts(values)
    t = (c + e * constant(_LN2_LOW)) - h
    return _logarithm_result(values, (r + t) + e * constant(_LN2_HIGH))


def log2(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the logarithm to base 2 (f32, any shape), within 2 ULP, exact for powers of two.

    Sequence: with (e, r, h, c) of ``_logarithm_parts``, head = fl(r - h) cut to twelve significant bits,
    tail = fl(fl(fl(r - head) - h) + c); a = head·H (exact), b = fl(fl(fl(tail + head)·L) + fl(tail·H)) + 0 for
    H + L = log2(e); s = fl(e + a); y = fl(s + fl(b + fl(fl(e - s) + a))).
    """
    e, r, h, c = _logarithm_parts(values)
    y = _scaled_logarithm((r, h, c), constant(_LOG2_E_HIGH), constant(_LOG2_E_LOW), e, np.float32(0))
    return _logarithm_result(values, y)


def log10(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the logarithm to base 10 (f32, any shape), within 2 ULP.

    Sequence: that of ``log2`` with H + L = log10(e), w = e·hi (exact) in place of e, and fl(e·lo) in place of the 0
    added to b, where hi + lo = log10(2).
    """
    e, r, h, c = _logarithm_parts(values)
    whole, rest = e * constant(_LOG10_2_HIGH), e * constant(_LOG10_2_LOW)
    y = _scaled_logarithm((r, h, c), constant(_LOG10_E_HIGH), constant(_LOG10_E_LOW), whole, rest)
    return _logarithm_result(values, y)


def _odd(values: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``y``, computed from magnitudes, with the sign of ``values``; +0 for zeros and subnormals, NaN for NaN."""
    bits, m = values.view(np.uint32), magnitude(values)
    signed = y.view(np.uint32) | (bits & np.uint32(0x80000000))
    return nan_where_nan(values, np.where(m < NORMAL, np.uint32(0), signed).view(np.float32))


def _limited(m: NDArray[np.uint32], limit: int) -> NDArray[np.float32]:
    """Return the magnitude with the bits ``m``, at most the f32 with the bits ``limit``, subnormals as +0."""
    return np.where(m < NORMAL, np.uint32(0), np.minimum(m, np.uint32(limit))).view(np.float32)


def tanh(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the hyperbolic tangent (f32, any shape), within 2 ULP.

    Sequence, for a = min(|x|, 10): below 2^-14 a itself; below 0.625, with z = fl(a·a) and p = P(z) by Horner,
    fl(fl(fl(p·z)·a) + a); otherwise fl(1 - divide(2, fl(exp(2a) + 1))). Then the sign of x.
    """
    f32 = np.float32
    m = magnitude(values)
    a = _limited(m, _TANH_LIMIT)
    t = np.where(m < _TINY, f32(0), a)
    z = t * t
    small = (horner(_TANH, z) * z) * t + t
    large = f32(1) - divide(np.full_like(t, 2), exp(f32(2) * t) + f32(1))
    y = np.where(m < _TANH_BRANCH, small, large)
    return _odd(values, np.where(m < _TINY, a, y))


def erf(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the error function (f32, any shape), within 2 ULP.

    Sequence, for a = min(|x|, 4): below 0.9375, with s = fl(a·a) and p = P(s) by Horner, fl(fl(p·a) + a), where
    below 2^-14 s is +0 and a is multiplied by 2^32 before and the result by 2^-32 after (both exact); otherwise
    fl(1 - exp(fl(q·a))), q = Q(a) by Horner. Then the sign of x.
    """
    f32 = np.float32
    m = magnitude(values)
    a = _limited(m, _ERF_LIMIT)
    tiny = m < _TINY
    t = np.where(tiny, f32(0), a)
    b = a * np.where(tiny, constant(_SCALE), f32(1))
    small = horner(_ERF_SMALL, t * t) * b + b
    small = small * np.where(tiny, constant(_UNSCALE), f32(1))
    large = f32(1) - exp(horner(_ERF_LARGE, t) * t)
    return _odd(values, np.where(m < _ERF_BRANCH, small, large))
