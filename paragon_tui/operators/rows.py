"""The common parts of operators on rows, the last axis: packed rows, and the steps of kernels that take a row each."""

from __future__ import annotations

from paragon_tui.arithmetic.constants import BLOCK, LANES
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.backends.plan import Step
from paragon_tui.operators.reducing import VECTOR_ITEMS, check_size, element_parts, works_in_vectors
from paragon_tui.operators.tensor import Tensor

LONGEST_ROW = 2**24
"""The most elements of a row that a work-group reduces: the sums of its blocks are one more block."""


def check_rows(x: Tensor) -> None:
    """Raise ``Unsupported`` for rows or tensors that are too long for the kernels."""
    check_size(x)
    if x.shape[-1] > LONGEST_ROW:
        raise Unsupported(f"rows of at most {LONGEST_ROW:,} elements are supported, not {x.shape[-1]:,}")


def takes_vectors(x: Tensor, adapter: Adapter) -> bool:
    """Return whether a work-item computes with vectors of ``x``; those of i32 have no such kernel."""
    return works_in_vectors(adapter) and x.dtype != "i32"


def vector_constants(x: Tensor) -> tuple[tuple[str, int], ...]:
    """Return the constants of the kernel part ``vectors``."""
    return (("WIDTH", VECTOR_ITEMS), ("BLOCK", BLOCK), ("PACKED", int(x.dtype == "f16")), ("PRODUCTS", 0))


def row_step(
    entry: str,
    names: tuple[str, ...],
    buffers: tuple[str, ...],
    x: Tensor,
    adapter: Adapter,
    parameters: tuple[tuple[str, int], ...] = (),
    constants: tuple[tuple[str, int], ...] = (),
) -> Step:
    """Return the step of a kernel that takes a row of ``x`` with each work-group, or on CPUs with each work-item.

    ``names`` are its parts, and the last has its entry points, on CPUs those for vectors. ``parameters`` and
    ``constants`` follow the common ones.
    """
    n = x.shape[-1]
    rows = x.count // n
    *libraries, kernel = names
    if takes_vectors(x, adapter):
        parts: tuple[str, ...] = ("eight", "vectors", *libraries, f"{kernel}_vectors")
        extents: tuple[tuple[str, int], ...] = (("rows", rows), ("n", n))  # a work-item must know the number of rows
        common, group_items = vector_constants(x), 1
    else:
        elements, constants_of_elements = element_parts(x.dtype, in_vectors=False)
        parts = (*elements, "elements", "lanes", *libraries, kernel)
        extents, group_items = (("n", n),), LANES
        common = (("BLOCK", BLOCK), *constants_of_elements)
    return Step(
        parts=("rounding", "elementary", "terms", *parts),
        entry=entry,
        buffers=buffers,
        writes=1,
        parameters=(*extents, *parameters),
        constants=(*common, *constants),
        groups=rows,
        group_items=group_items,
    )
