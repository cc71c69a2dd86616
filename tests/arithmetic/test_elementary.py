"""The elementary functions. True values are binary64's, wrong by less than 2^-27 of an f32 ULP.

``benchmarks/ulp.py`` measures the same errors over the whole range.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paragon_tui.arithmetic.compare import ordered
from paragon_tui.arithmetic.digest import digest
from paragon_tui.arithmetic.elementary import erf, exp, log, log2, log10, tanh
from paragon_tui.arithmetic.rounding import SMALLEST_NORMAL
from tests.support.contract import to_f32
from tests.support.floats import f32, of_bits, patterns

F32_MAX = float(np.finfo(np.float32).max)


def error_in_ulp(arguments: np.ndarray) -> np.ndarray:
    true = np.exp(arguments.astype(np.float64))
    return np.abs(exp(arguments).astype(np.float64) - true) / np.spacing(true.astype(np.float32))


def every_normal_result() -> np.ndarray:
    """Evenly spaced arguments, and random bit patterns, which crowd around zero."""
    random = np.random.default_rng(1).integers(0, 2**32, 1_000_000, dtype=np.uint32).view(np.float32)
    random = random[np.isfinite(random)]
    even = np.linspace(-87.3, 88.7, 1_000_003).astype(np.float32)
    return np.concatenate([even, random[(random >= -87.3) & (random <= 88.7)]])


def around(value: float, steps: int) -> np.ndarray:
    """All f32 within ``steps`` representable values of ``value``."""
    centre = int(np.float32(value).view(np.int32))
    return np.arange(centre - steps, centre + steps + 1, dtype=np.int32).view(np.float32)


def test_exp_is_within_two_ulp_wherever_its_result_is_normal():
    assert error_in_ulp(every_normal_result()).max() <= 2


@pytest.mark.parametrize("halves", range(-251, 256, 11))
def test_exp_is_within_two_ulp_where_the_argument_reduction_turns(halves):
    arguments = around(halves / 2 * np.log(2), 2000)
    arguments = arguments[(arguments > -87.3) & (arguments < 88.7)]
    assert error_in_ulp(arguments).max() <= 2


@given(st.floats(min_value=-87, max_value=88.5, width=32))
def test_exp_of_any_argument_is_within_two_ulp(argument):
    assert error_in_ulp(f32(argument))[0] <= 2


def test_exp_of_zero_and_of_subnormals_is_exactly_one():
    assert patterns(exp(f32(0.0, -0.0, 1e-45, -1e-45, 1.1754942e-38, -1.1754942e-38))) == [0x3F800000] * 6


@pytest.mark.parametrize("argument", [-87.34, -88, -100, -103.97, -104, -1e4, -F32_MAX, -np.inf])
def test_exp_below_the_smallest_normal_is_positive_zero(argument):
    assert patterns(exp(f32(argument))) == [0]


@pytest.mark.parametrize("argument", [88.73, 89, 100, 1e4, F32_MAX, np.inf])
def test_exp_above_the_largest_float_is_infinite(argument):
    assert exp(f32(argument))[0] == np.inf


def test_exp_returns_no_subnormal_at_the_lower_edge_and_no_nan_at_the_upper():
    assert not np.any((exp(around(-87.33655, 5000)) > 0) & (exp(around(-87.33655, 5000)) < SMALLEST_NORMAL))
    upper = exp(around(88.72284, 5000))
    assert np.isfinite(upper[0])
    assert np.isinf(upper[-1])
    assert not np.isnan(upper).any()


def test_exp_keeps_the_shape_and_takes_every_element_alone():
    grid = np.linspace(-5, 5, 24, dtype=np.float32).reshape(2, 3, 4)
    alone = [exp(grid.ravel()[i : i + 1])[0] for i in range(24)]
    assert exp(grid).shape == (2, 3, 4)
    assert exp(grid).tobytes() == np.array(alone, dtype=np.float32).tobytes()


def documented_exp(x: float) -> float:
    """The sequence of exp's documentation, rounded step by step, for a result that is neither flushed nor infinite."""
    log2e, high, low, magic = to_f32(1.44269504), to_f32(0.693359375), to_f32(-2.12194440e-4), 1.5 * 2**23
    first, *others = (
        1.9875691500e-4,
        1.3981999507e-3,
        8.3334519073e-3,
        4.1665795894e-2,
        1.6666665459e-1,
        5.0000001201e-1,
    )
    n = to_f32(to_f32(to_f32(x * log2e) + magic) - magic)
    r = to_f32(to_f32(x - to_f32(n * high)) - to_f32(n * low))
    p = to_f32(first)
    for coefficient in others:
        p = to_f32(to_f32(p * r) + to_f32(coefficient))
    return to_f32(to_f32(to_f32(p * to_f32(r * r)) + r) + 1) * float(2.0**n)


