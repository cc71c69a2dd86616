"""Movement of elements without computation: transposes, repeated operands, and operands side by side.

The kernels move u32 words, so they do not depend on an adapter's floats. f16 are moved two per word, in rows of whole
words whose last half may be padding, or one per word where a neighbour has them so. Transposes pad both extents to
whole tiles.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.backends.plan import Step
from paragon_tui.operators import layout
from paragon_tui.operators.layout import PER_WORD, Encoding, Layout
from paragon_tui.operators.lowering import Lowering, Site
from paragon_tui.operators.operator import Operator, Tier
from paragon_tui.operators.reducing import works_in_vectors
from paragon_tui.operators.tensor import DType, Tensor, WrongOperands

MOVED: tuple[DType, ...] = ("f32", "f16", "i32", "u32")
"""The dtypes of elements that can be moved."""

_TILE, _TILE_GROUP = 32, 128  # words per side of a tile, and work-items that move it through work-group memory
_RUNS = {1: 8, 2: 4}  # vectors of eight words per side of a tile that a stream moves, by the elements per word
_ROW_GROUP = 128
_MOST_WORDS = 2**32  # per buffer: kernels count words in 32 bits


class _Movement(Operator):
    """The common rules: every element of the result is one operation, whatever its value."""

    def operations(self, *operands: Tensor) -> int:
        """Count the elements of the result."""
        (y,) = self.infer(*operands)
        return y.count

    def tier(self, *operands: Tensor) -> Tier:
        """Return integer: words are moved, whatever they represent."""
        return "integer"


@dataclass(frozen=True, slots=True)
class Transpose(_Movement):
    """y = xᵀ of a matrix (rows, columns)."""

    @property
    def operands(self) -> tuple[str, ...]:
        """``x``."""
        return ("x",)

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return y (columns, rows) of the operand's dtype."""
        (x,) = operands
        if len(x.shape) != 2 or x.dtype not in MOVED:
            raise WrongOperands(f"a transpose takes a matrix of {', '.join(MOVED)}, not {x}")
        return (Tensor(x.shape[::-1], x.dtype),)

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return one work-group per tile; it is one work-item where that is a stream of vector instructions."""
        (x,) = site.tensors
        return tuple(_transpose(x, encoding, works_in_vectors(site.adapter)) for encoding in _encodings(x))


@dataclass(frozen=True, slots=True)
class Broadcast(_Movement):
    """y = ``rows`` copies of x, one after another: of a row a matrix. Raises ``ValueError`` for less than one."""

    rows: int

    def __post_init__(self) -> None:
        if self.rows < 1:
            raise ValueError(f"an operand is repeated once or more often, not {self.rows} times")

    @property
    def operands(self) -> tuple[str, ...]:
        """``x``."""
        return ("x",)

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return y (rows, …) of the operand's shape and dtype."""
        (x,) = operands
        if not x.shape or x.dtype not in MOVED:
            raise WrongOperands(f"a broadcast takes an operand of {', '.join(MOVED)} with an axis, not {x}")
        return (Tensor((self.rows, *x.shape), x.dtype),)

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return one work-group per row."""
        (x,) = site.tensors
        (y,) = self.infer(x)

        def lowering(encoding: Encoding) -> Lowering:
            layouts = {"x": _rows(x, encoding, x.count), "y": _rows(y, encoding, x.count)}
            parameters = (("rows", self.rows), ("words", layouts["x"].words))
            return _by_rows("broadcast", layouts, parameters, self.rows, site.adapter)

        return tuple(map(lowering, _encodings(x)))


@dataclass(frozen=True, slots=True)
class Concat(_Movement):
    """y = ``left``, followed along ``axis`` by ``right``; a negative axis counts from the last one."""

    axis: int = -1

    @property
    def operands(self) -> tuple[str, ...]:
        """``left`` and ``right``."""
        return ("left", "right")

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return y, as long along the axis as both operands, which have the same other extents and dtype."""
        left, right = operands
        rank = len(left.shape)
        if not -rank <= self.axis < rank or len(right.shape) != rank or left.dtype not in MOVED:
            raise WrongOperands(f"nothing of {left} and {right} can be joined along axis {self.axis}")
        axis = self.axis % rank
        joined = (*left.shape[:axis], left.shape[axis] + right.shape[axis], *left.shape[axis + 1 :])
        fitting = (*left.shape[:axis], right.shape[axis], *left.shape[axis + 1 :])
        if right != Tensor(fitting, left.dtype):
            raise WrongOperands(f"{left} can be joined along axis {self.axis} with {left.dtype} {fitting}, not {right}")
        return (Tensor(joined, left.dtype),)

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return one work-group per row; a row has the elements from the axis on."""
        left, right = site.tensors
        (y,) = self.infer(left, right)
        rows = prod(left.shape[: self.axis % len(left.shape)])

        def lowering(encoding: Encoding) -> Lowering:
            tensors = {"left": left, "right": right, "y": y}
            layouts = {name: _rows(tensor, encoding, tensor.count // rows) for name, tensor in tensors.items()}
            words = {name: rows_of.words // rows for name, rows_of in layouts.items()}
            parameters = (
                *(("rows", rows), ("left_words", words["left"]), ("right_words", words["right"])),
                *(("words", words["y"]), ("joined", left.count // rows % PER_WORD[encoding])),
            )
            return _by_rows("concat", layouts, parameters, rows, site.adapter)

        return tuple(map(lowering, _encodings(left)))


def _encodings(tensor: Tensor) -> tuple[Encoding, ...]:
    """Return the forms in which a kernel can move elements, the one with fewer bytes first."""
    return ("halves", "widened") if tensor.dtype == "f16" else ("words",)


def _rows(tensor: Tensor, encoding: Encoding, columns: int) -> Layout:
    """Return rows of ``columns`` elements: of halves in whole words each, others without padding."""
    if encoding == "halves":
        return layout.in_rows(Tensor((tensor.count // columns, columns), tensor.dtype))
    return layout.widened(tensor)


def _by_rows(
    entry: str, layouts: dict[str, Layout], parameters: tuple[tuple[str, int], ...], rows: int, adapter: Adapter
) -> Lowering:
    """Return one work-group per row, of one work-item where that is a stream of vector instructions."""
    step = Step(
        parts=(entry,),
        entry=entry,
        buffers=tuple(layouts),
        writes=1,
        parameters=parameters,
        constants=(),
        groups=rows,
        group_items=1 if works_in_vectors(adapter) else _ROW_GROUP,
    )
    return _checked(Lowering(entry, layouts, (step,)))


def _transpose(x: Tensor, encoding: Encoding, streams: bool) -> Lowering:
    per_word = PER_WORD[encoding]
    side = 8 * _RUNS[per_word] if streams else _TILE
    rows, columns = x.shape
    tile_rows, tile_columns = (-(-extent // (side * per_word)) for extent in (rows, columns))
    layouts = {
        "x": _padded(x, encoding, side * per_word * tile_rows, side * tile_columns),
        "y": _padded(Tensor((columns, rows), x.dtype), encoding, side * per_word * tile_columns, side * tile_rows),
    }
    step = Step(
        parts=("transpose",),
        entry="transpose_tiles",
        buffers=("x", "y"),
        writes=1,
        parameters=(
            ("tiles", tile_rows * tile_columns),
            ("across", tile_columns),
            ("x_stride", layouts["x"].row_words),
            ("y_stride", layouts["y"].row_words),
        ),
        constants=(("PER_WORD", per_word), ("TILE", side)),
        groups=tile_rows * tile_columns,
        group_items=_TILE_GROUP,
    )
    if streams:
        constants = (("PER_WORD", per_word), ("RUN", _RUNS[per_word]))
        step = replace(step, parts=("transpose_runs",), entry="transpose_runs", constants=constants, group_items=1)
    return _checked(Lowering(step.entry, layouts, (step,)))


def _padded(matrix: Tensor, encoding: Encoding, rows: int, row_words: int) -> Layout:
    """Return the layout of a matrix in a buffer of whole tiles."""
    return replace(_rows(matrix, encoding, matrix.shape[1]), row_words=row_words, shape=(rows, row_words))


def _checked(lowering: Lowering) -> Lowering:
    """Return the lowering. Raises ``Unsupported`` for more words than its kernel can count."""
    largest = max(buffer.words for buffer in lowering.layouts.values())
    if largest >= _MOST_WORDS:
        raise Unsupported(f"a buffer of {largest:,} words is larger than kernels can address")
    return lowering
