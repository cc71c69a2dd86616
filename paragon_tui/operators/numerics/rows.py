"""The common parts of operators: some rows at a time, and results rounded to f16 in NumPy and PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.operators.numerics.numerics import Array
from paragon_tui.operators.tensor import DType

_ITEMS_AT_A_TIME = 1 << 18  # elements: each needs a dozen temporaries

Rows = Callable[[NDArray[Any]], NDArray[np.float32]]
"""A function of rows (k, n) that gives rows of the same shape."""


def row_by_row(function: Rows, x: NDArray[Any]) -> NDArray[np.float32]:
    """Return the ``function`` of all rows of ``x`` (…, n), in its shape, computed some rows at a time."""
    rows = x.reshape(-1, x.shape[-1])
    y = np.empty(rows.shape, dtype=np.float32)
    chunk = max(1, _ITEMS_AT_A_TIME // rows.shape[1])
    for start in range(0, len(rows), chunk):
        y[start : start + chunk] = function(rows[start : start + chunk])
    return y.reshape(x.shape)


def as_rows(values: Any) -> Any:
    """Return an array or a tensor as a matrix of samples, in the same memory: all axes but the last in one."""
    return values if values.ndim == 2 else values.reshape(-1, values.shape[-1])


def numpy_rounding(shape: tuple[int, ...], dtype: DType) -> Callable[[Array], Array]:
    """Return the function from f32 values to the array of a result: themselves, or of f16 one that is reused."""
    if dtype != "f16":
        return lambda values: values
    halves = np.empty(shape, dtype=np.float16)

    def rounded(values: Array) -> Array:
        np.copyto(halves, values, casting="same_kind")
        return halves

    return rounded


def torch_rounding(shape: tuple[int, ...], dtype: DType) -> Callable[[Any], Any]:
    """Return the same function of PyTorch's tensors."""
    if dtype != "f16":
        return lambda values: values
    import torch

    rounded: Callable[[Any], Any] = torch.empty(shape, dtype=torch.float16).copy_
    return rounded
