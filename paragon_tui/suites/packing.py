"""The layout of dense layers in device buffers: rows of weights as u32 words, activations padded with +0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from paragon_tui.backends.plan import DType

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PADDING = 128  # activations are padded with +0 to a multiple of it, so that kernels need not check where x ends
ROW_WORDS = 16  # rows of weights are padded to a multiple of it
HALF_SCALE = 2.0**112
"""The factor of stored f16 activations, with which a shift and a mask suffice to widen a weight (``dot_f16``)."""


@dataclass(frozen=True, slots=True)
class Format:
    """A dtype on devices: the weights and activations per word, and the dtypes of activations and of sums.

    ``parts`` are the kernel parts of its dot.
    """

    parts: tuple[str, ...]
    per_word: int
    total: DType
    activation: DType
    activations_per_word: int


FORMATS: dict[str, Format] = {
    "f32": Format(("canonical", "dot_f32"), 1, "f32", "f32", 1),
    "f16": Format(("rounding", "canonical", "dot_f16", "activated_f16"), 2, "f32", "f32", 1),
    "i8": Format(("dot_i8",), 4, "i32", "u32", 4),
}


def padded(count: int) -> int:
    """Return the elements of a padded vector of ``count`` activations."""
    return -(-count // PADDING) * PADDING


def padded_row_words(columns: int, dtype: str) -> int:
    """Return the u32 words of a stored row of weights."""
    if dtype == "f16":
        pairs = min(64, columns % PADDING)  # words of the last group that are not just padding
        return columns // PADDING * 64 + -(-pairs // ROW_WORDS) * ROW_WORDS
    per_word = FORMATS[dtype].per_word
    return -(-columns // (per_word * ROW_WORDS)) * ROW_WORDS


def packed_weights(weights: NDArray[Any], dtype: str) -> NDArray[np.uint32]:
    """Return rows as the dot of ``dtype`` reads them: (rows, columns) becomes u32 (rows, ``padded_row_words``).

    f32: one per word. f16 (rounded here): in 64 words, the low halves are 64 elements and the high halves the next 64.
    i8: four per word, the first lowest.
    """
    import numpy as np

    from paragon_tui.arithmetic.rounding import half_bits

    rows, columns = weights.shape
    words = padded_row_words(columns, dtype)
    if dtype != "f16":
        item: Any = np.float32 if dtype == "f32" else np.int8
        if columns == words * FORMATS[dtype].per_word:
            return np.ascontiguousarray(weights, dtype=item).view(np.uint32)
        padded_rows = np.zeros((rows, words * FORMATS[dtype].per_word), dtype=item)
        padded_rows[:, :columns] = weights
        return padded_rows.view(np.uint32)
    halves = np.zeros((rows, padded(columns)), dtype=np.uint16)
    halves[:, :columns] = half_bits(weights)
    pairs = halves.reshape(rows, -1, 2, 64).transpose(0, 1, 3, 2)
    return np.ascontiguousarray(np.ascontiguousarray(pairs).view(np.uint32).reshape(rows, -1)[:, :words])


def packed_input(x: NDArray[Any], dtype: str) -> NDArray[Any]:
    """Return ``x`` (inputs,) as plans take it: f32; f16 rounded, times ``HALF_SCALE``, f32; i8 four per word, u32."""
    import numpy as np

    from paragon_tui.arithmetic.rounding import half

    if dtype == "f32":
        return np.ascontiguousarray(x, dtype=np.float32)
    if dtype == "f16":
        return half(x) * np.float32(HALF_SCALE)
    padded_input = np.zeros(-(-len(x) // 4) * 4, dtype=np.int8)
    padded_input[: len(x)] = x
    return padded_input.view(np.uint32)


def packed_batch(x: NDArray[Any], dtype: str) -> NDArray[Any]:
    """Return samples (batch, inputs) as plans take them: f32; f16 rounded, f32; i8 as ``packed_weights``."""
    import numpy as np

    from paragon_tui.arithmetic.rounding import half

    if dtype == "i8":
        return packed_weights(x, dtype)
    return half(x) if dtype == "f16" else np.ascontiguousarray(x, dtype=np.float32)
