"""Data movement without computation: transposes, reshapes, a row broadcast to a matrix, two matrices as one.

``case.shape`` is rows and columns: of the operands of a transpose, a reshape and a stack, else of the result; the right
matrix of ``concat`` has the odd column. A reshape copies the matrix into a vector: without a copy it would be another
name for the same elements, which costs nothing.
"""

from __future__ import annotations

from paragon_tui.operators.movement import Broadcast, Concat, Reshape, Stack, Transpose
from paragon_tui.operators.operator import Operator
from paragon_tui.operators.tensor import Tensor
from paragon_tui.suites.case import Case
from paragon_tui.suites.operations import MOVES
from paragon_tui.suites.workloads.workload import HALVES, Draw, Single, Workload


def _operator(case: Case) -> Operator:
    rows, columns = case.shape
    match case.operation:
        case "broadcast":
            return Broadcast(rows)
        case "concat":
            return Concat()
        case "stack":
            return Stack()
        case "reshape":
            return Reshape((rows * columns,))
    return Transpose()


def _operands(case: Case, dtype: str) -> tuple[Tensor, ...]:
    rows, columns = case.shape
    if case.operation == "broadcast":
        return (Tensor((columns,), dtype),)
    if case.operation == "concat":
        return Tensor((rows, columns // 2), dtype), Tensor((rows, columns - columns // 2), dtype)
    return (Tensor((rows, columns), dtype),) * (2 if case.operation == "stack" else 1)


def _text(case: Case) -> str:
    """Return the operands' shapes and the result's as text: ``1024 → 1024 × 1024``."""
    operands = _operands(case, "f32")
    (result,) = _operator(case).infer(*operands)
    before, after = (
        " · ".join(" × ".join(map(str, tensor.shape)) for tensor in tensors) for tensors in (operands, (result,))
    )
    return f"{before} → {after}"


def _row(operands: int) -> Single:
    drawn = tuple(map(Draw, range(operands)))
    return Single(_operator, _operands, drawn, _text, HALVES, counted=None, takes_halves=("numpy", "torch"))


WORKLOADS: dict[str, Workload] = {name: _row(2 if name in ("concat", "stack") else 1) for name in MOVES}
