"""Dropout on the host: the canonical form, and what NumPy and PyTorch make of the same operand."""

from __future__ import annotations

import numpy as np
import pytest

from paragon_tui.arithmetic.masks import scale
from paragon_tui.arithmetic.philox import dropout as canonical
from paragon_tui.arithmetic.rounding import half
from paragon_tui.operators.numerics.layouts import unpack
from paragon_tui.operators.operator import Cost
from paragon_tui.suites.case import Case
from paragon_tui.suites.computation import Computation, computation
from paragon_tui.suites.workloads.registry import workload
from tests.support.examples import adapter
from tests.support.host_forms import host_values, skip_without
from tests.support.plans import contents

CASE = Case("layers", "dropout-odd", "dropout", (301, 501))
DTYPES = ["f32", "f16"]


def computed(dtype: str) -> Computation:
    return computation(CASE, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_reference_is_the_canonical_mask_of_the_operand(dtype):
    x = computed(dtype).operands["x"]
    assert x.dtype == np.float32 and x.shape == CASE.shape
    expected = canonical(x, 0.1, 42, 1)
    expected = half(expected) if dtype == "f16" else expected
    actual = host_values(CASE, dtype, "reference")
    assert actual.dtype == np.float32 and actual.shape == CASE.shape
    assert actual.tobytes() == expected.tobytes()
    assert not np.any(actual.view(np.uint32) == 0x80000000)


@pytest.mark.parametrize("implementation", ["reference", "numpy", "torch"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_implementation_drops_a_tenth_and_scales_the_rest(implementation, dtype):
    skip_without(implementation)
    x, actual = computed(dtype).operands["x"], host_values(CASE, dtype, implementation)
    kept = actual != 0
    assert abs(kept.mean() - 0.9) < 0.005
    relative, subnormal = (1e-3, 2.0**-25) if dtype == "f16" else (1e-6, 0)
    np.testing.assert_allclose(actual[kept], (x * np.float32(scale(0.1)))[kept], rtol=relative, atol=subnormal)


def test_the_library_draws_another_mask_in_each_run():
    run = computed("f32").host_form("numpy")
    first = run()["y"].copy()
    assert (run()["y"] != first).any()


def test_an_f16_operand_has_values_of_f16():
    x = computed("f16").operands["x"]
    assert x.tobytes() == half(computed("f32").operands["x"]).tobytes()


def test_what_is_said_of_a_case():
    case = Case("layers", "dropout-small", "dropout", (1024, 1024))
    dropout = workload("dropout")
    assert dropout.describe(case) == "1024 × 1024"
    assert dropout.megabytes(case) == 8 and dropout.megabytes(case, "f16") == 4
    assert dropout.cost(case, "f32") == Cost(3 * 2**20, 2**23)
    assert dropout.cost(case, "f16") == Cost(3 * 2**20, 2**22)
    assert [dropout.variants(dtype) for dtype in ("f32", "f16", "i8")] == [("default",), ("default",), ()]
    assert {dropout.tier(case, dtype, "default") for dtype in DTYPES} == {"guarded"}


@pytest.mark.parametrize("dtype", DTYPES)
def test_plans_hold_whole_blocks_and_keep_the_result(dtype):
    for api, type_ in (("opencl", "cpu"), ("vulkan", "cpu"), ("opencl", "discrete-gpu")):
        (candidate,) = computed(dtype).candidates(adapter("x:0", api=api, type=type_), "default")
        x, y = candidate.plan.buffers
        assert (x.role, y.role, x.shape) == ("weight", "result", y.shape)
        words = contents(x)
        assert words.shape == x.shape and words.dtype == np.uint32 and x.bytes % {"f32": 64, "f16": 32}[dtype] == 0
        (result,) = candidate.results
        assert unpack(result.layout, result.tensor, words).tobytes() == computed(dtype).operands["x"].tobytes()
