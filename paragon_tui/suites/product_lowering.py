"""Lowering of matrix products: operands packed into panels, then tiles of outputs; matrix times vector as a layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Buffer, Plan
from paragon_tui.operators.contractions import Contraction, Operand, Tiling, check, tiled, tilings
from paragon_tui.suites.dense_lowering import Launch, launches, layer_step
from paragon_tui.suites.packing import packed_input, packed_weights, padded, padded_row_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Fill = Callable[[], NDArray[np.float32]]

_VECTOR_PARTS = {
    "f32": ("canonical", "dot_f32", "dense"),
    "f16": ("rounding", "canonical", "dot_f16", "rounded_f16", "dense"),
}
_LAYER_PARTS = {
    "f32": ("canonical", "dot_f32", "dense"),
    "f16": ("rounding", "canonical", "dot_f16", "relu_f16", "dense"),
}
_PER_WORD = {"f32": 1, "f16": 2}


@dataclass(frozen=True, slots=True)
class Product:
    """A product's extents and operands: ``a`` (rows, depth); ``b`` (depth, columns), transposed (columns, depth)."""

    rows: int
    depth: int
    columns: int
    a: Fill
    b: Fill
    transposed: bool = False


def matrix_plans(product: Product, dtype: str, adapter: Adapter) -> tuple[Plan, ...]:
    """Return the plans that compute ``product``, packing included; ``y`` (rows, columns) is f32, at f16 rounded to it.

    Raises ``Unsupported`` for sizes that contractions do not support.
    """
    rows, depth, columns = product.rows, product.depth, product.columns
    b = Operand("b", depth, 1) if product.transposed else Operand("b", 1, columns)
    c = Contraction(rows, depth, columns, Operand("a", depth, 1), b, Operand("y", columns, 1), half=dtype == "f16")
    check("the product", c, adapter, "tiled")
    factors = (_factor("a", rows * depth, dtype, product.a), _factor("b", depth * columns, dtype, product.b))

    def plan(tiling: Tiling) -> Plan:
        scratch, steps = tiled("product", c, dtype, tiling, packed=dtype == "f16")
        return Plan(tiling.name, (*factors, *scratch, Buffer("y", (rows, columns), "f32", "result")), steps)

    return tuple(map(plan, tilings(adapter)))


def _factor(name: str, count: int, dtype: str, fill: Fill) -> Buffer:
    return Buffer(name, (-(-count // _PER_WORD[dtype]),), "u32", "weight", partial(packed_operand, fill, dtype))


def packed_operand(fill: Fill, dtype: str) -> NDArray[np.uint32]:
    """Return an operand's values in C order as words: one f32 each, or two f16 (rounded here), the first lower."""
    import numpy as np

    from paragon_tui.arithmetic.rounding import half_bits

    values = fill().ravel()
    if dtype == "f32":
        return np.ascontiguousarray(values).view(np.uint32)
    halves = np.zeros(-(-values.size // 2) * 2, dtype=np.uint16)
    halves[: values.size] = half_bits(values)
    return halves.view(np.uint32)


def vector_plans(
    rows: int, depth: int, matrix: Fill, x: Fill, dtype: str, adapter: Adapter, bias: Fill | None = None
) -> tuple[Plan, ...]:
    """Return the plans that multiply ``matrix`` (rows, depth) by ``x`` (depth,) as a dense layer without a bias.

    With a ``bias`` (rows,) they compute a whole layer: the bias is added, then relu applied. ``y`` (rows,) is f32, at
    f16 rounded.
    """
    buffers = (
        Buffer(
            "matrix", (rows * padded_row_words(depth, dtype),), "u32", "weight", partial(_packed_matrix, matrix, dtype)
        ),
        Buffer("bias", (rows,), "f32", "weight" if bias else "scratch", bias),
        Buffer("x", (padded(depth),), "f32", "weight", partial(_packed_vector, x, dtype)),
        Buffer("y", (rows,), "f32", "result"),
    )

    def plan(launch: Launch) -> Plan:
        names = tuple(buffer.name for buffer in buffers)
        parts = _LAYER_PARTS if bias else _VECTOR_PARTS
        activated = int(dtype == "f16" or bias is not None)
        return Plan(launch.name, buffers, (layer_step(launch, parts[dtype], names, (depth, rows), dtype, activated),))

    return tuple(map(plan, launches(adapter)))


def _packed_matrix(matrix: Fill, dtype: str) -> NDArray[np.uint32]:
    return packed_weights(matrix(), dtype).reshape(-1)


def _packed_vector(x: Fill, dtype: str) -> NDArray[Any]:
    import numpy as np

    values = packed_input(x(), dtype)
    return np.pad(values, (0, padded(values.size) - values.size))
