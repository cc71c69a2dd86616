"""Lowerings: a way to run an operator on an adapter, as kernel steps on given buffers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Buffer, Step
from paragon_tui.operators.layout import Layout
from paragon_tui.operators.tensor import Tensor


@dataclass(frozen=True, slots=True)
class Site:
    """Where an operator is lowered: the tensors of its operands by name, and the adapter.

    ``constant`` are the operands whose values never change, so that a layout may take preparation. ``variant`` is the
    way to write the kernels (``suites.case.VARIANTS``).
    """

    operands: Mapping[str, Tensor]
    adapter: Adapter
    variant: str = "default"
    constant: frozenset[str] = frozenset()

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """The tensors of the operands, in order."""
        return tuple(self.operands.values())


@dataclass(frozen=True, slots=True)
class Lowering:
    """One way to run an operator. All ways but those of the variant ``plain`` give the same bits.

    Steps name the operator's operands and results, whose buffers are given to them, and the buffers in ``own``: scratch
    that the steps need, and small weights of theirs. Those in ``reusable`` are written completely before they are read,
    so that they may share memory with others. ``name`` is the way's name, the same for all operators that are meant to
    be combined. A result with the name of an operand replaces it in its buffer.
    """

    name: str
    layouts: Mapping[str, Layout]
    steps: tuple[Step, ...]
    own: tuple[Buffer, ...] = ()
    reusable: frozenset[str] = field(default=frozenset())

    def on(self, buffers: Mapping[str, str]) -> tuple[Step, ...]:
        """Return the steps on ``buffers``: the names of the given buffers by the names that the steps use."""
        return tuple(replace(step, buffers=tuple(buffers[name] for name in step.buffers)) for step in self.steps)
