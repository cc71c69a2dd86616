"""Element-wise operators: one function of one to three numbers, of operands of one shape, all f32 or all f16."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from math import isfinite

from paragon_tui.arithmetic.constants import f32_bits
from paragon_tui.arithmetic.functions import Function, function
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Step
from paragon_tui.operators import layout
from paragon_tui.operators.lowering import Lowering, Site
from paragon_tui.operators.operator import Operator, Tier
from paragon_tui.operators.reducing import element_parts, works_in_vectors
from paragon_tui.operators.tensor import DType, Tensor, WrongOperands

OPERANDS = {1: ("x",), 2: ("a", "b"), 3: ("a", "b", "c")}
"""The operands' names, by the number of operands."""

_REGISTERED = {"div": "divide", "abs": "absolute", "ln": "log"}
_OPERATIONS = {
    "clamp": 2,
    "lerp": 3,
    "fma": 2,
    "leaky_relu": 2,
    "elu": 3,
    "sigmoid": 3,
    "swish": 4,
    "gelu": 5,
    "hardswish": 5,
}
# additions, products, comparisons, quotients and elementary functions per element, where more than one
OWN_PARTS = {"hardswish": 1}
"""The functions that are a kernel part of their own name, and have numerics of their own, with their arity."""

_EXACT = frozenset(
    {
        *("abs", "absolute", "neg", "clamp", "relu"),  # nothing is rounded
        *("mul", "pow2", "scale"),  # products of two halves
        *("add", "sub", "fma", "div", "divide", "sqrt", "rsqrt", "recip", "half"),
    }
)
"""The functions that at f16 round no product to f32: nothing is left that fusing one into a sum could change."""

_LIBRARIES = {
    1: ("rounding", "trigonometric", "elementary", "activations", "basic"),
    2: ("rounding", "power", "basic"),
    3: ("rounding", "basic"),
}
_NUMBERED = {1: "unary", 2: "binary", 3: "ternary"}
"""The kernel parts of the registered functions, which are also the entry points' names."""
_MAPS = {1: "map", 2: "map2", 3: "map3"}
_SCALAR = "map_scalar"
"""The kernel part, and the entry point, of the functions whose second operand is one number."""
_SMALLEST, _LARGEST = 2.0**-126, (2 - 2.0**-23) * 2.0**127  # of the normal numbers of f32
_VECTOR = 8  # numbers in a vector of a PoCL work-item
_LEAST_VECTORS = 32  # per work-item: with fewer, starting a work-group costs more than its work
_GROUPS_PER_UNIT = 96  # PoCL schedules 32 or more groups at a time; with few groups, units would wait for the last one
_GROUP, _ROUNDS = 256, 4  # on other adapters: work-items per work-group, and words per work-item
_SIMD_GROUP, _SIMD_ROUNDS = 64, 16  # the same on llvmpipe, where a work-item is a SIMD lane


