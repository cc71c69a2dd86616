"""Computations on the host: their results, and those in the form that is compared, for the operands of a case."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from paragon_tui.operators.graph import Graph
from paragon_tui.operators.numerics.forms import canonical
from paragon_tui.operators.softmax import Softmax
from paragon_tui.operators.tensor import Tensor
from paragon_tui.suites.case import Case
from paragon_tui.suites.computation import computation
from tests.support.devices import Arrays


def skip_without(implementation: str) -> None:
    """Skip the test where ``implementation`` is PyTorch, an extra, and it is not installed."""
    if implementation == "torch":
        pytest.importorskip("torch", reason="the extra torch is not installed")


def host_outputs(case: Case, dtype: str, implementation: str, runs: int = 1) -> Arrays:
    """Return the results of the last of ``runs``, which share a host form and the arrays that it writes to."""
    computed = computation(case, dtype)
    form = computed.host_form(implementation)
    for _ in range(runs - 1):
        form(**computed.fed)
    return {name: np.array(values) for name, values in form(**computed.fed).items()}


def host_values(case: Case, dtype: str, implementation: str, runs: int = 1) -> NDArray[Any]:
    """Return the values that are compared, of the same results."""
    return computation(case, dtype).answer(host_outputs(case, dtype, implementation, runs)).values


def softmax_of(logits: NDArray[Any]) -> NDArray[np.float32]:
    """Return the canonical softmax of logits, f32 or i32, or of every row of them."""
    graph = Graph.of(Softmax(), Tensor(logits.shape, "i32" if logits.dtype == np.int32 else "f32"))
    return canonical(graph, {"x": logits})["y"]


def assert_close(actual: Arrays, expected: Arrays, dtype: str) -> None:
    """Assert that a network's logits and softmax are near the canonical ones."""
    assert actual["logits"].dtype == expected["logits"].dtype
    assert actual["output"].dtype == np.float32
    # A hidden activation that lands on the other side of a tie is an f16 unit away.
    close = {"f32": 1e-5, "f16": 1e-3, "i8": 0}[dtype] * float(np.abs(expected["logits"]).max())
    np.testing.assert_allclose(actual["logits"], expected["logits"], rtol=0, atol=close)
    np.testing.assert_allclose(actual["output"], expected["output"], rtol=0, atol=max(close, 1e-6))
