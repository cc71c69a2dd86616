"""The 64 lanes of many sums at once: of every output of a matrix product (NUMERICS.md section 2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.constants import LANES


def numpy_lanes(a: NDArray[np.float32], b: NDArray[np.float32], sums: NDArray[np.float32]) -> None:
    """Set ``sums`` (rows, columns) to the canonical sums of ``a`` (rows, n) times ``b`` (n, columns), n ≤ 4096.

    All outputs advance together: each step multiplies a column of ``a`` by a row of ``b``. The halving tree is walked
    depth first, so that at most seven partial sums of an output exist at a time.
    """
    columns = np.ascontiguousarray(a.T)[:, :, np.newaxis]
    levels = [sums, *(np.empty_like(sums) for _ in range(LANES.bit_length() - 1))]
    products = np.empty_like(sums)

    def add_lanes(lane: int, step: int, level: int) -> None:
        """Set ``levels[level]`` to the sum, in the tree's order, of lanes ``lane``, ``lane + step`` …."""
        total = levels[level]
        if step < LANES:
            add_lanes(lane, 2 * step, level)
            add_lanes(lane + step, 2 * step, level + 1)
            total += levels[level + 1]
            return
        total.fill(0)
        for k in range(lane, len(b), LANES):
            np.multiply(columns[k], b[k], out=products)
            total += products

    add_lanes(0, 1, 0)
