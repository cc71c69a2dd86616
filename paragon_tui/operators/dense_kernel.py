"""Dense layers, and the kernel ``dense``, which multiplies rows of weights by one vector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from paragon_tui.arithmetic.constants import BLOCK
from paragon_tui.backends import plan
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Step
from paragon_tui.operators.layout import PER_WORD, Encoding, Layout
from paragon_tui.operators.reducing import works_in_vectors
from paragon_tui.operators.tensor import DType, Tensor

PADDING = 128
"""Vectors are padded with +0 to a multiple of it, so that kernels need not check where they end."""
ROW_WORDS = 16
"""Rows of weights are padded to a multiple of it."""
ITEMS_PER_ROW = 16
ROWS_GROUP = 16  # work-items per work-group in OpenCL C, where a work-item computes one row
TILED_GROUP, ROWS_PER_ITEM = 8, 4  # and in WGSL, where it computes four
LANES_GROUPS = (128, 64, 256)  # work-items per work-group where sixteen work-items share a row

_WEIGHTS: dict[DType, Encoding] = {"f32": "words", "i32": "words", "f16": "halves", "i8": "bytes"}
_VECTORS: dict[DType, Encoding] = {"f32": "words", "i32": "words", "f16": "widened", "i8": "bytes"}
_VECTOR_BUFFERS: dict[DType, plan.DType] = {"f32": "f32", "i32": "i32", "f16": "f32", "i8": "u32"}


@dataclass(frozen=True, slots=True)
class Launch:
    """The launch of the kernel: its entry point, and the work-items and rows per work-group."""

    name: str
    entry: str
    group_items: int
    group_rows: int


def launches(adapter: Adapter) -> tuple[Launch, ...]:
    """Return launches of the kernel, the most promising first; where none fits the adapter, the smallest."""
    if works_in_vectors(adapter):
        return (Launch("rows", "rows", ROWS_GROUP, ROWS_GROUP),)
    if adapter.has_simd_items and adapter.language == "wgsl":
        return (Launch("rows", "rows", TILED_GROUP, TILED_GROUP * ROWS_PER_ITEM),)
    groups = [group for group in LANES_GROUPS if group <= (adapter.max_group_items or group)]
    return tuple(
        Launch(f"lanes {group}", "lanes", group, group // ITEMS_PER_ROW) for group in groups or [min(LANES_GROUPS)]
    )


def padded(count: int) -> int:
    """Return the elements of a padded vector of ``count`` elements."""
    return -(-count // PADDING) * PADDING


def row_words(columns: int, dtype: DType) -> int:
    """Return the words of a row of weights, of ``columns`` elements."""
    per_word = PER_WORD[_WEIGHTS[dtype]]
    return -(-columns // (per_word * ROW_WORDS)) * ROW_WORDS


def weights_layout(matrix: Tensor) -> Layout:
    """Return the layout of the kernel's weights (rows, columns)."""
    rows, columns = matrix.shape
    words = row_words(columns, matrix.dtype)
    dtype: plan.DType = "i32" if matrix.dtype == "i32" else "u32"
    return Layout(_WEIGHTS[matrix.dtype], matrix.count, columns, words, (rows, words), dtype)


def vector_layout(vector: Tensor) -> Layout:
    """Return the layout of the kernel's operand (columns,), and of the next layer's: padded to whole groups."""
    encoding = _VECTORS[vector.dtype]
    words = padded(vector.count) // PER_WORD[encoding]
    return Layout(encoding, vector.count, vector.count, words, (words,), _VECTOR_BUFFERS[vector.dtype])


def layer_step(
    launch: Launch, parts: tuple[str, ...], buffers: Mapping[str, str], matrix: Tensor, activation: int
) -> Step:
    """Return the step of one layer. ``buffers`` are the names of its ``w``, ``b``, ``x`` and ``y``.

    ``activation`` is the kernel's: 0 for none, else what ``parts`` define, at i8 its shift.
    """
    rows, columns = matrix.shape
    return Step(
        parts=parts,
        entry=launch.entry,
        buffers=(buffers["w"], buffers["b"], buffers["x"], buffers["y"]),
        writes=1,
        parameters=(("rows", rows), ("stride", row_words(columns, matrix.dtype)), ("activation", activation)),
        constants=constants(matrix),
        groups=-(-rows // launch.group_rows),
        group_items=launch.group_items,
    )


def constants(*matrices: Tensor) -> tuple[tuple[str, int], ...]:
    """Return the kernel's constants for one layer, or for several of one dtype."""
    dtype = matrices[0].dtype
    per_word = PER_WORD[_WEIGHTS[dtype]]
    long = any(row_words(matrix.shape[1], dtype) * per_word > BLOCK for matrix in matrices)
    return (("BLOCK", BLOCK), ("PER_WORD", per_word), ("LONG", int(long)))
