"""Softmax and its logarithm on arrays: canonical, NumPy's functions in place, PyTorch's own; f16 is computed in f32."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.activations import log_softmax, softmax
from paragon_tui.operators.numerics.numerics import Array, Form, Numerics, stored
from paragon_tui.operators.numerics.rows import numpy_rounding, row_by_row, torch_rounding
from paragon_tui.operators.softmax import INTEGER_LOGIT_SCALE, Softmax
from paragon_tui.operators.tensor import Tensor


class SoftmaxNumerics(Numerics[Softmax]):
    """The numerics of softmax and of its logarithm."""

    def canonical(self, operator: Softmax, *operands: Tensor) -> Form:
        """Return the canonical sequence."""
        (y,) = operator.infer(*operands)
        function = log_softmax if operator.logarithm else softmax

        def of_rows(x: NDArray[Any]) -> NDArray[np.float32]:
            return function(x.astype(np.float32) * np.float32(INTEGER_LOGIT_SCALE) if x.dtype == np.int32 else x)

        return lambda x: (stored(row_by_row(of_rows, x), y.dtype),)

    def numpy(self, operator: Softmax, *operands: Tensor) -> Form:
        """Return a form of ufuncs with ``out=``."""
        (x,), (result,) = operands, operator.infer(*operands)
        y, e = np.empty(x.shape, dtype=np.float32), np.empty(x.shape, dtype=np.float32)
        per_row = np.empty((*x.shape[:-1], 1), dtype=np.float32)
        rounded = numpy_rounding(x.shape, result.dtype)

        def probabilities(x: Array) -> Array:
            np.subtract(x, np.maximum.reduce(x, axis=-1, keepdims=True, out=per_row), out=y)
            np.exp(y, out=y)
            np.divide(y, np.add.reduce(y, axis=-1, keepdims=True, out=per_row), out=y)
            return rounded(y)

        def logarithms(x: Array) -> Array:
            np.subtract(x, np.maximum.reduce(x, axis=-1, keepdims=True, out=per_row), out=y)
            np.add.reduce(np.exp(y, out=e), axis=-1, keepdims=True, out=per_row)
            np.subtract(y, np.log(per_row, out=per_row), out=y)
            return rounded(y)

        def logits(x: Array) -> Array:
            np.copyto(y, x, casting="same_kind")
            return np.multiply(y, np.float32(INTEGER_LOGIT_SCALE), out=y)

        form = logarithms if operator.logarithm else probabilities
        return (lambda x: (form(logits(x)),)) if x.dtype == "i32" else (lambda x: (form(x),))

    def torch(self, operator: Softmax, *operands: Tensor) -> Form:
        """Return ``softmax`` or ``log_softmax`` with ``out=``."""
        import torch

        (x,), (result,) = operands, operator.infer(*operands)
        y, z = torch.empty(x.shape), torch.empty(x.shape)
        function = torch.log_softmax if operator.logarithm else torch.softmax
        scale = INTEGER_LOGIT_SCALE if x.dtype == "i32" else None
        rounded = torch_rounding(x.shape, result.dtype)

        def computed(x: Any) -> tuple[Any]:
            function(x if scale is None else torch.mul(x, scale, out=z), -1, out=y)
            return (rounded(y),)

        return computed
