"""Attention on arrays: canonical head by head, and of all heads at once on the BLAS of NumPy and PyTorch, in f32."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from paragon_tui.arithmetic.activations import softmax
from paragon_tui.arithmetic.products import matmul
from paragon_tui.operators.attention import Attention
from paragon_tui.operators.numerics.numerics import Array, Form, Numerics, stored
from paragon_tui.operators.numerics.rows import numpy_rounding, torch_rounding
from paragon_tui.operators.tensor import Tensor


class AttentionNumerics(Numerics[Attention]):
    """The numerics of attention."""

    def canonical(self, operator: Attention, *operands: Tensor) -> Form:
        """Return the canonical attention, for any n and d."""
        dtype, scale = operands[0].dtype, _scale(operands[0].shape[-1])
        later = _later(operands[0].shape[-2]) if operator.causal else None

        def attend(*values: Array) -> tuple[Array]:
            y = np.empty(values[0].shape, dtype=np.float32)
            for q, k, v, result in zip(*(_heads(x) for x in (*values, y)), strict=True):
                scores = matmul(q, np.ascontiguousarray(k.T)) * scale
                if later is not None:
                    scores += later  # exp is +0 there, and +0 may stand behind the terms of any sum
                result[:] = stored(matmul(stored(softmax(scores), dtype), v), dtype)
            return (y,)

        return attend

    def numpy(self, operator: Attention, *operands: Tensor) -> Form:
        """Return a form that computes all heads at once on BLAS.

        It scales the queries and divides the outputs, which takes n·d operations each, instead of the n² scores. A mask
        is added to the scores: -infinity where a key is later than the query.
        """
        shape, dtype = operands[0].shape, operands[0].dtype
        *heads, n, d = shape
        scale = _scale(d)
        scores = np.empty((*heads, n, n), dtype=np.float32)
        per_row = np.empty((*heads, n, 1), dtype=np.float32)
        scaled, y = np.empty((2, *shape), dtype=np.float32)
        rounded, later = numpy_rounding(shape, dtype), _later(n) if operator.causal else None

        def attend(q: Array, k: Array, v: Array) -> tuple[Array]:
            np.multiply(q, scale, out=scaled)
            np.matmul(scaled, k.swapaxes(-1, -2), out=scores)
            if later is not None:
                np.add(scores, later, out=scores)
            np.maximum.reduce(scores, axis=-1, keepdims=True, out=per_row)
            np.subtract(scores, per_row, out=scores)
            np.exp(scores, out=scores)
            np.add.reduce(scores, axis=-1, keepdims=True, out=per_row)
            np.matmul(scores, v, out=y)
            np.divide(y, per_row, out=y)
            return (rounded(y),)

        return attend

    def torch(self, operator: Attention, *operands: Tensor) -> Form:
        """Return ``scaled_dot_product_attention``, which has no ``out=``."""
        import torch

        shape = operands[0].shape
        batch = (1, -1, *shape[-2:])  # its usual form: samples of heads
        rounded, causal = torch_rounding(shape, operands[0].dtype), operator.causal

        def attend(*values: Any) -> tuple[Any]:
            operands = (x.reshape(batch) for x in values)
            attended = torch.nn.functional.scaled_dot_product_attention(*operands, is_causal=causal)
            y = attended.reshape(shape)
            return (rounded(y),)

        return attend


def _later(n: int) -> Array:
    """Return the mask (n, n) to add to scores: -infinity where the key is later than the query, elsewhere 0."""
    return np.triu(np.full((n, n), -np.inf, dtype=np.float32), 1)


def _heads(x: Array) -> Array:
    """Return (…, n, d) as (heads, n, d), in the same memory."""
    return x.reshape(-1, *x.shape[-2:])


def _scale(d: int) -> np.float32:
    """Return 1/√d, computed in binary64 and rounded once."""
    return np.float32(1 / math.sqrt(d))
