"""Values in the layouts of device buffers, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.constants import BLOCK, LANES
from paragon_tui.arithmetic.rounding import half, half_bits
from paragon_tui.arithmetic.sorting import check_order
from paragon_tui.backends.plan import NUMPY_NAMES
from paragon_tui.operators.layout import PER_WORD, Layout, Panels
from paragon_tui.operators.tensor import Tensor

Array = NDArray[Any]


def pack(layout: Layout, values: Array) -> Array:
    """Return a tensor's ``values`` in a buffer's shape and dtype, padded as the layout says.

    Raises ``ValueError`` for values that f16 cannot hold, where the layout is one of f16, and for NaN where it is
    ordered.
    """
    if layout.ordered:
        check_order(values)
    if layout.panels is not None:
        return _panels(layout.panels, values)
    rows = values.reshape(-1, layout.columns)
    elements = _ELEMENTS[layout.encoding](rows)
    stored_rows, per_word = layout.words // layout.row_words, PER_WORD[layout.encoding]
    shape = (stored_rows, layout.row_words * per_word)
    if elements.shape != shape:
        item = np.dtype(f"u{elements.itemsize}")
        padded = np.full(shape, layout.padding or 0, dtype=item)
        padded[: len(rows), : layout.columns] = elements.view(item)
        elements = padded
    elements = np.ascontiguousarray(elements)
    return elements.view(NUMPY_NAMES[layout.dtype]).reshape(layout.shape)


def concatenated(arrays: list[Array]) -> Array:
    """Return the words of several buffers as those of one, without a copy of a single one."""
    return arrays[0].reshape(-1) if len(arrays) == 1 else np.concatenate([array.reshape(-1) for array in arrays])


def of_words(values: tuple[int, ...]) -> NDArray[np.uint32]:
    """Return u32 ``values`` as an array."""
    return np.array(values, dtype=np.uint32)


def unpack(layout: Layout, tensor: Tensor, words: Array) -> Array:
    """Return a tensor's values from a buffer of this layout, in the tensor's shape; of f16 as f32, of i8 as i32."""
    flat = np.ascontiguousarray(words).view(np.uint32).reshape(-1, layout.row_words)
    rows = -(-layout.count // layout.columns)
    match layout.encoding:
        case "halves":
            elements: Array = flat.view(np.float16).astype(np.float32)
        case "bytes":
            elements = flat.view(np.int8).astype(np.int32)
        case "words" | "widened":
            elements = flat.view(_ARRAYS[tensor.dtype])
        case _:
            raise ValueError(f"no kernel gives results as {layout.encoding}: it is a layout of constants")
    values = elements[:rows, : layout.columns]
    return np.ascontiguousarray(values).reshape(-1)[: layout.count].reshape(tensor.shape)


_ARRAYS = {"f32": np.float32, "f16": np.float32, "i32": np.int32, "u32": np.uint32}


def _words(rows: Array) -> Array:
    """Return 32-bit values as they are; int8 and f16 widened."""
    return rows if rows.dtype.itemsize == 4 else rows.astype(np.float32 if rows.dtype.kind == "f" else np.int32)


def _halves(rows: Array) -> Array:
    return half_bits(rows.astype(np.float32, copy=False))


_ELEMENTS: dict[str, Callable[[Array], Array]] = {
    "words": _words,
    "widened": lambda rows: half(rows.astype(np.float32, copy=False)),
    "halves": _halves,
    "bytes": lambda rows: rows.astype(np.int8, copy=False),
}


def _panels(panels: Panels, values: Array) -> NDArray[np.float32]:
    """Return a matrix (rows, n) in panels: [panel][place of the sum][row], padded with +0."""
    rows, n = values.shape
    count = -(-rows // panels.width)
    padded = np.zeros((count * panels.width, panels.depth), dtype=np.float32)
    padded[:rows, :n] = values
    tree_order = np.array([int(f"{leaf:06b}"[::-1], 2) for leaf in range(LANES)])
    order = np.concatenate(
        [
            (start + tree_order[:, np.newaxis] + np.arange(0, min(BLOCK, panels.depth - start), LANES)).ravel()
            for start in range(0, panels.depth, BLOCK)
        ]
    )
    return np.ascontiguousarray(padded[:, order].reshape(count, panels.width, panels.depth).transpose(0, 2, 1)).ravel()
