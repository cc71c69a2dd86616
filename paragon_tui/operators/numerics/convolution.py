"""Convolution on arrays: canonical for any size of kernel, and by shifted views in NumPy and ``conv2d`` in PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.constants import BLOCK, LANES
from paragon_tui.arithmetic.reduction import reduce
from paragon_tui.operators.convolution import Convolve2D
from paragon_tui.operators.numerics.numerics import Array, Form, Numerics, stored
from paragon_tui.operators.numerics.rows import numpy_rounding, torch_rounding
from paragon_tui.operators.tensor import Tensor

_CACHED_ITEMS = 1 << 16  # results that hosts compute at a time: they and their products stay in a core's cache


class Convolve2DNumerics(Numerics[Convolve2D]):
    """The numerics of convolutions."""

    def canonical(self, operator: Convolve2D, *operands: Tensor) -> Form:
        """Return the canonical sum of every window."""
        (y,) = operator.infer(*operands)
        return lambda x, w: (stored(_convolved(x, w), y.dtype),)

    def numpy(self, operator: Convolve2D, *operands: Tensor) -> Form:
        """Return a form that adds shifted views times their weights, in blocks of rows that stay in the cache.

        It is the fastest way known without SciPy: ``sliding_window_view`` with ``tensordot`` or ``einsum`` takes three
        to six times as long at every size of the suite.
        """
        (result,) = operator.infer(*operands)
        rows, columns = result.shape
        y = np.empty(result.shape, dtype=np.float32)
        rounded = numpy_rounding(result.shape, result.dtype)
        chunk = _rows_at_a_time(columns)
        products = np.empty((min(chunk, rows), columns), dtype=np.float32)
        taps = list(np.ndindex(operands[1].shape))

        def convolve(x: Array, w: Array) -> tuple[Array]:
            for first in range(0, rows, chunk):
                sums = y[first : first + chunk]
                terms = products[: len(sums)]
                np.multiply(x[first : first + len(sums), :columns], w[0, 0], out=sums)
                for i, j in taps[1:]:
                    np.multiply(x[first + i : first + i + len(sums), j : j + columns], w[i, j], out=terms)
                    np.add(sums, terms, out=sums)
            return (rounded(y),)

        return convolve

    def torch(self, operator: Convolve2D, *operands: Tensor) -> Form:
        """Return ``conv2d``, which has no ``out=``."""
        import torch

        (result,) = operator.infer(*operands)
        rounded = torch_rounding(result.shape, result.dtype)

        def convolve(x: Any, w: Any) -> tuple[Any]:
            y = torch.nn.functional.conv2d(x[None, None], w[None, None])[0, 0]
            return (rounded(y),)

        return convolve


def _convolved(x: NDArray[np.float32], w: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the canonical sums in f32."""
    rows, columns = _result_shape(x, w)
    y = np.empty((rows, columns), dtype=np.float32)
    chunk = _rows_at_a_time(columns)
    for first in range(0, rows, chunk):
        image_rows = x[first : first + chunk + w.shape[0] - 1]
        blocks = [
            _lanes(image_rows, w, range(start, min(start + BLOCK, w.size)), 1) for start in range(0, w.size, BLOCK)
        ]
        y[first : first + chunk] = blocks[0] if len(blocks) == 1 else reduce(np.stack(blocks, axis=-1))
    return y


def _result_shape(x: Array, w: Array) -> tuple[int, int]:
    return x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1


def _rows_at_a_time(columns: int) -> int:
    return max(1, _CACHED_ITEMS // columns)


def _lanes(x: NDArray[np.float32], w: NDArray[np.float32], taps: range, step: int) -> NDArray[np.float32]:
    """Return the sum, in halving-tree order, of the first lane of ``taps`` and every ``step``-th lane after it."""
    if step < LANES:
        total = _lanes(x, w, taps, 2 * step)
        if len(taps) > step:  # lanes without a product are +0
            total += _lanes(x, w, taps[step:], 2 * step)
        return total
    rows, columns = _result_shape(x, w)
    total = np.zeros((rows, columns), dtype=np.float32)
    products = np.empty_like(total)
    for tap in taps[::LANES]:
        i, j = divmod(tap, w.shape[1])
        np.multiply(x[i : i + rows, j : j + columns], w[i, j], out=products)
        total += products
    return total
