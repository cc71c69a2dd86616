"""The dense layer on arrays: canonical, and on the BLAS of NumPy and PyTorch; f16 and i8 in f32, rounded back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.activations import leaky_relu, relu
from paragon_tui.arithmetic.basic import positive_zero
from paragon_tui.arithmetic.products import matmul
from paragon_tui.arithmetic.reduction import matvec
from paragon_tui.operators.dense import LARGEST_ACTIVATION, Activation, Dense
from paragon_tui.operators.numerics.gradients import LEAK
from paragon_tui.operators.numerics.numerics import Array, Form, Numerics, stored
from paragon_tui.operators.tensor import Tensor

_CANONICAL: dict[Activation, Callable[[Array], Array]] = {
    Activation.NONE: lambda total: total,
    Activation.RELU: relu,
    Activation.LEAKY_RELU: leaky_relu,
}


class DenseNumerics(Numerics[Dense]):
    """The numerics of dense layers."""

    def canonical(self, operator: Dense, *operands: Tensor) -> Form:
        """Return canonical sums and a bias, then the activation; integers at i8."""
        (y,) = operator.infer(*operands)

        def layer(x: Array, w: Array, b: Array) -> tuple[Array]:
            samples = x if x.ndim == 1 else x.reshape(-1, x.shape[-1])
            if operands[0].dtype == "i8":
                return (_integer(operator, integer_sums(w, samples) + b).reshape(y.shape),)
            return (stored(dense(samples, w, b, operator.activation), y.dtype).reshape(y.shape),)

        return layer

    def numpy(self, operator: Dense, *operands: Tensor) -> Form:
        """Return ``matmul`` with ``out=``, and the rest in place."""
        (y,) = operator.infer(*operands)
        total = np.empty(y.shape, dtype=np.float32)
        scaled = np.empty_like(total) if operator.activation is Activation.LEAKY_RELU else None
        slope, relus = np.float32(LEAK), operator.activation is Activation.RELU

        def layer(x: Array, w: Array, b: Array) -> tuple[Array]:
            _product(x, w, total)
            np.add(total, b, out=total)
            if relus:
                np.maximum(total, 0, out=total)
            elif scaled is not None:
                np.maximum(total, np.multiply(total, slope, out=scaled), out=total)
            return (total if y.dtype == "f32" else _narrowed(total, y.dtype, operator.shift),)

        return layer

    def torch(self, operator: Dense, *operands: Tensor) -> Form:
        """Return ``linear`` and its activations, in place."""
        import torch
        from torch.nn import functional

        (y,) = operator.infer(*operands)

        def layer(x: Any, w: Any, b: Any) -> tuple[Any]:
            total = functional.linear(x.float(), w.float(), b.float())
            if operator.activation is Activation.RELU:
                total = total.relu_()
            elif operator.activation is Activation.LEAKY_RELU:
                total = functional.leaky_relu(total, LEAK, inplace=True)
            if y.dtype == "i8":
                return (torch.clamp(torch.floor(total * 2.0**-operator.shift + 0.5), max=LARGEST_ACTIVATION),)
            if y.dtype == "i32":
                return (torch.round(total).int(),)
            return (total.half() if y.dtype == "f16" else total,)

        return layer

    def held_by_numpy(self, operator: Dense, name: str, tensor: Tensor, values: Array) -> Array:
        """Return weights and biases widened to f32 beforehand."""
        return values.astype(np.float32, copy=False)

    def held_by_torch(self, operator: Dense, name: str, tensor: Tensor, values: Array) -> Any:
        """Return weights and biases widened to f32 beforehand."""
        import torch

        return torch.from_numpy(values).float()


def dense(
    x: NDArray[np.float32], w: NDArray[np.float32], b: NDArray[np.float32], activation: Activation
) -> NDArray[np.float32]:
    """Return the canonical f32 layer of a sample (inputs,), or of samples (batch, inputs)."""
    sums = matvec(w, x) if x.ndim == 1 else matmul(x, w.T)
    return positive_zero(_CANONICAL[activation](sums + b))


def _product(x: Array, w: Array, total: Array) -> None:
    """Set ``total`` to the products of every row of ``w`` with a sample, or with each sample of a batch."""
    if x.ndim == 1:
        np.matmul(w, x.astype(np.float32, copy=False), out=total)
    else:
        np.matmul(x.astype(np.float32, copy=False), w.T, out=total)


def _narrowed(total: Array, dtype: str, shift: int) -> Array:
    """Return f32 sums as a dtype holds them: f16, i32, or i8, which stays f32 for the next layer."""
    if dtype == "f16":
        return total.astype(np.float16)
    if dtype == "i32":
        return np.rint(total).astype(np.int32)
    np.multiply(total, np.float32(2.0**-shift), out=total)
    np.floor(np.add(total, np.float32(0.5), out=total), out=total)
    narrow: Array = np.minimum(total, LARGEST_ACTIVATION, out=total)
    return narrow


def integer_sums(weights: NDArray[np.int8], x: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return exact sums below 2^31. Those of a batch use binary64, which is exact too and has a BLAS."""
    if x.ndim == 1:
        return weights.astype(np.int32) @ x
    return (x.astype(np.float64) @ weights.T.astype(np.float64)).astype(np.int32)


def _integer(operator: Dense, total: NDArray[np.int32]) -> NDArray[np.int32]:
    if operator.widens:
        return total
    positive, shift = np.maximum(total, 0), operator.shift
    rounded = (positive >> shift) + (positive >> (shift - 1) & 1)  # half up, within 32 bits
    narrow: NDArray[np.int32] = np.minimum(LARGEST_ACTIVATION, rounded)
    return narrow
