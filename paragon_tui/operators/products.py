"""Matrix products: every value is one canonical dot; of f16 factors it is rounded to f16, unless it is to stay f32."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from paragon_tui.backends.plan import Buffer
from paragon_tui.operators import layout
from paragon_tui.operators.contractions import Contraction, Operand, contraction_lowerings
from paragon_tui.operators.dense_kernel import Launch, launches, layer_step, vector_layout, weights_layout
from paragon_tui.operators.lowering import Lowering, Site
from paragon_tui.operators.operator import Operator, Tier
from paragon_tui.operators.tensor import Tensor, WrongOperands

_VECTOR_PARTS = {
    "f32": ("canonical", "dot_f32", "dense"),
    "f16": ("rounding", "canonical", "dot_f16", "rounded_f16", "dense"),
}


@dataclass(frozen=True, slots=True)
class MatMul(Operator):
    """y = a·b of (…, rows, depth) and (…, depth, columns); ``transposed``: b is (…, columns, depth).

    Leading axes are those of a batch, the same of both: each of its matrices has the bits that it has alone.
    ``widens``: the results of f16 factors are f32, not rounded to f16.
    """

    transposed: bool = False
    widens: bool = False

    @property
    def operands(self) -> tuple[str, ...]:
        """``a`` and ``b``."""
        return ("a", "b")

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return y (…, rows, columns) of the factors' dtype, f32 or f16."""
        a, b = operands
        if min(len(a.shape), len(b.shape)) < 2 or a.dtype not in ("f32", "f16") or b.dtype != a.dtype:
            raise WrongOperands(f"a product takes two matrices of f32 or f16, not {a} and {b}")
        *batch, rows, depth = a.shape
        *other_batch, lines, columns = b.shape
        if self.transposed:
            lines, columns = columns, lines
        if batch != other_batch:
            raise WrongOperands(f"a product takes batches of as many matrices each, not {a} and {b}")
        if depth != lines:
            raise WrongOperands(f"a product needs as many columns as rows, {a} and {b} have {depth} and {lines}")
        return (Tensor((*batch, rows, columns), "f32" if self.widens else a.dtype),)

    def operations(self, *operands: Tensor) -> int:
        """Count a product and a sum for each term of each value."""
        (y,) = self.infer(*operands)
        return 2 * y.count * operands[0].shape[-1]

    def tier(self, *operands: Tensor) -> Tier:
        """Return guarded for f32, whose products are rounded, and exact for f16, whose products are exact."""
        return "exact" if operands[0].dtype == "f16" else "guarded"

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return tiles, of factors as they are packed in memory or one per word; or the variant of contractions."""
        a, b = site.tensors
        (y,) = self.infer(a, b)
        (*batch, rows, depth), columns = a.shape, y.shape[-1]
        c = Contraction(
            *(rows, depth, columns),
            a=Operand("a", depth, 1, matrix_stride=rows * depth),
            b=Operand("b", *((depth, 1) if self.transposed else (1, columns)), matrix_stride=depth * columns),
            y=Operand("y", columns, 1, matrix_stride=rows * columns),
            half=y.dtype == "f16",
            matrices=prod(batch),
        )
        return contraction_lowerings("the product", c, {"a": a, "b": b}, {"y": layout.widened(y)}, site)


@dataclass(frozen=True, slots=True)
class MatVec(Operator):
    """y = a·x of a matrix (rows, depth) and a vector (depth,)."""

    @property
    def operands(self) -> tuple[str, ...]:
        """``a`` and ``x``."""
        return ("a", "x")

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return y (rows,) of the operands' dtype, f32 or f16."""
        a, x = operands
        if a.dtype not in ("f32", "f16") or x.dtype != a.dtype or len(a.shape) != 2 or x.shape != a.shape[1:]:
            raise WrongOperands(f"a matrix times a vector takes f32 or f16 of fitting shapes, not {a} and {x}")
        return (Tensor(a.shape[:1], a.dtype),)

    def operations(self, *operands: Tensor) -> int:
        """Count a product and a sum for each element of the matrix."""
        return 2 * operands[0].count

    def tier(self, *operands: Tensor) -> Tier:
        """Return guarded for f32, whose products are rounded, and exact for f16, whose products are exact."""
        return "exact" if operands[0].dtype == "f16" else "guarded"

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return the launches of a dense layer without a bias; a matrix that is computed is one factor of tiles."""
        a, x = site.tensors
        (y,) = self.infer(a, x)
        if "a" not in site.constant:
            return _as_product(a, x, y, site)
        layouts = {"a": weights_layout(a), "x": vector_layout(x), "y": layout.widened(y)}
        names = {"w": "a", "b": "bias", "x": "x", "y": "y"}
        bias = Buffer("bias", (a.shape[0],), "f32", "scratch")  # +0: nothing writes it

        def lowering(launch: Launch) -> Lowering:
            step = layer_step(launch, _VECTOR_PARTS[a.dtype], names, a, int(a.dtype == "f16"))
            return Lowering(launch.name, layouts, (step,), (bias,))

        return tuple(map(lowering, launches(site.adapter)))


def _as_product(a: Tensor, x: Tensor, y: Tensor, site: Site) -> tuple[Lowering, ...]:
    """Return the ways to compute it as a product with one column."""
    rows, depth = a.shape
    c = Contraction(
        *(rows, depth, 1, Operand("a", depth, 1), Operand("x", depth, 1), Operand("y", 1, 1)), half=y.dtype == "f16"
    )
    return contraction_lowerings("the product", c, {"a": a, "x": x}, {"y": layout.widened(y)}, site)
