"""Multi-head attention; ``case.shape`` is (heads, n, d): every head has n queries, keys and values of d elements."""

from __future__ import annotations

from paragon_tui.operators.attention import Attention
from paragon_tui.operators.tensor import Tensor
from paragon_tui.suites.case import Case
from paragon_tui.suites.workloads.workload import HALVES, Draw, Single, Workload


def _operands(case: Case, dtype: str) -> tuple[Tensor, ...]:
    return (Tensor(case.shape, dtype),) * 3


def _text(case: Case) -> str:
    """Return the size as text: ``8 heads · 512 × 64``."""
    heads, n, d = case.shape
    return f"{heads} heads · {n:,} × {d}"


_DRAWN = (Draw(0), Draw(1), Draw(2))

WORKLOADS: dict[str, Workload] = {
    "attention": Single(lambda case: Attention(), _operands, _DRAWN, _text, HALVES, uses_blas=True, wide=True),
}
