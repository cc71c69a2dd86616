"""Sorting (NUMERICS.md 19) of f32 keys without NaN, where -0 counts as +0, or of u32; ties by the lower index."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_SIGN = 2**31


def check_order(keys: NDArray[Any]) -> None:
    """Raise ``ValueError`` for keys that have no order: NaN."""
    if keys.dtype.kind == "f" and np.isnan(keys).any():
        raise ValueError("keys that are not a number have no order, so they cannot be sorted")


def ordered(keys: NDArray[Any]) -> NDArray[np.uint32]:
    """Return ``keys`` (f32 or u32) as unsigned integers of the same order. Same shape.

    Raises ``ValueError`` for NaN, which has no order.
    """
    if keys.dtype == np.uint32:
        return keys
    check_order(keys)
    bits = np.ascontiguousarray(keys, dtype=np.float32).view(np.uint32)
    bits = np.where(bits == _SIGN, np.uint32(0), bits)
    return np.where(bits < _SIGN, bits + np.uint32(_SIGN), ~bits)


def sort(keys: NDArray[Any]) -> NDArray[Any]:
    """Return ``keys`` (n,) in ascending order, of their dtype; a zero is +0. Raises as ``ordered``."""
    ranks = np.sort(ordered(keys))
    if keys.dtype == np.uint32:
        return ranks
    return np.where(ranks < _SIGN, ~ranks, ranks - np.uint32(_SIGN)).view(np.float32)


def argsort(keys: NDArray[Any]) -> NDArray[np.int32]:
    """Return the indices of ``keys`` (n,) in ascending order, i32; of equals the lower first. Raises as ``ordered``."""
    return np.argsort(ordered(keys), kind="stable").astype(np.int32)
