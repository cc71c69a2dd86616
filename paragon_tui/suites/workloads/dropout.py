"""Dropout of matrices with a rate of 0.1; ``case.shape`` is the shape of the operand, stream 0, and of the result."""

from __future__ import annotations

from paragon_tui.operators.dropout import Dropout
from paragon_tui.operators.tensor import Tensor
from paragon_tui.suites.workloads.workload import HALVES, Draw, Single, Workload, times

DROPOUT = Dropout(rate=0.1, seed=42, stream=1)
"""The mask is drawn with the seed of the operands, from the stream after theirs."""

WORKLOADS: dict[str, Workload] = {
    "dropout": Single(
        lambda case: DROPOUT,
        lambda case, dtype: (Tensor(case.shape, dtype),),
        (Draw(0),),
        times,
        HALVES,
        takes_halves=("torch",),
    ),
}
