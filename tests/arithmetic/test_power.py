"""Powers with any exponent. True values are binary64's, wrong by less than 2^-27 of an f32 ULP.

``benchmarks/ulp.py`` measures the same errors over the whole range.
"""

from __future__ import annotations

import numpy as np
import pytest

from paragon_tui.arithmetic.digest import digest
from paragon_tui.arithmetic.power import pow as power
from paragon_tui.arithmetic.rounding import SMALLEST_NORMAL
from tests.support.floats import f32, of_bits, patterns

F32_MAX = float(np.finfo(np.float32).max)
EXPONENTS = (0.5, -0.5, 1 / 3, 2.5, -1.75, 10, 0.001, 100, 2, 3, -1, 1e4, -1e6)
BOUND = 0.95
"""The largest error of NUMERICS.md section 7, rounded up: a change that makes it worse is noticed."""
INFINITY, NAN, ONE = 0x7F800000, 0x7FC00000, 0x3F800000


def largest_error(x: np.ndarray, p: np.ndarray) -> float:
    """In ULP, wherever the true value is a normal f32."""
    with np.errstate(all="ignore"):
        true = np.power(x.astype(np.float64), p.astype(np.float64))
        normal = (true >= SMALLEST_NORMAL) & (true <= F32_MAX)
        x, p, true = x[normal], p[normal], true[normal]
        unit = np.spacing(true.astype(np.float32))
    return float((np.abs(power(x, p).astype(np.float64) - true) / unit).max())


