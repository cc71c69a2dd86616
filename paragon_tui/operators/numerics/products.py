"""Matrix products on arrays: canonical, and on the BLAS of NumPy and PyTorch; of f16 factors in f32, rounded back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.products import matmul, matmul_at
from paragon_tui.arithmetic.reduction import matvec
from paragon_tui.operators.numerics.numerics import Array, Form, Sampled, stored
from paragon_tui.operators.numerics.rows import numpy_rounding, torch_rounding
from paragon_tui.operators.operator import Operator
from paragon_tui.operators.products import MatMul, MatVec
from paragon_tui.operators.tensor import Tensor


class MatMulNumerics(Sampled[MatMul]):
    """The numerics of products of two matrices, or of two batches of them."""

    def canonical(self, operator: MatMul, *operands: Tensor) -> Form:
        """Return the canonical product."""
        (y,) = operator.infer(*operands)
        return lambda a, b: (stored(_products(a, _second(operator, b)), y.dtype),)

    def canonical_at(self, operator: MatMul, indices: NDArray[np.int64], *operands: Tensor) -> Callable[..., Array]:
        """Return the form of some of its values."""
        (y,) = operator.infer(*operands)
        return lambda a, b: stored(_products_at(a, _second(operator, b), indices), y.dtype)

    def numpy(self, operator: MatMul, *operands: Tensor) -> Form:
        """Return ``matmul`` with ``out=``."""
        product, rounded = _numpy_result(operator, operands)

        def multiply(a: Array, b: Array) -> tuple[Array]:
            np.matmul(a, _second(operator, b), out=product)
            return (rounded(product),)

        return multiply

    def torch(self, operator: MatMul, *operands: Tensor) -> Form:
        """Return ``matmul`` with ``out=``."""
        return _torch_form(operator, operands, transposed=operator.transposed)


class MatVecNumerics(Sampled[MatVec]):
    """The numerics of a matrix times a vector."""

    def canonical(self, operator: MatVec, *operands: Tensor) -> Form:
        """Return the canonical dot of every row."""
        (y,) = operator.infer(*operands)
        return lambda a, x: (stored(matvec(a, x), y.dtype),)

    def canonical_at(self, operator: MatVec, indices: NDArray[np.int64], *operands: Tensor) -> Callable[..., Array]:
        """Return the form of some of its values."""
        (y,) = operator.infer(*operands)
        return lambda a, x: stored(matmul_at(a, x.reshape(-1, 1), indices), y.dtype)

    def numpy(self, operator: MatVec, *operands: Tensor) -> Form:
        """Return ``matmul`` with ``out=``."""
        product, rounded = _numpy_result(operator, operands)

        def multiply(a: Array, x: Array) -> tuple[Array]:
            np.matmul(a, x, out=product)
            return (rounded(product),)

        return multiply

    def torch(self, operator: MatVec, *operands: Tensor) -> Form:
        """Return ``matmul`` with ``out=``."""
        return _torch_form(operator, operands)


def _second(operator: MatMul, b: Array) -> Array:
    return b.swapaxes(-1, -2) if operator.transposed else b


def _products(a: Array, b: Array) -> Array:
    """Return the canonical product of each pair of matrices."""
    if a.ndim == 2:
        return matmul(a, b)
    return np.stack([_products(first, second) for first, second in zip(a, b, strict=True)])


def _products_at(a: Array, b: Array, indices: NDArray[np.int64]) -> Array:
    """Return the values at ``indices``, ascending, of the flattened ``_products``."""
    matrices, seconds = (factor.reshape(-1, *factor.shape[-2:]) for factor in (a, b))
    number, within = np.divmod(indices, a.shape[-2] * b.shape[-1])
    numbers, starts = np.unique(number, return_index=True)
    pieces = zip(numbers, np.split(within, starts[1:]), strict=True)
    return np.concatenate([matmul_at(matrices[matrix], seconds[matrix], piece) for matrix, piece in pieces])


def _numpy_result(operator: Operator, operands: tuple[Tensor, ...]) -> tuple[Array, Callable[[Array], Array]]:
    """Return the array of the product in f32, and the function from it to the result."""
    (y,) = operator.infer(*operands)
    return np.empty(y.shape, dtype=np.float32), numpy_rounding(y.shape, y.dtype)


def _torch_form(operator: Operator, operands: tuple[Tensor, ...], transposed: bool = False) -> Form:
    import torch

    (y,) = operator.infer(*operands)
    product, rounded = torch.empty(y.shape), torch_rounding(y.shape, y.dtype)

    def multiply(a: Any, b: Any) -> tuple[Any]:
        torch.matmul(a, b.mT if transposed else b, out=product)
        return (rounded(product),)

    return multiply