def test_exp_has_the_bits_of_its_documented_sequence():
    anywhere = np.random.default_rng(3).uniform(-87, 88.5, 40_000).astype(np.float32)
    turns = [around((n + 0.5) * np.log(2), 8) for n in range(-125, 127)]  # where n becomes the next integer
    arguments = np.concatenate([anywhere, *turns])
    assert exp(arguments).tolist() == [documented_exp(x) for x in arguments.tolist()]


# --- all of them -------------------------------------------------------------------------------------------------

TRUE: dict[str, tuple[Callable[..., np.ndarray], Callable[..., np.ndarray]]] = {
    "exp": (exp, np.exp),
    "log": (log, np.log),
    "log2": (log2, np.log2),
    "log10": (log10, np.log10),
    "tanh": (tanh, np.tanh),
    "erf": (erf, np.vectorize(math.erf, otypes=[np.float64])),
}
NAN, INFINITY, NEGATIVE = 0x7FC00000, 0x7F800000, 0x80000000
ONE = 0x3F800000
EVERY_NAN = (0x7F800001, 0x7FBFFFFF, 0x7FC00000, 0x7FFFFFFF, 0xFF800001, 0xFFC00000, 0xFFFFFFFF)
NOTHING = (0, 1, 0x00400000, 0x007FFFFF)  # zero and subnormals, which count as zero


def largest_error(name: str, arguments: np.ndarray) -> float:
    """In ULP, wherever the true value is a normal f32."""
    function, true_function = TRUE[name]
    with np.errstate(all="ignore"):
        arguments = arguments[np.isfinite(arguments) & (np.abs(arguments) >= SMALLEST_NORMAL)]
        true = true_function(arguments.astype(np.float64))
        normal = np.isfinite(true) & (np.abs(true) >= SMALLEST_NORMAL) & (np.abs(true) <= F32_MAX)
        arguments, true = arguments[normal], true[normal]
        unit = np.spacing(np.abs(true).astype(np.float32))
    return float((np.abs(function(arguments).astype(np.float64) - true) / unit).max())


def any_bits(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**32, count, dtype=np.uint32).view(np.float32)


# The largest errors of NUMERICS.md section 7, rounded up: a change that makes a function worse is noticed.
BOUNDS = {"exp": 1.0, "log": 0.84, "log2": 0.83, "log10": 0.72, "tanh": 1.4, "erf": 1.2}


@pytest.mark.parametrize("name", TRUE)
def test_every_function_is_within_its_measured_bound_anywhere(name):
    spread = np.random.default_rng(4).uniform(-12, 12, 200_000).astype(np.float32)
    assert largest_error(name, np.concatenate([any_bits(300_000, 5), spread])) <= BOUNDS[name]


BRANCHES = {
    "log": (1, 0.5**0.5, 2**0.5, 2.0**-126, F32_MAX * 0.999),
    "log2": (1, 0.5**0.5, 2**0.5, 2.0**-126, F32_MAX * 0.999),
    "log10": (1, 0.5**0.5, 2**0.5, 2.0**-126, F32_MAX * 0.999),
    "tanh": (2.0**-126, 2.0**-14, 0.625, 9.02, 10),
    "erf": (2.0**-126, 2.0**-14, 0.9375, 3.92, 4),
}
PLACES = [(name, place) for name, places in BRANCHES.items() for place in places]


