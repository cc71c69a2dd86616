"""Plans that apply one function of the registry to every element of inputs that change, for the tests."""

from __future__ import annotations

from dataclasses import replace

from paragon_tui import shaders
from paragon_tui.arithmetic.functions import Function
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Plan
from paragon_tui.operators.elementwise import Elementwise
from paragon_tui.operators.graph import Graph
from paragon_tui.operators.planning import Given, candidates
from paragon_tui.operators.tensor import Tensor


def map_plan(function: Function, n: int, adapter: Adapter) -> Plan:
    """The plan of the operator, whose operands (n) and result travel: x, or a, b and c, to y."""
    graph = Graph.of(Elementwise(function.name), *[Tensor((n,))] * function.arity)
    (candidate,) = candidates(graph, adapter, Given({}, fetched=True))
    plan = candidate.plan
    return plan if adapter.promises_division else plan.with_constant("GUARD", shaders.GUARD_DIVISIONS)


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
    return (*plans, *(plan.with_constant("GUARD", shaders.EVERY_GUARD) for plan in plans))
