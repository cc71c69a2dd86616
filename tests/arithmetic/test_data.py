"""Deterministic data against section 4 of NUMERICS.md written again with Python's integers."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paragon_tui.arithmetic.data import pixels, uniform
from paragon_tui.suites.data.parameters import parameters
from tests.support.contract import section_4, section_4_pixels, to_f32


@pytest.mark.parametrize("seed", [0, 1, 42, 123456789, 2**63, 2**64 - 1])
@pytest.mark.parametrize("stream", [0, 1, 9])
def test_uniform_is_section_4_exactly(seed, stream):
    assert uniform(seed, stream, 300).tolist() == section_4(seed, stream, 300)


@pytest.mark.parametrize("count", [0, 1, 32767, 32768, 32769, 65537])
def test_uniform_does_not_notice_the_chunks_it_is_made_in(count):
    values = uniform(42, 3, count)
    assert values.dtype == np.float32
    assert values.tolist() == section_4(42, 3, count)


@settings(max_examples=50)
@given(st.integers(0, 2**64 - 1), st.integers(0, 2**20), st.integers(0, 50))
def test_uniform_is_section_4_for_any_seed_and_stream(seed, stream, count):
    assert uniform(seed, stream, count).tolist() == section_4(seed, stream, count)


def test_uniform_fills_the_interval_from_minus_one_up_to_but_without_one():
    values = uniform(7, 0, 200_000)
    assert -1 <= values.min() < -0.9999
    assert 0.9999 < values.max() < 1
    assert abs(values.astype(np.float64).mean()) < 0.01


def test_a_longer_vector_begins_with_the_shorter_one():
    assert uniform(42, 0, 40_000)[:1000].tobytes() == uniform(42, 0, 1000).tobytes()


def test_the_pixels_begin_as_the_contract_says():
    assert pixels(5).tolist() == [to_f32(v) for v in (0.283737, 0.43513, 0.038651, 0.22088, 0.359427)]


def test_the_pixels_are_the_generator_rounded_to_six_decimals():
    assert pixels(784).dtype == np.float32
    assert pixels(50_000).tolist() == section_4_pixels(50_000)


@pytest.mark.parametrize("inputs", [13, 64, 75, 384, 784, 1079])
def test_parameters_are_scaled_by_a_binary64_root_rounded_once(inputs):
    ((weights, bias),) = parameters((inputs, 4))
    weight_scale, bias_scale = to_f32(sqrt(6 / inputs)), to_f32(1 / sqrt(inputs))
    assert weights.ravel().tolist() == [to_f32(u * weight_scale) for u in section_4(42, 0, 4 * inputs)]
    assert bias.tolist() == [to_f32(u * bias_scale) for u in section_4(42, 1, 4)]
    assert weights.dtype == bias.dtype == np.float32
    assert weights.shape == (4, inputs)


def test_a_scale_computed_in_f32_would_be_another_at_width_75():
    six, one, width = np.float32(6), np.float32(1), np.float32(75)
    assert np.sqrt(six / width) != to_f32(sqrt(6 / 75))
    assert one / np.sqrt(width) != to_f32(1 / sqrt(75))


def test_each_layer_draws_from_streams_of_its_own():
    first, second = parameters((6, 5, 3))
    assert first[0].ravel().tolist() == [to_f32(u * to_f32(1.0)) for u in section_4(42, 0, 30)]
    assert first[1].tolist() == [to_f32(u * to_f32(1 / sqrt(6))) for u in section_4(42, 1, 5)]
    assert second[0].ravel().tolist() == [to_f32(u * to_f32(sqrt(6 / 5))) for u in section_4(42, 2, 15)]
    assert second[1].tolist() == [to_f32(u * to_f32(1 / sqrt(5))) for u in section_4(42, 3, 3)]


def test_another_seed_gives_other_parameters():
    assert parameters((6, 5), "f32", 1)[0][0].tolist() == [
        [to_f32(u) for u in section_4(1, 0, 30)[row * 6 : row * 6 + 6]] for row in range(5)
    ]
