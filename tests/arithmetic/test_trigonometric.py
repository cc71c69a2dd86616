"""Sine and cosine: within 2 ULP everywhere, the documented bits, the special values."""

from __future__ import annotations

from functools import cache

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from paragon_tui.arithmetic.digest import digest
from paragon_tui.arithmetic.trigonometric import cos, sin
from tests.support.contract import to_f32
from tests.support.floats import of_bits, patterns, random_words

NAN, ONE, MINUS = 0x7FC00000, 0x3F800000, 0x80000000
LARGEST = 0x7F7FFFFF
FUNCTIONS = pytest.mark.parametrize("function", [sin, cos])


@cache
def next_to_multiples_of_half_pi() -> np.ndarray:
    """f32 around n·π/2, n odd and even, from everywhere; the one that comes nearest is 16367173·2^72."""
    random = np.random.default_rng(2)
    nearest = []
    with mpmath.workprec(400):
        for exponent in range(1, 128):
            n = int(mpmath.mpf(2) ** exponent * random.uniform(1, 2) * 2 / mpmath.pi)
            nearest += [float(np.float32(float((n + i) * mpmath.pi / 2))) for i in range(4)]
    hardest = [float(np.float32(16367173 * 2.0**72)), float(of_bits(LARGEST)[0])]
    bits = np.array(nearest + hardest, np.float32).view(np.int32)
    around = (bits[:, None] + np.arange(-1, 2)).ravel().astype(np.int32).view(np.float32)
    return around[np.isfinite(around)]


def ulp(true: NDArray[np.float64]) -> NDArray[np.float64]:
    """The spacing of f32 at a true value: of the value's own binade."""
    spacing: NDArray[np.float64] = 2.0 ** (np.maximum(np.frexp(true)[1], -125) - 24.0)
    return spacing


def error_by_mpmath(function, arguments: np.ndarray) -> float:
    """The largest error in ULP against a value of 400 bits."""
    worst = 0.0
    results = function(arguments).tolist()
    with mpmath.workprec(400):
        for x, y in zip(arguments.tolist(), results, strict=True):
            true = getattr(mpmath, function.__name__)(mpmath.mpf(x))
            worst = max(worst, float(abs(y - true)) / float(ulp(np.array(float(true)))))
    return worst


def error_by_binary64(function, arguments: np.ndarray) -> float:
    true = getattr(np, function.__name__)(arguments.astype(np.float64))
    return float((np.abs(function(arguments) - true) / ulp(true)).max())


@FUNCTIONS
def test_every_argument_up_to_a_million_turns_is_within_an_ulp(function):
    random = np.random.default_rng(1)
    arguments = np.concatenate([random.uniform(-r, r, 100_000).astype(np.float32) for r in (1, 3, 10, 100, 1e4, 6e6)])
    assert error_by_binary64(function, arguments) < 1


@FUNCTIONS
def test_arguments_from_all_of_f32_are_within_an_ulp(function):
    arguments = random_words(3, 4000).view(np.float32)
    arguments = arguments[np.isfinite(arguments) & (np.abs(arguments) >= np.float32(2.0**-126))]
    assert error_by_mpmath(function, arguments) < 1


@FUNCTIONS
def test_arguments_next_to_multiples_of_half_pi_are_within_an_ulp(function):
    assert next_to_multiples_of_half_pi().size > 1500
    assert error_by_mpmath(function, next_to_multiples_of_half_pi()) < 1


@FUNCTIONS
@given(argument=st.floats(2.0**-126, allow_infinity=False, width=32))
def test_any_argument_is_within_an_ulp(function, argument):
    assert error_by_mpmath(function, np.array([argument], np.float32)) < 1


@FUNCTIONS
@pytest.mark.parametrize("argument", [0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00000, 0x7F800001, 0xFFFFFFFF])
def test_of_infinity_and_nan_is_the_one_nan(function, argument):
    assert patterns(function(of_bits(argument))) == [NAN]


def test_zeros_and_subnormals_count_as_positive_zero():
    zeros = of_bits(0, MINUS, 1, MINUS + 1, 0x7FFFFF, 0x807FFFFF)
    assert patterns(sin(zeros)) == [0] * 6
    assert patterns(cos(zeros)) == [ONE] * 6


def test_tiny_arguments_are_their_own_sine():
    tiny = of_bits(*range(0x00800000, 0x39800000, 0x7FFFF))
    assert patterns(sin(tiny)) == patterns(tiny)
    assert patterns(sin(-tiny)) == patterns(-tiny)
    assert patterns(cos(tiny)) == [ONE] * tiny.size


