"""Reductions of a vector, of a whole matrix in C order, of its rows (``-rows``) and of its columns (``-columns``).

``case.shape`` is the shape of every operand: x is stream 0, and w of ``dot`` stream 1 (NUMERICS.md section 12).
"""

from __future__ import annotations

from paragon_tui.operators.operator import Operator
from paragon_tui.operators.reductions import Dot, Reduce, Statistic
from paragon_tui.operators.tensor import Tensor
from paragon_tui.suites.case import Case
from paragon_tui.suites.operations import REDUCTIONS
from paragon_tui.suites.workloads.workload import HALVES, Draw, Single, Workload, times

_AXES = {"": None, "-rows": 1, "-columns": 0}
_OPERATORS: dict[str, Operator] = {
    "dot": Dot(),
    **{statistic.value + along: Reduce(statistic, axis) for statistic in Statistic for along, axis in _AXES.items()},
}
_UNROUNDED = (Statistic.MAX, Statistic.MIN, Statistic.ARGMAX, Statistic.ARGMIN, Statistic.NORM_LINF)


def _row(name: str) -> Single:
    operator = _OPERATORS[name]
    count = len(operator.operands)

    def tensors(case: Case, dtype: str) -> tuple[Tensor, ...]:
        return (Tensor(case.shape, dtype),) * count

    drawn = tuple(map(Draw, range(count)))
    rounds = not isinstance(operator, Reduce) or operator.statistic not in _UNROUNDED
    return Single(
        lambda case: operator,
        tensors,
        drawn,
        times,
        HALVES,
        uses_blas=name in ("dot", "norm_l2"),
        counted="FLOP" if rounds else "OP",
    )


WORKLOADS: dict[str, Workload] = {name: _row(name) for name in REDUCTIONS}
