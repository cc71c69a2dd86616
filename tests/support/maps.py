"""Plans that apply one function of the registry to every element of inputs that change, for the tests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from paragon_tui import shaders
from paragon_tui.arithmetic.functions import Function
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Plan
from paragon_tui.suites.operations import elementwise


def map_plan(function: Function, n: int, adapter: Adapter) -> Plan:
    """The plan of the operations, but its operands (n) travel, and the result does: x, or a, b and c, to y."""
    nothing = [lambda: np.zeros(0, dtype=np.float32)] * function.arity
    plan = elementwise.plan(function, nothing, (n,), adapter)
    if not adapter.promises_division:
        plan = plan.with_constant("GUARD", shaders.GUARD_DIVISIONS)
    buffers = tuple(
        replace(buffer, role="output" if buffer.name == "y" else "input", fill=None) for buffer in plan.buffers
    )
    return replace(plan, buffers=buffers)


def map_plans(function: Function, n: int, adapter: Adapter) -> tuple[Plan, ...]:
    """In every shape there is, as for a GPU too; and, where OpenCL's own arithmetic was enough, with every guard."""
    shapes = {
        plan.name + str(plan.steps[0].group_items): plan
        for kind in (adapter, replace(adapter, type="discrete-gpu"))
        for plan in (map_plan(function, n, kind),)
    }
    plans = tuple(shapes.values())
    if adapter.api != "opencl":
        return plans
    every = shaders.GUARD_PRODUCTS | shaders.GUARD_SUMS | shaders.GUARD_DIVISIONS
    return (*plans, *(plan.with_constant("GUARD", every) for plan in plans))
