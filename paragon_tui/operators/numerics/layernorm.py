"""Layer normalisation on arrays: canonical, NumPy's functions in place, PyTorch's own; f16 is computed in f32."""

from __future__ import annotations

from typing import Any

import numpy as np

from paragon_tui.arithmetic.constants import EPSILON
from paragon_tui.arithmetic.statistics import layernorm
from paragon_tui.operators.layernorm import LayerNorm
from paragon_tui.operators.numerics.numerics import Array, Form, Numerics, stored
from paragon_tui.operators.numerics.rows import numpy_rounding, row_by_row, torch_rounding
from paragon_tui.operators.tensor import Tensor


class LayerNormNumerics(Numerics[LayerNorm]):
    """The numerics of layer normalisation."""

    def canonical(self, operator: LayerNorm, *operands: Tensor) -> Form:
        """Return the canonical sequence."""
        dtype = operands[0].dtype
        return lambda x, gamma, beta: (stored(row_by_row(lambda rows: layernorm(rows, gamma, beta), x), dtype),)

    def numpy(self, operator: LayerNorm, *operands: Tensor) -> Form:
        """Return a form of ufuncs with ``out=``."""
        shape = operands[0].shape
        y, square = np.empty(shape, dtype=np.float32), np.empty(shape, dtype=np.float32)
        per_row = np.empty((*shape[:-1], 1), dtype=np.float32)
        rounded, count = numpy_rounding(shape, operands[0].dtype), np.float32(shape[-1])

        def computed(x: Array, gamma: Array, beta: Array) -> tuple[Array]:
            np.divide(np.add.reduce(x, axis=-1, keepdims=True, out=per_row), count, out=per_row)
            np.subtract(x, per_row, out=y)
            np.add.reduce(np.multiply(y, y, out=square), axis=-1, keepdims=True, out=per_row)
            np.divide(per_row, count, out=per_row)
            np.sqrt(np.add(per_row, np.float32(EPSILON), out=per_row), out=per_row)
            np.multiply(y, np.reciprocal(per_row, out=per_row), out=y)
            np.add(np.multiply(y, gamma, out=y), beta, out=y)
            return (rounded(y),)

        return computed

    def torch(self, operator: LayerNorm, *operands: Tensor) -> Form:
        """Return ``layer_norm``, which has no ``out=``."""
        from torch.nn.functional import layer_norm

        row, rounded = operands[0].shape[-1:], torch_rounding(operands[0].shape, operands[0].dtype)

        def computed(x: Any, gamma: Any, beta: Any) -> tuple[Any]:
            return (rounded(layer_norm(x, row, gamma, beta, EPSILON)),)

        return computed
