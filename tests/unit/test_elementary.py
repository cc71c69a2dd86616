"""The elementary functions. The true exp is NumPy's in binary64, wrong by less than 2^-27 of an f32 ULP."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit_contract import to_f32

from paragon_tui.arithmetic.elementary import exp, relu, softmax
from paragon_tui.arithmetic.reduction import reduce
from paragon_tui.arithmetic.rounding import SMALLEST_NORMAL, flush

F32_MAX = float(np.finfo(np.float32).max)


def f32(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def patterns(values: np.ndarray) -> list[int]:
    return [int(pattern) for pattern in values.view(np.uint32)]


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
    return to_f32(to_f32(to_f32(p * to_f32(r * r)) + r) + 1) * 2.0**n


def test_exp_has_the_bits_of_its_documented_sequence():
    anywhere = np.random.default_rng(3).uniform(-87, 88.5, 40_000).astype(np.float32)
    turns = [around((n + 0.5) * np.log(2), 8) for n in range(-125, 127)]  # where n becomes the next integer
    arguments = np.concatenate([anywhere, *turns])
    assert exp(arguments).tolist() == [documented_exp(x) for x in arguments.tolist()]


def test_flush_stores_negative_zero_and_subnormals_as_positive_zero():
    assert patterns(flush(f32(-0.0, 0.0, 1e-45, -1e-45, 1.1754942e-38, -1.1754942e-38))) == [0] * 6


def test_flush_keeps_every_normal_value():
    kept = f32(SMALLEST_NORMAL, -SMALLEST_NORMAL, 1, -1, F32_MAX, -F32_MAX)
    assert patterns(flush(kept)) == patterns(kept)


def test_relu_of_negative_zero_and_of_negatives_is_positive_zero():
    assert patterns(relu(f32(-0.0, 0.0, -1, -1e-45, -np.inf))) == [0] * 5


def test_relu_keeps_positive_values():
    kept = f32(1e-45, SMALLEST_NORMAL, 1, F32_MAX)
    assert patterns(relu(kept)) == patterns(kept)


@given(st.lists(st.floats(-50, 50, width=32), min_size=1, max_size=100))
def test_softmax_is_a_distribution(logits):
    shares = softmax(f32(*logits))
    assert np.all((shares >= 0) & (shares <= 1))
    assert shares.astype(np.float64).sum() == pytest.approx(1, abs=1e-6)


@given(st.lists(st.integers(-40, 40), min_size=1, max_size=100), st.integers(-1000, 1000))
def test_softmax_keeps_its_bits_when_every_logit_is_shifted_exactly(logits, shift):
    assert softmax(f32(*logits)).tobytes() == softmax(f32(*(z + shift for z in logits))).tobytes()


@given(st.lists(st.floats(-30, 30, width=32), min_size=2, max_size=80))
def test_softmax_divides_by_the_canonical_sum(logits):
    z = f32(*logits)
    e = exp(z - z.max())
    assert softmax(z).tobytes() == (e / reduce(e)).tobytes()


def test_softmax_of_equal_logits_is_uniform():
    assert softmax(f32(3, 3, 3, 3)).tolist() == [0.25] * 4


def test_softmax_of_huge_logits_does_not_overflow():
    assert softmax(f32(1e30, 1e30, -1e30)).tolist() == [0.5, 0.5, 0.0]


def test_a_share_below_the_smallest_normal_is_positive_zero():
    smallest = float(exp(f32(-87))[0])
    assert smallest > SMALLEST_NORMAL  # normal before the division by two, subnormal after it
    assert smallest / 2 < SMALLEST_NORMAL
    assert patterns(softmax(f32(0, 0, -87))) == [0x3F000000, 0x3F000000, 0]


def test_softmax_works_along_the_last_axis():
    grid = f32(1, 2, 3, -1, 0, 5).reshape(2, 3)
    assert softmax(grid).tobytes() == softmax(grid[0]).tobytes() + softmax(grid[1]).tobytes()
