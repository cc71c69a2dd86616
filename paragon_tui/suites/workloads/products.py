"""Matrix products: square, rectangular, with the second factor transposed, batched, and of a matrix and a vector.

``case.shape`` is rows, depth and columns, of a batch behind the number of matrices; for ``matvec`` the matrix's rows
and columns.
"""

from __future__ import annotations

from paragon_tui.operators.operator import Operator
from paragon_tui.operators.products import MatMul, MatVec
from paragon_tui.operators.tensor import DType, Tensor
from paragon_tui.suites.case import Case
from paragon_tui.suites.operations import PRODUCTS
from paragon_tui.suites.workloads.workload import HALVES, Draw, Single, Workload


def _operator(case: Case) -> Operator:
    return MatVec() if case.operation == "matvec" else MatMul(transposed=case.operation == "matmul-transposed")


def _factors(case: Case, dtype: DType) -> tuple[Tensor, ...]:
    if case.operation == "matvec":
        return Tensor(case.shape, dtype), Tensor(case.shape[1:], dtype)
    *batch, rows, depth, columns = case.shape
    second = (columns, depth) if case.operation == "matmul-transposed" else (depth, columns)
    return Tensor((*batch, rows, depth), dtype), Tensor((*batch, *second), dtype)


def _text(case: Case) -> str:
    """Return the size as text.

    ``1024×4096 · 4096×2048``, ``256×256 · (256×256)ᵀ``, ``32 of 256×256 · 256×256``, ``1024×1024 · 1024``.
    """
    a, b = ("×".join(map(str, factor.shape[-2:])) for factor in _factors(case, "f32"))
    if case.operation == "matmul-batched":
        return f"{case.shape[0]} of {a} · {b}"
    return f"{a} · ({b})ᵀ" if case.operation == "matmul-transposed" else f"{a} · {b}"


_PRODUCT = Single(_operator, _factors, (Draw(0), Draw(1)), _text, HALVES, uses_blas=True, wide=True)

WORKLOADS: dict[str, Workload] = dict.fromkeys(PRODUCTS, _PRODUCT)
