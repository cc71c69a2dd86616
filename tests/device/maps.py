"""A plan that applies one function of the registry to every element, for the tests."""

from __future__ import annotations

from backends.plan import Buffer, Plan, Step
from paragon_tui.arithmetic.functions import Function

UNARY_PARTS = ("rounding", "trigonometric", "elementary", "activations", "map")
BINARY_PARTS = ("rounding", "map2")


def map_plan(function: Function, n: int, group_items: int = 64) -> Plan:
    """``function`` of the inputs x (n), or a (n) and b (n), to the output y (n)."""
    operands = ("x",) if function.arity == 1 else ("a", "b")
    step = Step(
        parts=UNARY_PARTS if function.arity == 1 else BINARY_PARTS,
        entry="unary" if function.arity == 1 else "binary",
        buffers=(*operands, "y"),
        writes=1,
        parameters=(("n", n), ("rounds", 1)),
        constants=(("FUNCTION", function.number),),
        groups=-(-n // group_items),
        group_items=group_items,
    )
    buffers = (*(Buffer(name, (n,), "f32", "input") for name in operands), Buffer("y", (n,), "f32", "output"))
    return Plan(function.name, buffers, (step,))
