"""Matrix products: square, rectangular, with the second factor transposed, and of a matrix and a vector.

Every output is one canonical dot; at f16 it is rounded to f16. ``case.shape`` is rows, depth and columns; for
``matvec`` the matrix's rows and columns.
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


def _shapes(case: Case) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Return the shapes of a, b and y."""
    if case.operation == "matvec":
        rows, depth = case.shape
        return case.shape, (depth,), (rows,)
    rows, depth, columns = case.shape
    return (rows, depth), (columns, depth) if _transposed(case) else (depth, columns), (rows, columns)


def _transposed(case: Case) -> bool:
    return case.operation == "matmul-transposed"


def _count(shape: tuple[int, ...]) -> int:
    count = 1
    for extent in shape:
        count *= extent
    return count


def describe(case: Case) -> str:
    """Return the size as text: ``1024×4096 · 4096×2048``, ``256×256 · (256×256)ᵀ``, ``1024×1024 · 1024``."""
    a, b, _ = ("×".join(map(str, shape)) for shape in _shapes(case))
    return f"{a} · ({b})ᵀ" if _transposed(case) else f"{a} · {b}"


def megabytes(case: Case, dtype: str = "f32") -> float:
    """Return the MiB of both operands as the dtype stores them, and of the result in four bytes."""
    return cost(case, dtype).bytes / 2**20


def cost(case: Case, dtype: str) -> Cost:
    """Return the cost: a product and a sum for each term of each output. Bytes: both operands and the result, once.

    The result has four bytes per element at f16 too.
    """
    a, b, y = map(_count, _shapes(case))
    depth = case.shape[1]
    return Cost(2 * y * depth, (a + b) * _BYTES[dtype] + 4 * y)


def variants(dtype: str) -> tuple[str, ...]:
    """Return the canonical variant, for f32 and f16."""
    return VARIANTS[:1] if dtype in _TIERS else ()


def tier(dtype: str, variant: str) -> Tier:
    """Return the tier: f32 sums of guarded products, or at f16 of exact ones."""
    return _TIERS[dtype]


def inputs(case: Case, dtype: str) -> Arrays:
    """Return the factors ``a`` and ``b`` (f32, streams 0 and 1), at f16 rounded to it and widened."""
    from paragon_tui.arithmetic.rounding import half

    a, b, _ = _shapes(case)
    factors = {"a": _operand(0, a), "b": _operand(1, b)}
    return {name: half(values) for name, values in factors.items()} if dtype == "f16" else factors


def _operand(stream: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
    from paragon_tui.suites.operations.operands import operand

    return operand(stream, _count(shape)).reshape(shape)


def host_form(case: Case, dtype: str, implementation: str) -> Callable[..., Arrays]:
    """Return the host form. ``reference``: canonical; ``numpy`` and ``torch``: BLAS on f32, at f16 rounded back."""
    if implementation == "reference":
        return partial(_canonical, case, dtype)
    return _torch_form(case, dtype) if implementation == "torch" else _numpy_form(case, dtype)


def _canonical(case: Case, dtype: str, a: NDArray[np.float32], b: NDArray[np.float32]) -> Arrays:
    from paragon_tui.arithmetic.products import matmul
    from paragon_tui.arithmetic.reduction import matvec
    from paragon_tui.arithmetic.rounding import half

    y = matvec(a, b) if case.operation == "matvec" else matmul(a, b.T if _transposed(case) else b)
    return {"y": half(y) if dtype == "f16" else y}


def _numpy_form(case: Case, dtype: str) -> Callable[..., Arrays]:
    import numpy as np

    product = np.empty(_shapes(case)[2], dtype=np.float32)
    halves = np.empty_like(product, dtype=np.float16)

    def multiply(a: NDArray[np.float32], b: NDArray[np.float32]) -> Arrays:
        np.matmul(a, b.T if _transposed(case) else b, out=product)
        if dtype == "f32":
            return {"y": product}
        np.copyto(halves, product, casting="same_kind")
        return {"y": halves}

    return multiply


def _torch_form(case: Case, dtype: str) -> Callable[..., Arrays]:
    import torch

    shape = _shapes(case)[2]
    product, halves = torch.empty(shape), torch.empty(shape, dtype=torch.float16)
    result = product if dtype == "f32" else halves

    def multiply(a: NDArray[np.float32], b: NDArray[np.float32]) -> Arrays:
        with torch.inference_mode():
            second = torch.from_numpy(b)
            torch.matmul(torch.from_numpy(a), second.T if _transposed(case) else second, out=product)
            if dtype == "f16":
                halves.copy_(product)
        return {"y": result.numpy()}

    return multiply


def reference_at(case: Case, dtype: str, inputs: Arrays, indices: NDArray[Any]) -> NDArray[np.float32]:
    """Return the canonical values, f32 (k,), at ``indices`` (k,) of the flattened result."""
    from paragon_tui.arithmetic.products import matmul_at
    from paragon_tui.arithmetic.rounding import half

    a, b = inputs["a"], inputs["b"]
    if case.operation == "matvec":
        b = b.reshape(-1, 1)
    values = matmul_at(a, b.T if _transposed(case) else b, indices)
    return half(values) if dtype == "f16" else values


def plans(case: Case, dtype: str, variant: str, adapter: Adapter) -> tuple[Plan, ...]:
    """Return the plans of ``product_lowering``."""
    from paragon_tui.suites.product_lowering import Product, matrix_plans, vector_plans

    first, second, _ = _shapes(case)
    a, b = partial(_operand, 0, first), partial(_operand, 1, second)
    if case.operation == "matvec":
        rows, depth = case.shape
        return vector_plans(rows, depth, a, b, dtype, adapter)
    rows, depth, columns = case.shape
    return matrix_plans(Product(rows, depth, columns, a, b, _transposed(case)), dtype, adapter)


def answer(case: Case, dtype: str, outputs: Arrays) -> Answer:
    """Return ``y`` as f32, (rows, columns) or (rows,)."""
    import numpy as np

    from paragon_tui.suites.operation import Answer

    return Answer(outputs["y"].astype(np.float32, copy=False))
