"""``reduce`` against a model without floating point: exact rationals rounded to f32 step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paragon_tui.arithmetic.reduction import matvec, reduce
from tests.support.exact import ZERO, bits, exact, rounded

F32_VALUES = st.floats(min_value=-(2.0**100), max_value=2.0**100, width=32, allow_nan=False, allow_infinity=False)


def in_lanes(values: Sequence[Fraction], lanes: int = 64) -> Fraction:
    """Strided lanes from +0, then the halving tree."""
    sums = [ZERO] * lanes
    for index, value in enumerate(values):
        sums[index % lanes] = rounded(sums[index % lanes] + value)
    return halved(sums)


def halved(sums: list[Fraction]) -> Fraction:
    while len(sums) > 1:
        half = len(sums) // 2
        sums = [rounded(sums[i] + sums[i + half]) for i in range(half)]
    return sums[0]


def canonical(values: Sequence[Fraction]) -> Fraction:
    if len(values) <= 4096:
        return in_lanes(values)
    return canonical([canonical(values[start : start + 4096]) for start in range(0, len(values), 4096)])


def left_to_right(values: Sequence[Fraction]) -> Fraction:
    total = ZERO
    for value in values:
        total = rounded(total + value)
    return total


def pairwise(values: Sequence[Fraction]) -> Fraction:
    if len(values) == 1:
        return values[0]
    half = len(values) // 2
    return rounded(pairwise(values[:half]) + pairwise(values[half:]))


def backwards_in_lanes(values: Sequence[Fraction]) -> Fraction:
    last_stride_first = [v for start in range(len(values) // 64 * 64, -1, -64) for v in values[start:][:64]]
    return in_lanes(last_stride_first)


def contiguous_lanes(values: Sequence[Fraction]) -> Fraction:
    share = -(-len(values) // 64)
    return halved([left_to_right(values[lane * share : (lane + 1) * share]) for lane in range(64)])


def neighbours_tree(values: Sequence[Fraction]) -> Fraction:
    sums = [left_to_right(values[lane::64]) for lane in range(64)]
    while len(sums) > 1:
        sums = [rounded(sums[i] + sums[i + 1]) for i in range(0, len(sums), 2)]
    return sums[0]


def lanes_left_to_right(values: Sequence[Fraction]) -> Fraction:
    return left_to_right([left_to_right(values[lane::64]) for lane in range(64)])


def rounded_once(values: Sequence[Fraction]) -> Fraction:
    return rounded(sum(values, ZERO))


def wild(count: int, seed: int = 0) -> np.ndarray:
    """Signs mixed and forty binades, so that almost every addition rounds."""
    rng = np.random.default_rng([seed, count])
    return (rng.standard_normal(count) * 2.0 ** rng.integers(-20, 20, count)).astype(np.float32)


@pytest.mark.parametrize("count", [0, 1, 2, 63, 64, 65, 127, 128, 200, 4095, 4096, 4097, 8192, 8192 + 5])
def test_reduce_has_the_bits_of_the_exact_model(count):
    values = wild(count)
    assert bits(reduce(values)) == bits(canonical(exact(values)))


@given(st.lists(F32_VALUES, max_size=150))
def test_reduce_has_the_bits_of_the_exact_model_on_any_values(numbers):
    values = np.array(numbers, dtype=np.float32)
    assert bits(reduce(values)) == bits(canonical(exact(values)))


@given(st.lists(F32_VALUES, max_size=130), st.integers(0, 130))
def test_padding_with_zeros_keeps_the_bits(numbers, zeros):
    values = np.array(numbers, dtype=np.float32)
    padded = np.concatenate([values, np.zeros(zeros, dtype=np.float32)])
    assert bits(reduce(padded)) == bits(reduce(values))


def test_padding_across_the_end_of_a_block_keeps_the_bits():
    values = wild(4090)
    padded = np.concatenate([values, np.zeros(50, dtype=np.float32)])
    assert bits(reduce(padded)) == bits(reduce(values))


@pytest.mark.parametrize("count", [0, 1, 70, 5000])
def test_a_sum_of_negative_zeros_is_positive_zero(count):
    assert bits(reduce(np.full(count, -0.0, dtype=np.float32))) == 0


@pytest.mark.parametrize(
    "other",
    [
        left_to_right,
        pairwise,
        lambda values: in_lanes(values, 32),
        lambda values: in_lanes(values, 128),
        backwards_in_lanes,
        contiguous_lanes,
        neighbours_tree,
        lanes_left_to_right,
        rounded_once,
    ],
    ids=[
        "left to right",
        "pairwise",
        "32 lanes",
        "128 lanes",
        "lanes filled backwards",
        "contiguous lanes",
        "tree of neighbours",
        "lanes summed left to right",
        "rounded once",
    ],
)
def test_any_other_order_would_be_noticed(other: Callable[[Sequence[Fraction]], Fraction]):
    values = wild(1000, seed=5)
    assert bits(reduce(values)) == bits(canonical(exact(values)))
    assert bits(reduce(values)) != bits(other(exact(values)))


def test_leaving_out_the_cut_into_blocks_would_be_noticed():
    values = wild(8192 + 5, seed=1)
    assert bits(reduce(values)) == bits(canonical(exact(values)))
    assert bits(reduce(values)) != bits(in_lanes(exact(values)))


def test_adding_the_results_of_blocks_from_left_to_right_would_be_noticed():
    values = wild(8192 + 5, seed=2)
    blocks = [canonical(exact(values[start : start + 4096])) for start in (0, 4096, 8192)]
    assert bits(reduce(values)) == bits(in_lanes(blocks))
    assert bits(reduce(values)) != bits(left_to_right(blocks))


@pytest.mark.parametrize("count", [0, 65, 4100])
def test_every_row_of_a_batch_is_reduced_as_if_it_were_alone(count):
    batch = wild(6 * count).reshape(2, 3, count)
    alone = np.array([[reduce(row) for row in rows] for rows in batch], dtype=np.float32)
    assert reduce(batch).shape == (2, 3)
    assert reduce(batch).tobytes() == alone.tobytes()


@pytest.mark.parametrize("shape", [(200, 784), (3, 70_000), (5, 0), (0, 7)])
def test_a_row_of_matvec_does_not_depend_on_the_rows_around_it(shape):
    rows, count = shape
    matrix, vector = wild(rows * count, seed=2).reshape(shape), wild(count, seed=3)
    alone = [matvec(matrix[row : row + 1], vector)[0] for row in range(rows)]
    assert matvec(matrix, vector).tobytes() == np.array(alone, dtype=np.float32).tobytes()


def test_matvec_rounds_every_product_before_it_is_added():
    rng = np.random.default_rng(6)
    matrix = rng.standard_normal((4, 130), dtype=np.float32)
    vector = rng.standard_normal(130, dtype=np.float32)
    fused = []
    for row, value in zip(matrix, matvec(matrix, vector), strict=True):
        products = [a * b for a, b in zip(exact(row), exact(vector), strict=True)]
        assert bits(value) == bits(canonical([rounded(product) for product in products]))
        fused.append(bits(canonical(products)))
    assert [bits(value) for value in matvec(matrix, vector)] != fused  # a fused multiply-add would be noticed
