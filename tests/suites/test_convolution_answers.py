"""Convolution's right answer against plain Python in binary64, its host forms near it, and what its cases say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from paragon_tui.arithmetic.reduction import reduce
from paragon_tui.arithmetic.rounding import half
from paragon_tui.suites.case import Case
from paragon_tui.suites.computation import computation
from paragon_tui.suites.workloads.registry import workload
from tests.support.examples import GPU, adapter
from tests.support.host_forms import host_values, skip_without

SHAPES = [(1, 1, 1, 1), (9, 12, 3, 3), (5, 40, 1, 7), (20, 23, 9, 8), (80, 70, 66, 64)]


def case_of(shape):
    return Case("layers", "convolve2d-x", "convolve2d", shape)


def every_window(x, w):
    """The products of each result, in the kernel's order: (rows, columns, taps)."""
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape)
    return (windows * w).reshape(*windows.shape[:2], -1)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_right_answer_is_the_canonical_sum_of_every_window(shape):
    """Also of more products than there are lanes, and of more than a block."""
    operands = computation(case_of(shape), "f32").operands
    y = host_values(case_of(shape), "f32", "reference")
    assert y.tobytes() == reduce(every_window(**operands)).tobytes()


@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_the_right_answer_is_near_the_true_one_and_the_kernel_is_not_flipped(dtype):
    case = case_of((9, 12, 3, 4))
    x, w = (values.tolist() for values in computation(case, dtype).operands.values())
    y = host_values(case, dtype, "reference")
    assert y.shape == (7, 9)
    for (r, c), actual in np.ndenumerate(y):
        true = math.fsum(x[r + i][c + j] * w[i][j] for i in range(3) for j in range(4))
        assert actual == pytest.approx(true, abs=2.0**-9 if dtype == "f16" else 2.0**-21)
    assert dtype == "f32" or y.tobytes() == half(y).tobytes()


@pytest.mark.parametrize("implementation", ["reference", "numpy", "torch"])
@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (300, 290, 3, 5), (40, 66000, 2, 2)])
@pytest.mark.parametrize("dtype", ["f32", "f16"])
def test_host_forms_are_near_the_right_answer(dtype, shape, implementation):
    """Images of one block of rows, of several with a short last one, and of rows beyond a block."""
    skip_without(implementation)
    case = case_of(shape)
    actual = host_values(case, dtype, implementation, runs=2)
    expected = host_values(case, dtype, "reference")
    assert actual.dtype == np.float32 and actual.shape == expected.shape
    assert implementation != "reference" or actual.tobytes() == expected.tobytes()
    np.testing.assert_allclose(actual, expected, rtol=0, atol=2.0**-8 if dtype == "f16" else 2.0**-20)


def test_what_a_case_says():
    case, convolution = case_of((1024, 1024, 5, 5)), workload("convolve2d")
    assert convolution.describe(case) == "1,024 × 1,024 · 5 × 5"
    assert convolution.cost(case, "f32").operations == 2 * 25 * 1020 * 1020
    assert convolution.cost(case, "f32").bytes == 4 * (1024 * 1024 + 25 + 1020 * 1020)
    assert convolution.cost(case, "f16").bytes == 2 * (1024 * 1024 + 25) + 4 * 1020 * 1020
    assert convolution.megabytes(case) == convolution.cost(case, "f32").bytes / 2**20
    assert [convolution.variants(dtype) for dtype in ("f32", "f16", "i8")] == [("default",), ("default",), ()]
    assert [convolution.tier(case, dtype, "default") for dtype in ("f32", "f16")] == ["guarded", "exact"]


@pytest.mark.parametrize("where", [adapter("opencl:0", type="cpu"), GPU], ids=["cpu", "gpu"])
def test_a_kernel_is_compiled_once_for_all_images(where):
    plans = [
        candidate.plan
        for side in (3, 4, 500)
        for candidate in computation(case_of((side, 2 * side, 3, 3)), "f16").candidates(where, "default")
    ]
    assert len(plans) == 3
    assert len({(plan.steps[0].parts, plan.steps[0].all_constants) for plan in plans}) == 1
    assert [plan.steps[0].groups for plan in plans][:2] == [1, 1] and plans[2].steps[0].groups > 200
