"""Element-wise operations over vectors and matrices; ``case.shape`` is the shape of every operand and of the result.

A single operand is 8u, a divisor and an operand that must be positive are from 2^-10 to 16, and each of several other
operands is u (NUMERICS.md section 11). The second operand of an operation named after a scalar is fl(0.3),
of ``pow-scalar`` 2.5.
"""

from __future__ import annotations

from typing import Literal

from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.operators.tensor import Tensor
from paragon_tui.suites.case import Case
from paragon_tui.suites.operations import ELEMENTWISE
from paragon_tui.suites.workloads.workload import HALVES, Draw, Kind, Single, Workload, times

_UNROUNDED = ("abs", "neg", "clamp", "relu")
_POSITIVE = {("sqrt", 0), ("recip", 0), ("pow-scalar", 0), ("ln", 0), ("log2", 0), ("log10", 0), ("div", 1)}


_SCALAR = "-scalar"
_SCALARS = {**dict.fromkeys(("add", "sub", "mul", "div"), 0.3), "pow": 2.5}


def _operator(name: str) -> Elementwise:
    function = name.removesuffix(_SCALAR)
    return Elementwise(function) if function == name else Elementwise(function, _SCALARS[function])


def _row(name: str) -> Single:
    operator = _operator(name)
    arity = len(operator.operands)
    usual: Kind = "eightfold" if arity == 1 else "uniform"
    drawn = tuple(Draw(stream, "positive" if (name, stream) in _POSITIVE else usual) for stream in range(arity))

    def tensors(case: Case, dtype: str) -> tuple[Tensor, ...]:
        return (Tensor(case.shape, dtype),) * arity

    counted: Literal["FLOP", "OP"] = "OP" if name in _UNROUNDED else "FLOP"
    return Single(lambda case: operator, tensors, drawn, times, HALVES, counted=counted)


WORKLOADS: dict[str, Workload] = {name: _row(name) for name in ELEMENTWISE}
