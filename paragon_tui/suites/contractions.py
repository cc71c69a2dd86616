"""Contractions of networks in batch: a factor's rows by another's, what follows the dot included, in three variants.

Every output is the canonical dot of NUMERICS.md section 2, so all variants give the same bits. ``for-loop``: a
work-item a row, as a textbook writes it. ``vector``: the lanes of a dot side by side. ``tiled``: operands laid out in
panels, then tiles of outputs in registers. Subgroups or cooperative matrices would serve no variant: the
order in which they add up is their own, and so would be the bits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from paragon_tui.arithmetic.reduction import BLOCK, LANES
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.backends.plan import Buffer, Step

Variant = Literal["tiled", "vector", "for-loop"]
Kind = Literal["plain", "bias", "relu", "leaky", "slope"]
"""What follows a dot: nothing; a bias; a bias, then relu or leaky relu; leaky relu's derivative, as a factor."""

LARGEST_INDEX = 2**32 - 1
_KINDS: tuple[Kind, ...] = ("plain", "bias", "relu", "leaky", "slope")
_FLUSHED = 0x0D800000  # 2^-100: what is smaller becomes +0 where results are flushed
_ROWS_GROUP = 64
_VECTOR_GROUP, _SPAN = 64, 64
_PACK_GROUP = 64  # lanes of panels, one an item
MOST_OPERATIONS = 2**33
"""Of a launch of tiles: what takes longer may meet a driver's watchdog."""
_VECTOR_ROUNDS = 3  # a term, of cooperating lanes that compute a span
LOOP_ROUNDS = 60_000
"""Mesa's software driver ends an invocation's loops, all of them together, after 65,535 rounds, and says nothing."""
_PRODUCTS = {"f32": "products_f32", "f16": "products_f16"}


@dataclass(frozen=True, slots=True)
class Tiling:
    """A work-group's share of the outputs: ``side`` by ``side`` items, of ``rows`` by ``columns`` outputs each.

    ``vector`` is the width of the vectors that a row of a tile is made of, ``width`` that of what follows the dots; a
    work-group takes ``strips`` panels.
    """

    name: str
    side: int
    rows: int
    columns: int
    vector: int
    strips: int
    width: int


STREAM = Tiling("streams", 1, 4, 16, 8, 8, 8)  # an item is a stream of vector instructions, its tile their registers
SQUARES = (Tiling("tiles 8", 8, 4, 4, 4, 1, 1), Tiling("tiles 16", 16, 4, 4, 4, 1, 1))


@dataclass(frozen=True, slots=True)
class Operand:
    """A factor in the f32 words of a buffer: line l's term k is ``buffer[offset + l·along + k·down]``."""

    buffer: str
    along: int
    down: int
    offset: int = 0

    def last(self, lines: int, terms: int) -> int:
        """The largest index of ``lines`` by ``terms`` elements."""
        return self.offset + (lines - 1) * self.along + (terms - 1) * self.down

    def from_line(self, line: int) -> Operand:
        """The operand whose first line is this one's ``line``."""
        return replace(self, offset=self.offset + line * self.along)


@dataclass(frozen=True, slots=True)
class Contraction:
    """``y(r, c) = after(dot over k of a(r, k)·b(c, k))`` for r < ``rows``, c < ``columns``; lines of y are rows.

    ``extra``: of a bias, c's element is at offset + c·along; of ``slope`` it is what leaky relu gave: where extra(r, c)
    is positive the factor is 1, elsewhere 0.01. ``ones``: b has one more column, all ones, so that y's column
    ``columns`` has the sums of a's rows. ``half``: results are rounded to f16. ``flush``: results below 2^-100 in
    magnitude are +0. Raises ``ValueError`` for ones with an extra operand, and for a kind that lacks its own.
    """

    rows: int
    depth: int
    columns: int
    a: Operand
    b: Operand
    y: Operand
    kind: Kind = "plain"
    extra: Operand | None = None
    ones: bool = False
    half: bool = False
    flush: bool = False

    def __post_init__(self) -> None:
        if (self.kind == "plain") != (self.extra is None):
            raise ValueError(
                f"a contraction of kind {self.kind} {'has no' if self.extra else 'needs an'} extra operand"
            )
        if self.ones and self.kind != "plain":
            raise ValueError("the sums of rows have no bias and no activation")

    @property
    def beside(self) -> Operand:
        """The extra operand by rows and columns; where there is none, something that may be bound in its place."""
        if self.extra is None:
            return Operand(self.b.buffer, 0, 0)
        return (
            self.extra if self.kind == "slope" else Operand(self.extra.buffer, 0, self.extra.along, self.extra.offset)
        )


