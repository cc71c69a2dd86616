"""Division, roots and halves against integers: what is called correctly rounded is."""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from paragon_tui.arithmetic.digest import digest
from paragon_tui.arithmetic.rounding import divide, flush, half, half_bits, recip, rsqrt, settled, sqrt
from tests.support.floats import of_bits, patterns

INF, NAN = 0x7F800000, 0x7FC00000
MINUS = 0x80000000
ZEROS = (0, MINUS, 1, MINUS + 1, 0x7FFFFF, 0x807FFFFF)  # what counts as +0
NANS = (0x7FC00000, 0xFFC00000, 0x7F800001, 0xFFFFFFFF)
ONE, TWO, LARGEST, SMALLEST = 0x3F800000, 0x40000000, 0x7F7FFFFF, 0x00800000

normal = st.builds(
    lambda exponent, significand, sign: (sign << 31) | (exponent << 23) | significand,
    st.integers(1, 254),
    st.integers(0, 2**23 - 1),
    st.integers(0, 1),
)


def scalar(function, *arguments: int) -> int:
    return patterns(function(*(of_bits(argument) for argument in arguments)))[0]


def fixed_inputs(seed: int) -> np.ndarray:
    """Bit patterns from all of f32, by a generator of 32 bits with no library behind it."""
    state, words = seed, []
    for _ in range(4096):
        state = (state * 1664525 + 1013904223) % 2**32
        words.append(state ^ (state >> 15))
    return of_bits(*words)


# --- special values -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zero", ZEROS)
def test_zeros_and_subnormals_count_as_positive_zero(zero):
    assert scalar(divide, zero, ONE) == scalar(divide, zero, INF) == scalar(divide, zero, MINUS + ONE) == 0
    assert scalar(divide, ONE, zero) == scalar(divide, INF, zero) == INF
    assert scalar(divide, MINUS + ONE, zero) == scalar(divide, MINUS + INF, zero) == MINUS + INF
    assert scalar(divide, zero, zero) == scalar(divide, zero, MINUS) == NAN
    assert scalar(sqrt, zero) == 0
    assert scalar(recip, zero) == scalar(rsqrt, zero) == INF


@pytest.mark.parametrize("nan", NANS)
def test_every_nan_becomes_the_one(nan):
    assert (
        scalar(divide, nan, ONE)
        == scalar(divide, ONE, nan)
        == scalar(divide, nan, 0)
        == scalar(divide, INF, nan)
        == NAN
    )
    assert scalar(sqrt, nan) == scalar(rsqrt, nan) == scalar(recip, nan) == scalar(settled, nan) == NAN


def test_infinities():
    assert scalar(divide, INF, INF) == scalar(divide, MINUS + INF, INF) == NAN
    assert scalar(divide, INF, MINUS + TWO) == MINUS + INF
    assert scalar(divide, MINUS + TWO, INF) == scalar(recip, MINUS + INF) == 0
    assert scalar(sqrt, INF) == INF
    assert scalar(rsqrt, INF) == 0


@pytest.mark.parametrize("negative", [MINUS + ONE, MINUS + SMALLEST, MINUS + LARGEST, MINUS + INF])
def test_roots_of_what_is_below_zero_are_nan(negative):
    assert scalar(sqrt, negative) == scalar(rsqrt, negative) == NAN


def test_quotients_that_are_too_large_or_too_small():
    assert scalar(divide, LARGEST, SMALLEST) == INF
    assert scalar(divide, MINUS + LARGEST, SMALLEST) == MINUS + INF
    assert scalar(divide, SMALLEST, TWO) == scalar(divide, MINUS + SMALLEST, TWO) == scalar(recip, LARGEST) == 0
    assert scalar(divide, SMALLEST, ONE) == SMALLEST
    assert scalar(divide, SMALLEST, ONE + 1) == 0
    assert scalar(recip, 0x7E800000) == SMALLEST  # 2^126
    assert scalar(recip, 0x7E800001) == 0


def test_flush_and_settled():
    kept = of_bits(SMALLEST, MINUS + SMALLEST, LARGEST, INF, MINUS + INF)
    assert patterns(flush(kept)) == patterns(settled(kept)) == patterns(kept)
    assert patterns(flush(of_bits(*ZEROS))) == patterns(settled(of_bits(*ZEROS))) == [0] * len(ZEROS)


