"""The contents of a plan's weights."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from paragon_tui.backends.plan import Buffer, Plan
from tests.support.devices import Arrays


def contents(buffer: Buffer) -> NDArray[Any]:
    assert buffer.fill is not None, f"{buffer.name} holds nothing at first"
    return buffer.fill()


def weights_of(plan: Plan) -> Arrays:
    """Return the contents of the weights by the names of their buffers."""
    return {buffer.name: contents(buffer) for buffer in plan.with_role("weight")}


def assert_weights_are_filled(plan: Plan) -> None:
    """Assert that weights alone are filled, with arrays of their buffers' shapes and sizes."""
    for buffer in plan.buffers:
        assert (buffer.fill is not None) == (buffer.role == "weight")
        if buffer.fill is not None:
            values = buffer.fill()
            assert (values.shape, values.nbytes) == (buffer.shape, buffer.bytes), buffer.name
