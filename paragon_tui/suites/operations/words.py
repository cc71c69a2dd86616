"""The layout of matrices in device buffers: u32 words of one f32 or two f16, rows of whole words padded with +0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PER_WORD = {"f32": 1, "f16": 2}
"""The elements per word, the first lowest."""
_ITEMS = {"f32": "float32", "f16": "float16"}


def padded(count: int, multiple: int) -> int:
    """Return the least multiple of ``multiple`` that is at least ``count``."""
    return -(-count // multiple) * multiple


def row_words(n: int, dtype: str) -> int:
    """Return the words of a row of ``n`` elements: every row begins at a whole word."""
    return -(-n // PER_WORD[dtype])


def stored(x: NDArray[np.float32], dtype: str) -> NDArray[Any]:
    """Return ``x`` (f32) as the dtype stores it: itself, or rounded to float16 (NUMERICS.md section 9). Same shape.

    Raises ``ValueError`` for a value that f16 cannot hold.
    """
    import numpy as np

    from paragon_tui.arithmetic.rounding import half_bits

    return x if dtype == "f32" else half_bits(x).view(np.float16)


def packed(values: NDArray[Any], shape: tuple[int, int]) -> NDArray[np.uint32]:
    """Return u32 words of ``shape`` (rows, words) with float32 or float16 ``values`` in the upper left corner."""
    import numpy as np

    rows, columns = values.shape
    padded_shape = (shape[0], shape[1] * 4 // values.itemsize)
    if padded_shape == values.shape:
        return np.ascontiguousarray(values).view(np.uint32)
    padded_values = np.zeros(padded_shape, dtype=values.dtype)
    padded_values[:rows, :columns] = values
    return padded_values.view(np.uint32)


def unpacked(values: NDArray[Any], dtype: str, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return f32 values of ``shape`` (rows, columns) from a device's u32 words or from a library's own array."""
    import numpy as np

    elements = values.view(_ITEMS[dtype]) if values.dtype == np.uint32 else values
    return np.ascontiguousarray(elements[: shape[0], : shape[1]], dtype=np.float32)
