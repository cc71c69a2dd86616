"""Softmax and its logarithm of the rows of a matrix; a vector is one row."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from paragon_tui.arithmetic.constants import BLOCK
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Buffer, Plan, Step
from paragon_tui.suites.case import Case, Cost, Tier
from paragon_tui.suites.operation import Answer
from paragon_tui.suites.operations.operands import operand
from paragon_tui.suites.operations.reducing import (
    PLACEHOLDER,
    Combination,
    Extent,
    Reduction,
    Term,
    steps,
    works_in_vectors,
)
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

_OPERATIONS = 5  # per element: a comparison, a difference, an exponential, a sum; a quotient or another difference
_OUTPUT_GROUP = 256
_REFERENCE_ITEMS = 1 << 18  # elements of the reference at a time: each needs a dozen temporaries
_KINDS = {"softmax": 0, "log_softmax": 1, "exponentials": 2, "quotients": 3}


def _rows(case: Case) -> tuple[int, int]:
    return (1, case.shape[0]) if len(case.shape) == 1 else (case.shape[0], case.shape[1])


def describe(case: Case) -> str:
    """Return the extents as text."""
    return " × ".join(f"{extent:,}" if len(case.shape) == 1 else str(extent) for extent in case.shape)


def cost(case: Case, dtype: str) -> Cost:
    """Return the cost: five operations per element, read and written once; for log_softmax a logarithm per row."""
    rows, n = _rows(case)
    operations = _OPERATIONS * rows * n + (rows if case.operation == "log_softmax" else 0)
    return Cost(operations, 8 * rows * row_words(n, dtype))


def megabytes(case: Case, dtype: str = "f32") -> float:
    """Return the MiB of operand and result."""
    return cost(case, dtype).bytes / 2**20


def variants(dtype: str) -> tuple[str, ...]:
    """Return the usual variant, for f32 and f16."""
    return ("default",) if dtype in ("f32", "f16") else ()


def tier(dtype: str, variant: str) -> Tier:
    """Return the tier, guarded: the products in exponentials are rounded at f16 too."""
    return "guarded"


def inputs(case: Case, dtype: str) -> Arrays:
    """Return ``x`` (rows, n): stream 0, f32; at f16 rounded to it."""
    rows, n = _rows(case)
    return {"x": in_dtype(operand(0, rows * n).reshape(rows, n), dtype)}


def answer(case: Case, dtype: str, outputs: Arrays) -> Answer:
    """Return the rows, f32."""
    import numpy as np

    return Answer(np.ascontiguousarray(unpacked_rows(outputs["y"], _rows(case)[1], dtype)).reshape(case.shape))


def host_form(case: Case, dtype: str, implementation: str) -> Callable[..., Arrays]:
    """Return the canonical sequence, NumPy's functions in place, or PyTorch's own; f16 is computed in f32."""
    if implementation == "reference":
        return lambda x: {"y": canonical(case.operation, x, dtype)}
    form = _torch_form if implementation == "torch" else _numpy_form
    return form(case.operation, _rows(case), dtype)


def canonical(operation: str, x: NDArray[np.float32], dtype: str) -> NDArray[np.float32]:
    """Return the right values of rows ``x`` (rows, n), f32; at f16 rounded to it."""
    import numpy as np

    from paragon_tui.arithmetic import activations

    rows, n = x.shape
    y = np.empty_like(x)
    chunk = max(1, _REFERENCE_ITEMS // n)
    for start in range(0, rows, chunk):
        y[start : start + chunk] = getattr(activations, operation)(x[start : start + chunk])
    return in_dtype(y, dtype)


def _numpy_form(operation: str, shape: tuple[int, int], dtype: str) -> Callable[..., Arrays]:
    import numpy as np

    y, e = np.empty(shape, dtype=np.float32), np.empty(shape, dtype=np.float32)
    per_row = np.empty((shape[0], 1), dtype=np.float32)
    rounded = np.empty(shape, dtype=np.float16) if dtype == "f16" else None

    def softmax(x: NDArray[Any]) -> None:
        np.subtract(x, np.max(x, axis=1, keepdims=True, out=per_row), out=y)
        np.exp(y, out=y)
        np.divide(y, np.sum(y, axis=1, keepdims=True, out=per_row), out=y)

    def log_softmax(x: NDArray[Any]) -> None:
        np.subtract(x, np.max(x, axis=1, keepdims=True, out=per_row), out=y)
        np.sum(np.exp(y, out=e), axis=1, keepdims=True, out=per_row)
        np.subtract(y, np.log(per_row, out=per_row), out=y)

    form = softmax if operation == "softmax" else log_softmax

    def computed(x: NDArray[Any]) -> Arrays:
        form(x)
        if rounded is None:
            return {"y": y}
        np.copyto(rounded, y, casting="same_kind")
        return {"y": rounded}

    return computed


def _torch_form(operation: str, shape: tuple[int, int], dtype: str) -> Callable[..., Arrays]:
    import torch

    y = torch.empty(shape)
    function = getattr(torch, operation)

    def computed(x: NDArray[Any]) -> Arrays:
        with torch.inference_mode():
            function(torch.from_numpy(x), -1, out=y)
            return {"y": (y.half() if dtype == "f16" else y).numpy()}

    return computed


def plans(case: Case, dtype: str, variant: str, adapter: Adapter) -> tuple[Plan, ...]:
    """Return the plan of one step for all rows; for one long f32 row also, first, the plan that splits the row."""
    rows, n = _rows(case)
    values = inputs(case, dtype)["x"]
    return row_plans(case.operation, rows, n, dtype, partial(packed_rows, values, dtype), adapter)


def row_plans(
    operation: str, rows: int, n: int, dtype: str, fill: Callable[[], NDArray[Any]], adapter: Adapter
) -> tuple[Plan, ...]:
    """Return the plans for rows that ``fill`` returns as ``packed_rows`` does; the result ``y`` is packed alike."""
    unsplit = _group_per_row(operation, rows, n, dtype, fill, adapter)
    splits = rows == 1 and n > BLOCK and dtype == "f32"
    return (_split_row(operation, n, fill, adapter), unsplit) if splits else (unsplit,)


def _packed(name: str, rows: int, n: int, dtype: str, fill: Callable[[], NDArray[Any]] | None = None) -> Buffer:
    return Buffer(name, (rows, row_words(n, dtype)), "u32", "result" if fill is None else "weight", fill)


def _group_per_row(
    operation: str, rows: int, n: int, dtype: str, fill: Callable[[], NDArray[Any]], adapter: Adapter
) -> Plan:
    step = rows_step(operation, rows, n, dtype, ("x", "y"), adapter)
    return Plan("a row each", (_packed("x", rows, n, dtype, fill), _packed("y", rows, n, dtype)), (step,))


def rows_step(operation: str, rows: int, n: int, dtype: str, buffers: tuple[str, str], adapter: Adapter) -> Step:
    """Return the step from the first of ``buffers`` to the second, in the format of ``packed_rows``.

    Each row takes one work-group.
    """
    return Step(
        parts=row_parts(dtype, adapter, ("softmax_terms", "softmax")),
        entry=operation,
        buffers=buffers,
        writes=1,
        parameters=row_parameters(rows, n, adapter),
        constants=(*row_constants(dtype, adapter), ("KIND", _KINDS[operation])),
        groups=rows,
        group_items=row_items(adapter),
    )


def _split_row(operation: str, n: int, fill: Callable[[], NDArray[Any]], adapter: Adapter) -> Plan:
    """Return the plan of one long row: steps for its largest element, the sum of exponentials, and the outputs.

    Where a work-item computes with vectors, an exponential costs more than memory, so softmax stores those it sums.
    """
    extent = Extent("rows", 1, n)
    scratch, row_steps = steps(Reduction(Combination.MAXIMUM), extent, "x", "most", adapter)
    scratch += [PLACEHOLDER, *(Buffer(name, (1,), "f32", "scratch") for name in ("most", "sum"))]
    if operation == "softmax" and works_in_vectors(adapter):
        scratch.append(Buffer("e", (n,), "f32", "scratch"))
        row_steps.append(_outputs("exponentials", n, ("x", "most", PLACEHOLDER.name, "e"), adapter))
        blocks, sum_steps = steps(Reduction(), extent, "e", "sum", adapter)
        output_step = _outputs("quotients", n, ("e", "most", "sum", "y"), adapter)
    else:
        blocks, sum_steps = steps(Reduction(term=Term.EXPONENTIAL), extent, "x", "sum", adapter, "most")
        output_step = _outputs(operation, n, ("x", "most", "sum", "y"), adapter)
    buffers = (_packed("x", 1, n, "f32", fill), *scratch, *blocks, _packed("y", 1, n, "f32"))
    return Plan("shared out", buffers, (*row_steps, *sum_steps, output_step))


def _outputs(kind: str, n: int, buffers: tuple[str, ...], adapter: Adapter) -> Step:
    in_vectors = works_in_vectors(adapter)
    per_group = BLOCK if in_vectors else _OUTPUT_GROUP
    kernel = ("terms", "vectors", "softmax_terms", "softmax_vectors")
    return Step(
        parts=("rounding", "elementary", *(kernel if in_vectors else ("softmax_terms", "softmax_outputs"))),
        entry="outputs",
        buffers=buffers,
        writes=1,
        parameters=(("n", n),),
        constants=(*row_constants("f32", adapter), ("KIND", _KINDS[kind])),
        groups=-(-n // per_group),
        group_items=1 if in_vectors else _OUTPUT_GROUP,
    )
