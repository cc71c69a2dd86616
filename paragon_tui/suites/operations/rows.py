"""What operations on rows share: rows as devices hold them, f32 a word each, f16 two a word, and results back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paragon_tui.arithmetic.reduction import BLOCK, LANES
from paragon_tui.backends.adapter import Adapter
from paragon_tui.suites.operations.reducing import VECTOR_ITEMS, works_in_vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PER_WORD = {"f32": 1, "f16": 2}


def row_words(n: int, dtype: str) -> int:
    """The words of a row of ``n``: every row begins with one."""
    return -(-n // PER_WORD[dtype])


def in_dtype(values: NDArray[np.float32], dtype: str) -> NDArray[np.float32]:
    """``values`` as ``dtype`` has them, in f32: at f16 rounded to it."""
    from paragon_tui.arithmetic.rounding import half

    return half(values) if dtype == "f16" else values


def packed_rows(values: NDArray[np.float32], dtype: str) -> NDArray[np.uint32]:
    """(rows, n) as devices hold it: u32 (rows, ``row_words``); at f16 the first of two in the low half."""
    import numpy as np

    from paragon_tui.arithmetic.rounding import half_bits

    if dtype == "f32":
        return np.ascontiguousarray(values).view(np.uint32)
    rows, n = values.shape
    halves = np.zeros((rows, 2 * row_words(n, dtype)), dtype="<u2")
    halves[:, :n] = half_bits(values)
    return halves.view("<u4")


def unpacked_rows(words: NDArray[Any], n: int, dtype: str) -> NDArray[np.float32]:
    """``packed_rows`` the other way, f32 (rows, n); what a host form gives (rows, n) is widened alone."""
    import numpy as np

    if words.dtype != np.uint32:
        return words.astype(np.float32, copy=False)
    if dtype == "f32":
        return words.view(np.float32)
    return np.ascontiguousarray(words).view("<f2").astype(np.float32)[:, :n]


def row_parts(dtype: str, adapter: Adapter, names: tuple[str, ...]) -> tuple[str, ...]:
    """The parts of a kernel over rows: the last of ``names`` ends with its entry points, on CPUs those for vectors."""
    *libraries, kernel = names
    if works_in_vectors(adapter):
        return ("rounding", "elementary", "terms", "vectors", *libraries, f"{kernel}_vectors")
    elements = ("logit", "words") if dtype == "f32" else ("halves",)
    return ("rounding", "elementary", "terms", *elements, "lanes", *libraries, kernel)


def row_constants(dtype: str, adapter: Adapter) -> tuple[tuple[str, int], ...]:
    """What those parts need to know."""
    if works_in_vectors(adapter):
        return (("WIDTH", VECTOR_ITEMS), ("BLOCK", BLOCK), ("PACKED", int(dtype == "f16")), ("PRODUCTS", 0))
    return (("BLOCK", BLOCK), ("INTEGER", 0))


def row_items(adapter: Adapter) -> int:
    """Items a work-group: one of the lanes each, or on CPUs, whose items take a row, one alone."""
    return 1 if works_in_vectors(adapter) else LANES


def row_parameters(rows: int, n: int, adapter: Adapter) -> tuple[tuple[str, int], ...]:
    """The extents that the kernels ask for: an item that takes a row must know how many there are."""
    return (("rows", rows), ("n", n)) if works_in_vectors(adapter) else (("n", n),)
