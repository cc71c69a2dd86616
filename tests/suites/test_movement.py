"""Data movement on the host, against indices in plain Python; and the layout of matrices in words."""

from __future__ import annotations

import numpy as np
import pytest

from paragon_tui.arithmetic.data import uniform
from paragon_tui.arithmetic.rounding import half
from paragon_tui.suites.case import Case, Cost
from paragon_tui.suites.operations import movement
from paragon_tui.suites.operations.words import packed, unpacked
from tests.support.examples import adapter
from tests.support.host_forms import host_outputs, skip_without
from tests.support.plans import contents

OPERATIONS = ["transpose", "broadcast", "concat"]
DTYPES = ["f32", "f16"]
SHAPES = [(1, 2), (3, 5), (64, 65), (7, 130)]


def case(operation: str, shape: tuple[int, int]) -> Case:
    return Case("layers", f"{operation}-test", operation, shape)


def expected(operation: str, shape: tuple[int, int], dtype: str) -> list[list[float]]:
    """By indices, of the streams themselves."""
    rows, columns = shape
    first, second = (uniform(42, stream, rows * columns) for stream in (0, 1))
    u, v = ((half(s) if dtype == "f16" else s).tolist() for s in (first, second))
    left = columns // 2
    right = columns - left
    if operation == "transpose":
        return [[u[i * columns + j] for i in range(rows)] for j in range(columns)]
    if operation == "broadcast":
        return [u[:columns] for _ in range(rows)]
    return [u[i * left : (i + 1) * left] + v[i * right : (i + 1) * right] for i in range(rows)]


@pytest.mark.parametrize("implementation", ["reference", "numpy", "torch"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_element_is_where_its_indices_say(operation, dtype, implementation):
    skip_without(implementation)
    for shape in SHAPES:
        it = case(operation, shape)
        outputs = host_outputs(it, dtype, implementation)
        assert outputs["y"].dtype == (np.float32 if dtype == "f32" else np.float16)
        values = movement.answer(it, dtype, outputs).values
        assert values.dtype == np.float32
        assert values.tolist() == expected(operation, shape, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_plans_hold_the_operands_in_their_corner(operation, dtype):
    it = case(operation, (5, 9))
    for type_, api in (("cpu", "opencl"), ("cpu", "gl"), ("discrete-gpu", "opencl")):
        (plan,) = movement.plans(it, dtype, "default", adapter("x:0", api=api, type=type_))
        *operands, result = plan.buffers
        assert result.role == "result"
        inputs = movement.inputs(it, dtype)
        assert [buffer.name for buffer in operands] == list(inputs)
        for buffer in operands:
            values = inputs[buffer.name]
            words = contents(buffer)
            assert (buffer.role, words.shape) == ("weight", buffer.shape)
            assert words.dtype == np.uint32
            shape = values.reshape(-1, values.shape[-1]).shape
            assert unpacked(words, dtype, shape).ravel().tolist() == values.ravel().tolist()
            assert np.count_nonzero(words.view(values.dtype)) == np.count_nonzero(values)


def test_what_is_said_of_a_case():
    described = {name: movement.describe(case(name, (6, 9))) for name in OPERATIONS}
    assert described == {
        "transpose": "6 × 9 → 9 × 6",
        "broadcast": "9 → 6 × 9",
        "concat": "6 × 4 · 6 × 5 → 6 × 9",
    }
    assert movement.cost(case("transpose", (6, 9)), "f32") == Cost(54, 432)
    assert movement.cost(case("concat", (6, 9)), "f16") == Cost(54, 216)
    assert movement.cost(case("broadcast", (6, 9)), "f32") == Cost(54, 252)
    assert movement.megabytes(case("transpose", (1024, 1024)), "f16") == 4
    assert [movement.variants(dtype) for dtype in ("f32", "f16", "i8")] == [("default",), ("default",), ()]
    assert {movement.tier(dtype, "default") for dtype in DTYPES} == {"integer"}


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_words_hold_rows_in_order_and_zeros_behind_them(dtype):
    values = np.arange(1, 16, dtype=dtype).reshape(3, 5)
    words = packed(values, (4, 5))
    elements = words.view(dtype)
    assert words.shape == (4, 5)
    assert elements[:3, :5].tolist() == values.tolist()
    assert not elements[3:].any() and not elements[:, 5:].any()
    assert unpacked(words, "f32" if dtype is np.float32 else "f16", (3, 5)).tolist() == values.tolist()


def test_what_fits_as_it_is_is_not_copied():
    values = np.ones((4, 8), dtype=np.float32)
    assert np.shares_memory(packed(values, (4, 8)), values)
