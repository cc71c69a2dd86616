"""The gradients of dense layers on batches of samples (NUMERICS.md section 17): contractions with an epilogue.

Samples are the rows of all axes but the last. Factors are f32 or f16; at f16 what enters a product is f16, so that
products are exact.
"""

from __future__ import annotations

from dataclasses import dataclass

from paragon_tui.operators import layout
from paragon_tui.operators.contractions import (
    Contraction,
    Operand,
    contraction_lowerings,
)
from paragon_tui.operators.lowering import Lowering, Site
from paragon_tui.operators.operator import Operator, Tier
from paragon_tui.operators.tensor import DType, Tensor, WrongOperands, samples

FACTORS: tuple[DType, ...] = ("f32", "f16")
"""The dtypes of factors."""


@dataclass(frozen=True, slots=True)
class LayerGradient(Operator):
    """The gradients of a dense layer: (outputs, inputs + 1), in each row those of the weights, then that of the bias.

    ``dy`` (…, outputs) is the gradient of the layer's sums, ``x`` (…, inputs) are its inputs.
    """

    @property
    def operands(self) -> tuple[str, ...]:
        """``dy`` and ``x``."""
        return ("dy", "x")

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return f32 (outputs, inputs + 1)."""
        dy, x = operands
        if not dy.shape or dy.shape[:-1] != x.shape[:-1] or dy.dtype not in FACTORS or x.dtype != dy.dtype:
            raise WrongOperands(f"a layer's gradients are those of equally many samples, f32 or f16, not {dy} and {x}")
        return (Tensor((dy.shape[-1], x.shape[-1] + 1)),)

    def operations(self, *operands: Tensor) -> int:
        """Count a product and a sum for each weight and sample, and a sum for each bias and sample."""
        dy, x = operands
        return dy.count * (2 * x.shape[-1] + 1)

    def tier(self, *operands: Tensor) -> Tier:
        """Return guarded for f32, whose products are rounded, and exact for f16, whose products are exact."""
        return "exact" if operands[0].dtype == "f16" else "guarded"

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return the ways of a contraction over the samples; a column of ones gives the biases' gradients."""
        dy, x = site.tensors
        (y,) = self.infer(dy, x)
        outputs, inputs = dy.shape[-1], x.shape[-1]
        c = Contraction(
            *(outputs, samples(x), inputs),
            *(Operand("dy", 1, outputs), Operand("x", 1, inputs), Operand("y", inputs + 1, 1)),
            ones=True,
        )
        return contraction_lowerings("the layer's gradient", c, {"dy": dy, "x": x}, {"y": layout.words(y)}, site)


@dataclass(frozen=True, slots=True)
class HiddenGradient(Operator):
    """dz = dy·w, times the slope of leaky relu: the gradient of the sums that gave its results ``h`` (…, hidden).

    ``dy`` (…, outputs) is the gradient of the next layer's sums, ``w`` (outputs, hidden) are its weights. The slope is
    1 where h is positive, else 0.01.
    """

    @property
    def operands(self) -> tuple[str, ...]:
        """``dy``, ``w`` and ``h``."""
        return ("dy", "w", "h")

    @property
    def results(self) -> tuple[str, ...]:
        """``dz``."""
        return ("dz",)

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return dz (…, hidden) of the operands' dtype, f32 or f16."""
        dy, w, h = operands
        if not dy.shape or len(w.shape) != 2 or dy.dtype not in FACTORS or w.dtype != dy.dtype:
            raise WrongOperands(f"a hidden gradient takes gradients and a matrix, f32 or f16, not {dy} and {w}")
        if dy.shape[-1] != w.shape[0] or h != Tensor((*dy.shape[:-1], w.shape[1]), dy.dtype):
            raise WrongOperands(f"a hidden gradient of gradients {dy} and weights {w} does not fit activations {h}")
        return (h,)

    def operations(self, *operands: Tensor) -> int:
        """Count a product and a sum for each weight of each sample, and the product of each slope."""
        dy, _, h = operands
        return h.count * (2 * dy.shape[-1] + 1)

    def tier(self, *operands: Tensor) -> Tier:
        """Return guarded: the product by a slope is rounded, even if those of a dot are exact."""
        return "guarded"

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return the ways of a contraction over the outputs."""
        dy, w, h = site.tensors
        outputs, hidden = w.shape
        c = Contraction(
            *(samples(dy), outputs, hidden),
            *(Operand("dy", outputs, 1), Operand("w", 1, hidden), Operand("dz", hidden, 1)),
            epilogue="slope",
            extra=Operand("h", hidden, 1),
            half=h.dtype == "f16",
        )
        others = {"h": layout.widened(h), "dz": layout.widened(h)}
        return contraction_lowerings("the hidden gradient", c, {"dy": dy, "w": w}, others, site)
