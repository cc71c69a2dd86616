"""Plans, the contract between operations and backends: named buffers and an ordered list of steps."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from paragon_tui import shaders
from paragon_tui.shaders import Language
from paragon_tui.shaders.group_memory import group_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray

Role = Literal["input", "weight", "scratch", "output", "result", "state"]
"""The role of a buffer: an output is fetched in every run; a result stays on the device until it is read.

A state stays too and carries its values into the next run; a reset restores its initial values.
"""
DType = Literal["f32", "i32", "u32"]
Fill = Callable[[], "NDArray[Any]"]
"""Returns the values of a buffer, in its shape's layout."""

__all__ = ["ITEM_BYTES", "NUMPY_NAMES", "Buffer", "DType", "Fill", "Language", "Plan", "Role", "Step"]

ITEM_BYTES: dict[DType, int] = {"f32": 4, "i32": 4, "u32": 4}
NUMPY_NAMES: dict[DType, str] = {"f32": "float32", "i32": "int32", "u32": "uint32"}


@dataclass(frozen=True, slots=True)
class Buffer:
    """A device buffer. ``fill`` returns the values of a weight, or the initial ones of a state, in ``shape``'s layout.

    A program calls ``fill`` once. Elements that nothing writes are zero: padding of inputs and scratch may be read.
    """

    name: str
    shape: tuple[int, ...]
    dtype: DType
    role: Role
    fill: Fill | None = None

    @property
    def items(self) -> int:
        """The number of elements."""
        count = 1
        for extent in self.shape:
            count *= extent
        return count

    @property
    def bytes(self) -> int:
        """The size in bytes."""
        return self.items * ITEM_BYTES[self.dtype]


@dataclass(frozen=True, slots=True)
class Step:
    """A dispatch: ``groups`` work-groups of ``group_items`` run ``entry`` of the source made of ``parts``.

    ``buffers`` are in binding order; the last ``writes`` of them are written. ``parameters`` are unsigned 32-bit
    integers in the order of the kernel's parameter block, to which backends add the run-time zero of the guarded tier.
    The source gets ``group_items`` as the constant ``GROUP``, in addition to ``constants``.
    """

    parts: tuple[str, ...]
    entry: str
    buffers: tuple[str, ...]
    writes: int
    parameters: tuple[tuple[str, int], ...]
    constants: tuple[tuple[str, int], ...]
    groups: int
    group_items: int

    @property
    def all_constants(self) -> tuple[tuple[str, int], ...]:
        """The compile-time constants, including the work-group size."""
        return (("GROUP", self.group_items), *self.constants)

    def group_bytes(self, language: Language) -> int:
        """Return the bytes of work-group memory that the kernel declares in ``language``."""
        return group_bytes(shaders.source(self.parts, language, self.all_constants), language, self.entry)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a backend needs to run an operation, without naming it. All plans of a case give the same bits.

    The steps can be repeated in one submission: a plan with a state is one step of something longer, such as a
    training, and the number of that step is in a state that a kernel increments.

    ``direct``: the calling thread runs it, and wakes no other; only for a device that ``runs_directly``.

    Raises ``ValueError`` for a step that names an unknown buffer, or binds a buffer that it writes more than once.
    """

    name: str
    buffers: tuple[Buffer, ...]
    steps: tuple[Step, ...]
    direct: bool = False

    def __post_init__(self) -> None:
        names = {buffer.name for buffer in self.buffers}
        if len(names) != len(self.buffers):
            raise ValueError(f"plan {self.name}: two buffers share a name")
        for step in self.steps:
            if unknown := set(step.buffers) - names:
                raise ValueError(f"plan {self.name}: step {step.entry} names unknown buffers {sorted(unknown)}")
            written = step.buffers[len(step.buffers) - step.writes :]
            if any(step.buffers.count(buffer) > 1 for buffer in written):
                raise ValueError(f"plan {self.name}: step {step.entry} writes to a buffer under two names")

    def digest(self, language: Language) -> str:
        """Return the SHA-256 (hex) of everything that is compiled and launched; plans with equal digests are equal."""
        sha = hashlib.sha256(repr((self.name, [(b.name, b.shape, b.dtype, b.role) for b in self.buffers])).encode())
        for step in self.steps:
            sha.update(shaders.source(step.parts, language, step.all_constants).encode())
            sha.update(repr((step.entry, step.buffers, step.parameters, step.groups, step.group_items)).encode())
        return sha.hexdigest()

    def with_constant(self, name: str, value: int) -> Plan:
        """Return the plan with a compile-time constant added to every step."""
        steps = tuple(replace(step, constants=(*step.constants, (name, value))) for step in self.steps)
        return replace(self, steps=steps)

    def directly(self) -> Plan:
        """Return the plan as the calling thread runs it."""
        return replace(self, name=f"{self.name}, on the calling thread", direct=True)

    def with_role(self, *roles: Role) -> tuple[Buffer, ...]:
        """Return the buffers with any of ``roles``, in order."""
        return tuple(buffer for buffer in self.buffers if buffer.role in roles)
