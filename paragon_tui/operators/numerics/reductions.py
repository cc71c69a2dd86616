"""Reductions on arrays: canonical, and the functions of NumPy and PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic import statistics
from paragon_tui.arithmetic.reduction import reduce
from paragon_tui.operators.numerics.numerics import Array, Form, Numerics
from paragon_tui.operators.reducing import Extent
from paragon_tui.operators.reductions import Dot, Reduce, Statistic
from paragon_tui.operators.tensor import Tensor

_CANONICAL: dict[Statistic, Callable[[NDArray[np.float32]], Array]] = {
    Statistic.SUM: reduce,
    Statistic.MEAN: statistics.mean,
    Statistic.MAX: statistics.largest,
    Statistic.MIN: statistics.least,
    Statistic.ARGMAX: lambda rows: np.argmax(rows, axis=-1).astype(np.int32),
    Statistic.ARGMIN: lambda rows: np.argmin(rows, axis=-1).astype(np.int32),
    Statistic.NORM_L1: statistics.norm_l1,
    Statistic.NORM_L2: statistics.norm_l2,
    Statistic.NORM_LINF: statistics.norm_linf,
    Statistic.LOGSUMEXP: statistics.logsumexp,
}


class ReduceNumerics(Numerics[Reduce]):
    """The numerics of all reductions of one operand."""

    def canonical(self, operator: Reduce, *operands: Tensor) -> Form:
        """Return the canonical sequence of every row or column."""
        (x,), (y,) = operands, operator.infer(*operands)
        function, extent = _CANONICAL[operator.statistic], operator.extent(x)
        return lambda x: (function(_lines(x, extent)).reshape(y.shape),)

    def numpy(self, operator: Reduce, *operands: Tensor) -> Form:
        """Return NumPy's function, into a reused array; squares are not stored where it can be avoided."""
        (x,), (y,) = operands, operator.infer(*operands)
        form = _numpy_functions(operator.axis, x, y)[operator.statistic]
        return lambda x: (form(x),)

    def torch(self, operator: Reduce, *operands: Tensor) -> Form:
        """Return PyTorch's function with ``out=``."""
        (x,), (y,) = operands, operator.infer(*operands)
        form = _torch_functions(operator.axis, x, y)[operator.statistic]
        return lambda x: (form(x),)


class DotNumerics(Numerics[Dot]):
    """The numerics of dots."""

    def canonical(self, operator: Dot, *operands: Tensor) -> Form:
        """Return the canonical sum of the products."""
        return lambda x, w: (reduce((x * w).reshape(-1)),)

    def numpy(self, operator: Dot, *operands: Tensor) -> Form:
        """Return ``dot``."""
        return lambda x, w: (np.dot(x.ravel(), w.ravel()),)

    def torch(self, operator: Dot, *operands: Tensor) -> Form:
        """Return ``dot`` with ``out=``."""
        import torch

        total = torch.empty(())
        return lambda x, w: (torch.dot(x.flatten(), w.flatten(), out=total),)


def _lines(x: NDArray[np.float32], extent: Extent) -> NDArray[np.float32]:
    """Return the rows or columns that are reduced, as rows."""
    if extent.along == "rows":
        return x.reshape(extent.lines, extent.n)
    return np.ascontiguousarray(x.reshape(extent.n, extent.lines).T)


def _numpy_functions(axis: int | None, x: Tensor, y: Tensor) -> dict[Statistic, Callable[[Array], Any]]:
    scratch, total = np.empty(x.shape, dtype=np.float32), np.empty(y.shape, dtype=np.float32)
    maxima, place = np.empty_like(total), np.empty(y.shape, dtype=np.intp)
    beside, count = maxima if axis is None else np.expand_dims(maxima, axis), np.float32(x.count // y.count)
    add, largest = (partial(ufunc.reduce, axis=axis, out=total) for ufunc in (np.add, np.maximum))
    letters = "abcdefghijklmnopqrstuvwxyz"[: len(x.shape)]
    kept = letters if axis is None else letters.replace(letters[axis], "")
    subscripts = f"{letters},{letters}->{kept}"

    def norm_l2(x: Array) -> Any:
        if axis is None:
            return np.sqrt(np.dot(x.ravel(), x.ravel()))
        return np.sqrt(np.einsum(subscripts, x, x, out=total), out=total)  # stores no array of squares

    def logsumexp(x: Array) -> Any:
        np.maximum.reduce(x, axis=axis, out=maxima)
        np.subtract(x, beside, out=scratch)
        np.log(add(np.exp(scratch, out=scratch)), out=total)
        return np.add(total, maxima, out=total)

    return {
        Statistic.SUM: add,
        Statistic.MEAN: lambda x: np.divide(add(x), count, out=total),
        Statistic.MAX: largest,
        Statistic.MIN: partial(np.minimum.reduce, axis=axis, out=total),
        Statistic.ARGMAX: lambda x: x.argmax(axis=axis, out=place),
        Statistic.ARGMIN: lambda x: x.argmin(axis=axis, out=place),
        Statistic.NORM_L1: lambda x: add(np.abs(x, out=scratch)),
        Statistic.NORM_L2: norm_l2,
        Statistic.NORM_LINF: lambda x: largest(np.abs(x, out=scratch)),
        Statistic.LOGSUMEXP: logsumexp,
    }


def _torch_functions(axis: int | None, x: Tensor, y: Tensor) -> dict[Statistic, Callable[[Any], Any]]:
    import torch

    axes = tuple(range(len(x.shape))) if axis is None else (axis,)
    total, place = torch.empty(y.shape), torch.empty(y.shape, dtype=torch.int64)
    norm = torch.linalg.vector_norm
    return {
        Statistic.SUM: lambda x: torch.sum(x, axes, out=total),
        Statistic.MEAN: lambda x: torch.mean(x, axes, out=total),
        Statistic.MAX: lambda x: torch.amax(x, axes, out=total),
        Statistic.MIN: lambda x: torch.amin(x, axes, out=total),
        Statistic.ARGMAX: lambda x: torch.argmax(x, axis, out=place),
        Statistic.ARGMIN: lambda x: torch.argmin(x, axis, out=place),
        Statistic.NORM_L1: lambda x: norm(x, 1, axes, out=total),
        Statistic.NORM_L2: lambda x: norm(x, 2, axes, out=total),
        Statistic.NORM_LINF: lambda x: norm(x, float("inf"), axes, out=total),
        Statistic.LOGSUMEXP: lambda x: torch.logsumexp(x, axes, out=total),
    }