def positive(count: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    anywhere = random.integers(0x00800000, INFINITY, count, dtype=np.uint32).view(np.float32)
    return np.concatenate([anywhere, random.uniform(0.5, 2, count).astype(np.float32)])


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_a_power_is_within_its_measured_bound_anywhere(exponent):
    x = positive(100_000, 1)
    assert largest_error(x, np.full_like(x, exponent)) <= BOUND


def of_any_size(x: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Exponents that make powers of two between 2^-126 and 2^128 of ``x``, most of them near the ends."""
    t = random.uniform(-126, 128, x.size)
    t[::2] = np.where(t[::2] > 0, 128 - t[::2] / 32, -126 - t[::2] / 32)
    with np.errstate(all="ignore"):
        return (t / np.log2(x.astype(np.float64))).astype(np.float32)


def test_powers_of_any_size_are_within_the_bound():
    x = positive(1_000_000, 2)
    assert largest_error(x, of_any_size(x, np.random.default_rng(3))) <= BOUND


STARTS = (0x3F3504F3, 0x3F430C31, 0x3F579436, 0x3F6A0EA1, 0x3F783E10, 0x3F800000, 0x3F842108, 0x3F8D3DCB, 0x3F9D89D9)


@pytest.mark.parametrize("start", STARTS)
def test_powers_are_within_the_bound_where_the_logarithms_table_turns(start):
    x = np.arange(start - 20_000, start + 20_000, dtype=np.uint32).view(np.float32)
    assert largest_error(x, of_any_size(x, np.random.default_rng(4))) <= BOUND


@pytest.mark.exhaustive
@pytest.mark.parametrize("exponent", EXPONENTS)
def test_every_101st_power_is_within_the_bound(exponent):
    for start in range(0x00800000, INFINITY, 1 << 26):
        x = np.arange(start, min(start + (1 << 26), INFINITY), 101, dtype=np.uint32).view(np.float32)
        with np.errstate(all="ignore"):
            true = np.power(x.astype(np.float64), float(np.float32(exponent)))
        if np.any((true >= SMALLEST_NORMAL) & (true <= F32_MAX)):
            assert largest_error(x, np.full_like(x, exponent)) <= BOUND


def test_whole_powers_of_small_numbers_are_exact():
    assert power(f32(3, 5, 2, 2, 10, 0.5), f32(4, 3, 10, -126, 3, -100)).tolist() == [
        *(81, 125, 1024, 2.0**-126, 1000, 2.0**100)
    ]
    x = positive(1000, 5)
    assert power(x, np.ones_like(x)).tobytes() == x.tobytes()


ANYTHING = (0, 1, 0x007FFFFF, ONE, 0x40490FDB, 0x00800000, 0x7F7FFFFF, INFINITY)


def test_an_exponent_of_nothing_gives_one_and_one_stays_one():
    every = of_bits(*ANYTHING, *(bits | 0x80000000 for bits in ANYTHING))
    for nothing in (0, 1, 0x007FFFFF, 0x80000000, 0x80000001):
        assert patterns(power(every, of_bits(nothing))) == [ONE] * 16
    assert patterns(power(f32(1), every)) == [ONE] * 16


def test_zeros_and_infinities():
    nothing = of_bits(0, 1, 0x80000000, 0x807FFFFF)
    assert patterns(power(nothing, f32(0.5))) == patterns(power(nothing, f32(np.inf))) == [0] * 4
    assert patterns(power(nothing, f32(-3))) == patterns(power(nothing, f32(-np.inf))) == [INFINITY] * 4
    assert patterns(power(f32(np.inf), f32(1e-30, -1e-30, np.inf, -np.inf))) == [INFINITY, 0, INFINITY, 0]
    assert patterns(power(f32(2, 0.5, 2, 0.5), f32(np.inf, np.inf, -np.inf, -np.inf))) == [INFINITY, 0, 0, INFINITY]


def test_negative_numbers_take_integers_alone():
    x = f32(-2, -2, -2, -2, -1, -1, -8)
    assert power(x, f32(3, 2, -1, -2, 16777215, 16777216, 1)).tolist() == [-8, 4, -0.5, 0.25, -1, 1, -8]
    fractions = f32(0.5, 2.5, -1.75, 1 / 3, 8388607.5, 1e-30)
    assert patterns(power(f32(-2), fractions)) == [NAN] * 6
    assert patterns(power(f32(-np.inf), f32(3, 2, -3, -2, 0.5))) == [0xFF800000, INFINITY, 0, 0, NAN]
    assert patterns(power(f32(-1e-30), f32(3, -2, -3))) == [0, INFINITY, 0xFF800000]  # below 2^-126, no sign is left


def test_beyond_f32_powers_are_infinite_or_nothing():
    assert patterns(power(f32(2, 2, 1e30, 1.5), f32(128, 1e30, 2, 1e9))) == [INFINITY] * 4
    assert patterns(power(f32(2, 2, 1e30, 0.5), f32(-127, -1e30, -2, 1e9))) == [0] * 4
    assert power(f32(2, 2), f32(127, -126)).tolist() == [2.0**127, 2.0**-126]


def test_any_nan_gives_the_one_nan():
    for bits in (0x7F800001, 0x7FC00000, 0xFFFFFFFF):
        assert patterns(power(of_bits(bits), f32(0, 1, 2.5))) == [NAN] * 3
        assert patterns(power(f32(0, 1, 2.5), of_bits(bits))) == [NAN] * 3


def test_no_power_is_subnormal_or_a_negative_zero_and_nothing_is_warned_of():
    random = np.random.default_rng(6)
    x, p = (random.integers(0, 2**32, 300_000, dtype=np.uint32).view(np.float32) for _ in range(2))
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        bits = power(x, p).view(np.uint32)
    assert not np.any(bits == 0x80000000)
    assert not np.any(((bits & 0x7FFFFFFF) > 0) & ((bits & 0x7FFFFFFF) < 0x00800000))


def test_bits_are_pinned():
    bits = np.arange(0, 2**32, 65521, dtype=np.uint32)
    results = [power(bits.view(np.float32), f32(exponent)) for exponent in (2.5, -0.5, 3)]
    assert digest(np.concatenate(results)) == "bee0b7e3bde4984fec0c299b2146c694ef9996af2e1cf517986cae51a808e5d1"