def test_shapes_are_kept_and_broadcast():
    grid = np.arange(1, 13, dtype=np.float32).reshape(3, 4)
    assert divide(grid, np.float32(2) * np.ones(4, np.float32)).tolist() == (grid / 2).tolist()
    assert [f(grid).shape for f in (sqrt, rsqrt, recip, half, half_bits)] == [(3, 4)] * 5


# --- division against fractions -------------------------------------------------------------------------------


def exact_quotient(a: int, b: int) -> int:
    """The bits of a/b for normal operands, by rationals."""
    x, y = (Fraction(float(of_bits(pattern)[0])) for pattern in (a, b))
    magnitude = abs(x / y)
    scale = Fraction(1)
    while magnitude * scale < 2**23:
        scale *= 2
    while magnitude * scale >= 2**24:
        scale /= 2
    nearest = round(magnitude * scale) / scale  # Python rounds a Fraction half to even
    sign = (a ^ b) & MINUS
    if nearest >= 2**128:
        return sign | INF
    return sign | int(np.float32(float(nearest)).view(np.uint32)) if magnitude >= Fraction(1, 2**126) else 0


@given(normal, normal)
def test_a_quotient_is_the_nearest_f32(a, b):
    assert scalar(divide, a, b) == exact_quotient(a, b)


@given(normal)
def test_a_reciprocal_is_the_nearest_f32(a):
    assert scalar(recip, a) == exact_quotient(ONE, a)


def test_quotients_next_to_the_middle_of_two_f32_go_to_the_right_side():
    random, tried = np.random.default_rng(1), 0
    for divisor in (random.integers(2**22, 2**23, 4000) * 2 + 1).tolist():
        for excess in (-1, 1):
            middle = -excess * pow(divisor, -1, 2**25) % 2**25  # middle·divisor + excess = dividend·2^25
            dividend = (middle * divisor + excess) >> 25
            if middle >= 2**24 and 2**23 <= dividend < 2**24:
                quotient = divide(np.array([dividend], np.float32), np.array([divisor], np.float32))[0]
                assert Fraction(float(quotient)) == Fraction(middle + excess, 2**25), (dividend, divisor)
                tried += 1
    assert tried > 1000


# --- roots, every significand -----------------------------------------------------------------------------------


@pytest.mark.parametrize("exponent", [127, 128])
def test_every_square_root_is_the_nearest_f32(exponent):
    for start in range(1 << 23, 1 << 24, 1 << 20):
        significands = np.arange(start, start + (1 << 20), dtype=np.uint64)
        argument = (significands.astype(np.uint32) & np.uint32(0x7FFFFF)) | np.uint32(exponent << 23)
        root = sqrt(argument.view(np.float32)).view(np.uint32)
        p = root.astype(np.uint64) - np.uint64((127 << 23) - (1 << 23))  # the root times 2^23
        square = significands << np.uint64(25 + exponent - 127)  # of the root times 2^24
        assert np.all(((2 * p - 1) ** 2 < square) & (square < (2 * p + 1) ** 2))


