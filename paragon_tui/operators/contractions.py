"""Contractions of batched networks: dots of one factor's rows with another's, then an epilogue, in three variants.

Every output is the canonical dot of NUMERICS.md section 2, so all variants give the same bits. ``for-loop``: one
work-item per row, as a textbook writes it. ``vector``: the lanes of a dot side by side. ``tiled``: operands packed into
panels, then tiles of outputs in registers. Subgroups and cooperative matrices are no option: they add in an order of
their own, so their bits would differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from paragon_tui.arithmetic.constants import BLOCK, FLUSH_THRESHOLD, LANES
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.backends.plan import Buffer, Step
from paragon_tui.operators import layout
from paragon_tui.operators.layout import Layout
from paragon_tui.operators.lowering import Lowering, Site
from paragon_tui.operators.reducing import works_in_vectors
from paragon_tui.operators.tensor import Tensor

Variant = Literal["tiled", "vector", "for-loop"]
CONTRACTIONS: dict[str, Variant] = {"tiled": "tiled", "vector": "vector", "for-loop": "for-loop"}
"""The variants of kernels that contractions have."""
Epilogue = Literal["plain", "bias", "relu", "leaky", "slope"]
"""The operations after a dot: none; a bias; a bias, then relu or leaky relu; a product with leaky relu's derivative."""

LARGEST_INDEX = 2**32 - 1
_EPILOGUES: tuple[Epilogue, ...] = ("plain", "bias", "relu", "leaky", "slope")
_FOR_LOOP_GROUP = 64  # work-items per work-group, one per row
_VECTOR_GROUP, _SPAN = 64, 64  # work-items per work-group, and outputs of one row that it computes
MOST_OPERATIONS = 2**33
"""The most operations in a launch of tiles: a longer launch may trigger a driver's watchdog."""
_VECTOR_ROUNDS = 3  # loop rounds per term in the kernel of the variant `vector`
LOOP_ROUNDS = 60_000
"""The most loop rounds of a work-item on Mesa's software driver.

The driver silently ends all loops of an invocation after 65,535 rounds in total.
"""
_PRODUCTS = {"f32": "products_f32", "f16": "products_f16"}


@dataclass(frozen=True, slots=True)
class Tiling:
    """A work-group's share of the outputs: ``side`` by ``side`` work-items, each with ``rows`` by ``columns`` outputs.

    ``vector_width`` is the width of the vectors that form a row of a tile, ``epilogue_width`` that of the epilogue's;
    a work-group computes ``strips`` row panels.
    """

    name: str
    side: int
    rows: int
    columns: int
    vector_width: int
    strips: int
    epilogue_width: int


STREAM = Tiling("streams", 1, 4, 16, 8, 8, 8)  # a work-item is a stream of vector instructions, its tile in registers
WIDE_STREAM = Tiling("wide streams", 1, 8, 16, 16, 8, 8)  # the same for twice as many registers of twice the width
_WIDE = 16  # f32 in a register of AVX-512
SQUARES = (Tiling("tiles 8", 8, 4, 4, 4, 1, 1), Tiling("tiles 16", 16, 4, 4, 4, 1, 1))


@dataclass(frozen=True, slots=True)
class Operand:
    """Matrices in a buffer of f32 words, one or a batch of them.

    Term k of line l of matrix m is ``buffer[offset + m·matrix_stride + l·line_stride + k·term_stride]``.
    """

    buffer: str
    line_stride: int
    term_stride: int
    offset: int = 0
    matrix_stride: int = 0

    def largest_index(self, matrices: int, lines: int, terms: int) -> int:
        """Return the largest index of ``matrices`` matrices of ``lines`` by ``terms`` elements."""
        in_a_matrix = (lines - 1) * self.line_stride + (terms - 1) * self.term_stride
        return self.offset + (matrices - 1) * self.matrix_stride + in_a_matrix

    def from_line(self, line: int) -> Operand:
        """Return the operand whose first line is line ``line`` of this one."""
        return replace(self, offset=self.offset + line * self.line_stride)


