"""Dropout on arrays.

The canonical form draws the words of Philox4x32-10, as devices do. NumPy and PyTorch use their own generators, the
usual and fastest way, seeded once. Their masks differ, so their results differ too: no identity is claimed for them,
and their differences mean nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from paragon_tui.arithmetic.masks import scale
from paragon_tui.arithmetic.philox import dropout
from paragon_tui.operators.dropout import Dropout
from paragon_tui.operators.numerics.numerics import Array, Form, Numerics, stored
from paragon_tui.operators.numerics.rows import numpy_rounding
from paragon_tui.operators.tensor import Tensor


class DropoutNumerics(Numerics[Dropout]):
    """The numerics of dropout. NumPy computes f16 in f32 and rounds the result; PyTorch computes in f16."""

    def canonical(self, operator: Dropout, *operands: Tensor) -> Form:
        """Return the canonical mask and products."""
        (x,) = operands
        return lambda values: (stored(dropout(values, operator.rate, operator.seed, operator.stream), x.dtype),)

    def numpy(self, operator: Dropout, *operands: Tensor) -> Form:
        """Return ``Generator.random`` and ufuncs with ``out=``."""
        (x,) = operands
        drawn, y = np.empty(x.shape, dtype=np.float32), np.empty(x.shape, dtype=np.float32)
        mask = np.empty(x.shape, dtype=np.bool_)
        rounded = numpy_rounding(x.shape, x.dtype)
        generator = np.random.default_rng(operator.seed)
        rate, factor = np.float32(operator.rate), np.float32(scale(operator.rate))

        def dropped(values: Array) -> tuple[Array]:
            generator.random(dtype=np.float32, out=drawn)
            np.greater_equal(drawn, rate, out=mask)
            np.multiply(values, factor, out=y)
            np.multiply(y, mask, out=y)
            return (rounded(y),)

        return dropped

    def torch(self, operator: Dropout, *operands: Tensor) -> Form:
        """Return what PyTorch's ``dropout`` does, in place and with ``out=``; the generator is seeded here."""
        import torch

        torch.manual_seed(operator.seed)
        dtype = torch.float16 if operands[0].dtype == "f16" else torch.float32
        y, mask = (torch.empty(operands[0].shape, dtype=dtype) for _ in range(2))
        kept = 1 - operator.rate

        def dropped(x: Any) -> tuple[Any]:
            return (torch.mul(x, mask.bernoulli_(kept).div_(kept), out=y),)

        return dropped

    def held_by_torch(self, operator: Dropout, name: str, tensor: Tensor, values: Array) -> Any:
        """Return the operand as a tensor of its own dtype."""
        import torch

        x = torch.from_numpy(values)
        return x.half() if tensor.dtype == "f16" else x
