"""Layouts: how a tensor's elements lie in a device buffer. They belong to lowerings; operators do not know them.

A layout is ``rows`` rows of ``row_words`` 32-bit words, of which the first ``columns`` elements of each row are the
tensor's, in C order; the rest is padding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from paragon_tui.backends import plan
from paragon_tui.operators.tensor import Tensor

Encoding = Literal["words", "halves", "widened", "bytes", "panels"]
"""The form of an element.

``words``: one f32, i32 or u32 per word. Of f16 tensors, ``halves``: two f16 per word, the first lowest; ``widened``: an
f32 per word. Of i8 tensors, ``bytes``: four per word, the first lowest. ``panels``: the order of the kernel part
``panels``, for constant operands of f32 or f16.
"""

PER_WORD: dict[Encoding, int] = {
    "words": 1,
    "halves": 2,
    "widened": 1,
    "bytes": 4,
    "panels": 1,
}
"""The elements per word."""


@dataclass(frozen=True, slots=True)
class Panels:
    """The order of ``panels``: panels of ``width`` rows, each of ``depth`` elements in the order of the sums."""

    width: int
    depth: int


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """A layout of a tensor of ``count`` elements. ``shape`` and ``dtype`` are those of the buffer.

    ``padding`` are the bits of every word that has no element; ``None``: any bits, in the buffer of a result. Values
    that are packed into an ``ordered`` layout must not be NaN: its padding comes after all of them. Layouts are equal
    if their buffers hold the same bytes, whatever the buffers' shapes and dtypes.
    """

    encoding: Encoding
    count: int
    columns: int
    row_words: int
    shape: tuple[int, ...]
    dtype: plan.DType
    padding: int | None = 0
    panels: Panels | None = None
    ordered: bool = False

    @property
    def words(self) -> int:
        """The words of the buffer."""
        words = 1
        for extent in self.shape:
            words *= extent
        return words

    @property
    def is_padded(self) -> bool:
        """True if some word, or a part of one, holds no element."""
        return self.words * PER_WORD[self.encoding] != self.count

    def __eq__(self, other: object) -> bool:
        """Return whether the elements lie at the same places, in buffers of one size."""
        return isinstance(other, Layout) and self._places == other._places

    def __hash__(self) -> int:
        """Return the hash of what is compared."""
        return hash(self._places)

    @property
    def _places(self) -> tuple[object, ...]:
        """The facts that place the elements: rows that follow each other without a gap are one row."""
        rows = (self.columns, self.row_words)
        per_word = PER_WORD[self.encoding]
        without_gaps = self.columns in (self.row_words * per_word, self.count)
        if without_gaps and self.encoding != "panels":
            rows = (self.count, self.words)
        padding = self.padding if self.is_padded else 0
        return self.encoding, self.count, self.words, rows, padding, self.panels

    def buffer(self, name: str, role: plan.Role, fill: plan.Fill | None = None) -> plan.Buffer:
        """Return a buffer of this layout."""
        return plan.Buffer(name, self.shape, self.dtype, role, fill)


_WORDS: dict[str, plan.DType] = {"f32": "f32", "i32": "i32", "u32": "u32"}


def words(tensor: Tensor, dtype: plan.DType | None = None) -> Layout:
    """Return one element per word without padding, for tensors of 32 bits; ``dtype`` is the buffer's, if another."""
    columns = tensor.shape[-1] if tensor.shape else 1
    return Layout("words", tensor.count, columns, columns, tensor.shape, dtype or _WORDS[tensor.dtype])


def widened(tensor: Tensor) -> Layout:
    """Return one f32 per word without padding, for a tensor of f32 or f16."""
    if tensor.dtype != "f16":
        return words(tensor)
    return Layout("widened", tensor.count, tensor.shape[-1], tensor.shape[-1], tensor.shape, "f32")


def packed(tensor: Tensor) -> Layout:
    """Return all elements of a tensor of f32 or f16 in one row of u32 words: one f32 or two f16 each."""
    if tensor.dtype == "f32":
        return Layout("words", tensor.count, tensor.count, tensor.count, (tensor.count,), "u32")
    row_words = -(-tensor.count // 2)
    return Layout("halves", tensor.count, tensor.count, row_words, (row_words,), "u32")


def dense(tensor: Tensor) -> Layout:
    """Return all elements without padding between them: one of 32 bits per word, or two f16."""
    return packed(tensor) if tensor.dtype == "f16" else words(tensor)


def in_rows(tensor: Tensor, row_words: int | None = None, rows: int | None = None, dtype: plan.DType = "u32") -> Layout:
    """Return rows of whole words, one f32 or two f16 each; a vector is one row.

    ``row_words`` and ``rows`` are the extents of the buffer where it has padding beyond that.
    """
    encoding: Encoding = "halves" if tensor.dtype == "f16" else "words"
    columns = tensor.shape[-1]
    row_words = row_words or -(-columns // PER_WORD[encoding])
    return Layout(encoding, tensor.count, columns, row_words, (rows or tensor.count // columns, row_words), dtype)
