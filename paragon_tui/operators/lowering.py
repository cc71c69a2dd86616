"""Lowerings: a way to run an operator on an adapter, as kernel steps on given buffers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Buffer, DType, Step
from paragon_tui.operators.layout import Layout
from paragon_tui.operators.tensor import Tensor

ANY_WAY = "default"
"""The name of a lowering that is the only one of its operator, and to be combined with those of any name."""


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
class Joined:
    """A buffer of constant operands that lie one after another: their names, each with its layout."""

    name: str
    dtype: DType
    members: tuple[tuple[str, Layout], ...]


@dataclass(frozen=True, slots=True)
class Lowering:
    """One way to run an operator. All ways but those of the variant ``plain`` give the same bits.

    Steps name the operator's operands and results, whose buffers are given to them, and the buffers in ``own``: scratch
    that the steps need, and small weights of theirs. Those in ``reusable`` are written completely before they are read,
    so that they may share memory with others. ``name`` is the way's name, the same for all operators that are meant to
    be combined; an only way that suits all of them is called ``ANY_WAY``. A result with the name of an operand replaces
    it in its buffer. Operands that are ``joined`` have no buffers of their own.
    """

    name: str
    layouts: Mapping[str, Layout]
    steps: tuple[Step, ...]
    own: tuple[Buffer, ...] = ()
    reusable: frozenset[str] = frozenset()
    joined: tuple[Joined, ...] = ()

    def on(self, buffers: Mapping[str, str]) -> tuple[Step, ...]:
        """Return the steps on ``buffers``: the names of the given buffers by the names that the steps use."""
        return tuple(replace(step, buffers=tuple(buffers[name] for name in step.buffers)) for step in self.steps)


@dataclass(frozen=True, slots=True)
class Fused:
    """``nodes`` nodes of a graph as one: the tensors that they take and give, by the names that its lowerings use."""

    name: str
    nodes: int
    operands: Mapping[str, str]
    results: Mapping[str, str]
    lowerings: tuple[Lowering, ...]
