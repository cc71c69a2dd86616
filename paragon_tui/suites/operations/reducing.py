"""The steps that reduce rows or columns of a matrix on a device (the kernels ``reduce``); a vector is one row."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from paragon_tui.arithmetic.reduction import BLOCK, LANES
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Buffer, Step

VECTOR_ITEMS = 8  # a work-item of a CPU computes with vectors of eight
COLUMNS_AN_ITEM = 64  # and takes eight of them side by side
WALKERS = 8  # elsewhere eight items share a column
NOTHING = Buffer("nothing", (1,), "u32", "scratch")
"""What is bound where a step has no second array."""


class Term(IntEnum):
    """What is made of an element, in the kernels' numbers."""

    ITSELF = 0
    MAGNITUDE = 1
    SQUARE = 2
    EXPONENTIAL = 3


class Combination(IntEnum):
    """What is made of two."""

    SUM = 0
    MOST = 1
    LEAST = 2


class Finish(IntEnum):
    """What is made of the last one."""

    NOTHING = 0
    MEAN = 1
    ROOT = 2
    LOGARITHM = 3


@dataclass(frozen=True, slots=True)
class Reduction:
    """What a value is made of: of terms, combined, finished. ``places``: the lowest index is wanted, not the value.

    ``products``: an element is the product of two arrays'.
    """

    combination: Combination = Combination.SUM
    term: Term = Term.ITSELF
    finish: Finish = Finish.NOTHING
    places: bool = False
    products: bool = False


@dataclass(frozen=True, slots=True)
class Extent:
    """``lines`` rows or columns of ``n`` elements each; ``along`` is the kernel's entry: ``rows`` or ``columns``."""

    along: str
    lines: int
    n: int


def works_in_vectors(adapter: Adapter) -> bool:
    """Whether a work-item there is a stream of vector instructions."""
    return adapter.type == "cpu" and adapter.api == "opencl"


def steps(
    reduction: Reduction, extent: Extent, source: str, target: str, adapter: Adapter, beside: str = NOTHING.name
) -> tuple[list[Buffer], list[Step]]:
    """The scratch buffers and steps that make the buffer ``target`` (lines,) of ``source``.

    ``beside`` is the second array of products, or what exponentials are relative to, a value a line. Sums of more
    than a block take a step for the blocks, and one for their results; so do rows whose largest element is wanted,
    for the blocks are what is shared out.
    """
    buffers: list[Buffer] = []
    made: list[Step] = []
    blockwise = extent.along == "rows" or reduction.combination is Combination.SUM
    n, taken = extent.n, source
    while True:
        blocks = -(-n // BLOCK) if blockwise else 1
        result = target if blocks == 1 else f"{target} of {blocks} blocks"
        first, last = taken == source, blocks == 1
        finish = reduction.finish if last else Finish.NOTHING
        needs_beside = finish is Finish.LOGARITHM or (
            first and (reduction.products or reduction.term is Term.EXPONENTIAL)
        )
        second = beside if needs_beside else NOTHING.name
        stride = n if extent.along == "rows" else extent.lines
        if reduction.places and not first:
            taken, second, stride = source, taken, extent.n
        constants = {
            "BLOCK": BLOCK,
            "PRODUCTS": int(reduction.products and first),
            "TERM": int(reduction.term) if first else int(Term.ITSELF),
            "COMBINE": int(reduction.combination),
            "FINISH": int(finish),
            "PLACES": int(reduction.places),
            "INDEXED": int(reduction.places and not first),
        }
        parameters = (("rows", extent.lines), ("n", n), ("stride", stride), ("count", _bits(extent.n)))
        made.append(_step(extent, blocks, (taken, second, result), parameters, constants, adapter))
        if last:
            return buffers, made
        buffers.append(Buffer(result, (extent.lines * blocks,), "u32", "scratch"))
        n, taken = blocks, result


def _step(
    extent: Extent,
    blocks: int,
    buffers: tuple[str, ...],
    parameters: tuple[tuple[str, int], ...],
    constants: dict[str, int],
    adapter: Adapter,
) -> Step:
    if works_in_vectors(adapter):
        parts: tuple[str, ...] = ("vectors", "reduce_vectors")
        constants |= {"WIDTH": VECTOR_ITEMS, "PACKED": 0}
        group, lines = 1, 1 if extent.along == "rows" else COLUMNS_AN_ITEM
    else:
        parts = ("pairs", "lanes", "reduce")
        group = LANES if extent.along == "rows" else min(256, adapter.max_group_items or 256)
        lines = 1 if extent.along == "rows" else group // WALKERS
    return Step(
        parts=("rounding", "elementary", "terms", *parts),
        entry=extent.along,
        buffers=buffers,
        writes=1,
        parameters=parameters,
        constants=tuple(constants.items()),
        groups=-(-extent.lines // lines) * blocks,
        group_items=group,
    )


def _bits(count: int) -> int:
    """The bits of the f32 nearest to ``count``."""
    import numpy as np

    return int(np.float32(count).view(np.uint32))
