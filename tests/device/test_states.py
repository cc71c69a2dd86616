"""A state goes on from run to run, is read like a result, and holds what it held at first after a reset."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from paragon_tui.backends.plan import Buffer, Plan, Step

pytestmark = pytest.mark.device

FIRST = np.array([3, 5, 7, 9, 11], dtype=np.uint32)


def stepping() -> Plan:
    """A counter that is filled nowhere, and what it counts in batches: five words of the batch that it stands at."""
    words = np.arange(30, dtype=np.uint32)
    gather = Step(
        ("gather",), "gather", ("words", "step", "batch"), 1, (("n", 5), ("count", 6), ("rounds", 5)), (), 1, 1
    )
    update = Step(
        ("without_small", "update"),
        "update",
        ("gradients", "parameters", "velocities", "step"),
        3,
        (("n", 5), ("rounds", 5), ("momentum", 0x3F800000), ("rate", 0x3F800000)),
        (),
        1,
        1,
    )
    ones = np.ones(5, dtype=np.float32)
    buffers = (
        Buffer("words", (6, 5), "u32", "weight", lambda: words),
        Buffer("gradients", (5,), "f32", "weight", lambda: ones),
        Buffer("batch", (5,), "u32", "result"),
        Buffer("parameters", (5,), "f32", "state", lambda: FIRST.astype(np.float32)),
        Buffer("velocities", (5,), "f32", "state"),
        Buffer("step", (1,), "u32", "state"),
    )
    return Plan("stepping", buffers, (gather, update))


NAMES = ("batch", "parameters", "velocities", "step")


def seen(program: Any) -> list[list[float]]:
    return [values.tolist() for values in program.read(NAMES).values()]


def after(steps: int) -> list[list[float]]:
    """Return the state after ``steps``: velocities 1, 2, 3 …, and the parameters less their sum."""
    start = (steps - 1) % 6 * 5
    batch = list(range(start, start + 5)) if steps else [0] * 5
    parameters = (FIRST.astype(float) - steps * (steps + 1) / 2).tolist()
    return [batch, parameters, [steps] * 5, [steps]]


def test_a_state_goes_on_and_begins_anew(device):
    program = device.prepare(stepping())
    assert seen(program) == after(0)
    program.run({})
    assert seen(program) == after(1)
    program.run_unclocked({}, 3)
    program.run({}, 5)
    program.round_trip()
    assert seen(program) == after(9)
    program.reset()
    assert seen(program)[1:] == after(0)[1:]
    program.run({}, 7)
    assert seen(program) == after(7)
    program.close()


def test_a_reset_leaves_what_is_no_state_alone(device):
    program = device.prepare(stepping())
    program.run({}, 2)
    program.reset()
    program.reset()
    assert seen(program) == [after(2)[0], *after(0)[1:]]
    program.close()


def test_two_programs_of_a_plan_have_states_of_their_own(device):
    first, second = (device.prepare(stepping()) for _ in range(2))
    first.run({}, 4)
    second.run({}, 1)
    assert (seen(first), seen(second)) == (after(4), after(1))
    first.close()
    second.reset()
    second.run({}, 2)
    assert seen(second) == after(2)
    second.close()
