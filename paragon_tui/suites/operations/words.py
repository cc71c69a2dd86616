"""Matrices as they lie in device buffers: u32 words, an f32 or two f16 each, rows of whole words padded with +0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PER_WORD = {"f32": 1, "f16": 2}
"""The elements of a word, the first lowest."""
_ITEMS = {"f32": "float32", "f16": "float16"}


def padded(count: int, multiple: int) -> int:
    """The least multiple that holds ``count``."""
    return -(-count // multiple) * multiple


def stored(x: NDArray[np.float32], dtype: str) -> NDArray[Any]:
    """``x`` (f32) as the dtype holds it: itself, or rounded to float16 (NUMERICS.md section 9). Same shape.

    Raises ``ValueError`` for a value that f16 cannot hold.
    """
    import numpy as np

    from paragon_tui.arithmetic.rounding import half_bits

    return x if dtype == "f32" else half_bits(x).view(np.float16)


def packed(values: NDArray[Any], shape: tuple[int, int]) -> NDArray[np.uint32]:
    """``values`` (rows, columns), float32 or float16, in the corner of ``shape`` (rows, words). Returns u32."""
    import numpy as np

    rows, columns = values.shape
    whole = (shape[0], shape[1] * 4 // values.itemsize)
    if whole == values.shape:
        return np.ascontiguousarray(values).view(np.uint32)
    held = np.zeros(whole, dtype=values.dtype)
    held[:rows, :columns] = values
    return held.view(np.uint32)


def unpacked(values: NDArray[Any], dtype: str, shape: tuple[int, int]) -> NDArray[np.float32]:
    """``shape`` (rows, columns) as f32, from the u32 words of a device or from a library's own array."""
    import numpy as np

    elements = values.view(_ITEMS[dtype]) if values.dtype == np.uint32 else values
    return np.ascontiguousarray(elements[: shape[0], : shape[1]], dtype=np.float32)
