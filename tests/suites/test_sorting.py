"""Sorting on the host: the canonical order against plain Python, the libraries' forms, what a case says of itself."""

from __future__ import annotations

import numpy as np
import pytest

from paragon_tui.arithmetic.sorting import argsort, ordered, sort
from paragon_tui.operators.operator import Cost
from paragon_tui.suites.case import Case
from paragon_tui.suites.computation import computation
from paragon_tui.suites.operations import SORTS
from paragon_tui.suites.workloads.registry import workload
from tests.support.exact import bits
from tests.support.host_forms import skip_without

FLOATS = [0.0, -0.0, 1.5, -1.5, float("inf"), float("-inf"), 1e-45, -1e-45, 3e38, -3e38, 1.5, 2.0**-126, -0.0]
WHOLE = [5, 0, 2**31, 2**32 - 1, 2**31 - 1, 5, 5, 0]


def case(operation: str, count: int) -> Case:
    return Case("parallel", f"{operation}-test", operation, (count,))


def test_ordered_is_the_order_of_the_keys():
    ranks = ordered(np.array(FLOATS, dtype=np.float32)).tolist()
    for a, rank in zip(FLOATS, ranks, strict=True):
        for b, other in zip(FLOATS, ranks, strict=True):
            assert (a < b) == (rank < other), (a, b)
    assert ordered(np.array(WHOLE, dtype=np.uint32)).tolist() == WHOLE


@pytest.mark.parametrize("sorted_", [ordered, sort, argsort])
def test_keys_that_are_not_a_number_are_refused(sorted_):
    with pytest.raises(ValueError, match="not a number"):
        sorted_(np.array([1, np.nan, 2], dtype=np.float32))


def test_floats_are_sorted_and_every_zero_is_a_positive_one():
    expected = [bits(value + 0.0) for value in sorted(np.array(FLOATS, dtype=np.float32).tolist())]
    assert sort(np.array(FLOATS, dtype=np.float32)).view(np.uint32).tolist() == expected
    assert 0x80000000 not in expected


@pytest.mark.parametrize(("keys", "dtype"), [(FLOATS, np.float32), (WHOLE, np.uint32), ([7], np.uint32)])
def test_of_equal_keys_the_lower_index_comes_first(keys, dtype):
    assert argsort(np.array(keys, dtype=dtype)).tolist() == sorted(range(len(keys)), key=lambda i: (keys[i], i))
    assert argsort(np.array(keys, dtype=dtype)).dtype == np.int32


def test_whole_keys_are_sorted():
    assert sort(np.array(WHOLE, dtype=np.uint32)).tolist() == sorted(WHOLE)


@pytest.mark.parametrize("implementation", ["reference", "numpy", "torch"])
@pytest.mark.parametrize("operation", SORTS)
def test_libraries_agree_with_plain_python(operation, implementation):
    skip_without(implementation)
    computed = computation(case(operation, 4096), "f32")
    (x,) = computed.operands.values()
    keys = x.tolist()
    form = computed.host_form(implementation)
    form()
    values = computed.answer(form()).values
    assert x.tolist() == keys, "the keys are still as they were"
    if operation.startswith("arg"):
        assert values.dtype == np.int32
        assert values.tolist() == sorted(range(4096), key=lambda i: (keys[i], i))
    else:
        actual = values.view(np.uint32).tolist() if operation == "sort-u32" else values.tolist()
        assert values.dtype == (np.int32 if operation == "sort-u32" else np.float32)
        assert actual == sorted(keys)


def test_whole_keys_have_equals_and_lie_on_both_sides_of_the_middle():
    keys = computation(case("sort-u32", 4096), "f32").operands["x"]
    assert keys.dtype == np.uint32
    assert len(set(keys.tolist())) < 4096
    assert keys.min() < 2**24 and keys.max() > 2**32 - 2**24


def test_what_a_case_costs_and_is_called():
    for name in SORTS:
        sorting, it = workload(name), case(name, 2**20)
        assert sorting.cost(it, "f32") == Cost(20 * 2**20, 8 * 2**20)
        assert sorting.megabytes(it) == 8
        assert sorting.describe(it) == "1,048,576"
        assert sorting.variants("f32") == ("default",) and sorting.variants("f16") == sorting.variants("i8") == ()
        assert sorting.tier(it, "f32", "default") == "integer"
