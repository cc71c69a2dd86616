"""One dense layer for one sample: y = relu(W x + b). ``case.shape`` is its inputs and outputs.

Every output is a canonical dot plus a bias. At f16, W, x and y are rounded to f16.
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
    from paragon_tui.suites.operation import Answer, Arrays

RESULTS = ("y",)
_TIERS: dict[str, Tier] = {"f32": "guarded", "f16": "exact"}
_BYTES = {"f32": 4, "f16": 2}
_STREAM = 2  # of x; streams 0 and 1 are the layer's weights and bias


def describe(case: Case) -> str:
    """Return the size as text: ``64 → 64``."""
    return " → ".join(map(str, case.shape))


def megabytes(case: Case, dtype: str = "f32") -> float:
    """Return the MiB of weights and x as the dtype stores them, and of bias and result in four bytes."""
    return cost(case, dtype).bytes / 2**20


def cost(case: Case, dtype: str) -> Cost:
    """Return the cost: a product and a sum per weight, a sum and a comparison per output; all arrays moved once."""
    inputs, outputs = case.shape
    return Cost(2 * inputs * outputs + 2 * outputs, (inputs * outputs + inputs) * _BYTES[dtype] + 8 * outputs)


def variants(dtype: str) -> tuple[str, ...]:
    """Return the canonical variant, for f32 and f16."""
    return VARIANTS[:1] if dtype in _TIERS else ()


def tier(dtype: str, variant: str) -> Tier:
    """Return the tier: f32 sums of guarded products, or at f16 of exact ones."""
    return _TIERS[dtype]


def inputs(case: Case, dtype: str) -> Arrays:
    """Return f32 ``w`` (outputs, inputs), ``x`` (inputs,) and ``b`` (outputs,); at f16 w, x rounded and widened."""
    from paragon_tui.suites.parameters import parameters

    ((weights, bias),) = parameters(case.shape, dtype)
    return {"w": weights, "x": _x(case, dtype), "b": bias}


def _x(case: Case, dtype: str) -> NDArray[np.float32]:
    from paragon_tui.arithmetic.rounding import half
    from paragon_tui.suites.operations.operands import operand

    values = operand(_STREAM, case.shape[0])
    return half(values) if dtype == "f16" else values


def host_form(case: Case, dtype: str, implementation: str) -> Callable[..., Arrays]:
    """Return the host form. ``reference``: canonical; ``numpy`` and ``torch``: BLAS on f32, at f16 rounded back."""
    if implementation == "reference":
        return lambda w, x, b: {"y": canonical(w, x, b, dtype)}
    return _torch_form(case, dtype) if implementation == "torch" else _numpy_form(case, dtype)


def canonical(
    w: NDArray[np.float32], x: NDArray[np.float32], b: NDArray[np.float32], dtype: str
) -> NDArray[np.float32]:
    """Return relu(W x + b) (outputs,), at f16 rounded to it."""
    from paragon_tui.arithmetic.activations import relu
    from paragon_tui.arithmetic.reduction import matvec
    from paragon_tui.arithmetic.rounding import half

    y = relu(matvec(w, x) + b)
    return half(y) if dtype == "f16" else y


def _numpy_form(case: Case, dtype: str) -> Callable[..., Arrays]:
    import numpy as np

    sums = np.empty(case.shape[1], dtype=np.float32)
    halves = np.empty_like(sums, dtype=np.float16)

    def layer(w: NDArray[np.float32], x: NDArray[np.float32], b: NDArray[np.float32]) -> Arrays:
        np.matmul(w, x, out=sums)
        np.add(sums, b, out=sums)
        np.maximum(sums, 0, out=sums)
        if dtype == "f32":
            return {"y": sums}
        np.copyto(halves, sums, casting="same_kind")
        return {"y": halves}

    return layer


def _torch_form(case: Case, dtype: str) -> Callable[..., Arrays]:
    import torch
    from torch.nn.functional import linear

    def layer(w: NDArray[np.float32], x: NDArray[np.float32], b: NDArray[np.float32]) -> Arrays:
        with torch.inference_mode():
            y = linear(torch.from_numpy(x), torch.from_numpy(w), torch.from_numpy(b)).relu_()
            return {"y": (y.half() if dtype == "f16" else y).numpy()}

    return layer


def plans(case: Case, dtype: str, variant: str, adapter: Adapter) -> tuple[Plan, ...]:
    """Return the plans of ``product_lowering.vector_plans``."""
    from paragon_tui.suites.product_lowering import vector_plans

    depth, rows = case.shape
    matrix, bias = (partial(_operand, case, dtype, name) for name in ("w", "b"))
    return vector_plans(rows, depth, matrix, partial(_x, case, dtype), dtype, adapter, bias)


def _operand(case: Case, dtype: str, name: str) -> NDArray[Any]:
    return inputs(case, dtype)[name]


def answer(case: Case, dtype: str, outputs: Arrays) -> Answer:
    """Return ``y`` (outputs,), f32."""
    import numpy as np

    from paragon_tui.suites.operation import Answer

    return Answer(outputs["y"].astype(np.float32, copy=False))
