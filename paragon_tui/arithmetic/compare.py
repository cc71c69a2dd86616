"""The comparison of a result with the reference (NUMERICS.md section 6): bits first, then ULP, then magnitudes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.comparison import Comparison, Difference


def ordered(values: NDArray[Any]) -> NDArray[np.int64]:
    """Return integers that number the f32 in order: neighbours differ by 1, both zeros are 0. i32 stay unchanged."""
    if values.dtype == np.int32:
        return values.astype(np.int64)
    bits: NDArray[np.int64] = values.view(np.int32).astype(np.int64)
    negative = bits < 0
    bits[negative] = -(bits[negative] & 0x7FFFFFFF)
    return bits


def _distances(result: NDArray[Any], reference: NDArray[Any]) -> NDArray[np.int64]:
    distances: NDArray[np.int64] = np.abs(ordered(result) - ordered(reference))
    return distances


def compare(result: NDArray[Any], reference: NDArray[Any]) -> Comparison:
    """Compare two arrays of one shape, f32 or i32. Raises ``ValueError`` where shapes or dtypes differ."""
    if result.shape != reference.shape:
        raise ValueError(f"a result of shape {result.shape} cannot be compared with one of {reference.shape}")
    if result.dtype != reference.dtype:
        raise ValueError(f"a result of {result.dtype} cannot be compared with one of {reference.dtype}")
    a, b = np.ascontiguousarray(result).ravel(), np.ascontiguousarray(reference).ravel()
    different = np.flatnonzero(a.view(np.uint32) != b.view(np.uint32))
    delta = np.abs(a.astype(np.float64) - b.astype(np.float64))
    power = float(np.square(b.astype(np.float64)).sum())
    return Comparison(
        bit_identical=different.size == 0,
        first_difference=int(different[0]) if different.size else None,
        ulp_max=int(_distances(a, b).max(initial=0)),
        mae=float(delta.mean()) if delta.size else 0.0,
        max=float(delta.max(initial=0.0)),
        nmse=float(np.square(delta).sum()) / power if power else None,
    )


def differences(result: NDArray[Any], reference: NDArray[Any], limit: int) -> tuple[Difference, ...]:
    """Return differences at up to ``limit`` indices: all if they fit, else those whose bits differ, then the first."""
    a, b = np.ascontiguousarray(result).ravel(), np.ascontiguousarray(reference).ravel()
    indices: NDArray[Any] = np.arange(a.size)
    if a.size > limit:
        unequal = a.view(np.uint32) != b.view(np.uint32)
        indices = np.sort(np.argsort(~unequal, kind="stable")[:limit])
    ulps = _distances(a, b)
    return tuple(
        Difference(
            index=int(i),
            reference=float(b[i]),
            value=float(a[i]),
            delta=abs(float(a[i]) - float(b[i])),
            ulp=int(ulps[i]),
            reference_hex=f"{int(b.view(np.uint32)[i]):08x}",
            hex=f"{int(a.view(np.uint32)[i]):08x}",
        )
        for i in indices
    )
