"""Networks on the host: canonically against plain Python, their shifts, and the chains of the naive kernel."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paragon_tui.arithmetic.activations import softmax
from paragon_tui.operators.dense import LARGEST_ACTIVATION, Activation, Dense
from paragon_tui.suites.case import DTYPES
from paragon_tui.suites.computation import computation
from paragon_tui.suites.data.case_data import DigestedData
from paragon_tui.suites.data.networks import chains, fused
from paragon_tui.suites.data.parameters import network_input, parameters
from paragon_tui.suites.inference import network_case
from paragon_tui.suites.workloads.networks import SHIFTS, network_graph, shifts
from tests.support.contract import f16_logits, i8_hidden_sums, logits
from tests.support.devices import Arrays
from tests.support.exact import exact, rounded
from tests.support.examples import CASES, SMALL_CASES
from tests.support.host_forms import host_outputs, softmax_of
from tests.support.networks import logits_of

SMALL = (13, 7, 20, 3)
CLAMPED = (5000, 40, 3)  # the usual shift is too small for it
ONE_LAYER = (13, 3)


def forward(widths: tuple[int, ...], dtype: str) -> Arrays:
    return host_outputs(network_case("test", widths), dtype, "reference")


# Canonical


@pytest.mark.parametrize("widths", [ONE_LAYER, SMALL, (784, 64, 10)])
def test_f32_is_the_contracts(widths):
    assert forward(widths, "f32")["logits"].tolist() == logits(widths)


@pytest.mark.parametrize("widths", [ONE_LAYER, SMALL, (784, 64, 10), (784, 48, 32, 10)])
def test_f16_is_the_contracts(widths):
    assert forward(widths, "f16")["logits"].tolist() == f16_logits(widths)


def test_f16_rounds_hidden_activations_and_not_the_logits():
    layers, x = parameters((784, 48, 10), "f16"), network_input(784, "f16")
    unrounded = logits_of(layers, x, "f32")
    actual = logits_of(layers, x, "f16")
    assert (actual != unrounded).any()
    assert (actual.astype(np.float16).astype(np.float32) != actual).any()


@pytest.mark.parametrize("widths", [ONE_LAYER, SMALL, (784, 64, 10), (784, 256, 256, 10), CLAMPED])
def test_i8_is_the_contracts(widths):
    actual = forward(widths, "i8")["logits"]
    assert actual.dtype == np.int32
    assert actual.tolist() == i8_hidden_sums(widths, shifts(widths))[-1]


def test_a_network_of_ones_own_is_clamped_where_its_sums_are_large():
    hidden = i8_hidden_sums(CLAMPED, shifts(CLAMPED))[0]
    assert max(hidden) + 2**11 >> 12 > LARGEST_ACTIVATION


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_output_is_the_softmax_of_the_logits(dtype):
    outputs = forward((784, 64, 10), dtype)
    z = outputs["logits"].astype(np.float32)
    if dtype == "i8":
        assert outputs["output"].tobytes() == softmax(z / np.float32(8192)).tobytes()
    else:
        assert outputs["output"].tobytes() == softmax(z).tobytes()
    assert outputs["output"].sum() == pytest.approx(1)


def test_a_large_integer_logit_is_rounded_once_to_even():
    ties = np.array([2**24 + 1, 2**24 + 3, -(2**24) - 1], dtype=np.int32)
    as_f32 = np.array([2.0**24, 2.0**24 + 4, -(2.0**24)], dtype=np.float32)
    assert softmax_of(ties).tobytes() == softmax(as_f32 * np.float32(2.0**-13)).tobytes()


# The shifts of the contract


@pytest.mark.parametrize("case_id", CASES)
def test_the_shifts_are_the_smallest_for_which_nothing_is_clamped(case_id):
    widths = CASES[case_id].shape
    x = network_input(widths[0], "i8").astype(np.int64)
    for (weights, bias), shift in zip(parameters(widths, "i8")[:-1], shifts(widths), strict=True):
        sums = np.array([row.astype(np.int64) @ x for row in weights]) + bias
        largest = int(sums.max())
        assert largest + 2 ** (shift - 1) >> shift <= LARGEST_ACTIVATION
        assert largest + 2 ** (shift - 2) >> (shift - 1) > LARGEST_ACTIVATION
        x = (np.maximum(sums, 0) + 2 ** (shift - 1)) >> shift


@pytest.mark.parametrize("case_id", CASES)
def test_no_integer_sum_can_overflow(case_id):
    widths = CASES[case_id].shape
    assert max(widths) * 127 * 127 + 127 * 127 < 2**31


def test_every_case_has_its_shifts_and_other_networks_the_usual_one():
    assert list(SHIFTS) == [case.shape for case in CASES.values()]
    assert all(len(given) == len(widths) - 2 for widths, given in SHIFTS.items())
    assert [shifts(widths) for widths in (ONE_LAYER, SMALL)] == [(), (12, 12)]


@pytest.mark.parametrize("widths", [ONE_LAYER, SMALL, CASES["L1"].shape])
def test_the_layers_of_a_graph_have_their_shifts(widths):
    layers = [node.operator for node in network_graph(widths, "i8").nodes if isinstance(node.operator, Dense)]
    assert len(layers) == len(widths) - 1
    assert [layer.shift for layer in layers] == [*shifts(widths), 0]
    assert [layer.widens for layer in layers] == [layer.activation is Activation.NONE for layer in layers]
    assert [layer.widens for layer in layers] == [False] * (len(widths) - 2) + [True]


# One rounding


def f32(low: int, high: int) -> st.SearchStrategy[np.float32]:
    """Any binary32 whose magnitude is from 2^low to 2^high, of either sign."""
    return st.builds(
        lambda sign, significand, exponent: np.float32(sign * (1 + significand / 2**23) * 2.0**exponent),
        st.sampled_from([-1, 1]),
        st.integers(0, 2**23 - 1) | st.sampled_from([0, 1, 2**12, 2**11, 2**23 - 1]),
        st.integers(low, high),
    )


def assert_fused(acc: np.float32, w: np.float32, v: np.float32) -> None:
    a, b, c = exact((acc, w, v))
    actual = fused(np.array([acc]), np.array([w]), v)
    assert actual.dtype == np.float32
    assert Fraction(float(actual[0])) == rounded(a + b * c)


@given(f32(-40, 40), f32(-20, 20), f32(-20, 20))
def test_fused_is_the_exact_sum_rounded_once(acc, w, v):
    assert_fused(acc, w, v)


@given(f32(-20, 20), f32(-20, 20), st.integers(-4, 4))
def test_fused_is_exact_where_almost_everything_cancels(w, v, ulps):
    bits = int((-(w * v)).view(np.uint32)) + ulps
    assert_fused(np.uint32(bits).view(np.float32), w, v)


@given(f32(0, 0), f32(0, 0), st.integers(20, 60))
def test_fused_is_right_where_the_product_only_breaks_a_tie(w, v, down):
    """acc + half an ulp, and far below it the product: rounding to binary64 first would lose it."""
    acc = np.float32(2.0**24)
    for shift in (down, 0):
        assert_fused(acc, np.float32(w * 2.0**-shift), v)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("acc", [1.0, 1 + 2.0**-23, 2.0, -1.0])
def test_rounding_twice_would_be_wrong_here(acc, sign):
    """w·v is half an ulp of acc and 2^-30 of that: binary64 alone sees a tie, or none, after it has rounded."""
    w, v = np.float32(2.0**-24 * (1 + 2.0**-15)), np.float32(sign * (1 + 2.0**-15))
    tiny = np.float32(2.0**-12) * np.float32(2.0**-12) * np.float32(1 + 2.0**-23)
    assert_fused(np.float32(acc), w, v)
    assert_fused(np.float32(acc), tiny, np.float32(sign * (1 - 2.0**-24)))


def test_double_rounding_is_told_apart():
    acc, w, v = np.float32(1), np.float32(2.0**-12 * (1 + 2.0**-21)), np.float32(2.0**-12 * (1 - 2.0**-21))
    # 1 + 2^-24·(1 - 2^-42): just below a tie, which binary64 rounds to the tie, and up from an odd acc.
    odd = np.float32(1 + 2.0**-23)
    twice = np.float32(np.float64(odd) + np.float64(w) * np.float64(v))
    assert twice == np.float32(1 + 2.0**-22)
    assert fused(np.array([odd]), np.array([w]), v)[0] == odd
    assert fused(np.array([acc]), np.array([w]), v)[0] == acc


# The naive kernel's chains


def chained(widths: tuple[int, ...], step: Callable[[Fraction, Fraction, Fraction], Fraction]) -> list[Fraction]:
    x = exact(network_input(widths[0], "f32"))
    layers = parameters(widths)
    for layer, (weights, bias) in enumerate(layers):
        y = []
        for row, b in zip(weights, exact(bias), strict=True):
            acc = Fraction(0)
            for w, v in zip(exact(row), x, strict=True):
                acc = step(acc, w, v)
            y.append(rounded(acc + b))
        x = [max(value, Fraction(0)) for value in y] if layer < len(layers) - 1 else y
    return x


@pytest.mark.parametrize("widths", [ONE_LAYER, SMALL, (100, 9, 4)])
def test_the_chains_are_products_rounded_and_fused(widths):
    sums = dict(chains(parameters(widths), network_input(widths[0], "f32")))
    case = network_case("test", widths)
    data = computation(case, "f32").data
    assert isinstance(data, DigestedData)
    for (chain, values), right in zip(data.chains(case), sums.items(), strict=True):
        assert (chain, values.tobytes()) == (right[0], right[1].tobytes())
    assert list(sums) == ["multiply-then-add", "fma"]
    separate = chained(widths, lambda acc, w, v: rounded(acc + rounded(w * v)))
    together = chained(widths, lambda acc, w, v: rounded(acc + w * v))
    assert exact(sums["multiply-then-add"]) == separate
    assert exact(sums["fma"]) == together


def test_the_two_chains_and_canonical_arithmetic_are_told_apart_in_every_small_case():
    for case_id in SMALL_CASES:
        widths = CASES[case_id].shape
        sums = [z.tobytes() for _, z in chains(parameters(widths), network_input(784, "f32"))]
        assert len({*sums, forward(widths, "f32")["logits"].tobytes()}) == 3, case_id
