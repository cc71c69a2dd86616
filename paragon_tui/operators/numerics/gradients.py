"""Gradients of dense layers on arrays: canonical, and on the BLAS of NumPy and PyTorch into reused arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.activations import leaky_slope
from paragon_tui.arithmetic.basic import positive_zero
from paragon_tui.arithmetic.products import matmul
from paragon_tui.operators.gradients import HiddenGradient, LayerGradient
from paragon_tui.operators.numerics.numerics import Array, Form, Numerics, stored
from paragon_tui.operators.numerics.rows import as_rows, numpy_rounding, torch_rounding
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
        return lambda dy, x: (layer_gradient(as_rows(dy), as_rows(x)),)

    def numpy(self, operator: LayerGradient, *operands: Tensor) -> Form:
        """Return ``matmul`` and a sum with ``out=``."""
        (result,) = operator.infer(*operands)
        y = np.empty(result.shape, dtype=np.float32)
        weights, biases = y[:, :-1], y[:, -1]

        def form(dy: Array, x: Array) -> tuple[Array]:
            dy = as_rows(dy)
            np.matmul(dy.T, as_rows(x), out=weights)
            np.add.reduce(dy, axis=0, out=biases)
            return (y,)

        return form

    def torch(self, operator: LayerGradient, *operands: Tensor) -> Form:
        """Return ``mm`` and ``sum`` with ``out=``."""
        import torch

        (result,) = operator.infer(*operands)
        y = torch.empty(result.shape)
        weights, biases = y[:, :-1], y[:, -1]

        def form(dy: Any, x: Any) -> tuple[Any]:
            dy = as_rows(dy)
            torch.mm(dy.T, as_rows(x), out=weights)
            torch.sum(dy, 0, out=biases)
            return (y,)

        return form


class HiddenGradientNumerics(Numerics[HiddenGradient]):
    """The numerics of a hidden layer's gradient."""

    def canonical(self, operator: HiddenGradient, *operands: Tensor) -> Form:
        """Return canonical dots over the outputs, times slopes."""
        (dz,) = operator.infer(*operands)

        def form(dy: Array, w: Array, h: Array) -> tuple[Array]:
            return (stored(hidden_gradient(as_rows(dy), w, as_rows(h)), dz.dtype).reshape(dz.shape),)

        return form

    def numpy(self, operator: HiddenGradient, *operands: Tensor) -> Form:
        """Return ``matmul`` and a product with ``out=``."""
        (result,) = operator.infer(*operands)
        dz, slopes = np.empty(result.shape, dtype=np.float32), numpy_slopes(result.shape)
        rounded = numpy_rounding(result.shape, result.dtype)

        def form(dy: Array, w: Array, h: Array) -> tuple[Array]:
            np.multiply(np.matmul(dy, w, out=dz), slopes(h), out=dz)
            return (rounded(dz),)

        return form

    def torch(self, operator: HiddenGradient, *operands: Tensor) -> Form:
        """Return a product with ``out=``, and PyTorch's own backward function in place."""
        import torch

        (result,) = operator.infer(*operands)
        dz, rounded = torch.empty(result.shape), torch_rounding(result.shape, result.dtype)
        rows, backward = as_rows(dz), torch.ops.aten.leaky_relu_backward.grad_input

        def form(dy: Any, w: Any, h: Any) -> tuple[Any]:
            torch.mm(as_rows(dy), w, out=rows)
            return (rounded(backward(dz, h, LEAK, True, grad_input=dz)),)

        return form


def numpy_slopes(shape: tuple[int, ...]) -> Callable[[Array], Array]:
    """Return the function from leaky relu's values of this shape to its slopes, 1 or the leak, in a reused array."""
    positive, slopes = np.empty(shape, dtype=np.bool_), np.empty(shape, dtype=np.float32)
    leak = np.float32(LEAK)
    rest = np.float32(1) - leak

    def of(h: Array) -> Array:
        np.greater(h, 0, out=positive)
        np.multiply(positive, rest, out=slopes)
        return np.add(slopes, leak, out=slopes)  # several times as fast as a masked copy; rest and leak are exactly 1

    return of