@pytest.mark.parametrize(("name", "place"), PLACES)
def test_every_function_is_within_its_measured_bound_where_its_sequence_turns(name, place):
    near = around(place, 20_000)
    assert largest_error(name, np.concatenate([near, -near])) <= BOUNDS[name]


@pytest.mark.parametrize(("name", "place"), PLACES)
def test_no_function_steps_back_by_more_than_one_representable_value(name, place):
    near = around(place, 5000)
    assert np.diff(ordered(TRUE[name][0](near[near >= SMALLEST_NORMAL]))).min() >= -1


@pytest.mark.parametrize("name", TRUE)
def test_any_nan_gives_the_one_nan(name):
    assert patterns(TRUE[name][0](of_bits(*EVERY_NAN))) == [NAN] * len(EVERY_NAN)


def test_exp_at_the_infinities():
    assert patterns(exp(f32(np.inf, -np.inf))) == [INFINITY, 0]


@pytest.mark.parametrize("name", ["log", "log2", "log10"])
def test_logarithms_of_nothing_of_negatives_and_of_infinity(name):
    function = TRUE[name][0]
    assert patterns(function(of_bits(*NOTHING, *(NEGATIVE | bits for bits in NOTHING)))) == [0xFF800000] * 8
    assert patterns(function(of_bits(0x80800000, 0xBF800000, 0xFF7FFFFF, 0xFF800000))) == [NAN] * 4
    assert patterns(function(of_bits(INFINITY, ONE))) == [INFINITY, 0]


def test_log2_of_powers_of_two_is_exact():
    exponents = np.arange(-126, 128)
    assert log2(np.ldexp(np.float32(1), exponents)).tolist() == exponents.tolist()


@pytest.mark.parametrize("name", ["tanh", "erf"])
def test_odd_functions_at_zero_and_far_out(name):
    function = TRUE[name][0]
    assert patterns(function(of_bits(*NOTHING, *(NEGATIVE | bits for bits in NOTHING)))) == [0] * 8
    assert function(f32(10, 1e5, F32_MAX, np.inf)).tolist() == [1.0] * 4
    assert function(f32(-10, -1e5, -F32_MAX, -np.inf)).tolist() == [-1.0] * 4


@pytest.mark.parametrize("name", ["tanh", "erf"])
def test_odd_functions_are_odd(name):
    function, x = TRUE[name][0], np.abs(any_bits(100_000, 6))
    x = x[x >= SMALLEST_NORMAL]
    assert function(-x).tobytes() == (-function(x)).tobytes()


@pytest.mark.parametrize("name", TRUE)
def test_no_result_is_subnormal_or_negative_zero(name):
    magnitudes = TRUE[name][0](any_bits(300_000, 7)).view(np.uint32)
    assert not np.any(magnitudes == NEGATIVE)
    assert not np.any(((magnitudes & 0x7FFFFFFF) > 0) & ((magnitudes & 0x7FFFFFFF) < 0x00800000))


@pytest.mark.parametrize("name", TRUE)
def test_every_function_warns_of_nothing(name):
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        TRUE[name][0](np.concatenate([any_bits(50_000, 8), of_bits(*EVERY_NAN)]))


DIGESTS = {
    "exp": "e7475545f4a8b3358f3f873840cde9d6a61f21d195640450b3b1b3bd9aac27ec",
    "log": "f62218f9110ed8b99c54d43a6ba2dc3b76fe542ca7a5e073db1e8c209f2b57e1",
    "log2": "dee01d9c49de90b1d60ddb7a178116ce7de7793d6fd911294b62a3fa217aa3fa",
    "log10": "d14f7aaef3358a777fb1e726d26eaa0bc3ab58b49d51eda117386377b93476d4",
    "tanh": "2c612dc164054da3c17415674422858113433c4d5e21e371b3580fd553fe5ae5",
    "erf": "83f0fec888a173cd16063eebdef3f3ef2b452a9dd93cf9b6aa5c818e54969ba9",
}


@pytest.mark.parametrize("name", TRUE)
def test_bits_are_pinned(name):
    assert digest(TRUE[name][0](np.arange(0, 2**32, 65521, dtype=np.uint32).view(np.float32))) == DIGESTS[name]
