"""The arrays of the suite ``mlp`` (NUMERICS.md section 17)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.operators.dense import Activation
from paragon_tui.operators.numerics.dense import dense
from paragon_tui.operators.numerics.numerics import stored
from paragon_tui.operators.tensor import Tensor
from paragon_tui.suites.case import Case
from paragon_tui.suites.data.case_data import Answer, Arrays, CaseData
from paragon_tui.suites.data.parameters import parameters
from paragon_tui.suites.data.streams import drawn
from paragon_tui.suites.workloads.mlp import Backward, Forward
from paragon_tui.suites.workloads.workload import Draw

_X, _DY = Draw(100, "of variance one"), Draw(101, "of variance one")


class ForwardData(CaseData[Forward]):
    """The arrays of forward passes."""

    def operands(self, workload: Forward, case: Case, dtype: str) -> dict[str, NDArray[Any]]:
        """Return ``x`` (batch, inputs); ``w1``, ``w2`` (outputs, inputs); ``b1``, ``b2``; at f16 all but b rounded."""
        (w1, b1), (w2, b2) = parameters(case.shape, dtype)
        return {"x": _samples(_X, case.batch, case.shape[0], dtype), "w1": w1, "b1": b1, "w2": w2, "b2": b2}


class BackwardData(CaseData[Backward]):
    """The arrays of backward passes."""

    def operands(self, workload: Backward, case: Case, dtype: str) -> dict[str, NDArray[Any]]:
        """Return ``x``, ``w1``, ``w2`` of the forward pass, its ``h`` (batch, hidden), and ``dy`` (batch, outputs)."""
        (w1, _), (w2, _) = parameters(case.shape, dtype)
        return {
            "x": _samples(_X, case.batch, case.shape[0], dtype),
            "h": _activations(case.shape, case.batch, dtype),
            "dy": _samples(_DY, case.batch, case.shape[-1], dtype),
            "w1": w1,
            "w2": w2,
        }

    def answer(self, case: Case, results: Arrays) -> Answer:
        """Return the gradients of W1, b1, W2, b2 and x, each in C order, one after another."""
        first, second, dx = (results[name] for name in ("layer1", "layer2", "dx"))
        parts = (first[:, :-1], first[:, -1], second[:, :-1], second[:, -1], dx)
        return Answer(np.concatenate([part.ravel() for part in parts]))


def _samples(draw: Draw, batch: int, width: int, dtype: str) -> NDArray[Any]:
    """Return fl(u·√3), of variance 1; at f16 rounded."""
    return drawn({"x": draw}, {"x": Tensor((batch, width), dtype)})["x"]


@lru_cache(maxsize=1)
def _activations(shape: tuple[int, ...], batch: int, dtype: str) -> NDArray[np.float32]:
    """Return the canonical activations of the forward pass, at f16 rounded to it."""
    (w1, b1), _ = parameters(shape, dtype)
    x = _samples(_X, batch, shape[0], dtype)
    return stored(dense(x, w1, b1, Activation.LEAKY_RELU), dtype)
