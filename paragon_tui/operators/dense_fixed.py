"""The dense layer in fixed point: all values are whole thousandths, sums are i32."""

from __future__ import annotations

from dataclasses import dataclass

from paragon_tui.arithmetic.constants import MOST_PRODUCTS
from paragon_tui.operators import layout
from paragon_tui.operators.dense_kernel import Launch, launches, layer_step, vector_layout, weights_layout
from paragon_tui.operators.lowering import Lowering, Site
from paragon_tui.operators.operator import Operator, Tier
from paragon_tui.operators.tensor import Tensor, WrongOperands


@dataclass(frozen=True, slots=True)
class DenseFixed(Operator):
    """y = max(0, round(w·x / 1000) + b), of thousandths up to 1000 in magnitude.

    Sums are rounded half up to thousandths before the bias is added.
    """

    @property
    def operands(self) -> tuple[str, ...]:
        """``x``, ``w`` and ``b``."""
        return ("x", "w", "b")

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return y (outputs,), i32, of x (inputs,), w (outputs, inputs) and b (outputs,), all i32."""
        x, w, b = operands
        if len(w.shape) != 2 or any(operand.dtype != "i32" for operand in operands):
            raise WrongOperands(f"a layer in fixed point takes i32 and a matrix of weights, not {x}, {w} and {b}")
        if x.shape != w.shape[1:] or b.shape != w.shape[:1]:
            raise WrongOperands(f"a layer of weights {w} does not take {x} and a bias {b}")
        if x.count > MOST_PRODUCTS:
            raise WrongOperands(
                f"sums of more than {MOST_PRODUCTS:,} products of thousandths may not fit 32 bits: {w} and {x}"
            )
        return (b,)

    def operations(self, *operands: Tensor) -> int:
        """Count a product and a sum for each weight; two sums, a quotient and a comparison for each output."""
        _, w, b = operands
        return 2 * w.count + 4 * b.count

    def tier(self, *operands: Tensor) -> Tier:
        """Return integer: no sum exceeds 32 bits."""
        return "integer"

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return the launches of a dense layer."""
        x, w, b = site.tensors
        layouts = {"x": vector_layout(x), "w": weights_layout(w), "b": layout.words(b), "y": layout.words(b)}
        names = {name: name for name in layouts}

        def lowering(launch: Launch) -> Lowering:
            return Lowering(launch.name, layouts, (layer_step(launch, ("dot_fixed", "dense"), names, w, 1),))

        return tuple(map(lowering, launches(site.adapter)))
