"""The heads of attention on arrays: views where there is one, as experts write it, and else a copy."""

from __future__ import annotations

from typing import Any

import numpy as np

from paragon_tui.operators.heads import MergeHeads, SplitHeads
from paragon_tui.operators.numerics.numerics import Array, Form, Numerics, as_tensor
from paragon_tui.operators.tensor import Tensor

_ITEMS: dict[str, Any] = {"f32": np.float32, "f16": np.float32, "i32": np.int32, "u32": np.uint32}


class SplitHeadsNumerics(Numerics[SplitHeads]):
    """The numerics of features that are split into heads."""

    def canonical(self, operator: SplitHeads, *operands: Tensor) -> Form:
        """Return the heads, in C order."""
        rows = _rows(*operator.infer(*operands))
        return lambda x: (np.ascontiguousarray(x.reshape(rows).swapaxes(-3, -2)),)

    def numpy(self, operator: SplitHeads, *operands: Tensor) -> Form:
        """Return a view: products on BLAS take its strides."""
        rows = _rows(*operator.infer(*operands))
        return lambda x: (x.reshape(rows).swapaxes(-3, -2),)

    def torch(self, operator: SplitHeads, *operands: Tensor) -> Form:
        """Return a view, which PyTorch's attention takes."""
        rows = _rows(*operator.infer(*operands))
        return lambda x: (x.reshape(rows).transpose(-3, -2),)


class MergeHeadsNumerics(Numerics[MergeHeads]):
    """The numerics of heads that are merged."""

    def canonical(self, operator: MergeHeads, *operands: Tensor) -> Form:
        """Return the rows, in C order."""
        (y,) = operator.infer(*operands)
        return lambda x: (np.ascontiguousarray(x.swapaxes(-3, -2)).reshape(y.shape),)

    def numpy(self, operator: MergeHeads, *operands: Tensor) -> Form:
        """Return ``copyto`` of a view."""
        (y,) = operator.infer(*operands)
        merged = np.empty(y.shape, dtype=_ITEMS[y.dtype])
        rows = merged.reshape(_rows(*operands))

        def merge(x: Array) -> tuple[Array]:
            np.copyto(rows, x.swapaxes(-3, -2))
            return (merged,)

        return merge

    def torch(self, operator: MergeHeads, *operands: Tensor) -> Form:
        """Return ``copy_`` of a view."""
        (y,) = operator.infer(*operands)
        merged = as_tensor(np.empty(y.shape, dtype=_ITEMS[y.dtype]))
        rows = merged.view(_rows(*operands))

        def merge(x: Any) -> tuple[Any]:
            rows.copy_(x.transpose(-3, -2))
            return (merged,)

        return merge


def _rows(by_heads: Tensor) -> tuple[int, ...]:
    """Return the shape (…, n, heads, d) for heads (…, heads, n, d)."""
    *batch, heads, n, d = by_heads.shape
    return (*batch, n, heads, d)
