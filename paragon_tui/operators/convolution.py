"""The two-dimensional convolution of one channel without padding, as in deep learning: a cross-correlation."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from paragon_tui.arithmetic.constants import BLOCK
from paragon_tui.backends.device import Unsupported
from paragon_tui.backends.plan import Step
from paragon_tui.operators import layout
from paragon_tui.operators.lowering import Lowering, Site
from paragon_tui.operators.operator import Operator, Tier
from paragon_tui.operators.reducing import check_size, works_in_vectors
from paragon_tui.operators.tensor import Tensor, WrongOperands


@dataclass(frozen=True, slots=True)
class _Tile:
    """The results of a work-group of ``items``: ``rows`` by ``columns``, ``width`` columns at a time per work-item."""

    name: str
    items: int
    rows: int
    columns: int
    width: int

    def bytes(self, kernel: tuple[int, ...]) -> int:
        """Return the bytes of work-group memory for its part of the image."""
        return 4 * (self.rows + kernel[0] - 1) * (self.columns + kernel[1] - 1)


_STREAM = _Tile("streams", 1, 16, 128, 8)  # a work-item is a stream of vector instructions
_GROUP = _Tile("groups", 64, 8, 64, 1)


@dataclass(frozen=True, slots=True)
class Convolve2D(Operator):
    """y = the image x convolved with the kernel w, both matrices of f32 or f16.

    The kernel is not flipped: y[r, c] is the canonical sum over the kernel's (i, j), row by row, of
    fl(x[r+i, c+j]·w[i, j]) (NUMERICS.md, "Attention and convolution"); of f16 operands it is rounded to f16.
    """

    @property
    def operands(self) -> tuple[str, ...]:
        """``x`` and ``w``."""
        return ("x", "w")

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return y (height - kernel height + 1, width - kernel width + 1) of the operands' dtype."""
        x, w = operands
        if len(x.shape) != 2 or len(w.shape) != 2 or x.dtype not in ("f32", "f16") or w.dtype != x.dtype:
            raise WrongOperands(f"a convolution takes two matrices of f32 or f16, not {x} and {w}")
        shape = tuple(extent - part + 1 for extent, part in zip(x.shape, w.shape, strict=True))
        if min(shape) < 1:
            raise WrongOperands(f"a convolution takes a kernel that fits the image, not {w} for {x}")
        return (Tensor(shape, x.dtype),)

    def operations(self, *operands: Tensor) -> int:
        """Count a product and a sum for each result and element of the kernel."""
        (y,) = self.infer(*operands)
        return 2 * y.count * operands[1].count

    def tier(self, *operands: Tensor) -> Tier:
        """Return exact for f16, where products are exact and only sums are rounded, else guarded."""
        return "exact" if operands[0].dtype == "f16" else "guarded"

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return the one way: a work-group per tile of results. The kernel is small, so its f16 lie one per word."""
        (x, w), adapter = site.tensors, site.adapter
        (y,) = self.infer(x, w)
        if w.count > BLOCK:
            raise Unsupported(f"convolution supports kernels of at most {BLOCK:,} elements")
        check_size(x)
        tile = _STREAM if works_in_vectors(adapter) else _GROUP
        needed, room = tile.bytes(w.shape), adapter.group_limit_bytes
        if room is not None and needed > room:
            raise Unsupported(
                f"a work-group's part of the image takes {needed / 1024:,.1f} KiB of work-group memory, "
                f"{adapter.id} has {room / 1024:,.1f} KiB"
            )
        step = Step(
            parts=("rounding", "element", "convolve2d"),
            entry="convolve",
            buffers=("x", "w", "y"),
            writes=1,
            parameters=(("height", x.shape[0]), ("width", x.shape[1])),
            constants=(
                *(("KH", w.shape[0]), ("KW", w.shape[1]), ("ROWS", tile.rows), ("COLUMNS", tile.columns)),
                *(("WIDTH", tile.width), ("HALF", int(x.dtype == "f16"))),
            ),
            groups=prod(-(-extent // part) for extent, part in zip(y.shape, (tile.rows, tile.columns), strict=True)),
            group_items=tile.items,
        )
        layouts = {"x": layout.packed(x), "w": layout.widened(w), "y": layout.widened(y)}
        return (Lowering(tile.name, layouts, (step,)),)
