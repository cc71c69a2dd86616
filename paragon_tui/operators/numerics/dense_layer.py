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
from paragon_tui.operators.dense_layer import LARGEST_ACTIVATION, Dense
from paragon_tui.operators.numerics.numerics import Array, Form, Numerics, stored
from paragon_tui.operators.tensor import Tensor

_LEAK = 0.01
_CANONICAL: dict[str, Callable[[Array], Array]] = {"none": positive_zero, "relu": relu, "leaky_relu": leaky_relu}


class DenseNumerics(Numerics[Dense]):
    """The numerics of dense layers."""

    def canonical(self, operator: Dense, *operands: Tensor) -> Form:
        """Return canonical sums and a bias, then the activation; integers at i8."""
        (y,) = operator.infer(*operands)
        if operands[0].dtype == "i8":
            return lambda x, w, b: (_integer(operator, integer_sums(w, x) + b),)
        activation = _CANONICAL[operator.activation]
        return lambda x, w, b: (stored(activation(sums(w, x) + b), y.dtype),)

    def numpy(self, operator: Dense, *operands: Tensor) -> Form:
        """Return ``matmul`` with ``out=``, and the rest in place."""
        (y,) = operator.infer(*operands)
        total = np.empty(y.shape, dtype=np.float32)
        scaled = np.empty_like(total) if operator.activation == "leaky_relu" else total
        halves = np.empty_like(total, dtype=np.float16)

        def layer(x: Array, w: Array, b: Array) -> tuple[Array]:
            _product(x, w, total)
            np.add(total, b, out=total)
            if operator.activation == "relu":
                np.maximum(total, 0, out=total)
            elif operator.activation == "leaky_relu":
                np.maximum(total, np.multiply(total, np.float32(_LEAK), out=scaled), out=total)
            if y.dtype == "f16":
                np.copyto(halves, total, casting="same_kind")
                return (halves,)
            if y.dtype == "i8":
                np.multiply(total, np.float32(2.0**-operator.shift), out=total)
                np.floor(np.add(total, np.float32(0.5), out=total), out=total)
                return (np.minimum(total, LARGEST_ACTIVATION, out=total),)
            return (np.rint(total).astype(np.int32) if y.dtype == "i32" else total,)

        return layer

    def torch(self, operator: Dense, *operands: Tensor) -> Form:
        """Return ``nn.functional.linear`` and its activations."""
        import torch
        from torch.nn.functional import leaky_relu as torch_leaky_relu
        from torch.nn.functional import linear

        (y,) = operator.infer(*operands)

        def layer(x: Any, w: Any, b: Any) -> tuple[Any]:
            total = linear(x.float(), w.float(), b.float())
            if operator.activation == "relu":
                total = total.relu_()
            elif operator.activation == "leaky_relu":
                total = torch_leaky_relu(total, _LEAK, inplace=True)
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


def _product(x: Array, w: Array, total: Array) -> None:
    """Set ``total`` to the products of every row of ``w`` with a sample, or with each sample of a batch."""
    if x.ndim == 1:
        np.matmul(w, x.astype(np.float32, copy=False), out=total)
    else:
        np.matmul(x.astype(np.float32, copy=False), w.T, out=total)


def sums(weights: NDArray[np.float32], x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the canonical dots of every row of ``weights`` with a sample, or with each sample of a batch."""
    return matvec(weights, x) if x.ndim == 1 else matmul(x, weights.T)


def integer_sums(weights: NDArray[np.int8], x: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return exact sums below 2^31. Those of a batch use binary64, which is exact too and has a BLAS."""
    if x.ndim == 1:
        return weights.astype(np.int32) @ x
    return (x.astype(np.float64) @ weights.T.astype(np.float64)).astype(np.int32)


def _integer(operator: Dense, total: NDArray[np.int32]) -> NDArray[np.int32]:
    if not operator.narrow:
        return total
    positive = np.maximum(total, 0)
    shifted: NDArray[np.int32] = np.minimum(LARGEST_ACTIVATION, (positive + (1 << (operator.shift - 1))) >> operator.shift)
    return shifted
