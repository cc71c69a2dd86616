"""Element-wise functions on arrays: canonical, and as usually written in NumPy and PyTorch, into a reused result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from paragon_tui.arithmetic.basic import LERP_WEIGHT, SCALE
from paragon_tui.arithmetic.functions import numpy_function
from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.operators.numerics.functions import Functions, Values
from paragon_tui.operators.numerics.hardswish import HARDSWISH
from paragon_tui.operators.numerics.numerics import Array, Form, Numerics, stored
from paragon_tui.operators.numerics.rows import numpy_rounding, torch_rounding
from paragon_tui.operators.tensor import DType, Tensor

_LEAK = 0.01
_ERF = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
_ERF_T = 0.3275911
"""Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26: erf to 1.5e-7, since NumPy has none."""

OWN = {"hardswish": HARDSWISH}
"""The functions of ``OWN_PARTS``, each in a module of its own."""


class ElementwiseNumerics(Numerics[Elementwise]):
    """The numerics of all element-wise functions."""

    def canonical(self, operator: Elementwise, *operands: Tensor) -> Form:
        """Return the canonical function; at f16 its results are rounded."""
        canonical, dtype = _functions(operator).canonical, operands[0].dtype
        scalar = tuple(map(np.float32, _scalar(operator, dtype)))
        return lambda *values: (stored(canonical(*values, *scalar), dtype),)

    def numpy(self, operator: Elementwise, *operands: Tensor) -> Form:
        """Return a form of ufuncs with ``out=``, of f32; results of f16 are rounded back."""
        y = np.empty(operands[0].shape, dtype=np.float32)
        compute, rounded = _functions(operator).numpy(y), numpy_rounding(y.shape, operands[0].dtype)
        scalar = tuple(map(np.float32, _scalar(operator, operands[0].dtype)))

        def form(*values: Values) -> tuple[Array, ...]:
            compute(*values, *scalar, y)
            return (rounded(y),)

        return form

    def torch(self, operator: Elementwise, *operands: Tensor) -> Form:
        """Return PyTorch's own function with ``out=``, of f32; results of f16 are rounded back."""
        import torch

        shape, dtype = operands[0].shape, operands[0].dtype
        compute, rounded = _functions(operator).torch(torch.empty(shape)), torch_rounding(shape, dtype)
        scalar = _scalar(operator, dtype)
        return lambda *tensors: (rounded(compute(*tensors, *scalar)),)


def _scalar(operator: Elementwise, dtype: DType) -> tuple[float, ...]:
    """Return what follows the operands: the scalar, or nothing."""
    return () if operator.scalar is None else (operator.scalar_at(dtype),)


def _functions(operator: Elementwise) -> Functions:
    registered, name = operator.registered, operator.name
    if registered is None:
        return OWN[name]
    numpy = _numpy_gelu if name == "gelu" else lambda y: _numpy_ufuncs()[name]
    return Functions(numpy_function(registered.name), numpy, lambda y: _torch_functions(y)[name])


def _numpy_ufuncs() -> dict[str, Callable[..., Any]]:
    """Return functions by operation; each takes its operands and the array for the result."""
    f32 = np.float32
    zero, one, scale, leak = f32(0), f32(1), f32(SCALE), f32(_LEAK)
    weight = np.uint32(LERP_WEIGHT).view(f32)

    def lerp(a: Values, b: Values, y: Values) -> None:
        np.subtract(b, a, out=y)
        np.multiply(y, weight, out=y)
        np.add(y, a, out=y)

    def fma(a: Values, b: Values, c: Values, y: Values) -> None:
        np.multiply(a, b, out=y)
        np.add(y, c, out=y)

    def leaky_relu(x: Values, y: Values) -> None:
        np.multiply(x, leak, out=y)
        np.maximum(x, y, out=y)

    def elu(x: Values, y: Values) -> None:
        np.minimum(x, zero, out=y)
        np.exp(y, out=y)
        np.subtract(y, one, out=y)
        np.maximum(x, y, out=y)  # exp(x) - 1 is never below x

    def denominator(x: Values, y: Values) -> None:
        np.negative(x, out=y)
        np.exp(y, out=y)
        np.add(y, one, out=y)

    def sigmoid(x: Values, y: Values) -> None:
        denominator(x, y)
        np.reciprocal(y, out=y)

    def swish(x: Values, y: Values) -> None:
        denominator(x, y)
        np.divide(x, y, out=y)

    return {
        "add": np.add,
        "sub": np.subtract,
        "mul": np.multiply,
        "div": np.divide,
        "scale": lambda x, y: np.multiply(x, scale, out=y),
        "abs": np.abs,
        "clamp": lambda x, y: np.clip(x, -one, one, out=y),
        "lerp": lerp,
        "fma": fma,
        "neg": np.negative,
        "sqrt": np.sqrt,
        "recip": np.reciprocal,
        "pow2": np.square,
        "pow": np.power,
        "relu": lambda x, y: np.maximum(x, zero, out=y),
        "leaky_relu": leaky_relu,
        "elu": elu,
        "sigmoid": sigmoid,
        "tanh": np.tanh,
        "swish": swish,
        "exp": np.exp,
        "ln": np.log,
        "log2": np.log2,
        "log10": np.log10,
        "sin": np.sin,
        "cos": np.cos,
    }


