"""Canonical matrix products (NUMERICS.md section 2): every output is one dot, whatever computes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paragon_tui.arithmetic.reduction import BLOCK, LANES, reduce

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CACHED_ITEMS = 1 << 15  # outputs computed at a time: their partial sums stay in a core's cache
_FEW_ITEMS = 1 << 14  # products, a lane at least for each output: so few are faster all at once
_SAMPLED_ITEMS = 1 << 18  # products gathered at a time


def matmul(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """``dot(a[i], b[:, j])`` for every row i of ``a`` (rows, n) and column j of ``b`` (n, columns).

    Returns f32 (rows, columns). All outputs of some rows take a step together: a product is of a column and a row.
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
        some = np.ascontiguousarray(a[first : first + chunk].T)
        blocks = [
            _lanes(some[start : start + BLOCK], b[start : start + BLOCK], 0, 1) for start in range(0, max(1, n), BLOCK)
        ]
        result[first : first + chunk] = blocks[0] if len(blocks) == 1 else reduce(np.stack(blocks, axis=-1))
    return result


def _lanes(a: NDArray[np.float32], b: NDArray[np.float32], lane: int, step: int) -> NDArray[np.float32]:
    """The sum of the lanes ``lane``, ``lane + step`` … as the halving tree adds them, of ``a`` (n, rows) and ``b``."""
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
    """The values of ``matmul(a, b)`` at ``indices`` (k,) of the flattened result. Returns f32 (k,)."""
    import numpy as np

    n, columns = b.shape
    across = np.ascontiguousarray(b.T)
    chunk = max(1, _SAMPLED_ITEMS // max(1, n))
    values = np.empty(len(indices), dtype=np.float32)
    for start in range(0, len(indices), chunk):
        row, column = np.divmod(indices[start : start + chunk], columns)
        values[start : start + chunk] = reduce(a[row] * across[column])
    return values
