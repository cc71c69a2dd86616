"""Matrix products on the host: the canonical form, NumPy's and PyTorch's; what the cases say of themselves; plans."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from paragon_tui.arithmetic.products import matmul, matmul_at
from paragon_tui.arithmetic.reduction import matvec, reduce
from paragon_tui.arithmetic.rounding import half
from paragon_tui.backends.device import Unsupported, check_limits
from paragon_tui.operators import contractions
from paragon_tui.suites import layers
from paragon_tui.suites.case import Case, Cost
from paragon_tui.suites.families import PRODUCTS
from paragon_tui.suites.operations import products
from paragon_tui.suites.product_lowering import Product, matrix_plans, packed_operand
from tests.support.examples import GPU, LLVMPIPE, POCL
from tests.support.floats import zeros
from tests.support.host_forms import host_outputs, host_values, module_of, skip_without
from tests.support.plans import contents, weights_of

CASES = {case.id: case for case in layers.SUITE.cases}
SMALL = {
    "matmul": (33, 70, 17),
    "matmul-rectangular": (5, 130, 66),
    "matmul-transposed": (33, 70, 17),
    "matvec": (33, 70),
}
NAMES = pytest.mark.parametrize("name", SMALL)
DTYPES = pytest.mark.parametrize("dtype", ["f32", "f16"])


def small(name):
    return Case("layers", f"{name}-odd", name, SMALL[name])


def factors(rows, depth, columns):
    random = np.random.default_rng(rows + depth + columns)
    return (random.uniform(-1, 1, shape).astype(np.float32) for shape in ((rows, depth), (depth, columns)))


def true_product(name, values):
    a, b = (values[key].astype(np.float64) for key in ("a", "b"))
    return a @ b.T if name == "matmul-transposed" else a @ b


@pytest.mark.parametrize("depth", [1, 63, 64, 65, 4095, 4096, 4097, 8200])
def test_every_output_is_the_canonical_dot(depth):
    a, b = factors(5, depth, 3)
    y = matmul(a, b)
    for i, j in np.ndindex(5, 3):
        assert y[i, j].tobytes() == reduce(a[i] * b[:, j]).tobytes()


def test_a_result_of_many_chunks_and_of_one_column_is_the_same():
    a, b = factors(700, 70, 130)
    y = matmul(a, b)
    assert y.tobytes() == np.stack([matvec(a, column) for column in b.T.copy()], axis=1).tobytes()
    assert matmul(a, b[:, :1]).tobytes() == y[:, :1].tobytes()


def test_no_result_is_a_negative_zero():
    a, b = np.array([[-1.0, 0.0, -0.0]], np.float32), np.array([[0.0], [-1.0], [1.0]], np.float32)
    assert matmul(a, b).tobytes() == np.zeros(1, np.float32).tobytes()


def test_a_sample_is_of_the_whole_result(monkeypatch):
    a, b = factors(40, 100, 30)
    whole, indices = matmul(a, b).ravel(), np.array([0, 1, 29, 30, 599, 1198, 1199])
    assert matmul_at(a, b, indices).tobytes() == whole[indices].tobytes()
    monkeypatch.setattr("paragon_tui.arithmetic.products._SAMPLED_ITEMS", 200)  # two a chunk
    assert matmul_at(a, b, indices).tobytes() == whole[indices].tobytes()


def test_the_family_answers_for_all_of_its_cases():
    for name in PRODUCTS:
        assert module_of(name) is products
    assert products.variants("f32") == products.variants("f16") == ("default",)
    assert products.variants("i8") == ()
    assert products.tier("f32", "default") == "guarded" and products.tier("f16", "default") == "exact"


@NAMES
@DTYPES
def test_the_canonical_form_is_near_the_true_product(name, dtype):
    case = small(name)
    values = products.inputs(case, dtype)
    y = host_values(case, dtype, "reference")
    true = true_product(name, values)
    assert y.dtype == np.float32 and y.shape == true.shape
    tolerance = 1e-5 if dtype == "f32" else np.abs(true) * 2.0**-11 + 2.0**-14
    assert (np.abs(y - true) <= tolerance).all()
    if dtype == "f16":
        np.testing.assert_array_equal(y, half(y))
        np.testing.assert_array_equal(values["a"], half(values["a"]))


@NAMES
@DTYPES
@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_libraries_are_near_the_canonical_form(name, dtype, library):
    skip_without(library)
    case = small(name)
    values = products.inputs(case, dtype)
    form = products.host_form(case, dtype, library)
    first, again = (products.answer(case, dtype, form(**values)).values.copy() for _ in range(2))
    expected = host_outputs(case, dtype, "reference")["y"]
    assert first.dtype == np.float32 and first.tobytes() == again.tobytes()
    np.testing.assert_allclose(first, expected, rtol=1e-5 if dtype == "f32" else 2.0**-10, atol=2e-5)


@NAMES
@DTYPES
def test_a_sample_of_a_case_is_of_its_reference(name, dtype):
    case = small(name)
    values = products.inputs(case, dtype)
    whole = host_outputs(case, dtype, "reference")["y"].ravel()
    indices = np.arange(0, whole.size, 7)
    assert products.reference_at(case, dtype, values, indices).tobytes() == whole[indices].tobytes()


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("matmul-1024", "1024×1024 · 1024×1024"),
        ("matmul-rectangular-small", "64×256 · 256×128"),
        ("matmul-transposed-medium", "1024×1024 · (1024×1024)ᵀ"),
        ("matvec-large", "4096×4096 · 4096"),
    ],
)
def test_sizes_in_words(case, words):
    assert products.describe(CASES[case]) == words


def test_costs():
    rectangular = CASES["matmul-rectangular-small"]
    elements, results = 64 * 256 + 256 * 128, 64 * 128
    assert products.cost(rectangular, "f32") == Cost(2 * 64 * 256 * 128, 4 * elements + 4 * results)
    assert products.cost(rectangular, "f16") == Cost(2 * 64 * 256 * 128, 2 * elements + 4 * results)
    assert products.cost(CASES["matvec-small"], "f32") == Cost(2 * 1024**2, 4 * (1024**2 + 1024 + 1024))
    assert products.megabytes(CASES["matmul-1024"]) == 12


def test_operands_are_the_first_two_streams_and_resident():
    case = small("matmul-transposed")
    values = products.inputs(case, "f32")
    assert values["a"].shape == (33, 70) and values["b"].shape == (17, 70)
    for plan in products.plans(case, "f32", "default", GPU):
        filled = weights_of(plan)
        assert filled["a"].tobytes() == values["a"].tobytes() and filled["b"].tobytes() == values["b"].tobytes()
        assert [buffer.name for buffer in plan.with_role("result")] == list(products.RESULTS)


@NAMES
@DTYPES
@pytest.mark.parametrize("where", [POCL, LLVMPIPE, GPU], ids=["opencl-cpu", "cpu", "gpu"])
def test_fills_have_the_size_of_their_buffers(name, dtype, where):
    for plan in products.plans(small(name), dtype, "default", where):
        for buffer in plan.with_role("weight"):
            assert contents(buffer).nbytes == buffer.bytes, (plan.name, buffer.name)


def test_halves_lie_two_a_word_the_first_lower():
    words = packed_operand(lambda: np.array([[1.0, -2.0, 0.5]], np.float32), "f16")
    np.testing.assert_array_equal(words.view(np.float16), np.array([1.0, -2.0, 0.5, 0.0], np.float16))


def product(rows, depth, columns):
    return Product(rows, depth, columns, partial(zeros, rows, depth), partial(zeros, depth, columns))


@NAMES
def test_work_groups_beyond_every_limit_are_refused_with_the_reason(name):
    few = replace(GPU, max_group_items=32)
    refused = products.plans(small(name), "f32", "default", few)
    assert refused
    for plan in refused:
        with pytest.raises(Unsupported, match=r"work-groups of 64 are needed, .* allows 32"):
            check_limits(plan, few)


def test_each_kind_of_adapter_has_its_tilings():
    assert [plan.name for plan in matrix_plans(product(4, 4, 4), "f32", POCL)] == ["streams"]
    assert [plan.name for plan in matrix_plans(product(4, 4, 4), "f32", LLVMPIPE)] == ["tiles 8"]
    limited = matrix_plans(product(4, 4, 4), "f32", replace(GPU, max_group_items=128))
    assert [plan.name for plan in limited] == ["tiles 8"]
    assert [plan.name for plan in matrix_plans(product(4, 4, 4), "f32", GPU)] == ["tiles 8", "tiles 16"]


def test_launches_are_cut_where_they_would_take_too_long():
    """Every panel of a is in one launch, and in one alone; none has more operations than is allowed."""
    for where in (POCL, GPU):
        for plan in matrix_plans(product(4000, 4096, 4096), "f32", where):
            pack, *tiles = plan.steps
            ranges = [(dict(step.parameters)["first"], dict(step.parameters)["end"]) for step in tiles]
            rows = dict(tiles[0].constants)["ROWS"]
            assert [first for first, _ in ranges] == [0, *(end for _, end in ranges[:-1])]
            assert ranges[-1][1] == -(-4000 // rows)
            assert len(ranges) == 16
            assert max(end - first for first, end in ranges) * rows * 2 * 4096**2 <= contractions.MOST_OPERATIONS
            assert pack.entry == "pack"


def test_sums_of_more_blocks_than_there_are_lanes_are_refused():
    assert matrix_plans(product(1, 64 * 4096, 1), "f32", POCL)
    with pytest.raises(Unsupported, match="262,144 products"):
        matrix_plans(product(1, 64 * 4096 + 1, 1), "f32", POCL)


def test_sums_that_a_driver_would_end_early_are_refused():
    """Mesa's ends a dot of some 50,000 products without a word, and what it gives is none."""
    assert matrix_plans(product(2, 40_000, 3), "f32", LLVMPIPE)
    assert matrix_plans(product(2, 50_000, 3), "f32", GPU)
    with pytest.raises(Unsupported, match="vulkan:0 ends loops after 65,535 rounds"):
        matrix_plans(product(2, 50_000, 3), "f32", LLVMPIPE)
