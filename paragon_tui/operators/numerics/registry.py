"""The one registry: the numerics of every operator."""

from __future__ import annotations

from typing import Any

from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.operators.numerics.elementwise import ElementwiseNumerics
from paragon_tui.operators.numerics.numerics import Numerics
from paragon_tui.operators.numerics.products import MatMulNumerics, MatVecNumerics
from paragon_tui.operators.operator import Operator
from paragon_tui.operators.products import MatMul, MatVec

NUMERICS: dict[type[Operator], Numerics[Any]] = {
    Elementwise: ElementwiseNumerics(),
    MatMul: MatMulNumerics(),
    MatVec: MatVecNumerics(),
}


def numerics(operator: Operator) -> Numerics[Any]:
    """Return the numerics of an operator."""
    return NUMERICS[type(operator)]
