"""Keys in order (NUMERICS.md 19): f32 without NaN, -0 being +0, or u32; ties by the lower index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SIGN = 2**31
LAST = {"f": 2**31 - 1, "u": 2**32 - 1}
"""Bits that no key comes after, by the kind of its dtype: of u32 the largest, of f32 no number at all."""


def ordered(keys: NDArray[Any]) -> NDArray[np.uint32]:
    """``keys`` (f32 or u32) as unsigned integers of the same order. Same shape.

    Raises ``ValueError`` for keys that have no order: not a number.
    """
    import numpy as np

    if keys.dtype == np.uint32:
        return keys
    if np.isnan(keys).any():
        raise ValueError("keys that are not a number have no order, so they cannot be sorted")
    bits = np.ascontiguousarray(keys, dtype=np.float32).view(np.uint32)
    bits = np.where(bits == _SIGN, np.uint32(0), bits)
    return np.where(bits < _SIGN, bits + np.uint32(_SIGN), ~bits)


def sort(keys: NDArray[Any]) -> NDArray[Any]:
    """``keys`` (n,) from the least on, of their dtype; a zero is +0. Raises as ``ordered``."""
    import numpy as np

    ranks = np.sort(ordered(keys))
    if keys.dtype == np.uint32:
        return ranks
    return np.where(ranks < _SIGN, ~ranks, ranks - np.uint32(_SIGN)).view(np.float32)


def argsort(keys: NDArray[Any]) -> NDArray[np.int32]:
    """The indices of ``keys`` (n,) from the least on, i32; of equal ones the lower first. Raises as ``ordered``."""
    import numpy as np

    return np.argsort(ordered(keys), kind="stable").astype(np.int32)
