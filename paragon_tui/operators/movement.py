"""Movement of elements without computation: transposes, repeated and reshaped operands, and operands side by side.

The kernels move u32 words, so they do not depend on an adapter's floats. f16 are moved two per word, in rows of whole
words whose last half may be padding, or one per word where a neighbour has them so. Transposes pad both extents to
whole tiles. A reshape, which only copies, has all elements in one row, and pads that to whole vectors of four words.
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
_COPY_GROUP, _COPIED = 256, 4  # work-items, each of which copies that many words
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
        return _side_by_side({"left": left, "right": right, "y": y}, rows, site.adapter)


@dataclass(frozen=True, slots=True)
class Stack(_Movement):
    """y = ``left`` and ``right`` along a new ``axis`` of extent 2; a negative axis counts from y's last one."""

    axis: int = 0

    @property
    def operands(self) -> tuple[str, ...]:
        """``left`` and ``right``."""
        return ("left", "right")

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return y, of one axis more than both operands, which have one shape and dtype."""
        left, right = operands
        rank = len(left.shape)
        if not rank or not -rank - 1 <= self.axis <= rank or left != right or left.dtype not in MOVED:
            raise WrongOperands(f"nothing of {left} and {right} can be stacked along a new axis {self.axis}")
        axis = self.axis % (rank + 1)
        return (Tensor((*left.shape[:axis], 2, *left.shape[axis:]), left.dtype),)

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return one work-group per row of the last axis; where that is the new one, per pair of elements."""
        left, right = site.tensors
        (y,) = self.infer(left, right)
        tensors = {"left": left, "right": right, "y": y}
        axis, columns = self.axis % len(y.shape), left.shape[-1]
        if axis == len(left.shape):
            return _side_by_side(tensors, left.count, site.adapter)
        rows, run = y.count // columns, prod(left.shape[axis:-1])

        def lowering(encoding: Encoding) -> Lowering:
            layouts = {name: _rows(tensor, encoding, columns) for name, tensor in tensors.items()}
            parameters = (("rows", rows), ("run", run), ("words", layouts["y"].words // rows))
            return _by_rows("stack", layouts, parameters, rows, site.adapter)

        return tuple(map(lowering, _encodings(left)))


@dataclass(frozen=True, slots=True)
class Reshape(_Movement):
    """y = a copy of x's elements, in C order, in another ``shape``. Raises ``WrongOperands`` for what is no shape."""

    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        Tensor(self.shape)

    @property
    def operands(self) -> tuple[str, ...]:
        """``x``."""
        return ("x",)

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return y of the shape, which has as many elements as the operand, and of the operand's dtype."""
        (x,) = operands
        if x.count != prod(self.shape) or x.dtype not in MOVED:
            raise WrongOperands(
                f"a reshape to {self.shape} takes {prod(self.shape)} elements of {', '.join(MOVED)}, not {x}"
            )
        return (Tensor(self.shape, x.dtype),)

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return the copy of all words, four per work-item."""
        (x,) = site.tensors

        def lowering(encoding: Encoding) -> Lowering:
            in_a_row = _in_vectors(x, encoding)
            items, group = in_a_row.words // _COPIED, min(_COPY_GROUP, site.adapter.max_group_items or _COPY_GROUP)
            step = Step(
                parts=("copy",),
                entry="copy",
                buffers=("x", "y"),
                writes=1,
                parameters=(("n", items),),
                constants=(),
                groups=-(-items // group),
                group_items=group,
            )
            return _checked(Lowering("copy", {"x": in_a_row, "y": in_a_row}, (step,)))

        return tuple(map(lowering, _encodings(x)))


def _encodings(tensor: Tensor) -> tuple[Encoding, ...]:
    """Return the forms in which a kernel can move elements, the one with fewer bytes first."""
    return ("halves", "widened") if tensor.dtype == "f16" else ("words",)


def _rows(tensor: Tensor, encoding: Encoding, columns: int) -> Layout:
    """Return rows of ``columns`` elements: of halves in whole words each, others without padding."""
    if encoding == "halves":
        return layout.in_rows(Tensor((tensor.count // columns, columns), tensor.dtype))
    return layout.widened(tensor)


def _in_vectors(tensor: Tensor, encoding: Encoding) -> Layout:
    """Return all elements in one row of whole vectors of words."""
    row_words = -(-tensor.count // (PER_WORD[encoding] * _COPIED)) * _COPIED
    return Layout(encoding, tensor.count, tensor.count, row_words, (row_words,), "u32")


def _side_by_side(tensors: dict[str, Tensor], rows: int, adapter: Adapter) -> tuple[Lowering, ...]:
    """Return the lowerings that put together each of y's ``rows`` rows of one of ``left`` and one of ``right``."""
    left = tensors["left"]

    def lowering(encoding: Encoding) -> Lowering:
        layouts = {name: _rows(tensor, encoding, tensor.count // rows) for name, tensor in tensors.items()}
        words = {name: rows_of.words // rows for name, rows_of in layouts.items()}
        parameters = (
            *(("rows", rows), ("left_words", words["left"]), ("right_words", words["right"])),
            *(("words", words["y"]), ("joined", left.count // rows % PER_WORD[encoding])),
        )
        return _by_rows("concat", layouts, parameters, rows, adapter)

    return tuple(map(lowering, _encodings(left)))


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
