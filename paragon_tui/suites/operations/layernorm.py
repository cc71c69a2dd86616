"""Layer normalisation of the rows of a matrix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Buffer, Plan, Step
from paragon_tui.operators.operator import Cost, Tier
from paragon_tui.suites.case import Case
from paragon_tui.suites.operation import Answer
from paragon_tui.suites.operations.operands import operand
from paragon_tui.suites.operations.rows import (
    in_dtype,
    packed_rows,
    row_constants,
    row_items,
    row_parameters,
    row_parts,
    unpacked_rows,
)
from paragon_tui.suites.operations.words import row_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from paragon_tui.suites.operation import Arrays

RESULTS = ("y",)

_OPERATIONS = 7  # per element: two sums, a difference and its square; two products and a sum at the end
_ROW_OPERATIONS = 4  # per row: two quotients, a sum, a root
_REFERENCE_ITEMS = 1 << 18  # elements of the reference at a time
_OPERANDS = ("x", "gamma", "beta")


def describe(case: Case) -> str:
    """Return the size as text: rows and columns."""
    return " × ".join(map(str, case.shape))


def cost(case: Case, dtype: str) -> Cost:
    """Return the cost: seven operations per element, four per row; operands read and the result written once."""
    rows, n = case.shape
    return Cost(_OPERATIONS * rows * n + _ROW_OPERATIONS * rows, 4 * row_words(n, dtype) * (2 * rows + 2))


def megabytes(case: Case, dtype: str = "f32") -> float:
    """Return the MiB of operands and result."""
    return cost(case, dtype).bytes / 2**20


def variants(dtype: str) -> tuple[str, ...]:
    """Return the usual variant, for f32 and f16."""
    return ("default",) if dtype in ("f32", "f16") else ()


def tier(dtype: str, variant: str) -> Tier:
    """Return the tier, guarded: squares of deviations are rounded at f16 too."""
    return "guarded"


def inputs(case: Case, dtype: str) -> Arrays:
    """Return the operands by name, at f16 rounded.

    ``x`` (rows, n) is stream 0; ``gamma`` (n,) is fl(1 + u/2) of stream 1; ``beta`` (n,) is stream 2.
    """
    import numpy as np

    rows, n = case.shape
    values = {
        "x": operand(0, rows * n).reshape(rows, n),
        "gamma": np.float32(1) + operand(1, n) * np.float32(0.5),
        "beta": operand(2, n),
    }
    return {name: in_dtype(array, dtype) for name, array in values.items()}


def answer(case: Case, dtype: str, outputs: Arrays) -> Answer:
    """Return the rows, f32."""
    import numpy as np

    return Answer(np.ascontiguousarray(unpacked_rows(outputs["y"], case.shape[1], dtype)))


def host_form(case: Case, dtype: str, implementation: str) -> Callable[..., Arrays]:
    """Return the canonical sequence, NumPy's functions in place, or PyTorch's own; f16 is computed in f32."""
    if implementation == "reference":
        return lambda x, gamma, beta: {"y": canonical(x, gamma, beta, dtype)}
    rows, n = case.shape
    return _torch_form(n, dtype) if implementation == "torch" else _numpy_form((rows, n), dtype)


def canonical(
    x: NDArray[np.float32], gamma: NDArray[np.float32], beta: NDArray[np.float32], dtype: str
) -> NDArray[np.float32]:
    """Return the right values of rows ``x`` (rows, n), f32; at f16 rounded to it."""
    import numpy as np

    from paragon_tui.arithmetic.statistics import layernorm

    rows, n = x.shape
    y = np.empty_like(x)
    chunk = max(1, _REFERENCE_ITEMS // n)
    for start in range(0, rows, chunk):
        y[start : start + chunk] = layernorm(x[start : start + chunk], gamma, beta)
    return in_dtype(y, dtype)


def _numpy_form(shape: tuple[int, int], dtype: str) -> Callable[..., Arrays]:
    import numpy as np

    from paragon_tui.arithmetic.constants import EPSILON

    y, square = np.empty(shape, dtype=np.float32), np.empty(shape, dtype=np.float32)
    per_row = np.empty((shape[0], 1), dtype=np.float32)
    rounded = np.empty(shape, dtype=np.float16) if dtype == "f16" else None

    def computed(x: NDArray[Any], gamma: NDArray[Any], beta: NDArray[Any]) -> Arrays:
        np.subtract(x, np.mean(x, axis=1, keepdims=True, out=per_row), out=y)
        np.mean(np.multiply(y, y, out=square), axis=1, keepdims=True, out=per_row)
        np.sqrt(np.add(per_row, np.float32(EPSILON), out=per_row), out=per_row)
        np.multiply(y, np.reciprocal(per_row, out=per_row), out=y)
        np.add(np.multiply(y, gamma, out=y), beta, out=y)
        if rounded is None:
            return {"y": y}
        np.copyto(rounded, y, casting="same_kind")
        return {"y": rounded}

    return computed


def _torch_form(n: int, dtype: str) -> Callable[..., Arrays]:
    import torch
    from torch.nn.functional import layer_norm

    from paragon_tui.arithmetic.constants import EPSILON

    def computed(x: NDArray[Any], gamma: NDArray[Any], beta: NDArray[Any]) -> Arrays:
        with torch.inference_mode():
            y = layer_norm(torch.from_numpy(x), (n,), torch.from_numpy(gamma), torch.from_numpy(beta), EPSILON)
            return {"y": (y.half() if dtype == "f16" else y).numpy()}

    return computed


def plans(case: Case, dtype: str, variant: str, adapter: Adapter) -> tuple[Plan, ...]:
    """Return the one plan: a step for all rows."""
    rows, n = case.shape
    values = inputs(case, dtype)
    fills = {name: partial(packed_rows, values[name].reshape(-1, n), dtype) for name in _OPERANDS}
    return (plan(rows, n, dtype, fills, adapter),)


def plan(rows: int, n: int, dtype: str, fills: Mapping[str, Callable[[], NDArray[Any]]], adapter: Adapter) -> Plan:
    """Return the plan for operands that ``fills`` return as ``packed_rows`` does; the result ``y`` is packed alike."""
    import numpy as np

    from paragon_tui.arithmetic.constants import EPSILON

    words = row_words(n, dtype)
    scalars = {"count": n, "epsilon": EPSILON}
    step = Step(
        parts=row_parts(dtype, adapter, ("layernorm",)),
        entry="layernorm",
        buffers=(*_OPERANDS, "y"),
        writes=1,
        parameters=(
            *row_parameters(rows, n, adapter),
            *((name, int(np.float32(value).view(np.uint32))) for name, value in scalars.items()),
        ),
        constants=row_constants(dtype, adapter),
        groups=rows,
        group_items=row_items(adapter),
    )
    row_counts = {"x": rows, "gamma": 1, "beta": 1}
    buffers = (Buffer(name, (row_counts[name], words), "u32", "weight", fill) for name, fill in fills.items())
    return Plan("a row each", (*buffers, Buffer("y", (rows, words), "u32", "result")), (step,))
