"""Canonical matrix products (NUMERICS.md section 2): every output is one dot, in whatever order it is computed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.compiled import LanesInTurn
from paragon_tui.arithmetic.constants import BLOCK, LANES
from paragon_tui.arithmetic.reduction import reduce
from paragon_tui.backends.cores import usable_cores

_CACHED_ITEMS = 1 << 16  # outputs computed at a time: their partial sums stay in a core's cache
_FEW_ITEMS = 1 << 14  # products, at least one lane per output: up to this many are faster all at once
_MANY_ITEMS = 1 << 22  # products from which on threads save more than they cost
_SAMPLED_ITEMS = 1 << 18  # products gathered at a time
_LANES = LanesInTurn()


def matmul(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``dot(a[i], b[:, j])``, f32 (rows, columns), for row i of ``a`` (rows, n), column j of ``b`` (n, columns).

    Large products are shared out by rows to all cores.
    """
    rows, n = a.shape
    columns = b.shape[1]
    if rows * columns * max(n, LANES) <= _FEW_ITEMS:
        return reduce(a[:, np.newaxis] * b.T)
    products = rows * columns * n
    lanes, workers = _LANES.choose(products), usable_cores() if products >= _MANY_ITEMS else 1
    a, b = np.ascontiguousarray(a), np.ascontiguousarray(b)
    result = np.empty((rows, columns), dtype=np.float32)
    chunk = max(1, min(-(-rows // workers), _CACHED_ITEMS // max(1, columns)))

    def compute(first: int) -> None:
        some, sums = a[first : first + chunk], result[first : first + chunk]
        if n <= BLOCK:
            lanes(some, b, sums)
            return
        blocks = np.empty((-(-n // BLOCK), *sums.shape), dtype=np.float32)
        for block, start in zip(blocks, range(0, n, BLOCK), strict=True):
            lanes(np.ascontiguousarray(some[:, start : start + BLOCK]), b[start : start + BLOCK], block)
        sums[:] = reduce(np.moveaxis(blocks, 0, -1))

    if workers == 1:
        for first in range(0, rows, chunk):
            compute(first)
    else:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(compute, range(0, rows, chunk)))
    return result


def matmul_at(a: NDArray[np.float32], b: NDArray[np.float32], indices: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the values of ``matmul(a, b)``, f32 (k,), at ``indices`` (k,) of the flattened result."""
    n, columns = b.shape
    b_rows = np.ascontiguousarray(b.T)
    chunk = max(1, _SAMPLED_ITEMS // max(1, n))
    values = np.empty(len(indices), dtype=np.float32)
    for start in range(0, len(indices), chunk):
        row, column = np.divmod(indices[start : start + chunk], columns)
        values[start : start + chunk] = reduce(a[row] * b_rows[column])
    return values
