"""Reductions of a whole tensor in C order, or along its first or last axis, and the dot of two, all of f32 or f16."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Buffer, Step
from paragon_tui.operators import layout
from paragon_tui.operators.layout import Layout
from paragon_tui.operators.lowering import Lowering, Site
from paragon_tui.operators.operator import Operator, Tier
from paragon_tui.operators.reducing import (
    PLACEHOLDER,
    Combination,
    Extent,
    Finish,
    Reduction,
    Term,
    check_size,
    steps,
)
from paragon_tui.operators.tensor import Tensor, WrongOperands


class Statistic(Enum):
    """The value that stands for many: NUMERICS.md section 12 defines each."""

    SUM = "sum"
    MEAN = "mean"
    MAX = "max"
    MIN = "min"
    ARGMAX = "argmax"
    ARGMIN = "argmin"
    NORM_L1 = "norm_l1"
    NORM_L2 = "norm_l2"
    NORM_LINF = "norm_linf"
    LOGSUMEXP = "logsumexp"


_MAXIMUM = Reduction(Combination.MAXIMUM)
_REDUCTIONS = {
    Statistic.SUM: Reduction(),
    Statistic.MEAN: Reduction(finish=Finish.MEAN),
    Statistic.MAX: _MAXIMUM,
    Statistic.MIN: Reduction(Combination.MINIMUM),
    Statistic.ARGMAX: Reduction(Combination.MAXIMUM, returns_index=True),
    Statistic.ARGMIN: Reduction(Combination.MINIMUM, returns_index=True),
    Statistic.NORM_L1: Reduction(term=Term.MAGNITUDE),
    Statistic.NORM_L2: Reduction(term=Term.SQUARE, finish=Finish.ROOT),
    Statistic.NORM_LINF: Reduction(Combination.MAXIMUM, Term.MAGNITUDE),
    Statistic.LOGSUMEXP: Reduction(term=Term.EXPONENTIAL, finish=Finish.LOGARITHM),
}
_OPERATIONS = {Statistic.NORM_L2: 2, Statistic.LOGSUMEXP: 4}  # per element: logsumexp has a comparison and three more
_FINISHING = {Statistic.MEAN: 1, Statistic.NORM_L2: 1, Statistic.LOGSUMEXP: 2}  # per result


@dataclass(frozen=True, slots=True)
class Reduce(Operator):
    """y = the ``statistic`` of all elements of x, or of those along ``axis``, its first or last one.

    Indices are i32, and those of all elements count in C order. A negative ``axis`` counts from the end.
    """

    statistic: Statistic
    axis: int | None = None

    @property
    def operands(self) -> tuple[str, ...]:
        """``x``."""
        return ("x",)

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return y of x's shape without the axis, or without any: f32, of f16 too, or i32 of indices."""
        (x,) = operands
        extent = self.extent(x)
        if self.axis is None:
            shape: tuple[int, ...] = ()
        else:
            shape = x.shape[:-1] if extent.along == "rows" else x.shape[1:]
        return (Tensor(shape, "i32" if _REDUCTIONS[self.statistic].returns_index else "f32"),)

    def extent(self, x: Tensor) -> Extent:
        """Return the rows or columns that are reduced. Raises ``WrongOperands``."""
        if x.dtype not in ("f32", "f16") or not x.count:
            raise WrongOperands(f"{self.statistic.value} takes f32 or f16, at least one, not {x}")
        if self.axis is None:
            return Extent("rows", 1, x.count)
        axis = self.axis + len(x.shape) if self.axis < 0 else self.axis
        if axis == len(x.shape) - 1:
            return Extent("rows", x.count // x.shape[-1], x.shape[-1])
        if axis == 0 and x.shape:
            return Extent("columns", x.count // x.shape[0], x.shape[0])
        raise WrongOperands(f"{self.statistic.value} takes the first or the last axis, not axis {self.axis} of {x}")

    def operations(self, *operands: Tensor) -> int:
        """Count the operations of every element and of every result."""
        (x,), (y,) = operands, self.infer(*operands)
        return _OPERATIONS.get(self.statistic, 1) * x.count + _FINISHING.get(self.statistic, 0) * y.count

    def tier(self, *operands: Tensor) -> Tier:
        """Return guarded, for rounded products; exact at f16, whose products are exact, but for exponentials."""
        rounds_products = self.statistic is Statistic.LOGSUMEXP or operands[0].dtype == "f32"
        return "guarded" if rounds_products else "exact"

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return the one way, whose steps follow from the number of blocks."""
        (x,) = site.tensors
        (y,) = self.infer(x)
        layouts = {"x": layout.dense(x), "y": layout.words(y)}
        return (_lowering(_REDUCTIONS[self.statistic], self.extent(x), x, layouts, site.adapter),)


@dataclass(frozen=True, slots=True)
class Dot(Operator):
    """y = the sum of all products of two elements at the same place of x and w."""

    @property
    def operands(self) -> tuple[str, ...]:
        """``x`` and ``w``."""
        return ("x", "w")

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return y (), f32."""
        x, w = operands
        if x.dtype not in ("f32", "f16") or x != w or not x.count:
            raise WrongOperands(f"a dot takes f32 or f16 of one shape, at least one each, not {x} and {w}")
        return (Tensor(()),)

    def operations(self, *operands: Tensor) -> int:
        """Count a product and a sum for each place."""
        return 2 * operands[0].count

    def tier(self, *operands: Tensor) -> Tier:
        """Return guarded for f32, whose products are rounded, and exact for f16, whose products are exact."""
        return "exact" if operands[0].dtype == "f16" else "guarded"

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return the one way, whose steps follow from the number of blocks."""
        x, w = site.tensors
        (y,) = self.infer(x, w)
        layouts = {"x": layout.dense(x), "w": layout.dense(w), "y": layout.words(y)}
        return (_lowering(Reduction(products=True), Extent("rows", 1, x.count), x, layouts, site.adapter),)


def _lowering(
    reduction: Reduction, extent: Extent, x: Tensor, layouts: Mapping[str, Layout], adapter: Adapter
) -> Lowering:
    """Return the steps that reduce ``x`` to ``y``; exponentials are of what is below the largest value of a line."""
    check_size(x)
    scratch: list[Buffer] = []
    maximum_steps: list[Step] = []
    second_source = "w"
    if reduction.term is Term.EXPONENTIAL:
        second_source = "most"
        scratch, maximum_steps = steps(_MAXIMUM, extent, "x", second_source, adapter, dtype=x.dtype)
        scratch.insert(0, Buffer(second_source, (extent.lines,), "f32", "scratch"))
    blocks, reduction_steps = steps(reduction, extent, "x", "y", adapter, second_source, x.dtype)
    scratch += blocks
    return Lowering(
        extent.along,
        layouts,
        (*maximum_steps, *reduction_steps),
        (PLACEHOLDER, *scratch),
        frozenset(buffer.name for buffer in scratch),
    )
