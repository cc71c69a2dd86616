"""Element-wise sums and products, roots, activations and elementary functions, over vectors and matrices.

A case is one function of one to three numbers; ``case.shape`` is the shape of every operand and of the result.
Operands come from streams of u in [-1, 1) (NUMERICS.md section 11): a single operand is 8u; a divisor, and an operand
that must be positive, is fl(8·fl(u+1) + 2^-10), from 2^-10 to 16; each of several other operands is u.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import prod
from typing import TYPE_CHECKING

from paragon_tui.arithmetic.functions import Function, function, numpy_function
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Buffer, Plan, Step
from paragon_tui.operators.operator import Cost, Tier
from paragon_tui.suites.case import Case
from paragon_tui.suites.operations.operands import operand

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from paragon_tui.suites.operation import Answer, Arrays

RESULTS = ("y",)
OPERANDS = {1: ("x",), 2: ("a", "b"), 3: ("a", "b", "c")}
"""The operands' names, by the number of operands."""

_REGISTERED = {"div": "divide", "abs": "absolute", "ln": "log"}
_POSITIVE = {("sqrt", 0), ("recip", 0), ("ln", 0), ("log2", 0), ("log10", 0), ("div", 1)}
_STEPS = {"clamp": 2, "lerp": 3, "fma": 2, "leaky_relu": 2, "elu": 3, "sigmoid": 3, "swish": 4, "gelu": 5}
# additions, products, comparisons, quotients and elementary functions per element, where more than one

_PARTS = {
    1: ("rounding", "trigonometric", "elementary", "activations", "basic", "unary", "map"),
    2: ("rounding", "basic", "binary", "map2"),
    3: ("basic", "ternary", "map3"),
}
_ENTRIES = {1: "unary", 2: "binary", 3: "ternary"}
_VECTOR = 8  # numbers in a vector of a PoCL work-item
_LEAST_VECTORS = 32  # per work-item: with fewer, starting a work-group costs more than its work
_GROUPS_PER_UNIT = 96  # PoCL schedules 32 or more groups at a time; with few groups, units would wait for the last one
_GROUP, _ROUNDS = 256, 4  # on other adapters: work-items per work-group, and numbers per work-item
_SIMD_GROUP, _SIMD_ROUNDS = 64, 16  # the same on llvmpipe, where a work-item is a SIMD lane


def registered(operation: str) -> Function:
    """Return the registered function of an operation, which may have another name there."""
    return function(_REGISTERED.get(operation, operation))


def describe(case: Case) -> str:
    """Return the size as text: ``1,000,000`` or ``1024 × 1024``."""
    return " × ".join(map(str, case.shape)) if len(case.shape) > 1 else f"{case.shape[0]:,}"


def megabytes(case: Case, dtype: str = "f32") -> float:
    """Return the MiB of operands and result."""
    return cost(case, dtype).bytes / 2**20


def cost(case: Case, dtype: str) -> Cost:
    """Return the cost: sums, products, comparisons, quotients and elementary functions of every element.

    Bytes: operands read and the result written once.
    """
    count = prod(case.shape)
    return Cost(_STEPS.get(case.operation, 1) * count, 4 * count * (registered(case.operation).arity + 1))


def variants(dtype: str) -> tuple[str, ...]:
    """Return the only variant, for f32 only."""
    return ("default",) if dtype == "f32" else ()


def tier(dtype: str, variant: str) -> Tier:
    """Return the tier, guarded: products must not be fused into sums."""
    return "guarded"


def inputs(case: Case, dtype: str) -> Arrays:
    """Return the operands by name, of the case's shape."""
    names = OPERANDS[registered(case.operation).arity]
    return {name: _operand(case, stream) for stream, name in enumerate(names)}


def _operand(case: Case, stream: int) -> NDArray[np.float32]:
    import numpy as np

    values = operand(stream, prod(case.shape))
    if (case.operation, stream) in _POSITIVE:
        values = np.float32(8) * (values + np.float32(1)) + np.float32(2.0**-10)
    elif registered(case.operation).arity == 1:
        values = values * np.float32(8)
    return values.reshape(case.shape)


def host_form(case: Case, dtype: str, implementation: str) -> Callable[..., Arrays]:
    """Return the host form. ``reference``: canonical; ``numpy`` and ``torch``: idiomatic, into a reused result."""
    from paragon_tui.suites.operations import elementwise_hosts

    if implementation == "reference":
        canonical = numpy_function(registered(case.operation).name)
        return lambda **operands: {"y": canonical(*operands.values())}
    forms = {"numpy": elementwise_hosts.numpy_form, "torch": elementwise_hosts.torch_form}
    return forms[implementation](case.operation, case.shape)


def plans(case: Case, dtype: str, variant: str, adapter: Adapter) -> tuple[Plan, ...]:
    """Return the one plan for the adapter."""
    f = registered(case.operation)
    fills = [partial(_operand, case, stream) for stream in range(f.arity)]
    return (plan(f, fills, case.shape, adapter),)


def plan(
    f: Function, fills: Sequence[Callable[[], NDArray[np.float32]]], shape: tuple[int, ...], adapter: Adapter
) -> Plan:
    """Return the plan that applies ``f`` to operands of ``shape``, which ``fills`` return, with the result y.

    On PoCL a work-item processes consecutive vectors, as a thread would, and is a work-group by itself; elsewhere
    neighbouring work-items process neighbouring elements.
    """
    vectors = adapter.type == "cpu" and adapter.api == "opencl"
    if vectors:
        groups = _GROUPS_PER_UNIT * (adapter.compute_units or 1)
        group, rounds, width = 1, max(_LEAST_VECTORS, -(-prod(shape) // (groups * _VECTOR))), _VECTOR
    elif adapter.type == "cpu":
        group, rounds, width = _SIMD_GROUP, _SIMD_ROUNDS, 1
    else:
        group, rounds, width = min(_GROUP, adapter.max_group_items or _GROUP), _ROUNDS, 1
    names, count = OPERANDS[f.arity], prod(shape)
    step = Step(
        parts=_PARTS[f.arity],
        entry=_ENTRIES[f.arity],
        buffers=(*names, "y"),
        writes=1,
        parameters=(("n", count), ("rounds", rounds)),
        constants=(("FUNCTION", f.number), ("WIDTH", width)),
        groups=-(-count // (group * rounds * width)),
        group_items=group,
    )
    operands = (Buffer(name, shape, "f32", "weight", fill) for name, fill in zip(names, fills, strict=True))
    return Plan("vectors" if vectors else "elements", (*operands, Buffer("y", shape, "f32", "result")), (step,))


def answer(case: Case, dtype: str, outputs: Arrays) -> Answer:
    """Return the result unchanged."""
    from paragon_tui.suites.operation import Answer

    return Answer(outputs["y"])
