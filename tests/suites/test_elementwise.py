"""The element-wise operations' cases: their operands, their sizes in words, what they cost."""

from __future__ import annotations

import numpy as np
import pytest

from paragon_tui.arithmetic.rounding import half
from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.suites.case import Case
from paragon_tui.suites.computation import computation
from paragon_tui.suites.operations import ELEMENTWISE
from paragon_tui.suites.workloads.elementwise import WORKLOADS
from paragon_tui.suites.workloads.registry import workload
from tests.support.host_forms import host_values

SHAPE = (7, 300)


def case(name: str, shape: tuple[int, ...] = SHAPE) -> Case:
    return Case("vector", f"{name}-x", name, shape)


def operands(name: str, shape: tuple[int, ...] = SHAPE) -> dict[str, np.ndarray]:
    return computation(case(name, shape), "f32").operands


SCALARS = {"add-scalar": 0.3, "sub-scalar": 0.3, "mul-scalar": 0.3, "div-scalar": 0.3, "pow-scalar": 2.5}


def test_every_operation_is_the_operator_of_its_name():
    assert set(WORKLOADS) == set(ELEMENTWISE)
    for name in ELEMENTWISE:
        (node,) = workload(name).graph(case(name), "f32").nodes
        assert node.operator == Elementwise(name.removesuffix("-scalar"), SCALARS.get(name))
    assert {name for name in ELEMENTWISE if name.endswith("-scalar")} == set(SCALARS)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_operands_are_where_every_result_is_a_normal_number_or_zero(name):
    shape = (20_000,)
    for dtype, least, most in (("f32", 2.0**-60, 2.0**20), ("f16", 2.0**-24, 2.0**13)):
        computed = computation(case(name, shape), dtype)
        for values in (*computed.operands.values(), host_values(case(name, shape), dtype, "reference")):
            magnitudes = np.abs(values[values != 0])
            assert np.all(np.isfinite(values)) and magnitudes.min() >= least and magnitudes.max() <= most
            if dtype == "f16":
                assert np.array_equal(values, half(values))


def test_only_what_needs_it_is_positive():
    assert np.all(operands("ln")["x"] >= np.float32(2.0**-10))
    assert np.all(operands("pow-scalar")["x"] >= np.float32(2.0**-10))
    divided = operands("div")
    assert np.all(divided["b"] >= np.float32(2.0**-10)) and divided["a"].min() < 0
    assert operands("exp")["x"].min() < -7


def test_operands_are_different_streams():
    a, b, c = operands("fma").values()
    assert a.shape == b.shape == c.shape == SHAPE
    assert not np.array_equal(a, b) and not np.array_equal(b, c) and not np.array_equal(a, c)


def test_a_vector_and_a_matrix_are_described():
    assert workload("add").describe(case("add", (1_000_000,))) == "1,000,000"
    assert workload("add").describe(case("add", (1024, 1024))) == "1024 × 1024"


@pytest.mark.parametrize(
    ("name", "operations", "arrays"),
    [("add", 1, 3), ("div-scalar", 1, 2), ("exp", 1, 2), ("fma", 2, 4), ("swish", 4, 2), ("lerp", 3, 3)],
)
def test_costs_count_every_element_once(name, operations, arrays):
    cost = workload(name).cost(case(name, (10, 100)), "f32")
    assert (cost.operations, cost.bytes) == (operations * 1000, arrays * 4000)
    assert workload(name).megabytes(case(name, (10, 100))) == arrays * 4000 / 2**20


EXACT = {
    *("abs", "neg", "clamp", "relu", "mul", "pow2", "scale", "fma", "add", "sub", "div", "recip", "sqrt"),
    *("add-scalar", "sub-scalar", "mul-scalar", "div-scalar"),
}
"""The operations that round no product of halves to f32."""


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_there_are_f32_and_f16_and_each_states_its_tier(name):
    assert [workload(name).variants(dtype) for dtype in ("f32", "f16", "i8")] == [("default",), ("default",), ()]
    assert workload(name).tier(case(name), "f32", "default") == "guarded"
    assert workload(name).tier(case(name), "f16", "default") == ("exact" if name in EXACT else "guarded")
    assert 2 * workload(name).cost(case(name), "f16").bytes == workload(name).cost(case(name), "f32").bytes


def test_comparisons_and_signs_are_no_floating_point_operations():
    counted = {name: workload(name).counted for name in ELEMENTWISE}
    assert {name for name, unit in counted.items() if unit == "OP"} == {"abs", "neg", "clamp", "relu"}
    assert set(counted.values()) == {"OP", "FLOP"}
