"""The common parts of operations on rows: packed rows, one f32 or two f16 per word, and the kernels' parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paragon_tui.arithmetic.constants import BLOCK, LANES
from paragon_tui.backends.adapter import Adapter
from paragon_tui.suites.operations.reducing import VECTOR_ITEMS, works_in_vectors
from paragon_tui.suites.operations.words import row_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def in_dtype(values: NDArray[np.float32], dtype: str) -> NDArray[np.float32]:
    """Return ``values`` as f32, at f16 rounded to it."""
    from paragon_tui.arithmetic.rounding import half

    return half(values) if dtype == "f16" else values


def packed_rows(values: NDArray[np.float32], dtype: str) -> NDArray[np.uint32]:
    """Return ``values`` (rows, n) packed for devices: u32 (rows, ``row_words``); at f16 the first of two is lower."""
    import numpy as np

    from paragon_tui.arithmetic.rounding import half_bits

    if dtype == "f32":
        return np.ascontiguousarray(values).view(np.uint32)
    rows, n = values.shape
    halves = np.zeros((rows, 2 * row_words(n, dtype)), dtype="<u2")
    halves[:, :n] = half_bits(values)
    return halves.view("<u4")


def unpacked_rows(words: NDArray[Any], n: int, dtype: str) -> NDArray[np.float32]:
    """Return unpacked rows, f32 (rows, n); the arrays (rows, n) that host forms return are only widened."""
    import numpy as np

    if words.dtype != np.uint32:
        return words.astype(np.float32, copy=False)
    if dtype == "f32":
        return words.view(np.float32)
    return np.ascontiguousarray(words).view("<f2").astype(np.float32)[:, :n]


def row_parts(dtype: str, adapter: Adapter, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the parts of a kernel over rows: the last of ``names`` has its entry points, on CPUs those for vectors."""
    *libraries, kernel = names
    if works_in_vectors(adapter):
        return ("rounding", "elementary", "terms", "vectors", *libraries, f"{kernel}_vectors")
    elements = ("logit", "words") if dtype == "f32" else ("halves",)
    return ("rounding", "elementary", "terms", *elements, "lanes", *libraries, kernel)


def row_constants(dtype: str, adapter: Adapter) -> tuple[tuple[str, int], ...]:
    """Return the constants of those parts."""
    if works_in_vectors(adapter):
        return (("WIDTH", VECTOR_ITEMS), ("BLOCK", BLOCK), ("PACKED", int(dtype == "f16")), ("PRODUCTS", 0))
    return (("BLOCK", BLOCK), ("INTEGER", 0))


def row_items(adapter: Adapter) -> int:
    """Return the work-items per work-group: one per lane, or one on CPUs, where a work-item computes a row."""
    return 1 if works_in_vectors(adapter) else LANES


def row_parameters(rows: int, n: int, adapter: Adapter) -> tuple[tuple[str, int], ...]:
    """Return the extents that the kernels need: a work-item that computes a row must know the number of rows."""
    return (("rows", rows), ("n", n)) if works_in_vectors(adapter) else (("n", n),)