def square_times(a: np.ndarray, m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """a²·m as high and low words, the low one of 32 bits."""
    low = (a * a & np.uint64(0xFFFFFFFF)) * m
    return (a * a >> np.uint64(32)) * m + (low >> np.uint64(32)), low & np.uint64(0xFFFFFFFF)


@pytest.mark.parametrize("exponent", [127, 128])
def test_every_reciprocal_square_root_is_the_nearest_f32(exponent):
    for start in range(1 << 23, 1 << 24, 1 << 20):
        significands = np.arange(start, start + (1 << 20), dtype=np.uint64)
        argument = (significands.astype(np.uint32) & np.uint32(0x7FFFFF)) | np.uint32(exponent << 23)
        root = rsqrt(argument.view(np.float32)).view(np.uint32)
        p = root.astype(np.uint64) - np.uint64((126 << 23) - (1 << 23))  # the root times 2^24
        m = significands << np.uint64(exponent - 127)
        below, _ = square_times(2 * p - 1, m)
        above, rest = square_times(2 * p + 1, m)
        bound = 1 << 41  # (2p ± 1)²·m on both sides of 2^73
        assert np.all((below < bound) & ((above > bound) | (above == bound) & (rest > 0)))


@pytest.mark.parametrize("exponent", [1, 2, 3, 126, 127, 129, 252, 253, 254])
@pytest.mark.parametrize("function", [sqrt, rsqrt])
def test_roots_scale_by_powers_of_four(function, exponent):
    significands = np.random.default_rng(exponent).integers(0, 2**23, 1000, dtype=np.uint32)
    argument = (significands | np.uint32(exponent << 23)).view(np.float32)
    at_one = (significands | np.uint32((127 + (exponent + 1) % 2) << 23)).view(np.float32)
    halves = (exponent - 127 - (exponent + 1) % 2) // 2
    scaled = np.ldexp(function(at_one), halves if function is sqrt else -halves)
    assert patterns(function(argument)) == patterns(scaled)


# --- halves -----------------------------------------------------------------------------------------------------

HALVES = np.arange(0x7C00, dtype=np.uint16)
"""The finite ones that are not negative, subnormal ones among them."""


def test_every_half_is_itself():
    signed = np.concatenate([HALVES, HALVES[1:] | np.uint16(0x8000)])
    wide = np.array([struct.unpack("<e", struct.pack("<H", h))[0] for h in signed.tolist()], np.float32)
    assert half_bits(wide).tolist() == signed.tolist()
    assert half(wide).tolist() == wide.tolist()


def test_the_middle_of_two_halves_goes_to_the_even_one_and_its_neighbours_do_not():
    wide = HALVES.view(np.float16).astype(np.float32)
    middle = (wide[:-1] + wide[1:]) / np.float32(2)
    low, high = wide[:-1], wide[1:]
    even = np.where(HALVES[:-1] % 2 == 0, low, high)
    assert half(middle).tolist() == even.tolist()
    assert half(-middle).tolist() == (-even).tolist()
    assert half(np.nextafter(middle, np.float32(0))).tolist() == low.tolist()
    assert half(np.nextafter(middle, np.float32(np.inf))).tolist() == high.tolist()


@given(st.floats(-65519, 65519, width=32) | st.floats(-(2**-13), 2**-13, width=32))
def test_halves_are_those_of_the_standard_library_but_for_the_sign_of_zero(value):
    assert half_bits(np.array([value], np.float32)).tobytes() == struct.pack("<e", value if abs(value) > 2**-25 else 0)


def test_underflow_is_gradual_and_what_rounds_to_zero_has_no_sign():
    tiny = of_bits(*ZEROS, SMALLEST, 0x33000000, MINUS + 0x33000000)  # up to 2^-25
    assert half_bits(tiny).tolist() == patterns(half(tiny)) == [0] * tiny.size
    least = of_bits(0x33000001, 0x33800000, 0x33BFFFFF, 0x33C00000, MINUS + 0x33000001)  # 2^-24 up to a tie
    assert half_bits(least).tolist() == [1, 1, 1, 2, 0x8001]
    edge = of_bits(0x387FDFFF, 0x387FE000, 0x387FFFFF, 0x38800000, MINUS + 0x387FE000)  # a tie rounds up to 2^-14
    assert half_bits(edge).tolist() == [0x3FF, 0x400, 0x400, 0x400, 0x8400]


@pytest.mark.parametrize("refused", [65520.0, -65520.0, 1e30, np.inf, -np.inf, np.nan])
def test_what_no_half_holds_is_refused_by_its_index(refused):
    values = np.array([[1, 65519.996], [refused, np.nan]], dtype=np.float32)
    with pytest.raises(ValueError, match="value 2 is"):
        half(values)
    with pytest.raises(ValueError, match="65520"):
        half_bits(values)


def test_half_leaves_its_argument_alone():
    values = of_bits(ONE + 1, MINUS)
    half(values)
    assert patterns(values) == [ONE + 1, MINUS]


# --- pinned -------------------------------------------------------------------------------------------------------


def test_the_bits_are_pinned():
    a, b = fixed_inputs(1), fixed_inputs(2)
    results: dict[str, NDArray[Any]] = {
        "divide": divide(a, b),
        "recip": recip(a),
        "sqrt": sqrt(a),
        "rsqrt": rsqrt(a),
        "half": half(a[np.abs(a) < 65520]),
        "half_bits": half_bits(a[np.abs(a) < 65520]),
    }
    assert {name: digest(values)[:16] for name, values in results.items()} == {
        "divide": "90dc3dcc8f2f1f06",
        "recip": "a7a698547332f9cc",
        "sqrt": "318c724645337569",
        "rsqrt": "59e200d92325cc42",
        "half": "5351eea6a45e53ff",
        "half_bits": "d0af387c8961fec9",
    }