@dataclass(frozen=True, slots=True)
class Contraction:
    """``y(r, c) = epilogue(dot over k of a(r, k)·b(c, k))``, r < ``rows``, c < ``columns``; lines of y are its rows.

    There are ``matrices`` of each, of one shape, and every y is of its own a and b.

    ``extra`` is the epilogue's operand: a bias, with element c at offset + c·line_stride; or, for ``slope``, the output
    of leaky relu: where extra(r, c) is positive the factor is 1, elsewhere 0.01. ``ones``: b has one more column, of
    ones, so that column ``columns`` of y holds the sums of a's rows. ``half``: results are rounded to f16. ``flush``:
    results below 2^-100 in magnitude become +0. Raises ``ValueError`` for ``ones`` with an epilogue, and for an
    epilogue without its operand.
    """

    rows: int
    depth: int
    columns: int
    a: Operand
    b: Operand
    y: Operand
    epilogue: Epilogue = "plain"
    extra: Operand | None = None
    ones: bool = False
    half: bool = False
    flush: bool = False
    matrices: int = 1

    def __post_init__(self) -> None:
        if (self.epilogue == "plain") != (self.extra is None):
            raise ValueError(
                f"a contraction of kind {self.epilogue} {'has no' if self.extra else 'needs an'} extra operand"
            )
        if self.ones and self.epilogue != "plain":
            raise ValueError("the sums of rows have no bias and no activation")

    @property
    def bound_extra(self) -> Operand:
        """The extra operand by rows and columns; without one, a placeholder that can be bound in its place."""
        if self.extra is None:
            return Operand(self.b.buffer, 0, 0)
        return (
            self.extra
            if self.epilogue == "slope"
            else Operand(self.extra.buffer, 0, self.extra.line_stride, self.extra.offset, self.extra.matrix_stride)
        )


def contraction(
    name: str, c: Contraction, dtype: str, variant: Variant, adapter: Adapter
) -> tuple[tuple[Buffer, ...], tuple[Step, ...]]:
    """Return the scratch buffers, named after ``name``, and the steps in order.

    At ``dtype`` f16 both factors hold f16 values, so that products are exact. Raises ``Unsupported`` for a depth of
    more than 64 blocks, where an index would not fit 32 bits, and where a driver ends loops too early.
    """
    check(name, c, adapter, variant)
    if variant == "for-loop":
        return (), _for_loop(c, dtype, adapter)
    if variant == "vector":
        return (), (_vector(c, dtype, adapter),)
    return tiled(name, c, dtype, tilings(adapter, c.rows)[0])


def contraction_lowerings(
    name: str, c: Contraction, factors: Mapping[str, Tensor], others: Mapping[str, Layout], site: Site
) -> tuple[Lowering, ...]:
    """Return the site's variant of contractions, or tiles: of factors as they are packed in memory, or one per word.

    ``factors`` are the tensors of a and b by name, ``others`` the layouts of all other operands and results. Raises as
    ``contraction`` does.
    """
    (dtype,) = {tensor.dtype for tensor in factors.values()}
    wide = {**{factor: layout.widened(tensor) for factor, tensor in factors.items()}, **others}
    variant = CONTRACTIONS.get(site.variant)
    if variant is not None:
        scratch, steps = contraction(name, c, dtype, variant, site.adapter)
        return (Lowering(variant, wide, steps, scratch, frozenset(buffer.name for buffer in scratch)),)
    check(name, c, site.adapter, "tiled")
    packed = {**{factor: layout.packed(tensor) for factor, tensor in factors.items()}, **others}

    def lowering(tiling: Tiling, is_packed: bool) -> Lowering:
        scratch, steps = tiled(name, c, dtype, tiling, packed=is_packed)
        reusable = frozenset(buffer.name for buffer in scratch)
        return Lowering(tiling.name, packed if is_packed else wide, steps, scratch, reusable)

    ways = (False,) if dtype == "f32" else (True, False)
    return tuple(lowering(tiling, way) for tiling in tilings(site.adapter, c.rows) for way in ways)


def tilings(adapter: Adapter, rows: int) -> tuple[Tiling, ...]:
    """Return the tilings worth trying on the adapter for so many rows, the most promising first.

    Where none fits, return the smallest, whose failure reports the limit that it exceeds.
    """
    if adapter.type == "cpu":
        if not works_in_vectors(adapter):
            return SQUARES[:1]
        is_wide = (adapter.vector_width or 0) >= _WIDE and rows > STREAM.rows
        return (WIDE_STREAM if is_wide else STREAM,)
    limit = adapter.max_group_items
    return tuple(tiling for tiling in SQUARES if limit is None or tiling.side**2 <= limit) or SQUARES[:1]


