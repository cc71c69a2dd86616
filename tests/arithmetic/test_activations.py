"""The activation functions and the softmaxes, composed of the elementary functions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paragon_tui.arithmetic.activations import gelu, gelu_tanh, log_softmax, relu, sigmoid, softmax, swish
from paragon_tui.arithmetic.digest import digest
from paragon_tui.arithmetic.elementary import exp, log
from paragon_tui.arithmetic.reduction import reduce
from paragon_tui.arithmetic.rounding import SMALLEST_NORMAL
from tests.support.floats import f32, of_bits, patterns

F32_MAX = float(np.finfo(np.float32).max)
NAN, INFINITY = 0x7FC00000, 0x7F800000
GATED = {"swish": swish, "gelu": gelu, "gelu_tanh": gelu_tanh}
SMOOTH = {"sigmoid": sigmoid, **GATED}
EVERY_NAN = (0x7F800001, 0x7FC00000, 0x7FFFFFFF, 0xFF800001, 0xFFFFFFFF)


def true_value(name: str, x: float) -> float:
    if name == "gelu":
        return x / 2 * math.erfc(-x / math.sqrt(2))
    argument = {"gelu_tanh": 2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)}.get(name, x)
    gate = 1 / (1 + math.exp(-argument)) if argument > -700 else 0.0
    return gate if name == "sigmoid" else x * gate


@pytest.mark.parametrize(("name", "ulp"), [("sigmoid", 2.5), ("swish", 3.5), ("gelu", 4), ("gelu_tanh", 5)])
def test_smooth_activations_are_near_the_truth(name, ulp):
    x = np.random.default_rng(1).uniform(-1, 20, 40_000).astype(np.float32)
    true = np.array([true_value(name, value) for value in x.tolist()])
    error = np.abs(SMOOTH[name](x).astype(np.float64) - true) / np.spacing(np.abs(true).astype(np.float32))
    assert error.max() <= ulp


@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_activations_are_near_zero_for_negatives(name):
    x = np.random.default_rng(2).uniform(-100, -1, 20_000).astype(np.float32)
    true = np.array([true_value(name, value) for value in x.tolist()])
    assert np.abs(SMOOTH[name](x).astype(np.float64) - true).max() <= 2.0**-23


@pytest.mark.parametrize("name", ["sigmoid", "swish"])
def test_small_results_of_sigmoid_and_swish_are_as_accurate_as_large_ones(name):
    x = np.random.default_rng(3).uniform(-87, -1, 20_000).astype(np.float32)
    true = np.array([true_value(name, value) for value in x.tolist()])
    error = np.abs(SMOOTH[name](x).astype(np.float64) - true) / np.spacing(np.abs(true).astype(np.float32))
    assert error.max() <= 3.5


@pytest.mark.parametrize("name", SMOOTH)
def test_any_nan_gives_the_one_nan(name):
    assert patterns(SMOOTH[name](of_bits(*EVERY_NAN))) == [NAN] * len(EVERY_NAN)


def test_sigmoid_far_out_and_at_zero():
    assert sigmoid(f32(-np.inf, -F32_MAX, -104, -88, 20, F32_MAX, np.inf)).tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert sigmoid(f32(0.0, -0.0, 1e-45, -1e-45, 1e-30)).tolist() == [0.5] * 5


@pytest.mark.parametrize("name", GATED)
def test_gated_activations_far_out_and_around_zero(name):
    function = GATED[name]
    assert patterns(function(f32(-np.inf, -F32_MAX, -105, -104, 0.0, -0.0, 1e-45, -1e-45))) == [0] * 8
    assert function(f32(104, 1e10, F32_MAX, np.inf)).tolist() == f32(104, 1e10, F32_MAX, np.inf).tolist()
    # Half of these is below 2^-126, though the largest would round up to it.
    assert patterns(function(of_bits(0x00800000, 0x00FFFFFF, 0x80800000, 0x80FFFFFF))) == [0] * 4
    assert patterns(function(of_bits(0x01000000, 0x81000000))) == [0x00800000, 0x80800000]


@pytest.mark.parametrize("name", SMOOTH)
def test_no_result_is_subnormal_or_negative_zero(name):
    bits = np.random.default_rng(4).integers(0, 2**32, 300_000, dtype=np.uint32)
    results = SMOOTH[name](bits.view(np.float32)).view(np.uint32)
    assert not np.any(results == 0x80000000)
    assert not np.any(((results & 0x7FFFFFFF) > 0) & ((results & 0x7FFFFFFF) < 0x00800000))


@pytest.mark.parametrize("name", SMOOTH)
def test_every_activation_warns_of_nothing(name):
    bits = np.random.default_rng(5).integers(0, 2**32, 50_000, dtype=np.uint32)
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        SMOOTH[name](bits.view(np.float32))


DIGESTS = {
    "sigmoid": "1ca1156e305effd8317c64328d244d67e112ade5fb9247c97240523d55ce2f4b",
    "swish": "47926d67f217fbcc2cf6f7973cd677b565ad623e63af0fe6d60bdb363538566f",
    "gelu": "a3c3e1dd25734a3f281e60b6c98212e907fc24d9bbc2223de4cb7f7ca1614451",
    "gelu_tanh": "bde83492846fc3218583301cae18101d62314cd99daa64042551084e09d88cb5",
}


@pytest.mark.parametrize("name", SMOOTH)
def test_bits_are_pinned(name):
    assert digest(SMOOTH[name](np.arange(0, 2**32, 65521, dtype=np.uint32).view(np.float32))) == DIGESTS[name]


def test_relu_of_nan_is_positive_zero():
    assert patterns(relu(of_bits(*EVERY_NAN))) == [0] * len(EVERY_NAN)


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


@given(st.lists(st.floats(-50, 50, width=32), min_size=1, max_size=100))
def test_log_softmax_is_composed_as_the_contract_says(logits):
    z = f32(*logits)
    d = z - z.max()
    assert log_softmax(z).tobytes() == (d - log(reduce(exp(d))[np.newaxis])).tobytes()


@given(st.lists(st.floats(-50, 50, width=32), min_size=1, max_size=100))
def test_log_softmax_is_the_logarithm_of_the_softmax(logits):
    z = f32(*logits)
    wide = z.astype(np.float64) - float(z.max())
    assert log_softmax(z) == pytest.approx(wide - math.log(np.exp(wide).sum()), rel=1e-6, abs=1e-6)


def test_log_softmax_of_one_logit_is_positive_zero():
    assert patterns(log_softmax(f32(-7))) == [0]


def test_log_softmax_works_along_the_last_axis():
    grid = f32(1, 2, 3, -1, 0, 5).reshape(2, 3)
    assert log_softmax(grid).tobytes() == log_softmax(grid[0]).tobytes() + log_softmax(grid[1]).tobytes()
