"""Linear layers on batches of samples, forward and backward (NUMERICS.md section 17): contractions with an epilogue.

Samples are the rows of all axes but the last. Factors are f32 or f16; at f16 what enters a product is f16, so that
products are exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from paragon_tui.operators import layout
from paragon_tui.operators.contractions import (
    CONTRACTIONS,
    Contraction,
    Epilogue,
    Operand,
    Tiling,
    check,
    contraction,
    tiled,
    tilings,
)
from paragon_tui.operators.layout import Layout
from paragon_tui.operators.lowering import Lowering, Site
from paragon_tui.operators.operator import Operator, Tier
from paragon_tui.operators.tensor import DType, Tensor, WrongOperands

FACTORS: tuple[DType, ...] = ("f32", "f16")
"""The dtypes of factors."""


class Activation(Enum):
    """The function after a layer's sums."""

    NONE = "none"
    LEAKY_RELU = "leaky relu"


EPILOGUES: dict[Activation, Epilogue] = {Activation.NONE: "bias", Activation.LEAKY_RELU: "leaky"}
"""The epilogues of contractions that add a bias and apply an activation."""


@dataclass(frozen=True, slots=True)
class Linear(Operator):
    """y = act(x·wᵀ + b) of samples x (…, inputs), weights w (outputs, inputs) and a bias b (outputs,), which is f32.

    ``widens``: the results of f16 factors are f32, not rounded to f16.
    """

    activation: Activation = Activation.NONE
    widens: bool = False

    @property
    def operands(self) -> tuple[str, ...]:
        """``x``, ``w`` and ``b``."""
        return ("x", "w", "b")

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return y (…, outputs) of the factors' dtype, f32 or f16."""
        x, w, b = operands
        if not x.shape or len(w.shape) != 2 or x.dtype not in FACTORS or w.dtype != x.dtype:
            raise WrongOperands(f"a linear layer takes samples and a matrix of weights, f32 or f16, not {x} and {w}")
        if x.shape[-1] != w.shape[1]:
            raise WrongOperands(f"a linear layer of weights {w} takes {w.shape[1]} inputs, not {x}")
        if b != Tensor(w.shape[:1]):
            raise WrongOperands(f"a linear layer of weights {w} takes a bias {Tensor(w.shape[:1])}, not {b}")
        return (Tensor((*x.shape[:-1], w.shape[0]), "f32" if self.widens else x.dtype),)

    def operations(self, *operands: Tensor) -> int:
        """Count a product and a sum for each weight of each sample, and the sum of its bias."""
        (y,) = self.infer(*operands)
        return y.count * (2 * operands[1].shape[1] + 1)

    def tier(self, *operands: Tensor) -> Tier:
        """Return exact for f16 without an activation, whose products are exact; else guarded."""
        exact = operands[0].dtype == "f16" and self.activation is Activation.NONE
        return "exact" if exact else "guarded"

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return the ways of a contraction over the inputs."""
        x, w, b = site.tensors
        (y,) = self.infer(x, w, b)
        outputs, inputs = w.shape
        c = Contraction(
            *(samples(x), inputs, outputs, Operand("x", inputs, 1), Operand("w", inputs, 1), Operand("y", outputs, 1)),
            epilogue=EPILOGUES[self.activation],
            extra=Operand("b", 1, 1),
            half=y.dtype == "f16",
        )
        others = {"b": layout.words(b), "y": layout.widened(y)}
        return _lowerings("the layer", c, {"x": x, "w": w}, others, site)


@dataclass(frozen=True, slots=True)
class LayerGradient(Operator):
    """The gradients of a linear layer: (outputs, inputs + 1), in each row those of the weights, then that of the bias.

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
        return _lowerings("the layer's gradient", c, {"dy": dy, "x": x}, {"y": layout.words(y)}, site)


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
        return _lowerings("the hidden gradient", c, {"dy": dy, "w": w}, others, site)


def samples(tensor: Tensor) -> int:
    """Return the number of a tensor's rows."""
    return tensor.count // tensor.shape[-1]


def _lowerings(
    name: str, c: Contraction, factors: Mapping[str, Tensor], others: Mapping[str, Layout], site: Site
) -> tuple[Lowering, ...]:
    """Return the variant of contractions, or tiles: of factors as they are packed in memory, or one per word.

    ``others`` are the layouts of what is no factor.
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
    return tuple(lowering(tiling, way) for tiling in tilings(site.adapter) for way in ways)