def tiled(
    name: str, c: Contraction, dtype: str, tiling: Tiling, packed: bool = False
) -> tuple[tuple[Buffer, ...], tuple[Step, ...]]:
    """Return the scratch buffers and the launches: one that packs both factors, then one or more of tiles.

    A launch of tiles has some whole matrices, or some row panels of one: at most ``MOST_OPERATIONS``, unless a single
    row panel has more. ``packed``: the factors' elements are f16, two per word, the first in the low half.
    """
    panel_rows, panel_columns = tiling.side * tiling.rows, tiling.side * tiling.columns
    padded_depth = -(-c.depth // LANES) * LANES
    blocks_per_panel = -(-padded_depth // BLOCK)
    columns = c.columns + c.ones
    row_panels, column_panels = -(-c.rows // panel_rows), -(-columns // panel_columns)
    buffers = (
        Buffer(f"{name}.a_panels", (c.matrices * row_panels * padded_depth * panel_rows,), "f32", "scratch"),
        Buffer(f"{name}.b_panels", (c.matrices * column_panels * padded_depth * panel_columns,), "f32", "scratch"),
    )
    a_panels, b_panels = (buffer.name for buffer in buffers)
    panels = (("ROWS", panel_rows), ("COLUMNS", panel_columns), ("BLOCK", BLOCK))
    pack = Step(
        parts=("rounding", "depth_first", "element", "panels"),
        entry="pack",
        buffers=(c.a.buffer, c.b.buffer, a_panels, b_panels),
        writes=2,
        parameters=(
            *(("matrices", c.matrices), ("rows", c.rows), ("columns", c.columns), ("ones", int(c.ones))),
            *(("depth", c.depth), ("places", padded_depth), *_strides(a=c.a, b=c.b)),
        ),
        constants=(*panels, ("HALF", int(packed))),
        groups=c.matrices * (row_panels + column_panels) * blocks_per_panel,
        group_items=LANES,
    )
    shape = (
        *(("SIDE", tiling.side), ("VECTOR", tiling.vector_width)),
        *(("STRIPS", tiling.strips), ("WIDTH", tiling.epilogue_width)),
    )
    panels_per_launch = max(1, MOST_OPERATIONS // (2 * panel_rows * c.depth * columns))
    matrices_per_launch = max(1, panels_per_launch // row_panels)

    def launch(matrices: range, row_range: range) -> Step:
        return Step(
            parts=(*_parts(c, dtype), "depth_first", "tiles"),
            entry="tiles",
            buffers=(a_panels, b_panels, b_panels if c.extra is None else c.bound_extra.buffer, c.y.buffer),
            writes=1,
            parameters=(
                *(("rows", c.rows), ("columns", columns), ("places", padded_depth)),
                *(("first_matrix", matrices.start), ("end_matrix", matrices.stop)),
                *(("first", row_range.start), ("end", row_range.stop)),
                *_strides(extra=c.bound_extra, y=c.y),
                *_epilogue_parameters(c),
            ),
            constants=(*panels, *shape, ("LEVELS", 6 if c.depth <= BLOCK else 12)),
            groups=len(matrices) * column_panels * -(-len(row_range) // tiling.strips),
            group_items=tiling.side**2,
        )

    tiles = tuple(
        launch(matrices, row_range)
        for matrices in _pieces(c.matrices, matrices_per_launch)
        for row_range in _pieces(row_panels, panels_per_launch)
    )
    return buffers, (pack, *tiles)


def _pieces(count: int, most: int) -> Iterator[range]:
    """Yield ranges of at most ``most`` numbers each, together 0 to ``count`` - 1."""
    for start in range(0, count, most):
        yield range(start, min(start + most, count))


def check(name: str, c: Contraction, adapter: Adapter, variant: Variant) -> None:
    """Raise ``Unsupported`` for sizes that the kernels cannot index, and for loops that a driver would end."""
    if c.depth > BLOCK * LANES:
        raise Unsupported(f"sums of at most {BLOCK * LANES:,} products are supported, {name} has {c.depth:,}")
    columns = c.columns + c.ones
    ends = (
        c.a.largest_index(c.matrices, c.rows, c.depth),
        c.b.largest_index(c.matrices, c.columns, c.depth),
        c.y.largest_index(c.matrices, c.rows, columns),
        c.bound_extra.largest_index(c.matrices, c.rows, columns),
        c.matrices * c.rows * columns,
    )
    if max(ends) > LARGEST_INDEX:
        raise Unsupported(f"{name} needs {max(ends) + 1:,} elements, more than the 2^32 that a kernel can address")
    rounds = _VECTOR_ROUNDS * c.depth if variant == "vector" else _loop_rounds(c.depth)
    if _limits_loops(adapter) and rounds > LOOP_ROUNDS:
        raise Unsupported(f"{adapter.id} ends loops after 65,535 rounds, too early for {name}'s {c.depth:,} products")


def _parts(c: Contraction, dtype: str) -> tuple[str, ...]:
    epilogue = ("rounding", "kept_f16", "epilogue") if c.half else ("kept_f32", "epilogue")
    return (_PRODUCTS[dtype], *epilogue)


def _strides(**operands: Operand) -> tuple[tuple[str, int], ...]:
    """Return the kernel parameters that locate the elements of each operand."""
    return tuple(
        (f"{name}_{field}", value)
        for name, operand in operands.items()
        for field, value in (
            *(("offset", operand.offset), ("matrix", operand.matrix_stride)),
            *(("along", operand.line_stride), ("down", operand.term_stride)),
        )
    )


def _epilogue_parameters(c: Contraction) -> tuple[tuple[str, int], ...]:
    return ("kind", _EPILOGUES.index(c.epilogue)), ("least", FLUSH_THRESHOLD if c.flush else 1)


def _for_loop(c: Contraction, dtype: str, adapter: Adapter) -> tuple[Step, ...]:
    """Return one launch, or several of a few columns each where loops must be short."""
    columns = c.columns + c.ones
    per_launch = max(1, LOOP_ROUNDS // _loop_rounds(c.depth)) if _limits_loops(adapter) else columns
    return tuple(
        _for_loop_step(c, dtype, first, min(per_launch, columns - first)) for first in range(0, columns, per_launch)
    )


def _limits_loops(adapter: Adapter) -> bool:
    """Return whether the adapter's driver ends long loops; see ``LOOP_ROUNDS``."""
    return adapter.has_simd_items


def _loop_rounds(depth: int) -> int:
    """Return the most rounds that the loops of one dot take: leaves, their terms, and the sums that follow them."""
    leaves = LANES if depth <= BLOCK else LANES * LANES
    return 4 * leaves + depth


def _for_loop_step(c: Contraction, dtype: str, first: int, count: int) -> Step:
    """Return the launch for ``count`` columns of y from ``first`` on; the column that b's ones give is the last."""
    b_columns = max(0, min(count, c.columns - first))
    part = replace(c, b=c.b.from_line(first), y=replace(c.y, offset=c.y.offset + first * c.y.term_stride))
    extra = replace(c.bound_extra, offset=c.bound_extra.offset + first * c.bound_extra.term_stride)
    return Step(
        parts=(*_parts(c, dtype), "depth_first", "for_loop"),
        entry="for_loop",
        buffers=(c.a.buffer, c.b.buffer, c.bound_extra.buffer, c.y.buffer),
        writes=1,
        parameters=(
            *(("matrices", c.matrices), ("rows", c.rows), ("depth", c.depth)),
            *(("columns", b_columns), ("ones", count - b_columns)),
            *_strides(a=c.a, b=part.b, extra=extra, y=part.y),
            *_epilogue_parameters(c),
        ),
        constants=(("BLOCK", BLOCK),),
        groups=-(-c.matrices * c.rows // _FOR_LOOP_GROUP),
        group_items=_FOR_LOOP_GROUP,
    )


def _vector(c: Contraction, dtype: str, adapter: Adapter) -> Step:
    columns = c.columns + c.ones
    streams = works_in_vectors(adapter)
    return Step(
        parts=(*_parts(c, dtype), "cooperating", *(("cooperating_vectors",) if streams else ())),
        entry="cooperating_vectors" if streams else "cooperating",
        buffers=(c.a.buffer, c.b.buffer, c.bound_extra.buffer, c.y.buffer),
        writes=1,
        parameters=(
            *(("matrices", c.matrices), ("rows", c.rows), ("depth", c.depth)),
            *(("columns", c.columns), ("ones", int(c.ones))),
            *_strides(a=c.a, b=c.b, extra=c.bound_extra, y=c.y),
            *_epilogue_parameters(c),
        ),
        constants=(("BLOCK", BLOCK), ("SPAN", _SPAN)),
        groups=c.matrices * c.rows * -(-columns // _SPAN),
        group_items=1 if streams else _VECTOR_GROUP,
    )
