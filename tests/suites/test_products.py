"""The cases of matrix products: their operators and operands, their sizes in words, what they cost."""

from __future__ import annotations

import numpy as np
import pytest

from paragon_tui.arithmetic.rounding import half
from paragon_tui.operators.numerics.forms import canonical_at
from paragon_tui.operators.operator import Cost
from paragon_tui.operators.products import MatMul, MatVec
from paragon_tui.suites import layers
from paragon_tui.suites.case import Case
from paragon_tui.suites.computation import computation
from paragon_tui.suites.data.streams import stream
from paragon_tui.suites.operations import PRODUCTS
from paragon_tui.suites.workloads.registry import workload
from tests.support.examples import GPU, LLVMPIPE, POCL
from tests.support.host_forms import host_outputs, host_values, skip_without
from tests.support.plans import assert_weights_are_filled, contents

CASES = {case.id: case for case in layers.SUITE.cases}
SMALL = {
    "matmul": (33, 70, 17),
    "matmul-rectangular": (5, 130, 66),
    "matmul-transposed": (33, 70, 17),
    "matmul-batched": (3, 33, 70, 17),
    "matvec": (33, 70),
}
OPERATORS = {
    "matmul": MatMul(),
    "matmul-rectangular": MatMul(),
    "matmul-transposed": MatMul(transposed=True),
    "matmul-batched": MatMul(),
    "matvec": MatVec(),
}
NAMES = pytest.mark.parametrize("name", SMALL)
DTYPES = pytest.mark.parametrize("dtype", ["f32", "f16"])


def small(name: str) -> Case:
    return Case("layers", f"{name}-odd", name, SMALL[name])


def true_product(name: str, values: dict[str, np.ndarray]) -> np.ndarray:
    a, b = (factor.astype(np.float64) for factor in values.values())
    return a @ b.T if name == "matmul-transposed" else a @ b


def test_every_product_is_its_operator():
    assert set(SMALL) == set(PRODUCTS)
    for name, operator in OPERATORS.items():
        (node,) = workload(name).graph(small(name), "f32").nodes
        assert node.operator == operator


@NAMES
def test_the_family_answers_for_all_of_its_cases(name):
    family = workload(name)
    assert family.variants("f32") == family.variants("f16") == ("default",)
    assert family.variants("i8") == ()
    assert family.tier(small(name), "f32", "default") == "guarded"
    assert family.tier(small(name), "f16", "default") == "exact"
    assert family.uses_blas and family.counted == "FLOP" and not family.takes_batch


@NAMES
@DTYPES
def test_the_canonical_form_is_near_the_true_product(name, dtype):
    values = computation(small(name), dtype).operands
    y = host_values(small(name), dtype, "reference")
    true = true_product(name, values)
    assert y.dtype == np.float32 and y.shape == true.shape
    tolerance = 1e-5 if dtype == "f32" else np.abs(true) * 2.0**-11 + 2.0**-24
    assert (np.abs(y - true) <= tolerance).all()
    if dtype == "f16":
        np.testing.assert_array_equal(y, half(y))
        np.testing.assert_array_equal(values["a"], half(values["a"]))


@NAMES
@DTYPES
@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_libraries_are_near_the_canonical_form(name, dtype, library):
    skip_without(library)
    computed = computation(small(name), dtype)
    form = computed.host_form(library)
    first, again = (computed.answer(form()).values.copy() for _ in range(2))
    expected = host_outputs(small(name), dtype, "reference")["y"]
    assert first.dtype == np.float32 and first.tobytes() == again.tobytes()
    np.testing.assert_allclose(first, expected, rtol=1e-5 if dtype == "f32" else 2.0**-10, atol=2e-5)


@NAMES
@DTYPES
def test_a_sample_of_a_case_is_of_its_reference(name, dtype):
    computed = computation(small(name), dtype)
    whole = host_outputs(small(name), dtype, "reference")["y"].ravel()
    indices = np.arange(0, whole.size, 7)
    assert canonical_at(computed.graph, computed.operands, indices).tobytes() == whole[indices].tobytes()


@pytest.mark.parametrize(
    ("case", "text"),
    [
        ("matmul-1024", "1024×1024 · 1024×1024"),
        ("matmul-rectangular-small", "64×256 · 256×128"),
        ("matmul-transposed-medium", "1024×1024 · (1024×1024)ᵀ"),
        ("matmul-batched-medium", "32 of 256×256 · 256×256"),
        ("matvec-large", "4096×4096 · 4096"),
    ],
)
def test_sizes_in_words(case, text):
    assert workload(CASES[case].operation).describe(CASES[case]) == text


def cost(case_id: str, dtype: str) -> Cost:
    return workload(CASES[case_id].operation).cost(CASES[case_id], dtype)


def test_costs():
    elements, results = 64 * 256 + 256 * 128, 64 * 128
    assert cost("matmul-rectangular-small", "f32") == Cost(2 * 64 * 256 * 128, 4 * elements + 4 * results)
    assert cost("matmul-rectangular-small", "f16") == Cost(2 * 64 * 256 * 128, 2 * elements + 4 * results)
    assert cost("matmul-batched-small", "f32") == Cost(8 * 2 * 128**3, 8 * 3 * 4 * 128**2)
    assert cost("matvec-small", "f32") == Cost(2 * 1024**2, 4 * (1024**2 + 1024 + 1024))
    assert workload("matmul").megabytes(CASES["matmul-1024"]) == 12


@NAMES
def test_operands_are_the_first_two_streams_and_resident(name):
    computed = computation(small(name), "f32")
    for number, factor in enumerate(computed.operands.values()):
        assert factor.ravel().tobytes() == stream(number, factor.size).tobytes()
    candidates = computed.candidates(GPU, "default")
    assert candidates
    for candidate in candidates:
        assert computed.fed == {} and candidate.inputs == ()
        assert [buffer.name for buffer in candidate.plan.with_role("result")] == ["y"]
        filled = {buffer.name: contents(buffer) for buffer in candidate.plan.with_role("weight")}
        assert filled.keys() == computed.operands.keys()
        if name != "matvec":
            assert all(filled[key].tobytes() == computed.operands[key].tobytes() for key in filled)


def test_the_second_factor_is_stored_as_it_is_multiplied():
    shapes = {name: factor.shape for name, factor in computation(small("matmul-transposed"), "f32").operands.items()}
    assert shapes == {"a": (33, 70), "b": (17, 70)}


@NAMES
@DTYPES
@pytest.mark.parametrize("where", [POCL, LLVMPIPE, GPU], ids=["opencl-cpu", "cpu", "gpu"])
def test_fills_have_the_size_of_their_buffers(name, dtype, where):
    for candidate in computation(small(name), dtype).candidates(where, "default"):
        assert_weights_are_filled(candidate.plan)
