"""The plans of matrix products: operands laid out in panels, then tiles of outputs; a vector goes the dense way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from backends.adapter import Adapter
from backends.device import Unsupported
from backends.plan import Buffer, Plan, Step
from paragon_tui.arithmetic.reduction import BLOCK, LANES
from paragon_tui.suites.dense_plans import Launch, launches, layer_step
from paragon_tui.suites.packing import packed_input, packed_weights, padded, row_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Fill = Callable[[], NDArray[np.float32]]

MOST_OPERATIONS = 2**33  # of a launch: what takes longer may meet a driver's watchdog
PACK_GROUP = 64  # lanes of panels, one an item
_PARTS = {"f32": ("products_f32", "depth_first"), "f16": ("rounding", "products_f16", "depth_first")}
_VECTOR_PARTS = {
    "f32": ("canonical", "dot_f32", "dense"),
    "f16": ("rounding", "canonical", "dot_f16", "rounded_f16", "dense"),
}
_LAYER_PARTS = {
    "f32": ("canonical", "dot_f32", "dense"),
    "f16": ("rounding", "canonical", "dot_f16", "relu_f16", "dense"),
}
_PER_WORD = {"f32": 1, "f16": 2}


@dataclass(frozen=True, slots=True)
class Tiling:
    """A work-group's share of the outputs: ``side`` by ``side`` items, of ``rows`` by ``columns`` outputs each.

    ``vector`` is the width of the vectors that a row of a tile is made of; a work-group takes ``strips`` panels.
    """

    name: str
    side: int
    rows: int
    columns: int
    vector: int
    strips: int


@dataclass(frozen=True, slots=True)
class Product:
    """A product's extents and operands: ``a`` (rows, depth); ``b`` (depth, columns), transposed (columns, depth)."""

    rows: int
    depth: int
    columns: int
    a: Fill
    b: Fill
    transposed: bool = False


STREAM = Tiling("streams", 1, 4, 16, 8, 8)  # an item is a stream of vector instructions, its tile their registers
SQUARES = (Tiling("tiles 8", 8, 4, 4, 4, 1), Tiling("tiles 16", 16, 4, 4, 4, 1))


def tilings(adapter: Adapter) -> tuple[Tiling, ...]:
    """Those worth trying there, the likeliest best first; the smallest where none fits, so that its limit is told."""
    if adapter.type == "cpu":
        return (STREAM,) if adapter.api == "opencl" else SQUARES[:1]
    most = adapter.max_group_items
    return tuple(tiling for tiling in SQUARES if most is None or tiling.side**2 <= most) or SQUARES[:1]


def matrix_plans(product: Product, dtype: str, adapter: Adapter) -> tuple[Plan, ...]:
    """Ways to compute ``product`` there, packing included; ``y`` (rows, columns) is f32, at f16 rounded to it.

    Raises ``Unsupported`` for a depth of more than 64 blocks, whose results need blocks of their own.
    """
    if product.depth > BLOCK * LANES:
        raise Unsupported(f"sums of at most {BLOCK * LANES:,} products are possible, these have {product.depth:,}")
    return tuple(_tiled(product, dtype, tiling) for tiling in tilings(adapter))


