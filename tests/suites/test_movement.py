"""Data movement on the host, against indices in plain Python; and the buffers that hold its operands."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from paragon_tui.arithmetic.data import uniform
from paragon_tui.arithmetic.rounding import half
from paragon_tui.operators.numerics.layouts import unpack
from paragon_tui.operators.operator import Cost
from paragon_tui.operators.values import Packed
from paragon_tui.suites.case import Case
from paragon_tui.suites.computation import computation
from paragon_tui.suites.operations import MOVES
from paragon_tui.suites.workloads.registry import workload
from tests.support.examples import adapter
from tests.support.host_forms import host_outputs, host_values, skip_without
from tests.support.plans import contents

DTYPES = ["f32", "f16"]
SHAPES = [(1, 2), (3, 5), (64, 65), (7, 130)]


def case(operation: str, shape: tuple[int, int]) -> Case:
    return Case("layers", f"{operation}-test", operation, shape)


def expected(operation: str, shape: tuple[int, int], dtype: str) -> list[Any]:
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
    if operation == "reshape":
        return list(u)
    if operation == "stack":
        return [[values[i * columns : (i + 1) * columns] for i in range(rows)] for values in (u, v)]
    return [u[i * left : (i + 1) * left] + v[i * right : (i + 1) * right] for i in range(rows)]


@pytest.mark.parametrize("implementation", ["reference", "numpy", "torch"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("operation", MOVES)
def test_every_element_is_where_its_indices_say(operation, dtype, implementation):
    skip_without(implementation)
    for shape in SHAPES:
        it = case(operation, shape)
        values = host_values(it, dtype, implementation, runs=2)
        assert values.dtype == np.float32
        assert values.tolist() == expected(operation, shape, dtype)


@pytest.mark.parametrize("implementation", ["numpy", "torch"])
@pytest.mark.parametrize("operation", MOVES)
def test_libraries_move_halves_as_halves(operation, implementation):
    skip_without(implementation)
    for dtype, kind in (("f32", np.float32), ("f16", np.float16)):
        assert host_outputs(case(operation, (3, 5)), dtype, implementation)["y"].dtype == kind


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("operation", MOVES)
def test_plans_hold_the_operands_in_their_corner(operation, dtype):
    computed = computation(case(operation, (5, 9)), dtype)
    for type_, api in (("cpu", "opencl"), ("cpu", "gl"), ("discrete-gpu", "opencl")):
        (candidate,) = computed.candidates(adapter("x:0", api=api, type=type_), "default")
        *operands, result = candidate.plan.buffers
        assert result.role == "result"
        assert [buffer.name for buffer in operands] == list(computed.operands)
        for buffer in operands:
            values = computed.operands[buffer.name]
            words = contents(buffer)
            assert (buffer.role, words.shape) == ("weight", buffer.shape)
            assert words.dtype == (np.float32 if buffer.dtype == "f32" else np.uint32)
            assert isinstance(buffer.fill, Packed)
            held = unpack(buffer.fill.layout, computed.graph.tensors[buffer.name], words)
            assert held.tolist() == values.tolist()
            assert np.count_nonzero(words.view(np.float16 if dtype == "f16" else np.uint32)) == np.count_nonzero(values)


def test_what_is_said_of_a_case():
    described = {name: workload(name).describe(case(name, (6, 9))) for name in MOVES}
    assert described == {
        "transpose": "6 × 9 → 9 × 6",
        "reshape": "6 × 9 → 54",
        "broadcast": "9 → 6 × 9",
        "stack": "6 × 9 · 6 × 9 → 2 × 6 × 9",
        "concat": "6 × 4 · 6 × 5 → 6 × 9",
    }
    assert workload("transpose").cost(case("transpose", (6, 9)), "f32") == Cost(54, 432)
    assert workload("concat").cost(case("concat", (6, 9)), "f16") == Cost(54, 216)
    assert workload("reshape").cost(case("reshape", (6, 9)), "f32") == Cost(54, 432)
    assert workload("stack").cost(case("stack", (6, 9)), "f16") == Cost(108, 432)
    assert workload("broadcast").cost(case("broadcast", (6, 9)), "f32") == Cost(54, 252)
    assert workload("transpose").megabytes(case("transpose", (1024, 1024)), "f16") == 4
    for name in MOVES:
        assert [workload(name).variants(dtype) for dtype in ("f32", "f16", "i8")] == [("default",), ("default",), ()]
        assert {workload(name).tier(case(name, (6, 9)), dtype, "default") for dtype in DTYPES} == {"integer"}
