"""Canonical matrix products (NUMERICS.md section 2): every output is one dot, in whatever order it is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paragon_tui.arithmetic.constants import BLOCK, LANES
from paragon_tui.arithmetic.reduction import reduce

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CACHED_ITEMS = 1 << 15  # outputs computed at a time: their partial sums stay in a core's cache
_FEW_ITEMS = 1 << 14  # products, at least one lane per output: up to this many are faster all at once
_SAMPLED_ITEMS = 1 << 18  # products gathered at a time


def matmul(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``dot(a[i], b[:, j])``, f32 (rows, columns), for row i of ``a`` (rows, n), column j of ``b`` (n, columns).

    All outputs of a chunk of rows advance together: each step multiplies a column of ``a`` by a row of ``b``.
    """
    import numpy as np

    rows, n = a.shape
    columns = b.shape[1]
    if rows * columns * max(n, LANES) <= _FEW_ITEMS:
        return reduce(a[:, np.newaxis] * b.T)
    b = np.ascontiguousarray(b)
    chunk = max(1, _CACHED_ITEMS // max(1, columns))
    result = np.empty((rows, columns), dtype=np.float32)
    for first in range(0, rows, chunk):
        a_columns = np.ascontiguousarray(a[first : first + chunk].T)
        blocks = [
            _lanes(a_columns[start : start + BLOCK], b[start : start + BLOCK], 0, 1)
            for start in range(0, max(1, n), BLOCK)
        ]
        result[first : first + chunk] = blocks[0] if len(blocks) == 1 else reduce(np.stack(blocks, axis=-1))
    return result


def _lanes(a: NDArray[np.float32], b: NDArray[np.float32], lane: int, step: int) -> NDArray[np.float32]:
    """Return the sum, in halving-tree order, of lanes ``lane``, ``lane + step`` … of ``a`` (n, rows) and ``b``."""
    import numpy as np

    if step < LANES:
        total = _lanes(a, b, lane, 2 * step)
        total += _lanes(a, b, lane + step, 2 * step)
        return total
    total = np.zeros((a.shape[1], b.shape[1]), dtype=np.float32)
    products = np.empty_like(total)
    for k in range(lane, len(b), LANES):
        np.multiply(a[k][:, np.newaxis], b[k], out=products)
        total += products
    return total


def matmul_at(a: NDArray[np.float32], b: NDArray[np.float32], indices: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the values of ``matmul(a, b)``, f32 (k,), at ``indices`` (k,) of the flattened result."""
    import numpy as np

    n, columns = b.shape
    b_rows = np.ascontiguousarray(b.T)
    chunk = max(1, _SAMPLED_ITEMS // max(1, n))
    values = np.empty(len(indices), dtype=np.float32)
    for start in range(0, len(indices), chunk):
        row, column = np.divmod(indices[start : start + chunk], columns)
        values[start : start + chunk] = reduce(a[row] * b_rows[column])
    return values