def _tiled(product: Product, dtype: str, tiling: Tiling) -> Plan:
    """A launch that packs, and one or more, of at most ``MOST_OPERATIONS`` each where a panel has no more, of tiles."""
    rows, columns = tiling.side * tiling.rows, tiling.side * tiling.columns
    places = -(-product.depth // LANES) * LANES
    lanes = -(-places // BLOCK) * LANES  # of a panel
    down, across = -(-product.rows // rows), -(-product.columns // columns)
    buffers = (
        _words("a", product.rows * product.depth, dtype, product.a),
        _words("b", product.depth * product.columns, dtype, product.b),
        Buffer("a_panels", (down * places * rows,), "f32", "scratch"),
        Buffer("b_panels", (across * places * columns,), "f32", "scratch"),
        Buffer("y", (product.rows, product.columns), "f32", "result"),
    )
    extents = (("rows", product.rows), ("columns", product.columns))
    panels = (("ROWS", rows), ("COLUMNS", columns), ("BLOCK", BLOCK))
    pack = Step(
        parts=(*_PARTS[dtype], "panels"),
        entry="pack_transposed" if product.transposed else "pack",
        buffers=("a", "b", "a_panels", "b_panels"),
        writes=2,
        parameters=(*extents, ("depth", product.depth), ("places", places)),
        constants=panels,
        groups=-(-(down + across) * lanes // PACK_GROUP),
        group_items=PACK_GROUP,
    )
    shape = (("SIDE", tiling.side), ("VECTOR", tiling.vector), ("STRIPS", tiling.strips))
    most = max(1, MOST_OPERATIONS // (2 * rows * product.depth * product.columns))
    tiles = tuple(
        Step(
            parts=(*_PARTS[dtype], "matmul"),
            entry="tiles",
            buffers=("a_panels", "b_panels", "y"),
            writes=1,
            parameters=(*extents, ("places", places), ("first", first), ("end", min(first + most, down))),
            constants=(*panels, *shape, ("LEVELS", 6 if product.depth <= BLOCK else 12)),
            groups=across * -(-(min(first + most, down) - first) // tiling.strips),
            group_items=tiling.side**2,
        )
        for first in range(0, down, most)
    )
    return Plan(tiling.name, buffers, (pack, *tiles))


def _words(name: str, count: int, dtype: str, fill: Fill) -> Buffer:
    return Buffer(name, (-(-count // _PER_WORD[dtype]),), "u32", "weight", partial(packed_operand, fill, dtype))


def packed_operand(fill: Fill, dtype: str) -> NDArray[np.uint32]:
    """An operand's values in C order as words: f32 one each; f16 (rounded here) two, the first lower."""
    import numpy as np

    from paragon_tui.arithmetic.rounding import half_bits

    values = fill().ravel()
    if dtype == "f32":
        return np.ascontiguousarray(values).view(np.uint32)
    halves = np.zeros(-(-values.size // 2) * 2, dtype=np.uint16)
    halves[: values.size] = half_bits(values)
    return halves.view(np.uint32)


def vector_plans(
    rows: int, depth: int, matrix: Fill, x: Fill, dtype: str, adapter: Adapter, bias: Fill | None = None
) -> tuple[Plan, ...]:
    """Ways to multiply ``matrix`` (rows, depth) by ``x`` (depth,) there: a dense layer of no bias.

    With a ``bias`` (rows,) it is a dense layer, which adds it, and then relu. ``y`` (rows,) is f32, at f16 rounded.
    """
    buffers = (
        Buffer("matrix", (rows * row_words(depth, dtype),), "u32", "weight", partial(_packed_matrix, matrix, dtype)),
        Buffer("bias", (rows,), "f32", "weight" if bias else "scratch", bias),
        Buffer("x", (padded(depth),), "f32", "weight", partial(_packed_vector, x, dtype)),
        Buffer("y", (rows,), "f32", "result"),
    )

    def plan(launch: Launch) -> Plan:
        names = tuple(buffer.name for buffer in buffers)
        parts = _LAYER_PARTS if bias else _VECTOR_PARTS
        activated = int(dtype == "f16" or bias is not None)
        return Plan(launch.name, buffers, (layer_step(launch, parts[dtype], names, (depth, rows), dtype, activated),))

    return tuple(map(plan, launches(adapter)))


def _packed_matrix(matrix: Fill, dtype: str) -> NDArray[np.uint32]:
    return packed_weights(matrix(), dtype).reshape(-1)


def _packed_vector(x: Fill, dtype: str) -> NDArray[Any]:
    import numpy as np

    values = packed_input(x(), dtype)
    return np.pad(values, (0, padded(values.size) - values.size))
