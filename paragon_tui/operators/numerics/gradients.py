"""Gradients of dense layers on arrays: canonical, and on the BLAS of NumPy and PyTorch into reused arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.activations import leaky_slope
from paragon_tui.arithmetic.basic import positive_zero
from paragon_tui.arithmetic.products import matmul
from paragon_tui.operators.gradients import HiddenGradient, LayerGradient
from paragon_tui.operators.numerics.numerics import Array, Form, Numerics, stored
from paragon_tui.operators.tensor import Tensor

Values = NDArray[np.float32]

LEAK = 0.01
"""The slope of leaky relu below zero, as libraries take it."""


def layer_gradient(dy: Values, x: Values) -> Values:
    """Return the canonical gradients (outputs, inputs + 1) of ``dy`` (batch, outputs) and ``x`` (batch, inputs)."""
    return matmul(dy.T, np.column_stack([x, np.ones(len(x), dtype=np.float32)]))


def hidden_gradient(dy: Values, w: Values, h: Values) -> Values:
    """Return the canonical dz of ``dy`` (batch, outputs), ``w`` (outputs, hidden) and ``h`` (batch, hidden)."""
    return positive_zero(leaky_slope(matmul(dy, w), h))


class LayerGradientNumerics(Numerics[LayerGradient]):
    """The numerics of a layer's gradients."""

    def canonical(self, operator: LayerGradient, *operands: Tensor) -> Form:
        """Return canonical dots over the samples."""
        return lambda dy, x: (layer_gradient(_rows(dy), _rows(x)),)

    def numpy(self, operator: LayerGradient, *operands: Tensor) -> Form:
        """Return ``matmul`` and ``sum`` with ``out=``."""
        (result,) = operator.infer(*operands)
        y = np.empty(result.shape, dtype=np.float32)
        weights, biases = y[:, :-1], y[:, -1]

        def form(dy: Array, x: Array) -> tuple[Array]:
            dy = _rows(dy)
            np.matmul(dy.T, _rows(x), out=weights)
            np.sum(dy, axis=0, out=biases)
            return (y,)

        return form

    def torch(self, operator: LayerGradient, *operands: Tensor) -> Form:
        """Return ``mm`` and ``sum`` with ``out=``."""
        import torch

        (result,) = operator.infer(*operands)
        y = torch.empty(result.shape)
        weights, biases = y[:, :-1], y[:, -1]

        def form(dy: Any, x: Any) -> tuple[Any]:
            dy = _rows(dy)
            torch.mm(dy.T, _rows(x), out=weights)
            torch.sum(dy, 0, out=biases)
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
    return values if values.ndim == 2 else values.reshape(-1, values.shape[-1])
