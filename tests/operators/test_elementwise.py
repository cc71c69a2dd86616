"""The element-wise operations on the host: plain Python, the reference, NumPy and PyTorch side by side."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from paragon_tui.arithmetic import basic
from paragon_tui.arithmetic.functions import numpy_function
from paragon_tui.suites.case import Case
from paragon_tui.suites.families import ELEMENTWISE
from paragon_tui.suites.operations import elementwise
from tests.support.examples import adapter
from tests.support.floats import f32
from tests.support.host_forms import host_values, module_of, skip_without

SHAPE = (7, 300)
T = float(np.float32(0.3))

PLAIN: dict[str, Callable[..., float]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "scale": lambda x: 2.5 * x,
    "abs": abs,
    "clamp": lambda x: max(-1.0, min(1.0, x)),
    "lerp": lambda a, b: a + T * (b - a),
    "fma": lambda a, b, c: a * b + c,
    "neg": lambda x: -x,
    "sqrt": math.sqrt,
    "recip": lambda x: 1 / x,
    "pow2": lambda x: x * x,
    "relu": lambda x: max(x, 0.0),
    "leaky_relu": lambda x: x if x > 0 else 0.01 * x,
    "elu": lambda x: x if x > 0 else math.expm1(x),
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "tanh": math.tanh,
    "gelu": lambda x: x / 2 * math.erfc(-x / math.sqrt(2)),
    "swish": lambda x: x / (1 + math.exp(-x)),
    "exp": math.exp,
    "ln": math.log,
    "log2": math.log2,
    "log10": math.log10,
    "sin": math.sin,
    "cos": math.cos,
}


def case(name: str, shape: tuple[int, ...] = SHAPE) -> Case:
    return Case("vector", f"{name}-x", name, shape)


def computed(name: str, implementation: str, shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    return host_values(case(name, shape), "f32", implementation)


def test_every_operation_is_here_and_is_found_by_its_name():
    assert set(PLAIN) == set(ELEMENTWISE)
    assert {module_of(name) for name in ELEMENTWISE} == {elementwise}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_the_reference_is_plain_python_rounded(name):
    operands = elementwise.inputs(case(name), "f32")
    expected = [PLAIN[name](*row) for row in zip(*(v.ravel().tolist() for v in operands.values()), strict=True)]
    result = computed(name, "reference")
    assert result.shape == SHAPE and result.dtype == np.float32
    np.testing.assert_allclose(result.ravel(), expected, rtol=3e-7, atol=1.3e-7)
    assert not np.any(result.view(np.uint32) == np.uint32(0x80000000))


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_numpys_form_is_near_and_keeps_its_result(name):
    result = computed(name, "numpy")
    assert result.shape == SHAPE and result.dtype == np.float32
    np.testing.assert_allclose(result, computed(name, "reference"), rtol=4e-7, atol=2e-6 if name == "gelu" else 1.3e-7)
    form = elementwise.host_form(case(name), "f32", "numpy")
    operands = elementwise.inputs(case(name), "f32")
    before = {key: values.copy() for key, values in operands.items()}
    assert form(**operands)["y"] is form(**operands)["y"]
    assert all(np.array_equal(operands[key], before[key]) for key in operands)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_torchs_form_is_near(name):
    skip_without("torch")
    result = computed(name, "torch")
    assert result.shape == SHAPE and result.dtype == np.float32
    np.testing.assert_allclose(result, computed(name, "reference"), rtol=4e-7, atol=2e-6 if name == "gelu" else 1.3e-7)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_operands_are_where_every_result_is_a_normal_number_or_zero(name):
    for values in (*elementwise.inputs(case(name, (20_000,)), "f32").values(), computed(name, "reference", (20_000,))):
        magnitudes = np.abs(values[values != 0])
        assert np.all(np.isfinite(values)) and magnitudes.min() >= 2.0**-60 and magnitudes.max() <= 2.0**20


def test_only_what_needs_it_is_positive():
    assert np.all(elementwise.inputs(case("ln"), "f32")["x"] >= np.float32(2.0**-10))
    operands = elementwise.inputs(case("div"), "f32")
    assert np.all(operands["b"] >= np.float32(2.0**-10)) and operands["a"].min() < 0
    assert elementwise.inputs(case("exp"), "f32")["x"].min() < -7


def test_operands_are_different_streams():
    a, b, c = elementwise.inputs(case("fma"), "f32").values()
    assert not np.array_equal(a, b) and not np.array_equal(b, c) and not np.array_equal(a, c)


def test_a_vector_and_a_matrix_are_described():
    assert elementwise.describe(case("add", (1_000_000,))) == "1,000,000"
    assert elementwise.describe(case("add", (1024, 1024))) == "1024 × 1024"


@pytest.mark.parametrize(
    ("name", "operations", "arrays"), [("add", 1, 3), ("exp", 1, 2), ("fma", 2, 4), ("swish", 4, 2), ("lerp", 3, 3)]
)
def test_costs_count_every_element_once(name, operations, arrays):
    cost = elementwise.cost(case(name, (10, 100)), "f32")
    assert (cost.operations, cost.bytes) == (operations * 1000, arrays * 4000)
    assert elementwise.megabytes(case(name, (10, 100))) == arrays * 4000 / 2**20


def test_there_is_f32_alone_and_it_is_guarded():
    assert [elementwise.variants(dtype) for dtype in ("f32", "f16", "i8")] == [("default",), (), ()]
    assert elementwise.tier("f32", "default") == "guarded"


@pytest.mark.parametrize("count", [1, 63, 4096, 4097, 1_000_000])
@pytest.mark.parametrize("kind", ["opencl", "vulkan", "gpu"])
def test_the_work_groups_cover_every_element_and_no_group_is_idle(kind, count):
    host = adapter("opencl:0" if kind == "opencl" else "vulkan:0")
    planned = replace(host, type="discrete-gpu" if kind == "gpu" else "cpu")
    (plan,) = elementwise.plans(case("add", (count,)), "f32", "default", planned)
    (step,) = plan.steps
    each = step.group_items * dict(step.parameters)["rounds"] * dict(step.constants)["WIDTH"]
    assert (step.groups - 1) * each < count <= step.groups * each


ZEROS = f32(0.0, -0.0)


@pytest.mark.parametrize("name", ["neg", "scale", "clamp", "absolute", "pow2"])
def test_no_zero_has_a_sign(name):
    assert not np.any(numpy_function(name)(ZEROS).view(np.uint32))


def test_no_sum_or_product_is_a_zero_with_a_sign():
    minus, one = f32(-0.0), f32(1.0)
    for result in (
        basic.add(minus, minus),
        basic.sub(minus, ZEROS[:1]),
        basic.mul(minus, one),
        basic.lerp(minus, minus),
        basic.fma(minus, one, minus),
    ):
        assert not result.view(np.uint32)[0]


def test_fma_rounds_twice():
    a, c = f32(1 + 2.0**-12), f32(-(1 + 2.0**-11))
    assert basic.fma(a, a, c)[0] == 0


def test_a_leak_that_would_be_subnormal_is_nothing():
    x = f32(-(2.0**-100), -(2.0**-101), 2.0**-120, -np.inf, np.nan, -0.0)
    leaked = numpy_function("leaky_relu")(x)
    assert leaked[0] < 0 and list(leaked[[1, 5]]) == [0, 0] and leaked[2] == x[2] and leaked[3] == -np.inf
    assert leaked.view(np.uint32)[4] == 0x7FC00000
