"""The steps that reduce rows or columns of a matrix on a device (the kernels ``reduce``); a vector is one row."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from paragon_tui.arithmetic.constants import BLOCK, LANES, f32_bits
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.backends.plan import Buffer, Step
from paragon_tui.operators.tensor import DType, Tensor

VECTOR_ITEMS = 8  # a work-item on a CPU computes with vectors of eight elements
COLUMNS_PER_ITEM = 64  # and processes eight vectors side by side
ITEMS_PER_COLUMN = 8  # elsewhere eight work-items share a column
PLACEHOLDER = Buffer("nothing", (1,), "u32", "scratch")
"""The buffer bound in place of the second array where a step has none."""
_MOST_ELEMENTS = 2**32


class Term(IntEnum):
    """The function applied to an element, in the kernels' numbers."""

    VALUE = 0
    MAGNITUDE = 1
    SQUARE = 2
    EXPONENTIAL = 3


class Combination(IntEnum):
    """The operation that combines two terms, in the kernels' numbers."""

    SUM = 0
    MAXIMUM = 1
    MINIMUM = 2


class Finish(IntEnum):
    """The function applied to the combined value, in the kernels' numbers."""

    NOTHING = 0
    MEAN = 1
    ROOT = 2
    LOGARITHM = 3


@dataclass(frozen=True, slots=True)
class Reduction:
    """A reduction: terms of the elements, combined, then finished.

    ``returns_index``: the result is the lowest index of the value, not the value. ``products``: an element is the
    product of two arrays' elements.
    """

    combination: Combination = Combination.SUM
    term: Term = Term.VALUE
    finish: Finish = Finish.NOTHING
    returns_index: bool = False
    products: bool = False


@dataclass(frozen=True, slots=True)
class Extent:
    """``lines`` rows or columns of ``n`` elements each; ``along`` is the kernel's entry."""

    along: Literal["rows", "columns"]
    lines: int
    n: int


def works_in_vectors(adapter: Adapter) -> bool:
    """Return whether a work-item of the adapter is a stream of vector instructions."""
    return adapter.type == "cpu" and not adapter.has_simd_items


def element_parts(dtype: DType, in_vectors: bool) -> tuple[tuple[str, ...], tuple[tuple[str, int], ...]]:
    """Return the kernel parts that read and write elements as they are stored, and their constants.

    Elements are f32, f16 (two per word), or i32 that are read as logits; ``in_vectors``: eight at a time, no i32.
    """
    if in_vectors:
        return ("eight",), (("PACKED", int(dtype == "f16")),)
    if dtype == "f16":
        return ("halves",), ()
    return ("logit", "words"), (("INTEGER", int(dtype == "i32")),)


def check_size(tensor: Tensor) -> None:
    """Raise ``Unsupported`` for more elements than a kernel can count."""
    if tensor.count >= _MOST_ELEMENTS:
        raise Unsupported(f"a tensor of {tensor.count:,} elements is larger than kernels can address")


def steps(
    reduction: Reduction,
    extent: Extent,
    source: str,
    target: str,
    adapter: Adapter,
    second_source: str = PLACEHOLDER.name,
    dtype: DType = "f32",
) -> tuple[list[Buffer], list[Step]]:
    """Return the scratch buffers and steps that reduce ``source``, of ``dtype``, to the buffer ``target`` (lines,).

    ``second_source`` is the second array of products, or the value per line that is subtracted before exponentials.
    Sums of more than a block take a step for the blocks, and one for their results. So do all other reductions of
    rows, so that several work-groups share a row.
    """
    buffers: list[Buffer] = []
    launches: list[Step] = []
    blockwise = extent.along == "rows" or reduction.combination is Combination.SUM
    n, current = extent.n, source
    while True:
        blocks = -(-n // BLOCK) if blockwise else 1
        result = target if blocks == 1 else f"{target} of {blocks} blocks"
        first, last = current == source, blocks == 1
        finish = reduction.finish if last else Finish.NOTHING
        needs_second = finish is Finish.LOGARITHM or (
            first and (reduction.products or reduction.term is Term.EXPONENTIAL)
        )
        second_buffer = second_source if needs_second else PLACEHOLDER.name
        stride = n if extent.along == "rows" else extent.lines
        if reduction.returns_index and not first:
            current, second_buffer, stride = source, current, extent.n
        constants = {
            "BLOCK": BLOCK,
            "PRODUCTS": int(reduction.products and first),
            "TERM": int(reduction.term) if first else int(Term.VALUE),
            "COMBINE": int(reduction.combination),
            "FINISH": int(finish),
            "PLACES": int(reduction.returns_index),
            "INDEXED": int(reduction.returns_index and not first),
        }
        parameters = (("rows", extent.lines), ("n", n), ("stride", stride), ("count", f32_bits(extent.n)))
        stored = dtype if current == source else "f32"
        launches.append(_step(extent, blocks, (current, second_buffer, result), parameters, constants, stored, adapter))
        if last:
            return buffers, launches
        buffers.append(Buffer(result, (extent.lines * blocks,), "u32", "scratch"))
        n, current = blocks, result


def _step(
    extent: Extent,
    blocks: int,
    buffers: tuple[str, ...],
    parameters: tuple[tuple[str, int], ...],
    constants: dict[str, int],
    dtype: DType,
    adapter: Adapter,
) -> Step:
    elements, element_constants = element_parts(dtype, works_in_vectors(adapter))
    if works_in_vectors(adapter):
        parts: tuple[str, ...] = ("vectors", "reduce_vectors")
        constants |= {"WIDTH": VECTOR_ITEMS}
        group, lines = 1, 1 if extent.along == "rows" else COLUMNS_PER_ITEM
    else:
        parts = ("pairs", "lanes", "reduce")
        group = LANES if extent.along == "rows" else min(256, adapter.max_group_items or 256)
        lines = 1 if extent.along == "rows" else group // ITEMS_PER_COLUMN
    return Step(
        parts=("rounding", "elementary", "terms", *elements, *parts),
        entry=extent.along,
        buffers=buffers,
        writes=1,
        parameters=parameters,
        constants=(*constants.items(), *element_constants),
        groups=-(-extent.lines // lines) * blocks,
        group_items=group,
    )
