"""Linear layers on arrays, forward and backward: canonical, and on the BLAS of NumPy and PyTorch into reused arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.activations import leaky_relu, leaky_slope
from paragon_tui.arithmetic.products import matmul
from paragon_tui.operators.linear import Activation, HiddenGradient, LayerGradient, Linear
from paragon_tui.operators.numerics.numerics import Array, Form, Numerics, stored
from paragon_tui.operators.tensor import Tensor

Values = NDArray[np.float32]

LEAK = 0.01
"""The slope of leaky relu below zero, as libraries take it."""


def linear(x: Values, w: Values, b: Values, activation: Activation) -> Values:
    """Return the canonical act(x·wᵀ + b) of ``x`` (batch, inputs), ``w`` (outputs, inputs) and ``b`` (outputs,)."""
    sums = matmul(x, w.T) + b
    return _unsigned_zeros(leaky_relu(sums) if activation is Activation.LEAKY_RELU else sums)


def layer_gradient(dy: Values, x: Values) -> Values:
    """Return the canonical gradients (outputs, inputs + 1) of ``dy`` (batch, outputs) and ``x`` (batch, inputs)."""
    return matmul(dy.T, np.column_stack([x, np.ones(len(x), dtype=np.float32)]))


def hidden_gradient(dy: Values, w: Values, h: Values) -> Values:
    """Return the canonical dz of ``dy`` (batch, outputs), ``w`` (outputs, hidden) and ``h`` (batch, hidden)."""
    return _unsigned_zeros(leaky_slope(matmul(dy, w), h))


def _unsigned_zeros(values: Values) -> Values:
    return np.where(values == 0, np.float32(0), values)


class LinearNumerics(Numerics[Linear]):
    """The numerics of linear layers."""

    def canonical(self, operator: Linear, *operands: Tensor) -> Form:
        """Return canonical dots, the bias, and the canonical activation."""
        (y,) = operator.infer(*operands)

        def form(x: Array, w: Array, b: Array) -> tuple[Array]:
            return (stored(linear(_rows(x), w, b, operator.activation), y.dtype).reshape(y.shape),)

        return form

    def numpy(self, operator: Linear, *operands: Tensor) -> Form:
        """Return ``matmul`` and ufuncs with ``out=``."""
        (result,) = operator.infer(*operands)
        y = np.empty(result.shape, dtype=np.float32)
        leaked = np.empty_like(y) if operator.activation is Activation.LEAKY_RELU else None
        slope = np.float32(LEAK)

        def form(x: Array, w: Array, b: Array) -> tuple[Array]:
            np.add(np.matmul(x, w.T, out=y), b, out=y)
            if leaked is not None:
                np.maximum(y, np.multiply(y, slope, out=leaked), out=y)
            return (y.astype(np.float16) if result.dtype == "f16" else y,)

        return form

    def torch(self, operator: Linear, *operands: Tensor) -> Form:
        """Return ``linear``, and the activation in place."""
        from torch.nn import functional

        (result,) = operator.infer(*operands)

        def form(x: Any, w: Any, b: Any) -> tuple[Any]:
            y = functional.linear(x, w, b)
            if operator.activation is Activation.LEAKY_RELU:
                y = functional.leaky_relu(y, LEAK, inplace=True)
            return (y.half() if result.dtype == "f16" else y,)

        return form


class LayerGradientNumerics(Numerics[LayerGradient]):
    """The numerics of a layer's gradients."""

    def canonical(self, operator: LayerGradient, *operands: Tensor) -> Form:
        """Return canonical dots over the samples."""
        return lambda dy, x: (layer_gradient(_rows(dy), _rows(x)),)

    def numpy(self, operator: LayerGradient, *operands: Tensor) -> Form:
        """Return ``matmul`` and ``sum`` with ``out=``."""
        (result,) = operator.infer(*operands)
        y = np.empty(result.shape, dtype=np.float32)

        def form(dy: Array, x: Array) -> tuple[Array]:
            dy = _rows(dy)
            np.matmul(dy.T, _rows(x), out=y[:, :-1])
            np.sum(dy, axis=0, out=y[:, -1])
            return (y,)

        return form

    def torch(self, operator: LayerGradient, *operands: Tensor) -> Form:
        """Return ``mm`` and ``sum`` with ``out=``."""
        import torch

        (result,) = operator.infer(*operands)
        y = torch.empty(result.shape)

        def form(dy: Any, x: Any) -> tuple[Any]:
            dy = _rows(dy)
            torch.mm(dy.T, _rows(x), out=y[:, :-1])
            torch.sum(dy, 0, out=y[:, -1])
            return (y,)

        return form


class HiddenGradientNumerics(Numerics[HiddenGradient]):
    """The numerics of a hidden layer's gradient."""

    def canonical(self, operator: HiddenGradient, *operands: Tensor) -> Form:
        """Return canonical dots over the outputs, times slopes."""
        (dz,) = operator.infer(*operands)

        def form(dy: Array, w: Array, h: Array) -> tuple[Array]:
            return (stored(hidden_gradient(_rows(dy), w, _rows(h)), dz.dtype).reshape(dz.shape),)

        return form

    def numpy(self, operator: HiddenGradient, *operands: Tensor) -> Form:
        """Return ``matmul`` and a product with ``out=``."""
        (result,) = operator.infer(*operands)
        dz = np.empty(result.shape, dtype=np.float32)
        slopes = np.array([LEAK, 1], dtype=np.float32)

        def form(dy: Array, w: Array, h: Array) -> tuple[Array]:
            np.multiply(np.matmul(dy, w, out=dz), np.where(h > 0, slopes[1], slopes[0]), out=dz)
            return (dz.astype(np.float16) if result.dtype == "f16" else dz,)

        return form

    def torch(self, operator: HiddenGradient, *operands: Tensor) -> Form:
        """Return a product and PyTorch's own backward function."""
        import torch

        (result,) = operator.infer(*operands)

        def form(dy: Any, w: Any, h: Any) -> tuple[Any]:
            dz = torch.ops.aten.leaky_relu_backward(torch.matmul(dy, w), h, LEAK, True)
            return (dz.half() if result.dtype == "f16" else dz,)

        return form


def _rows(values: Any) -> Any:
    """Return an array or a tensor as a matrix of samples: all axes but the last in one."""
    return values.reshape(-1, values.shape[-1])