def test_sine_is_odd_and_cosine_even():
    arguments = random_words(4, 100_000).view(np.float32)
    arguments = arguments[np.isfinite(arguments) & (np.abs(arguments) >= np.float32(2.0**-126))]
    assert patterns(sin(-arguments)) == patterns(-sin(arguments))
    assert patterns(cos(-arguments)) == patterns(cos(arguments))


@FUNCTIONS
def test_neither_leaves_the_unit_interval(function):
    arguments = random_words(5, 200_000).view(np.float32)
    values = function(arguments[np.isfinite(arguments)])
    assert np.abs(values).max() == 1


@FUNCTIONS
def test_the_shape_is_kept_and_every_element_taken_alone(function):
    grid = np.linspace(-50, 50, 24, dtype=np.float32).reshape(2, 3, 4)
    alone = [function(grid.ravel()[i : i + 1])[0] for i in range(24)]
    assert function(grid).shape == (2, 3, 4)
    assert function(grid).tobytes() == np.array(alone, np.float32).tobytes()
    assert function(grid[:, ::2, 0]).tobytes() == function(np.ascontiguousarray(grid[:, ::2, 0])).tobytes()
    assert function(np.zeros((0, 3), np.float32)).shape == (0, 3)


def words_of_two_over_pi() -> int:
    """32 bits of 0, then 224 bits of 2/π."""
    with mpmath.workprec(400):
        return int(mpmath.floor(2 / mpmath.pi * mpmath.mpf(2) ** 224))


def documented(name: str, x: float) -> float:
    """The sequence of NUMERICS.md, in Python's integers and f32 rounded step by step; |x| >= 2^-126 and finite."""
    bits = int(np.float32(abs(x)).view(np.uint32))
    high, low, quarters, negative = abs(x), 0.0, 0, False
    if abs(x) >= 0.5:
        exponent, m = bits >> 23, bits & 0x7FFFFF | 0x800000
        window = words_of_two_over_pi() >> (256 - 96 - (exponent - 120)) & (2**96 - 1)
        product = m * window % 2**96
        quarters, fraction = product >> 94, product >> 30 & (2**64 - 1)
        if negative := fraction >> 63 == 1:
            quarters, fraction = quarters + 1, 2**64 - 1 - fraction
        shift = 64 - fraction.bit_length()
        angle = (fraction << shift >> 32) * 0xC90FDAA2 >> 32
        high, low = (angle & 0xFFFFFF00) * 2.0 ** -(31 + shift), (angle & 0xFF) * 2.0 ** -(31 + shift)
    f = to_f32
    z = f(high * high)
    w = f(1 - z / 2)
    s, c = (f(k) for k in (-1.9515295891e-4, 2.443315711809948e-5))
    for k in (8.3321608736e-3, -1.6666654611e-1):
        s = f(f(s * z) + f(k))
    for k in (-1.388731625493765e-3, 4.166664568298827e-2):
        c = f(f(c * z) + f(k))
    sine = f(high + f(f(low * w) + f(f(high * z) * s)))
    cosine = f(w + f(f(f(1 - w) - z / 2) + f(f(f(z * z) * c) - f(high * low))))
    if name == "cos":
        quarters += 1
    value = cosine if quarters % 2 else -sine if negative else sine
    value = -value if quarters & 2 else value
    return -value if name == "sin" and x < 0 else value


@FUNCTIONS
def test_the_bits_are_those_of_the_documented_sequence(function):
    arguments = random_words(6, 3000).view(np.float32)
    arguments = np.concatenate(
        [arguments, np.random.default_rng(7).uniform(-99, 99, 3000).astype(np.float32), next_to_multiples_of_half_pi()]
    )
    arguments = arguments[np.isfinite(arguments) & (np.abs(arguments) > 1e-18)]  # squares are normal
    assert function(arguments).tolist() == [documented(function.__name__, x) for x in arguments.tolist()]


def test_the_bits_are_pinned():
    words = np.arange(0, 2**32, 1048573, dtype=np.uint64).astype(np.uint32).view(np.float32)
    near = np.arange(-4096, 4096, dtype=np.float32) * np.float32(1 / 64)
    assert {f.__name__: digest(f(words), f(near))[:16] for f in (sin, cos)} == {
        "sin": "7397048e87351824",
        "cos": "ea38418131fa2154",
    }
