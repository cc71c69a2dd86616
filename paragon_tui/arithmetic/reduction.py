"""The only way floats are summed (NUMERICS.md section 2): 64 lanes, a halving tree, blocks of 4096."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paragon_tui.arithmetic.constants import BLOCK, LANES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CACHED_ITEMS = 1 << 16  # products computed at a time: 256 KiB, which stays in a core's cache


def reduce(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sum ``values`` (…, n) over the last axis in the canonical order; +0 for n = 0. Returns f32 (…)."""
    import numpy as np

    *outer, n = values.shape
    if n > BLOCK:
        blocks = [reduce(values[..., start : start + BLOCK]) for start in range(0, n, BLOCK)]
        return reduce(np.stack(blocks, axis=-1))
    lanes = np.zeros((*outer, LANES), dtype=np.float32)
    full = n // LANES * LANES
    for start in range(0, full, LANES):
        lanes += values[..., start : start + LANES]
    if full < n:
        lanes[..., : n - full] += values[..., full:]
    width = LANES // 2
    while width:
        lanes = lanes[..., :width] + lanes[..., width : 2 * width]
        width //= 2
    return lanes[..., 0]


def matvec(matrix: NDArray[np.float32], vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``reduce(fl(matrix[j] * vector))``, f32 (rows,), for every row j of ``matrix`` (rows, n)."""
    import numpy as np

    rows, n = matrix.shape
    chunk = max(1, _CACHED_ITEMS // max(1, n))
    sums = np.empty(rows, dtype=np.float32)
    for start in range(0, rows, chunk):
        sums[start : start + chunk] = reduce(matrix[start : start + chunk] * vector)
    return sums
