"""One dense layer in fixed point: y = max(0, round(W x / 1000) + b), with all values in whole thousandths.

``case.shape`` is its inputs and outputs. Sums are i32, rounded half up to thousandths before the bias is added.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from paragon_tui.backends.adapter import Adapter
from paragon_tui.operators.operator import Cost, Tier
from paragon_tui.suites.case import VARIANTS, Case

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from paragon_tui.backends.plan import Plan
    from paragon_tui.suites.dense_lowering import Launch
    from paragon_tui.suites.operation import Answer, Arrays

    Fills = dict[str, Callable[[], NDArray[np.int32]]]

RESULTS = ("y",)
_STREAMS = {"w": 0, "x": 1, "b": 2}


def describe(case: Case) -> str:
    """Return the size as text: ``64 → 64``."""
    return " → ".join(map(str, case.shape))


def megabytes(case: Case, dtype: str = "f32") -> float:
    """Return the MiB of weights, x, bias and result, four bytes each."""
    return cost(case, dtype).bytes / 2**20


def cost(case: Case, dtype: str) -> Cost:
    """Return the cost: a product and a sum per weight; two sums, a quotient and a comparison per output.

    Bytes: all arrays, once.
    """
    inputs, outputs = case.shape
    return Cost(2 * inputs * outputs + 4 * outputs, 4 * (inputs * outputs + inputs + 2 * outputs))


def variants(dtype: str) -> tuple[str, ...]:
    """Return the variants: integers count as f32, which also has four bytes, so that the usual run includes them."""
    return VARIANTS[:1] if dtype == "f32" else ()


def tier(dtype: str, variant: str) -> Tier:
    """Return the tier, integer: no sum exceeds 32 bits."""
    return "integer"


def inputs(case: Case, dtype: str) -> Arrays:
    """Return ``w`` (outputs, inputs), ``x`` (inputs,), ``b`` (outputs,): i32 in ±1000, 1000·u rounded ties to even."""
    depth, rows = case.shape
    shapes = {"w": (rows, depth), "x": (depth,), "b": (rows,)}
    return {name: _operand(name, shape) for name, shape in shapes.items()}


def _operand(name: str, shape: tuple[int, ...]) -> NDArray[np.int32]:
    from math import prod

    import numpy as np

    from paragon_tui.arithmetic.constants import THOUSAND
    from paragon_tui.suites.operations.operands import operand

    u = operand(_STREAMS[name], prod(shape)).astype(np.float64)
    return np.rint(THOUSAND * u).astype(np.int32).reshape(shape)


def host_form(case: Case, dtype: str, implementation: str) -> Callable[..., Arrays]:
    """Return the host form. ``reference``: integers; ``numpy``, ``torch``: BLAS in binary64, exact here and faster."""
    from paragon_tui.arithmetic.integers import dense_thousandths

    if implementation == "reference":
        return lambda w, x, b: {"y": dense_thousandths(w, x, b)}
    return _torch_form(case) if implementation == "torch" else _numpy_form(case)


def _numpy_form(case: Case) -> Callable[..., Arrays]:
    """Return a form on weights and bias widened beforehand, as at i8."""
    import numpy as np

    from paragon_tui.arithmetic.constants import THOUSAND

    operands = inputs(case, "f32")
    weights, bias = (operands[name].astype(np.float64) for name in ("w", "b"))
    sums, y = np.empty(case.shape[1]), np.empty(case.shape[1], dtype=np.int32)

    def layer(w: NDArray[np.int32], x: NDArray[np.int32], b: NDArray[np.int32]) -> Arrays:
        np.matmul(weights, x.astype(np.float64), out=sums)
        np.add(sums, THOUSAND // 2, out=sums)
        np.divide(sums, THOUSAND, out=sums)
        np.floor(sums, out=sums)
        np.add(sums, bias, out=sums)
        np.maximum(sums, 0, out=sums)
        np.copyto(y, sums, casting="unsafe")
        return {"y": y}

    return layer


def _torch_form(case: Case) -> Callable[..., Arrays]:
    """Return the same form in PyTorch."""
    import torch
    from torch.nn.functional import linear

    from paragon_tui.arithmetic.constants import THOUSAND

    operands = inputs(case, "f32")
    weights, bias = (torch.from_numpy(operands[name]).double() for name in ("w", "b"))

    def layer(w: NDArray[np.int32], x: NDArray[np.int32], b: NDArray[np.int32]) -> Arrays:
        with torch.inference_mode():
            sums = linear(torch.from_numpy(x).double(), weights)
            y = sums.add_(THOUSAND // 2).div_(THOUSAND).floor_().add_(bias).relu_()
            return {"y": y.int().numpy()}

    return layer


def plans(case: Case, dtype: str, variant: str, adapter: Adapter) -> tuple[Plan, ...]:
    """Return the plans of a dense layer."""
    depth, rows = case.shape
    shapes = {"w": (rows, depth), "x": (depth,), "b": (rows,)}
    return plans_of(case, {name: partial(_operand, name, shape) for name, shape in shapes.items()}, adapter)


def plans_of(case: Case, fills: Fills, adapter: Adapter) -> tuple[Plan, ...]:
    """Return the plans for operands that ``fills`` return by name: i32 (outputs, inputs), (inputs,), (outputs,)."""
    from paragon_tui.backends.plan import Buffer, Plan
    from paragon_tui.suites.dense_lowering import launches, layer_step
    from paragon_tui.suites.packing import padded, padded_row_words

    depth, rows = case.shape
    stride, padded_depth = padded_row_words(depth, "f32"), padded(depth)
    buffers = (
        Buffer("w", (rows, stride), "i32", "weight", partial(_padded, fills["w"], stride)),
        Buffer("b", (rows,), "i32", "weight", fills["b"]),
        Buffer("x", (padded_depth,), "i32", "weight", partial(_padded, fills["x"], padded_depth)),
        Buffer("y", (rows,), "i32", "result"),
    )

    def plan(launch: Launch) -> Plan:
        names = tuple(buffer.name for buffer in buffers)
        return Plan(launch.name, buffers, (layer_step(launch, ("dot_fixed", "dense"), names, (depth, rows), "f32", 1),))

    return tuple(map(plan, launches(adapter)))


def _padded(fill: Callable[[], NDArray[Any]], columns: int) -> NDArray[Any]:
    import numpy as np

    values = fill()
    padding = [(0, 0)] * (values.ndim - 1) + [(0, columns - values.shape[-1])]
    return np.pad(values, padding)


def answer(case: Case, dtype: str, outputs: Arrays) -> Answer:
    """Return ``y`` (outputs,), i32."""
    from paragon_tui.suites.operation import Answer

    return Answer(outputs["y"])
