"""Layer normalisation of rows, the last axis of a tensor."""

from __future__ import annotations

from dataclasses import dataclass

from paragon_tui.arithmetic.constants import EPSILON, f32_bits
from paragon_tui.operators import layout
from paragon_tui.operators.lowering import Lowering, Site
from paragon_tui.operators.operator import Operator, Tier
from paragon_tui.operators.rows import check_rows, row_step
from paragon_tui.operators.tensor import Tensor, WrongOperands

_OPERATIONS = 7  # per element: two sums, a difference and its square; two products and a sum at the end
_ROW_OPERATIONS = 4  # per row: two quotients, a sum, a root


@dataclass(frozen=True, slots=True)
class LayerNorm(Operator):
    """y = every row of x minus its mean, divided by its deviation, times ``gamma``, plus ``beta``."""

    @property
    def operands(self) -> tuple[str, ...]:
        """``x`` (…, n), ``gamma`` (n,) and ``beta`` (n,)."""
        return ("x", "gamma", "beta")

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return y of x's shape and dtype, f32 or f16."""
        x, gamma, beta = operands
        row = Tensor(x.shape[-1:], x.dtype)
        if x.dtype not in ("f32", "f16") or not x.shape or not x.count or not gamma == beta == row:
            raise WrongOperands(
                f"layernorm takes rows of f32 or f16, and gamma and beta like a row, not {x}, {gamma} and {beta}"
            )
        return (x,)

    def operations(self, *operands: Tensor) -> int:
        """Count seven operations per element and four per row."""
        x = operands[0]
        return _OPERATIONS * x.count + _ROW_OPERATIONS * (x.count // x.shape[-1])

    def tier(self, *operands: Tensor) -> Tier:
        """Return guarded: squares of deviations are rounded at f16 too."""
        return "guarded"

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return the one way: a step for all rows."""
        x = site.tensors[0]
        check_rows(x)
        buffers = (*self.operands, "y")
        layouts = {name: layout.in_rows(tensor) for name, tensor in site.operands.items()}
        scalars = (("count", f32_bits(x.shape[-1])), ("epsilon", f32_bits(EPSILON)))
        step = row_step("layernorm", ("layernorm",), buffers, x, site.adapter, scalars)
        return (Lowering("a row each", {**layouts, "y": layout.in_rows(x)}, (step,)),)
