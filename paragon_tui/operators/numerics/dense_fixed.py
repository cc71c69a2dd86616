"""The dense layer in fixed point on arrays: canonical in integers; in libraries on BLAS in binary64, also exact."""

from __future__ import annotations

from typing import Any

import numpy as np

from paragon_tui.arithmetic.constants import THOUSAND
from paragon_tui.arithmetic.integers import dense_thousandths
from paragon_tui.operators.dense_fixed import DenseFixed
from paragon_tui.operators.numerics.numerics import Array, Form, Numerics, as_tensor
from paragon_tui.operators.tensor import Tensor


class DenseFixedNumerics(Numerics[DenseFixed]):
    """The numerics of the layer. Weights and bias that never change are widened once."""

    def canonical(self, operator: DenseFixed, *operands: Tensor) -> Form:
        """Return the layer in integers."""
        return lambda x, w, b: (dense_thousandths(w, x, b),)

    def numpy(self, operator: DenseFixed, *operands: Tensor) -> Form:
        """Return ``dot`` and ufuncs with ``out=``."""
        (result,) = operator.infer(*operands)
        widened, sums, y = np.empty(operands[0].shape), np.empty(result.shape), np.empty(result.shape, dtype=np.int32)

        def layer(x: Array, w: Array, b: Array) -> tuple[Array]:
            np.copyto(widened, x)
            np.dot(w, widened, out=sums)
            np.add(sums, THOUSAND // 2, out=sums)
            np.divide(sums, THOUSAND, out=sums)
            np.floor(sums, out=sums)
            np.add(sums, b, out=sums)
            np.maximum(sums, 0, out=sums)
            np.copyto(y, sums, casting="unsafe")
            return (y,)

        return layer

    def torch(self, operator: DenseFixed, *operands: Tensor) -> Form:
        """Return ``mv`` with ``out=`` and functions in place."""
        import torch

        (result,) = operator.infer(*operands)
        widened, sums = (torch.empty(shape, dtype=torch.float64) for shape in (operands[0].shape, result.shape))
        y = torch.empty(result.shape, dtype=torch.int32)

        def layer(x: Any, w: Any, b: Any) -> tuple[Any]:
            torch.mv(w.double(), widened.copy_(x), out=sums)
            return (y.copy_(sums.add_(THOUSAND // 2).div_(THOUSAND).floor_().add_(b).relu_()),)

        return layer

    def held_by_numpy(self, operator: DenseFixed, name: str, tensor: Tensor, values: Array) -> Array:
        """Return weights and bias in binary64."""
        return values if name == "x" else values.astype(np.float64)

    def held_by_torch(self, operator: DenseFixed, name: str, tensor: Tensor, values: Array) -> Any:
        """Return weights and bias in binary64."""
        return as_tensor(values) if name == "x" else as_tensor(values).double()