def _numpy_gelu(y: Values) -> Callable[..., None]:
    """Return a form of x·(1 + erf(x/√2))/2 with reused arrays for the intermediate values."""
    f32 = np.float32
    z, t, p = np.empty_like(y), np.empty_like(y), np.empty_like(y)

    def gelu(x: Values, y: Values) -> None:
        np.multiply(x, f32(0.5**0.5), out=z)
        np.abs(z, out=t)
        np.multiply(t, f32(_ERF_T), out=t)
        np.add(t, f32(1), out=t)
        np.reciprocal(t, out=t)
        np.multiply(t, f32(_ERF[0]), out=p)
        for coefficient in _ERF[1:]:
            np.add(p, f32(coefficient), out=p)
            np.multiply(p, t, out=p)
        np.square(z, out=y)
        np.negative(y, out=y)
        np.exp(y, out=y)
        np.multiply(p, y, out=y)
        np.subtract(f32(1), y, out=y)  # erf(|z|)
        np.copysign(y, z, out=y)
        np.add(y, f32(1), out=y)
        np.multiply(y, x, out=y)
        np.multiply(y, f32(0.5), out=y)

    return gelu


def _torch_functions(y: Any) -> dict[str, Callable[..., Any]]:
    """Return functions by operation; each takes its operands as tensors and writes into ``y``."""
    import torch

    own = torch._C._nn  # what ``nn.functional`` calls: its own functions do not pass ``out=`` on
    weight = 0.30000001192092896  # fl(0.3)
    return {
        "add": lambda a, b: torch.add(a, b, out=y),
        "sub": lambda a, b: torch.sub(a, b, out=y),
        "mul": lambda a, b: torch.mul(a, b, out=y),
        "div": lambda a, b: torch.div(a, b, out=y),
        "scale": lambda x: torch.mul(x, SCALE, out=y),
        "abs": lambda x: torch.abs(x, out=y),
        "clamp": lambda x: torch.clamp(x, -1.0, 1.0, out=y),
        "lerp": lambda a, b: torch.lerp(a, b, weight, out=y),
        "fma": lambda a, b, c: torch.addcmul(c, a, b, out=y),
        "neg": lambda x: torch.neg(x, out=y),
        "sqrt": lambda x: torch.sqrt(x, out=y),
        "recip": lambda x: torch.reciprocal(x, out=y),
        "pow2": lambda x: torch.square(x, out=y),
        "pow": lambda a, b: torch.pow(a, b, out=y),
        "relu": lambda x: torch.clamp_min(x, 0, out=y),
        "leaky_relu": lambda x: own.leaky_relu(x, _LEAK, out=y),
        "elu": lambda x: own.elu(x, out=y),
        "sigmoid": lambda x: torch.sigmoid(x, out=y),
        "tanh": lambda x: torch.tanh(x, out=y),
        "gelu": lambda x: own.gelu(x, out=y),
        "swish": lambda x: own.silu(x, out=y),
        "exp": lambda x: torch.exp(x, out=y),
        "ln": lambda x: torch.log(x, out=y),
        "log2": lambda x: torch.log2(x, out=y),
        "log10": lambda x: torch.log10(x, out=y),
        "sin": lambda x: torch.sin(x, out=y),
        "cos": lambda x: torch.cos(x, out=y),
    }
