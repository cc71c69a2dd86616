"""Softmax of rows, the last axis of a tensor, and its logarithm."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from paragon_tui.arithmetic.constants import BLOCK
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Buffer, Step
from paragon_tui.operators import layout
from paragon_tui.operators.lowering import Lowering, Site
from paragon_tui.operators.operator import Operator, Tier
from paragon_tui.operators.reducing import PLACEHOLDER, Combination, Extent, Reduction, Term, check_size, steps
from paragon_tui.operators.rows import LONGEST_ROW, check_rows, row_step, takes_vectors, vector_constants
from paragon_tui.operators.tensor import Tensor, WrongOperands

INTEGER_LOGIT_SCALE = 2.0**-13
"""The value of an i32 operand's unit: integer logits are numbers of fixed point."""

_OPERATIONS = 5  # per element: a comparison, a difference, an exponential, a sum; a quotient or another difference
_OUTPUT_GROUP = 256
_BUFFERS = ("x", "y")


class _Kind(IntEnum):
    """The outputs of a row, in the kernels' numbers."""

    PROBABILITIES = 0
    LOGARITHMS = 1
    EXPONENTIALS = 2
    QUOTIENTS = 3


@dataclass(frozen=True, slots=True)
class Softmax(Operator):
    """y = softmax(x) of every row, or its logarithm. An operand of i32 is x divided by ``INTEGER_LOGIT_SCALE``."""

    logarithm: bool = False

    @property
    def operands(self) -> tuple[str, ...]:
        """``x``."""
        return ("x",)

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return y of x's shape and dtype, f32 or f16; of i32 it is f32."""
        (x,) = operands
        if x.dtype not in ("f32", "f16", "i32") or not x.shape or not x.count:
            raise WrongOperands(f"softmax takes rows of f32, f16 or i32, not {x}")
        return (Tensor(x.shape, "f32" if x.dtype == "i32" else x.dtype),)

    def operations(self, *operands: Tensor) -> int:
        """Count five operations per element, and of the logarithm one per row."""
        (x,) = operands
        return _OPERATIONS * x.count + (x.count // x.shape[-1] if self.logarithm else 0)

    def tier(self, *operands: Tensor) -> Tier:
        """Return guarded: the products in exponentials are rounded at f16 too."""
        return "guarded"

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return the way of one step for all rows; of one long f32 row also, first, the way that splits it."""
        (x,) = site.tensors
        (y,) = self.infer(x)
        layouts = {"x": layout.in_rows(x), "y": layout.in_rows(y)}
        n = x.shape[-1]
        if x.dtype != "f32" or x.count != n or n <= BLOCK:
            check_rows(x)
            return (Lowering("a row each", layouts, (self._whole_rows(x, site.adapter),)),)
        check_size(x)
        scratch, split_steps = self._split_row(x, site.adapter)
        reusable = frozenset(buffer.name for buffer in scratch)
        split = Lowering("shared out", layouts, split_steps, (PLACEHOLDER, *scratch), reusable)
        if n > LONGEST_ROW:
            return (split,)
        return split, Lowering("a row each", layouts, (self._whole_rows(x, site.adapter),))

    @property
    def _kind(self) -> _Kind:
        return _Kind.LOGARITHMS if self.logarithm else _Kind.PROBABILITIES

    def _whole_rows(self, x: Tensor, adapter: Adapter) -> Step:
        entry = "log_softmax" if self.logarithm else "softmax"
        constants = () if x.dtype == "i32" else (("KIND", int(self._kind)),)
        return row_step(entry, ("softmax_terms", "softmax"), _BUFFERS, x, adapter, constants=constants)

    def _split_row(self, x: Tensor, adapter: Adapter) -> tuple[list[Buffer], tuple[Step, ...]]:
        """Return scratch, and the steps for the largest element, the sum of exponentials, and the outputs.

        Where a work-item computes with vectors, an exponential costs more than memory, so softmax stores those it sums.
        """
        n = x.count
        extent = Extent("rows", 1, n)
        scratch, maximum_steps = steps(Reduction(Combination.MAXIMUM), extent, "x", "most", adapter)
        scratch += [Buffer(name, (1,), "f32", "scratch") for name in ("most", "sum")]
        if takes_vectors(x, adapter) and not self.logarithm:
            scratch.append(Buffer("e", (n,), "f32", "scratch"))
            maximum_steps.append(_outputs(_Kind.EXPONENTIALS, x, ("x", "most", PLACEHOLDER.name, "e"), adapter))
            blocks, sum_steps = steps(Reduction(), extent, "e", "sum", adapter)
            output_step = _outputs(_Kind.QUOTIENTS, x, ("e", "most", "sum", "y"), adapter)
        else:
            blocks, sum_steps = steps(Reduction(term=Term.EXPONENTIAL), extent, "x", "sum", adapter, "most")
            output_step = _outputs(self._kind, x, ("x", "most", "sum", "y"), adapter)
        return [*scratch, *blocks], (*maximum_steps, *sum_steps, output_step)


def _outputs(kind: _Kind, x: Tensor, buffers: tuple[str, ...], adapter: Adapter) -> Step:
    if takes_vectors(x, adapter):
        parts: tuple[str, ...] = ("terms", "eight", "vectors", "softmax_terms", "softmax_vectors")
        common, per_group, group_items = vector_constants(x), BLOCK, 1
    else:
        parts = ("softmax_terms", "softmax_outputs")
        common, per_group, group_items = (("BLOCK", BLOCK), ("INTEGER", 0)), _OUTPUT_GROUP, _OUTPUT_GROUP
    return Step(
        parts=("rounding", "elementary", *parts),
        entry="outputs",
        buffers=buffers,
        writes=1,
        parameters=(("n", x.count),),
        constants=(*common, ("KIND", int(kind))),
        groups=-(-x.count // per_group),
        group_items=group_items,
    )