@dataclass(frozen=True, slots=True)
class Elementwise(Operator):
    """y = f(x), f(a, b) or f(a, b, c), element by element. ``name`` is the operation's, such as ``gelu``.

    With a ``scalar`` y = f(x, scalar): one number, rounded to f32 and at f16 to that, is the second operand of all
    elements.
    """

    name: str
    scalar: float | None = None

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for a function that does not exist, and for a scalar that it cannot take."""
        try:
            registered = self.registered
        except KeyError:
            raise ValueError(f"there is no element-wise function {self.name}") from None
        if self.scalar is None:
            return
        if registered is None or registered.arity != 2:
            raise ValueError(f"{self.name} is no function of two operands: none of them can be a scalar")
        if not isfinite(self.scalar) or not (self.scalar == 0 or _SMALLEST <= abs(self.scalar) <= _LARGEST):
            raise ValueError(f"a scalar is 0 or a normal number of f32, not {self.scalar}")

    @property
    def registered(self) -> Function | None:
        """The registered function, which may have another name there; ``None`` for one of ``OWN_PARTS``."""
        return None if self.name in OWN_PARTS else function(_REGISTERED.get(self.name, self.name))

    @property
    def operands(self) -> tuple[str, ...]:
        """``x`` of a function of one operand, or of one and a scalar, else ``a``, ``b`` and ``c``."""
        if self.scalar is not None:
            return OPERANDS[1]
        return OPERANDS[self.registered.arity if self.registered else OWN_PARTS[self.name]]

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return the operands' common type; at f16, results are rounded to f32 as at f32, and then to f16."""
        first = operands[0]
        if first.dtype not in ("f32", "f16") or any(operand != first for operand in operands):
            raise WrongOperands(f"{self.name} takes f32 or f16 of one shape, not {', '.join(map(str, operands))}")
        if self.scalar is not None:
            self.scalar_at(first.dtype)
        return (first,)

    def scalar_at(self, dtype: DType) -> float:
        """Return the scalar as operands of ``dtype`` have it. Raises ``WrongOperands`` where f16 cannot hold it."""
        assert self.scalar is not None
        (rounded,) = struct.unpack("<f", struct.pack("<f", self.scalar))
        if dtype == "f16":
            try:
                (rounded,) = struct.unpack("<e", struct.pack("<e", rounded))
            except OverflowError:
                raise WrongOperands(f"f16 holds less than 65520 in magnitude, not the scalar {self.scalar}") from None
        return float(rounded) + 0.0  # no -0

    def operations(self, *operands: Tensor) -> int:
        """Count additions, products, comparisons, quotients and elementary functions of every element."""
        return _OPERATIONS.get(self.name, 1) * operands[0].count

    def tier(self, *operands: Tensor) -> Tier:
        """Return guarded, since products must not be fused into sums; exact where those of f16 are exact."""
        return "exact" if operands[0].dtype == "f16" and self.name in _EXACT else "guarded"

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return the one way: on PoCL a work-item processes consecutive vectors, as a thread would.

        There it is a work-group by itself; elsewhere neighbouring work-items process neighbouring words.
        """
        (tensor, *_), registered = site.tensors, self.registered
        arity = registered.arity if registered else OWN_PARTS[self.name]
        entry, kernel = _NUMBERED[arity], _MAPS[arity]
        parameters: tuple[tuple[str, int], ...] = ()
        if self.scalar is not None:
            entry = kernel = _SCALAR
            parameters = (("scalar", f32_bits(self.scalar_at(tensor.dtype))),)
        stored = layout.dense(tensor)
        group, rounds, width = _shares(tensor.count, site.adapter)
        elements, constants = element_parts(tensor.dtype, width > 1)
        step = Step(
            parts=(*_LIBRARIES[arity], _NUMBERED[arity] if registered else self.name, *elements, kernel),
            entry=entry,
            buffers=(*self.operands, "y"),
            writes=1,
            parameters=(("n", tensor.count), ("rounds", rounds), *parameters),
            constants=(*((("FUNCTION", registered.number),) if registered else ()), ("WIDTH", width), *constants),
            groups=-(-(tensor.count if width > 1 else stored.words) // (group * rounds * width)),
            group_items=group,
        )
        layouts = dict.fromkeys((*self.operands, "y"), stored)
        return (Lowering("vectors" if width > 1 else "elements", layouts, (step,)),)


def _shares(count: int, adapter: Adapter) -> tuple[int, int, int]:
    """Return work-items per work-group, rounds per work-item, and numbers per vector, or 1 where it takes words."""
    if works_in_vectors(adapter):
        groups = _GROUPS_PER_UNIT * (adapter.compute_units or 1)
        return 1, max(_LEAST_VECTORS, -(-count // (groups * _VECTOR))), _VECTOR
    if adapter.type == "cpu":
        return _SIMD_GROUP, _SIMD_ROUNDS, 1
    return min(_GROUP, adapter.max_group_items or _GROUP), _ROUNDS, 1