def contraction(
    name: str, c: Contraction, dtype: str, variant: Variant, adapter: Adapter
) -> tuple[tuple[Buffer, ...], tuple[Step, ...]]:
    """Scratch buffers, named after ``name``, and the steps, in order.

    At ``dtype`` f16 both factors hold f16 values, so that products are exact. Raises ``Unsupported`` for a depth of
    more than 64 blocks, where an index would not fit 32 bits, and where a driver ends loops too early.
    """
    check(name, c, adapter, variant)
    if variant == "for-loop":
        return (), _for_loop(c, dtype, adapter)
    if variant == "vector":
        return (), (_vector(c, dtype, adapter),)
    return tiled(name, c, dtype, tilings(adapter)[0])


def tilings(adapter: Adapter) -> tuple[Tiling, ...]:
    """Those worth trying there, the likeliest best first; the smallest where none fits, so that its limit is told."""
    if adapter.type == "cpu":
        return (STREAM,) if adapter.api == "opencl" else SQUARES[:1]
    most = adapter.max_group_items
    return tuple(tiling for tiling in SQUARES if most is None or tiling.side**2 <= most) or SQUARES[:1]


def tiled(
    name: str, c: Contraction, dtype: str, tiling: Tiling, packed: bool = False
) -> tuple[tuple[Buffer, ...], tuple[Step, ...]]:
    """A launch that packs, and one or more, of at most ``MOST_OPERATIONS`` each where a panel has no more, of tiles.

    ``packed``: the factors' elements are f16, two a word, the first lower.
    """
    rows, columns = tiling.side * tiling.rows, tiling.side * tiling.columns
    places = -(-c.depth // LANES) * LANES
    lanes = -(-places // BLOCK) * LANES  # of a panel
    across = c.columns + c.ones
    down, panels_across = -(-c.rows // rows), -(-across // columns)
    buffers = (
        Buffer(f"{name}.a_panels", (down * places * rows,), "f32", "scratch"),
        Buffer(f"{name}.b_panels", (panels_across * places * columns,), "f32", "scratch"),
    )
    a_panels, b_panels = (buffer.name for buffer in buffers)
    panels = (("ROWS", rows), ("COLUMNS", columns), ("BLOCK", BLOCK))
    pack = Step(
        parts=("depth_first", "element", "panels"),
        entry="pack",
        buffers=(c.a.buffer, c.b.buffer, a_panels, b_panels),
        writes=2,
        parameters=(
            *(("rows", c.rows), ("columns", c.columns), ("ones", int(c.ones)), ("depth", c.depth), ("places", places)),
            *_strides(a=c.a, b=c.b),
        ),
        constants=(*panels, ("HALF", int(packed))),
        groups=-(-(down + panels_across) * lanes // _PACK_GROUP),
        group_items=_PACK_GROUP,
    )
    shape = (("SIDE", tiling.side), ("VECTOR", tiling.vector), ("STRIPS", tiling.strips), ("WIDTH", tiling.width))
    most = max(1, MOST_OPERATIONS // (2 * rows * c.depth * across))
    tiles = tuple(
        Step(
            parts=(*_parts(c, dtype), "depth_first", "tiles"),
            entry="tiles",
            buffers=(a_panels, b_panels, b_panels if c.extra is None else c.beside.buffer, c.y.buffer),
            writes=1,
            parameters=(
                *(("rows", c.rows), ("columns", across), ("places", places)),
                *(("first", first), ("end", min(first + most, down))),
                *_strides(extra=c.beside, y=c.y),
                *_epilogue_parameters(c),
            ),
            constants=(*panels, *shape, ("LEVELS", 6 if c.depth <= BLOCK else 12)),
            groups=panels_across * -(-(min(first + most, down) - first) // tiling.strips),
            group_items=tiling.side**2,
        )
        for first in range(0, down, most)
    )
    return buffers, (pack, *tiles)


def check(name: str, c: Contraction, adapter: Adapter, variant: Variant) -> None:
    """Raise ``Unsupported`` for what the kernels cannot count, and for loops that a driver would end."""
    if c.depth > BLOCK * LANES:
        raise Unsupported(f"sums of at most {BLOCK * LANES:,} products are possible, {name} has {c.depth:,}")
    across = c.columns + c.ones
    ends = (
        c.a.last(c.rows, c.depth),
        c.b.last(c.columns, c.depth),
        c.y.last(c.rows, across),
        c.beside.last(c.rows, across),
        c.rows * across,
    )
    if max(ends) > LARGEST_INDEX:
        raise Unsupported(f"{name} needs {max(ends) + 1:,} elements, more than the 2^32 that a kernel can count")
    rounds = _VECTOR_ROUNDS * c.depth if variant == "vector" else _rounds(c.depth)
    if _ends_loops(adapter) and rounds > LOOP_ROUNDS:
        raise Unsupported(f"{adapter.id} ends loops after 65,535 rounds, too early for {name}'s {c.depth:,} products")


def _parts(c: Contraction, dtype: str) -> tuple[str, ...]:
    epilogue = ("rounding", "kept_f16", "epilogue") if c.half else ("kept_f32", "epilogue")
    return (_PRODUCTS[dtype], *epilogue)


def _strides(**operands: Operand) -> tuple[tuple[str, int], ...]:
    return tuple(
        (f"{name}_{field}", value)
        for name, operand in operands.items()
        for field, value in (("offset", operand.offset), ("along", operand.along), ("down", operand.down))
    )


def _epilogue_parameters(c: Contraction) -> tuple[tuple[str, int], ...]:
    return ("kind", _KINDS.index(c.kind)), ("least", _FLUSHED if c.flush else 1)


def _for_loop(c: Contraction, dtype: str, adapter: Adapter) -> tuple[Step, ...]:
    """A launch, or where loops must be short one for every few columns."""
    across = c.columns + c.ones
    most = max(1, LOOP_ROUNDS // _rounds(c.depth)) if _ends_loops(adapter) else across
    return tuple(_columns(c, dtype, first, min(most, across - first)) for first in range(0, across, most))


def _ends_loops(adapter: Adapter) -> bool:
    return adapter.type == "cpu" and adapter.api != "opencl"


def _rounds(depth: int) -> int:
    """The rounds that the loops of one dot go, at most: leaves, their terms, and the sums that follow them."""
    leaves = LANES if depth <= BLOCK else LANES * LANES
    return 4 * leaves + depth


def _columns(c: Contraction, dtype: str, first: int, count: int) -> Step:
    """``count`` columns of y from ``first`` on, the one that b's ones give the last."""
    of_b = max(0, min(count, c.columns - first))
    part = replace(c, b=c.b.from_line(first), y=replace(c.y, offset=c.y.offset + first * c.y.down))
    extra = replace(c.beside, offset=c.beside.offset + first * c.beside.down)
    return Step(
        parts=(*_parts(c, dtype), "depth_first", "for_loop"),
        entry="for_loop",
        buffers=(c.a.buffer, c.b.buffer, c.beside.buffer, c.y.buffer),
        writes=1,
        parameters=(
            *(("rows", c.rows), ("depth", c.depth), ("columns", of_b), ("ones", count - of_b)),
            *_strides(a=c.a, b=part.b, extra=extra, y=part.y),
            *_epilogue_parameters(c),
        ),
        constants=(("BLOCK", BLOCK),),
        groups=-(-c.rows // _ROWS_GROUP),
        group_items=_ROWS_GROUP,
    )


def _vector(c: Contraction, dtype: str, adapter: Adapter) -> Step:
    across = c.columns + c.ones
    streams = adapter.type == "cpu" and adapter.api == "opencl"  # a work-item is a stream of vector instructions
    return Step(
        parts=(*_parts(c, dtype), "cooperating", *(("cooperating_vectors",) if streams else ())),
        entry="cooperating_vectors" if streams else "cooperating",
        buffers=(c.a.buffer, c.b.buffer, c.beside.buffer, c.y.buffer),
        writes=1,
        parameters=(
            *(("rows", c.rows), ("depth", c.depth), ("columns", c.columns), ("ones", int(c.ones))),
            *_strides(a=c.a, b=c.b, extra=c.beside, y=c.y),
            *_epilogue_parameters(c),
        ),
        constants=(("BLOCK", BLOCK), ("SPAN", _SPAN)),
        groups=c.rows * -(-across // _SPAN),
        group_items=1 if streams else _VECTOR_GROUP,
    )
