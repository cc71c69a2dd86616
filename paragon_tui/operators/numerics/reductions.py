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
        """Return NumPy's function. Squares are not stored where it can be avoided, all else into a reused array."""
        (x,), (y,) = operands, operator.infer(*operands)
        form = _numpy_functions(operator.axis, x, y)[operator.statistic]
        return lambda x: (form(x),)

    def torch(self, operator: Reduce, *operands: Tensor) -> Form:
        """Return PyTorch's function."""
        form = _torch_functions(operator.axis, operands[0])[operator.statistic]
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
        """Return ``dot``."""
        import torch

        return lambda x, w: (torch.dot(x.flatten(), w.flatten()),)


def _lines(x: NDArray[np.float32], extent: Extent) -> NDArray[np.float32]:
    """Return the rows or columns that are reduced, as rows."""
    if extent.along == "rows":
        return x.reshape(extent.lines, extent.n)
    return np.ascontiguousarray(x.reshape(extent.n, extent.lines).T)


def _numpy_functions(axis: int | None, x: Tensor, y: Tensor) -> dict[Statistic, Callable[[Array], Any]]:
    scratch = np.empty(x.shape, dtype=np.float32)
    letters = "abcdefghijklmnopqrstuvwxyz"[: len(x.shape)]
    kept = letters if axis is None else letters.replace(letters[axis], "")
    subscripts = f"{letters},{letters}->{kept}"

    def norm_l2(x: Array) -> Any:
        if axis is None:
            return np.sqrt(np.dot(x.ravel(), x.ravel()))
        return np.sqrt(np.einsum(subscripts, x, x))  # stores no array of squares

    def logsumexp(x: Array) -> Any:
        maxima = np.max(x, axis=axis, keepdims=True)
        e = np.subtract(x, maxima, out=scratch)
        return np.log(np.sum(np.exp(e, out=e), axis=axis)) + maxima.reshape(y.shape)

    return {
        Statistic.SUM: partial(np.sum, axis=axis),
        Statistic.MEAN: partial(np.mean, axis=axis),
        Statistic.MAX: partial(np.max, axis=axis),
        Statistic.MIN: partial(np.min, axis=axis),
        Statistic.ARGMAX: partial(np.argmax, axis=axis),
        Statistic.ARGMIN: partial(np.argmin, axis=axis),
        Statistic.NORM_L1: lambda x: np.sum(np.abs(x, out=scratch), axis=axis),
        Statistic.NORM_L2: norm_l2,
        Statistic.NORM_LINF: lambda x: np.max(np.abs(x, out=scratch), axis=axis),
        Statistic.LOGSUMEXP: logsumexp,
    }


def _torch_functions(axis: int | None, x: Tensor) -> dict[Statistic, Callable[[Any], Any]]:
    import torch

    axes = tuple(range(len(x.shape))) if axis is None else (axis,)
    return {
        Statistic.SUM: lambda x: torch.sum(x, axes),
        Statistic.MEAN: lambda x: torch.mean(x, axes),
        Statistic.MAX: lambda x: torch.amax(x, axes),
        Statistic.MIN: lambda x: torch.amin(x, axes),
        Statistic.ARGMAX: lambda x: torch.argmax(x, axis),
        Statistic.ARGMIN: lambda x: torch.argmin(x, axis),
        Statistic.NORM_L1: lambda x: torch.linalg.vector_norm(x, 1, axes),
        Statistic.NORM_L2: lambda x: torch.linalg.vector_norm(x, 2, axes),
        Statistic.NORM_LINF: lambda x: torch.linalg.vector_norm(x, float("inf"), axes),
        Statistic.LOGSUMEXP: lambda x: torch.logsumexp(x, axes),
    }
