"""Element-wise functions: plain Python, the canonical ones, NumPy and PyTorch side by side, and their launches."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from paragon_tui.arithmetic import basic
from paragon_tui.arithmetic.functions import numpy_function
from paragon_tui.arithmetic.rounding import half
from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.operators.graph import Graph
from paragon_tui.operators.lowering import Site
from paragon_tui.operators.numerics.forms import host_form
from paragon_tui.operators.tensor import Tensor, WrongOperands
from paragon_tui.suites.case import Case
from paragon_tui.suites.computation import Computation, computation
from paragon_tui.suites.operations import ELEMENTWISE
from tests.support.examples import adapter
from tests.support.floats import f32
from tests.support.host_forms import host_values, skip_without

SHAPE = (7, 300)
REGISTERED = {"div": "divide", "abs": "absolute", "ln": "log"}
"""The names of operations whose functions are registered under others."""
T = float(np.float32(0.3))
SCALARS = {"add-scalar": 0.3, "sub-scalar": 0.3, "mul-scalar": 0.3, "div-scalar": 0.3, "pow-scalar": 2.5}

PLAIN: dict[str, Callable[..., float]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "add-scalar": lambda x: x + T,
    "sub-scalar": lambda x: x - T,
    "mul-scalar": lambda x: x * T,
    "div-scalar": lambda x: x / T,
    "scale": lambda x: 2.5 * x,
    "abs": abs,
    "clamp": lambda x: max(-1.0, min(1.0, x)),
    "lerp": lambda a, b: a + T * (b - a),
    "fma": lambda a, b, c: a * b + c,
    "neg": lambda x: -x,
    "sqrt": math.sqrt,
    "recip": lambda x: 1 / x,
    "pow2": lambda x: x * x,
    "pow-scalar": lambda x: x**2.5,
    "relu": lambda x: max(x, 0.0),
    "leaky_relu": lambda x: x if x > 0 else 0.01 * x,
    "elu": lambda x: x if x > 0 else math.expm1(x),
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "tanh": math.tanh,
    "gelu": lambda x: x / 2 * math.erfc(-x / math.sqrt(2)),
    "swish": lambda x: x / (1 + math.exp(-x)),
    "hardswish": lambda x: x * max(0.0, min(6.0, x + 3)) / 6,
    "exp": math.exp,
    "ln": math.log,
    "log2": math.log2,
    "log10": math.log10,
    "sin": math.sin,
    "cos": math.cos,
}


def case(name: str) -> Case:
    """The operation with operands in the range of its function."""
    return Case("vector", f"{name}-x", name, SHAPE)


def computed(name: str, dtype: str = "f32") -> Computation:
    return computation(case(name), dtype)


def values(name: str, implementation: str, dtype: str = "f32") -> np.ndarray:
    return host_values(case(name), dtype, implementation)


def test_every_function_is_here():
    assert set(PLAIN) == set(ELEMENTWISE)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_the_reference_is_plain_python_rounded(name):
    operands = computed(name).operands
    expected = [PLAIN[name](*row) for row in zip(*(v.ravel().tolist() for v in operands.values()), strict=True)]
    result = values(name, "reference")
    assert result.shape == SHAPE and result.dtype == np.float32
    np.testing.assert_allclose(result.ravel(), expected, rtol=3e-7, atol=1.3e-7)
    assert not np.any(result.view(np.uint32) == np.uint32(0x80000000))


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_numpys_form_is_near_and_keeps_its_result(name):
    result = values(name, "numpy")
    assert result.shape == SHAPE and result.dtype == np.float32
    np.testing.assert_allclose(result, values(name, "reference"), rtol=4e-7, atol=2e-6 if name == "gelu" else 1.3e-7)
    held = computed(name)
    before, form = {key: operand.copy() for key, operand in held.operands.items()}, held.host_form("numpy")
    assert form()["y"] is form()["y"]
    assert all(np.array_equal(held.operands[key], before[key]) for key in before)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_torchs_form_is_near(name):
    skip_without("torch")
    result = values(name, "torch")
    assert result.shape == SHAPE and result.dtype == np.float32
    np.testing.assert_allclose(result, values(name, "reference"), rtol=4e-7, atol=2e-6 if name == "gelu" else 1.3e-7)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_at_f16_the_reference_is_that_of_f32_rounded_and_libraries_are_near(name):
    operands = list(computed(name, "f16").operands.values())
    if name in SCALARS:
        operands.append(np.full(SHAPE, half(f32(SCALARS[name]))[0]))
    function = name.removesuffix("-scalar")
    plain = numpy_function(REGISTERED.get(function, function)) if name != "hardswish" else None
    result = values(name, "reference", "f16")
    if plain is not None:
        assert result.tobytes() == half(plain(*operands)).tobytes()
    form = computed(name, "f16").host_form("numpy")
    assert form()["y"] is form()["y"]
    for library in ("numpy", "torch"):
        skip_without(library)
        actual = values(name, library, "f16")
        assert actual.dtype == np.float32 and np.array_equal(actual, half(actual))
        np.testing.assert_allclose(actual, result, rtol=2.0**-10, atol=2e-6)


@pytest.mark.parametrize("count", [1, 63, 4096, 4097, 1_000_000])
@pytest.mark.parametrize("kind", ["opencl", "vulkan", "gpu"])
def test_the_work_groups_cover_every_element_and_no_group_is_idle(kind, count):
    host = adapter("opencl:0" if kind == "opencl" else "vulkan:0")
    planned = replace(host, type="discrete-gpu" if kind == "gpu" else "cpu")
    (lowering,) = Elementwise("add").lowerings(Site(dict.fromkeys("ab", Tensor((count,))), planned))
    (step,) = lowering.steps
    each = step.group_items * dict(step.parameters)["rounds"] * dict(step.constants)["WIDTH"]
    assert (step.groups - 1) * each < count <= step.groups * each


@pytest.mark.parametrize("library", ["reference", "numpy", "torch"])
@pytest.mark.parametrize("dtype", ["f32", "f16"])
@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "pow"])
def test_a_scalar_is_a_second_operand_that_is_the_same_everywhere(name, dtype, library):
    skip_without(library)
    x = half(np.linspace(0.5 if name == "pow" else -7, 9, 33, dtype=np.float32))
    for scalar in (0.3, -2.5, 1000, 1e-3) if name != "pow" else (0.3, -2.5, 1e-3):
        operator, rounded = Elementwise(name, scalar), f32(scalar) if dtype == "f32" else half(f32(scalar))
        alone = Graph.of(operator, Tensor(x.shape, dtype))
        both = Graph.of(Elementwise(name), *[Tensor(x.shape, dtype)] * 2)
        result = host_form(alone, library, {"x": x})()["y"]
        expected = host_form(both, library, {"a": x, "b": np.full_like(x, rounded[0])})()["y"]
        assert result.astype(np.float32).tobytes() == expected.astype(np.float32).tobytes()


def test_a_scalar_is_a_parameter_and_no_part_of_the_source():
    tensor = Tensor((100,))
    steps = [
        Elementwise("mul", scalar).lowerings(Site({"x": tensor}, adapter("opencl:0")))[0].steps[0]
        for scalar in (0.3, 7)
    ]
    assert steps[0].parts == steps[1].parts and steps[0].all_constants == steps[1].all_constants
    assert [dict(step.parameters)["scalar"] for step in steps] == [0x3E99999A, 0x40E00000]
    assert steps[0].buffers == ("x", "y")


@pytest.mark.parametrize(
    ("name", "scalar", "words"),
    [
        ("add", math.nan, "a normal number"),
        ("add", math.inf, "a normal number"),
        ("mul", 1e39, "a normal number"),
        ("mul", 1e-40, "a normal number"),
        ("exp", 2.0, "no function of two operands"),
        ("fma", 2.0, "no function of two operands"),
        ("hardswish", 2.0, "no function of two operands"),
    ],
)
def test_a_scalar_that_makes_no_sense_is_refused(name, scalar, words):
    with pytest.raises(ValueError, match=words):
        Elementwise(name, scalar)


def test_a_scalar_that_f16_does_not_hold_is_refused_there_alone():
    operator = Elementwise("add", 65520.0)
    assert operator.infer(Tensor((3,))) == (Tensor((3,)),)
    with pytest.raises(WrongOperands, match="65520"):
        operator.infer(Tensor((3,), "f16"))
    assert Elementwise("add", 65519.0).scalar_at("f16") == 65504


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
