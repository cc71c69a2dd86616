"""Operations on the host: their modules, and their results for the inputs of the case itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from paragon_tui.suites.case import Case
from paragon_tui.suites.operation import operation
from tests.support.devices import Arrays


def module_of(name: str) -> object:
    """Return the module of an operation, as an object that can be compared with any other."""
    return operation(name)


def skip_without(implementation: str) -> None:
    """Skip the test where ``implementation`` is PyTorch, an extra, and it is not installed."""
    if implementation == "torch":
        pytest.importorskip("torch", reason="the extra torch is not installed")


def host_outputs(case: Case, dtype: str, implementation: str, runs: int = 1) -> Arrays:
    """Return the outputs of the last of ``runs``, which share a host form and the arrays that it writes to."""
    module = operation(case.operation)
    form, inputs = module.host_form(case, dtype, implementation), module.inputs(case, dtype)
    for _ in range(runs - 1):
        form(**inputs)
    return {name: np.array(values) for name, values in form(**inputs).items()}


def host_values(case: Case, dtype: str, implementation: str, runs: int = 1) -> NDArray[Any]:
    """Return the values that are compared, of the same outputs."""
    return operation(case.operation).answer(case, dtype, host_outputs(case, dtype, implementation, runs)).values


def assert_close(actual: Arrays, expected: Arrays, dtype: str) -> None:
    """Assert that a network's logits and softmax are near the canonical ones."""
    assert actual["logits"].dtype == expected["logits"].dtype
    assert actual["output"].dtype == np.float32
    # A hidden activation that lands on the other side of a tie is an f16 unit away.
    close = {"f32": 1e-5, "f16": 1e-3, "i8": 0}[dtype] * float(np.abs(expected["logits"]).max())
    np.testing.assert_allclose(actual["logits"], expected["logits"], rtol=0, atol=close)
    np.testing.assert_allclose(actual["output"], expected["output"], rtol=0, atol=max(close, 1e-6))
