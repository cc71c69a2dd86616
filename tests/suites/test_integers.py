"""Integer workloads on the host: against plain Python, the libraries' forms, and what a case says of itself."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from paragon_tui.arithmetic import integers
from paragon_tui.arithmetic.constants import MOST_PRODUCTS
from paragon_tui.operators.operator import Cost
from paragon_tui.suites.case import Case
from paragon_tui.suites.computation import computation
from paragon_tui.suites.workloads.registry import workload
from tests.support.host_forms import host_values, skip_without

IMPLEMENTATIONS = ["reference", "numpy", "torch"]


def computed(name: str, shape: tuple[int, ...], implementation: str) -> list[int]:
    """Return the values of the second run."""
    skip_without(implementation)
    values = host_values(Case("parallel", "test", name, shape), "f32", implementation, runs=2)
    assert values.dtype == np.int32
    return [int(value) for value in values]


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_a_trees_leaves_add_up_to_the_known_sum(implementation):
    known = {10: 6144, 16: 589824, 20: 11534336}
    for depth in (1, 2, 9, 10, 11, 16, 20):
        total = 2 ** (depth - 1) * (depth + 2)
        assert known.get(depth, total) == total
        assert computed("tree-sum", (depth,), implementation) == [total]


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_fibonaccis_numbers_follow_from_the_two_before(implementation):
    assert computed("fibonacci", (21,), implementation)[-1] == 6765
    for count in (1, 2, 3, 4, 5, 64, 65, 2000):
        numbers = [value % 2**32 for value in computed("fibonacci", (count,), implementation)]
        assert len(numbers) == count
        assert numbers[:2] == [0, 1][:count]
        assert all((a + b) % 2**32 == c for (a, b), c in zip(pairwise(numbers), numbers[2:], strict=False))


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_a_tree_of_calls_has_the_value_of_the_recursion(implementation):
    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    for n in (*range(9), 20):
        assert computed("fibonacci-tree", (n,), implementation) == [fib(n)]
    assert computed("fibonacci-tree", (25,), implementation) == [75025]


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
@pytest.mark.parametrize("shape", [(64, 64), (1, 3), (1024, 17)])
def test_a_layer_in_thousandths_is_rounded_half_up(shape, implementation):
    operands = computation(Case("parallel", "test", "dense-fixed", shape), "f32").operands
    w, x, b = (operands[name].tolist() for name in "wxb")
    assert all(-1000 <= value <= 1000 for row in w for value in row)
    right = [
        max(0, (sum(a * v for a, v in zip(row, x, strict=True)) + 500) // 1000 + c) for row, c in zip(w, b, strict=True)
    ]
    assert computed("dense-fixed", shape, implementation) == right


@pytest.mark.parametrize(("total", "rounded"), [(499, 0), (500, 1), (1499, 1), (-500, 0), (-501, -1), (-1500, -1)])
def test_halves_are_rounded_up_below_zero_too(total, rounded):
    weights, x = np.array([[total, 0]], dtype=np.int32), np.array([1, 0], dtype=np.int32)
    bias = np.array([10], dtype=np.int32)
    assert integers.dense_thousandths(weights, x, bias).tolist() == [rounded + 10]


def test_sums_that_might_not_fit_are_refused():
    most = MOST_PRODUCTS
    assert most * 1000**2 + 500 < 2**31 <= (most + 1) * 1000**2 + 500
    x = np.full(most + 1, 1000, dtype=np.int32)
    bias = np.zeros(1, dtype=np.int32)
    assert integers.dense_thousandths(x[np.newaxis, :-1], x[:-1], bias).tolist() == [most * 1000]
    with pytest.raises(ValueError, match="may not fit 32 bits"):
        integers.dense_thousandths(x[np.newaxis], x, bias)


@pytest.mark.parametrize(
    ("name", "shape", "cost", "words"),
    [
        ("tree-sum", (10,), Cost(2047, 4), "depth 10: 1,024 leaves"),
        ("fibonacci", (21,), Cost(21, 84), "F(0) … F(20)"),
        ("fibonacci-tree", (20,), Cost(10945, 4), "F(20): 21,891 calls"),
        ("dense-fixed", (64, 32), Cost(2 * 2048 + 4 * 32, 4 * (2048 + 64 + 64)), "64 → 32"),
    ],
)
def test_what_a_case_costs_and_is_called(name, shape, cost, words):
    computed, it = workload(name), Case("parallel", "test", name, shape)
    assert computed.cost(it, "f32") == cost
    assert computed.megabytes(it) == cost.bytes / 2**20
    assert computed.describe(it) == words
    assert computed.variants("f32") == ("default",) and computed.variants("f16") == ()
    assert computed.tier(it, "f32", "default") == "integer"
