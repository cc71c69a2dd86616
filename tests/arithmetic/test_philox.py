"""Philox4x32-10 has the published bits, and a mask those of NUMERICS.md section 3."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paragon_tui.arithmetic.masks import scale, threshold
from paragon_tui.arithmetic.philox import dropout, philox, random_words
from tests.support.contract import to_f32
from tests.support.floats import f32

M32 = 2**32

# kat_vectors of Random123: "philox4x32 10", counter, key, and what comes out.
KNOWN = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


def words(text: str) -> list[int]:
    return [int(word, 16) for word in text.split()]


def plain(counter: list[int], key: list[int]) -> list[int]:
    """One block by Python's integers."""
    (c0, c1, c2, c3), (k0, k1) = counter, key
    for _ in range(10):
        first, second = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = second // M32 ^ c1 ^ k0, second % M32, first // M32 ^ c3 ^ k1, first % M32
        k0, k1 = (k0 + 0x9E3779B9) % M32, (k1 + 0xBB67AE85) % M32
    return [c0, c1, c2, c3]


@pytest.mark.parametrize(("counter", "key", "block"), KNOWN)
def test_the_published_answers_come_out(counter, key, block):
    first, second = words(key)
    made = philox(np.array([words(counter)], dtype=np.uint32), (first, second))
    assert made.dtype == np.uint32
    assert made.tolist() == [words(block)]


@given(st.lists(st.integers(0, M32 - 1), min_size=4, max_size=4), st.tuples(*[st.integers(0, M32 - 1)] * 2))
def test_any_block_is_that_of_plain_integers(counter, key):
    assert philox(np.array([counter], dtype=np.uint32), key).tolist() == [plain(counter, list(key))]


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 32767, 32768, 32769, 70001])
def test_words_follow_their_blocks_whatever_chunks_they_are_made_in(count):
    made = random_words(42, 7, count)
    assert made.shape == (count,)
    for i in {0, 1, 5, 32766, 32767, 32768, 32770, count - 1} & set(range(count)):
        assert made[i] == plain([i // 4, 0, 0, 0], [42, 7])[i % 4]


def test_a_rate_of_a_tenth_has_the_documented_threshold_and_scale():
    assert threshold(0.1) == 429496729 == 0x19999999
    assert scale(0.1) == to_f32(1 / (1 - 0.1))
    assert np.float32(scale(0.1)).view(np.uint32) == 0x3F8E38E4


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.75])
def test_dropout_is_the_contract_in_plain_python(rate):
    x = f32(*[1.0, -0.3, 0.0, -0.0, 3e-38, -8e37, 0.7] * 300)
    expected = [
        to_f32(value * to_f32(1 / (1 - rate))) + 0.0
        if plain([i // 4, 0, 0, 0], [9, 3])[i % 4] >= rate * M32 // 1
        else 0.0
        for i, value in enumerate(x.tolist())
    ]
    assert dropout(x, rate, 9, 3).tobytes() == f32(*expected).tobytes()


def test_a_mask_drops_its_rate_and_another_stream_drops_others():
    x = np.ones(100_000, dtype=np.float32)
    first, second = (dropout(x, 0.1, 42, stream) == 0 for stream in (1, 2))
    assert abs(first.mean() - 0.1) < 0.005
    assert 0.005 < (first & second).mean() < 0.015
