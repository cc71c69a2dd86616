"""The element-wise operations as they are run: their own operands and plans, with the reference's bits.

``test_functions.py`` has the same kernels on every kind of bits, at ragged sizes, as for a GPU and with every guard.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from paragon_tui.engine.worker.prepare import check_finite
from paragon_tui.suites.case import Case
from paragon_tui.suites.families import ELEMENTWISE
from paragon_tui.suites.operations import elementwise
from tests.support.floats import assert_same_bits
from tests.support.host_forms import host_values
from tests.support.kernels import run_plan

pytestmark = pytest.mark.device

SHAPE = (33, 1021)


@pytest.mark.parametrize("operation", ELEMENTWISE)
def test_an_operation_has_the_references_bits_and_none_of_them_is_a_signed_zero(
    operation: str, device: Any, guard: int
) -> None:
    case = Case("vector", operation, operation, SHAPE)
    expected = host_values(case, "f32", "reference")
    for plan in elementwise.plans(case, "f32", "default", device.adapter):
        outputs = run_plan(device, plan.with_constant("GUARD", guard), *elementwise.RESULTS)
        check_finite(outputs)
        values = elementwise.answer(case, "f32", outputs).values
        assert values.shape == SHAPE and values.dtype == np.float32
        assert_same_bits(values, expected, plan.name)
        assert not np.any(values.view(np.uint32) == np.uint32(0x80000000))


def test_nothing_travels_in_a_run(device: Any) -> None:
    (plan,) = elementwise.plans(Case("vector", "fma", "fma", (100,)), "f32", "default", device.adapter)
    assert [buffer.role for buffer in plan.buffers] == ["weight", "weight", "weight", "result"]


def test_a_source_does_not_depend_on_the_size(device: Any) -> None:
    plans = [
        elementwise.plans(Case("vector", "exp", "exp", shape), "f32", "default", device.adapter)[0]
        for shape in ((100,), (1_000_000,), (64, 64))
    ]
    assert len({(plan.steps[0].parts, plan.steps[0].all_constants) for plan in plans}) == 1
