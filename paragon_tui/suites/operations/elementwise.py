"""Element by element: sums and products, roots, activations, elementary functions, over vectors and matrices.

A case is one function of one to three numbers; ``case.shape`` are the extents of every operand and of the result.
Operands are streams of u in [-1, 1) (NUMERICS.md section 11): of one operand x = 8u; where only positive numbers
have a result, and as divisor, fl(8·fl(u+1) + 2^-10), from 2^-10 to 16; of several otherwise u.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import prod
from typing import TYPE_CHECKING

from paragon_tui.arithmetic.functions import Function, function, numpy_function
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Buffer, Plan, Step
from paragon_tui.suites.case import Case, Cost, Tier
from paragon_tui.suites.operations.operands import operand

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from paragon_tui.suites.operation import Answer, Arrays

RESULTS = ("y",)
OPERANDS = {1: ("x",), 2: ("a", "b"), 3: ("a", "b", "c")}
"""The names of the operands, by their number."""

_REGISTERED = {"div": "divide", "abs": "absolute", "ln": "log"}
_POSITIVE = {("sqrt", 0), ("recip", 0), ("ln", 0), ("log2", 0), ("log10", 0), ("div", 1)}
_STEPS = {"clamp": 2, "lerp": 3, "fma": 2, "leaky_relu": 2, "elu": 3, "sigmoid": 3, "swish": 4, "gelu": 5}
# additions, products, comparisons, quotients and elementary functions an element, where it is not one

_PARTS = {
    1: ("rounding", "trigonometric", "elementary", "activations", "basic", "map"),
    2: ("rounding", "basic", "map2"),
    3: ("basic", "map3"),
}
_ENTRIES = {1: "unary", 2: "binary", 3: "ternary"}
_VECTOR = 8  # numbers that a work-item of PoCL takes at once
_LEAST_VECTORS = 32  # of a work-item: below that a work-group is not worth its start
_GROUPS_PER_UNIT = 96  # PoCL hands out 32 groups and more in a lump, and no unit should wait for another's last one
_GROUP, _ROUNDS = 256, 4  # items a work-group elsewhere, and numbers an item
_SIMD_GROUP, _SIMD_ROUNDS = 64, 16  # on llvmpipe, where an item is a lane


def registered(operation: str) -> Function:
    """The function that an operation is, under the registry's name."""
    return function(_REGISTERED.get(operation, operation))


def describe(case: Case) -> str:
    """``1,000,000`` or ``1024 × 1024``."""
    return " × ".join(map(str, case.shape)) if len(case.shape) > 1 else f"{case.shape[0]:,}"


def megabytes(case: Case, dtype: str = "f32") -> float:
    """MiB of operands and result."""
    return cost(case, dtype).bytes / 2**20


def cost(case: Case, dtype: str) -> Cost:
    """Operations: sums, products, comparisons, quotients and elementary functions of every element.

    Bytes: operands read and the result written once.
    """
    count = prod(case.shape)
    return Cost(_STEPS.get(case.operation, 1) * count, 4 * count * (registered(case.operation).arity + 1))


def variants(dtype: str) -> tuple[str, ...]:
    """There is one way to write the kernels, and f32 alone."""
    return ("default",) if dtype == "f32" else ()


def tier(dtype: str, variant: str) -> Tier:
    """Products must not be fused into sums."""
    return "guarded"


def inputs(case: Case, dtype: str) -> Arrays:
    """The operands by name, of the case's shape."""
    names = OPERANDS[registered(case.operation).arity]
    return {name: _operand(case, place) for place, name in enumerate(names)}


def _operand(case: Case, place: int) -> NDArray[np.float32]:
    import numpy as np

    values = operand(place, prod(case.shape))
    if (case.operation, place) in _POSITIVE:
        values = np.float32(8) * (values + np.float32(1)) + np.float32(2.0**-10)
    elif registered(case.operation).arity == 1:
        values = values * np.float32(8)
    return values.reshape(case.shape)


def host_form(case: Case, dtype: str, implementation: str) -> Callable[..., Arrays]:
    """``reference``: canonical arithmetic; ``numpy`` and ``torch``: as one writes it, into a result that is kept."""
    from paragon_tui.suites.operations import elementwise_hosts

    if implementation == "reference":
        canonical = numpy_function(registered(case.operation).name)
        return lambda **operands: {"y": canonical(*operands.values())}
    forms = {"numpy": elementwise_hosts.numpy_form, "torch": elementwise_hosts.torch_form}
    return forms[implementation](case.operation, case.shape)


def plans(case: Case, dtype: str, variant: str, adapter: Adapter) -> tuple[Plan, ...]:
    """The one shape for ``adapter``."""
    found = registered(case.operation)
    fills = [partial(_operand, case, place) for place in range(found.arity)]
    return (plan(found, fills, case.shape, adapter),)


def plan(
    f: Function, fills: Sequence[Callable[[], NDArray[np.float32]]], shape: tuple[int, ...], adapter: Adapter
) -> Plan:
    """``f`` of operands of ``shape``, which ``fills`` yield, to the result y.

    On PoCL a work-item walks through consecutive vectors, as a thread would, and is a work-group by itself; elsewhere
    neighbours take neighbouring elements.
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
    """The result, as it is."""
    from paragon_tui.suites.operation import Answer

    return Answer(outputs["y"])
