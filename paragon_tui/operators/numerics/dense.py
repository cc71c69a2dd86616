"""The dense layer on arrays: canonical, and on the BLAS of NumPy and PyTorch; f16 and i8 in f32, rounded back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
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
from paragon_tui.operators.numerics.rows import as_rows, numpy_rounding, torch_rounding
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
        """Return ``dot`` with ``out=``, and the rest in place."""
        (y,) = operator.infer(*operands)
        total, widened = np.empty(y.shape, dtype=np.float32), np.empty(operands[0].shape, dtype=np.float32)
        scaled = np.empty_like(total) if operator.activation is Activation.LEAKY_RELU else None
        slope, zero, relus = np.float32(LEAK), np.zeros((), np.float32), operator.activation is Activation.RELU
        rows, narrowed = _samples(total), numpy_narrowing(total, y.dtype, operator.shift)

        def layer(x: Array, w: Array, b: Array) -> tuple[Array]:
            if x.dtype != np.float32:
                np.copyto(widened, x)
                x = widened
            np.dot(_samples(x), w.T, out=rows)
            np.add(total, b, out=total)
            if relus:
                np.maximum(total, zero, out=total)
            elif scaled is not None:
                np.maximum(total, np.multiply(total, slope, out=scaled), out=total)
            return (narrowed(),)

        return layer

    def torch(self, operator: Dense, *operands: Tensor) -> Form:
        """Return ``addmm`` or ``addmv`` with ``out=``, and the rest in place."""
        import torch
        from torch.nn import functional

        (y,) = operator.infer(*operands)
        total, widened = torch.empty(y.shape), torch.empty(operands[0].shape)
        multiply_add, narrowed = torch_layer(_samples(total)), torch_narrowing(total, y.dtype, operator.shift)

        def layer(x: Any, w: Any, b: Any) -> tuple[Any]:
            x = x if x.dtype is torch.float32 else widened.copy_(x)
            multiply_add(_samples(x), w.float(), b.float())
            if operator.activation is Activation.RELU:
                total.relu_()
            elif operator.activation is Activation.LEAKY_RELU:
                functional.leaky_relu(total, LEAK, inplace=True)
            return (narrowed(),)

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


def numpy_narrowing(total: Array, dtype: str, shift: int = 0) -> Callable[[], Array]:
    """Return the function that gives the f32 sums in ``total`` as a dtype holds them, in arrays made here.

    i8 stay f32, in ``total``, for the next layer.
    """
    if dtype == "i8":
        scale, half, most = (np.array(value, np.float32) for value in (2.0**-shift, 0.5, LARGEST_ACTIVATION))

        def activations() -> Array:
            np.multiply(total, scale, out=total)
            np.floor(np.add(total, half, out=total), out=total)
            return np.minimum(total, most, out=total)

        return activations
    if dtype == "i32":
        whole = np.empty(total.shape, dtype=np.int32)

        def integers() -> Array:
            np.copyto(whole, np.rint(total, out=total), casting="unsafe")
            return whole

        return integers
    return partial(numpy_rounding(total.shape, dtype), total)


def torch_narrowing(total: Any, dtype: str, shift: int = 0) -> Callable[[], Any]:
    """Return the same function of PyTorch's tensors."""
    import torch

    if dtype == "i8":
        return lambda: total.mul_(2.0**-shift).add_(0.5).floor_().clamp_max_(LARGEST_ACTIVATION)
    if dtype == "i32":
        whole = torch.empty(total.shape, dtype=torch.int32)
        return lambda: whole.copy_(total.round_())
    return partial(torch_rounding(tuple(total.shape), dtype), total)


def torch_layer(total: Any) -> Callable[[Any, Any, Any], Any]:
    """Return the function that sets ``total`` to b + x·wᵀ, of a sample x or of rows of them; all f32."""
    import torch

    if total.ndim == 1:
        return lambda x, w, b: torch.addmv(b, w, x, out=total)
    return lambda x, w, b: torch.addmm(b, x, w.t(), out=total)


def _samples(values: Any) -> Any:
    """Return a sample as it is, and samples as a matrix."""
    return values if values.ndim == 1 else as_rows(values)


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
