"""The element-wise operations as they are run: their own operands and plans, with the reference's bits.

``test_functions.py`` has the same kernels on every kind of bits, at ragged sizes, as for a GPU and with every guard.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from paragon_tui.backends.probes import probe
from paragon_tui.engine.worker.prepare import check_finite
from paragon_tui.suites.case import Case
from paragon_tui.suites.families import ELEMENTWISE
from paragon_tui.suites.operations import elementwise

pytestmark = pytest.mark.device

SHAPE = (33, 1021)


@pytest.fixture(scope="module")
def guards() -> dict[str, int]:
    """By adapter id, as the probes found them."""
    return {}


@pytest.mark.parametrize("operation", ELEMENTWISE)
def test_an_operation_has_the_references_bits_and_none_of_them_is_a_signed_zero(
    operation: str, device: Any, guards: dict[str, int]
) -> None:
    case = Case("vector", operation, operation, SHAPE)
    if device.adapter.id not in guards:
        guards[device.adapter.id] = probe(device).guard
    guard = guards[device.adapter.id]
    operands = elementwise.inputs(case, "f32")
    expected = elementwise.host_form(case, "f32", "reference")(**operands)["y"]
    for plan in elementwise.plans(case, "f32", "default", device.adapter):
        program = device.prepare(plan.with_constant("GUARD", guard))
        program.run({})
        outputs = program.read(elementwise.RESULTS)
        program.close()
        check_finite(outputs)
        values = elementwise.answer(case, "f32", outputs).values
        assert values.shape == SHAPE and values.dtype == np.float32
        assert np.array_equal(values.view(np.uint32), expected.view(np.uint32)), plan.name
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
