"""Softmax, its logarithm and layer normalisation of rows; ``case.shape`` is the shape of the operand and the result.

Softmax takes vectors, matrices and batches of them, layer normalisation matrices and batches. The operand is stream 0;
gamma is about one, of stream 1, and beta is stream 2 (NUMERICS.md section 12).
"""

from __future__ import annotations

from paragon_tui.operators.layernorm import LayerNorm
from paragon_tui.operators.softmax import Softmax
from paragon_tui.operators.tensor import Tensor
from paragon_tui.suites.case import Case
from paragon_tui.suites.operations import SOFTMAX
from paragon_tui.suites.workloads.workload import HALVES, Draw, Single, Workload, times


def _with_scales(case: Case, dtype: str) -> tuple[Tensor, ...]:
    row = Tensor(case.shape[-1:], dtype)
    return Tensor(case.shape, dtype), row, row


def _softmax(name: str) -> Single:
    operator = Softmax(logarithm=name == "log_softmax")
    return Single(lambda case: operator, lambda case, dtype: (Tensor(case.shape, dtype),), (Draw(0),), times, HALVES)


_LAYERNORM = Single(lambda case: LayerNorm(), _with_scales, (Draw(0), Draw(1, "about one"), Draw(2)), times, HALVES)

WORKLOADS: dict[str, Workload] = {
    **{name: _softmax(name) for name in (*SOFTMAX, "softmax-batched")},
    **dict.fromkeys(("layernorm", "layernorm-batched"), _LAYERNORM),
}
