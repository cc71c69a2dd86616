"""Integer workloads (NUMERICS.md 19): integers modulo 2^32, and numbers in whole thousandths."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.constants import MOST_PRODUCTS, THOUSAND


def fibonacci(count: int) -> NDArray[np.int32]:
    """Return F(0) … F(count - 1) modulo 2^32, the bits as i32 (count,)."""
    values = np.empty(count, dtype=np.uint32)
    a, b = 0, 1
    for k in range(count):
        values[k] = a
        a, b = b, (a + b) % 2**32
    return values.view(np.int32)


def fibonacci_tree(n: int) -> NDArray[np.int32]:
    """Return F(n) modulo 2^32, i32 (1,), as the sum of the leaves of all calls, which are expanded level by level."""
    calls, total = np.array([n], dtype=np.uint8), 0
    while calls.size:
        inner = calls[calls > 1]
        total += int(np.sum(calls[calls <= 1], dtype=np.uint32))
        calls = np.concatenate([inner - np.uint8(1), inner - np.uint8(2)])
    return np.array([total % 2**32], dtype=np.uint32).view(np.int32)


def tree_sum(depth: int) -> NDArray[np.int32]:
    """Return the sum of a tree's leaves, i32 (1,): 2^(depth-1)·(depth+2), added level by level.

    The root is 1; a left child equals its parent, a right child is one more.
    """
    level = np.ones(1, dtype=np.uint32)
    for _ in range(depth):
        level = np.stack([level, level + np.uint32(1)], axis=-1).ravel()
    while level.size > 1:
        level = level[::2] + level[1::2]
    return level.view(np.int32)


def dense_thousandths(weights: NDArray[Any], x: NDArray[Any], bias: NDArray[Any]) -> NDArray[np.int32]:
    """Return max(0, floor((w·x + 500) / 1000) + b) for every row w of ``weights`` (rows, n): a dense layer with relu.

    All operands are whole thousandths, i32, up to 1000 in magnitude; so is the result (rows,), but of any magnitude.
    Raises ``ValueError`` where sums might not fit 32 bits: beyond ``MOST_PRODUCTS`` columns.
    """
    if weights.shape[1] > MOST_PRODUCTS:
        raise ValueError(f"sums of more than {MOST_PRODUCTS:,} products of thousandths may not fit 32 bits")
    sums = weights.astype(np.int64) @ x.astype(np.int64)
    y: NDArray[Any] = np.maximum((sums + THOUSAND // 2) // THOUSAND + bias, 0)
    return y.astype(np.int32)
