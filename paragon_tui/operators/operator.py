"""The contract of an operator: what it computes, apart from any benchmark, seed or size."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal

from paragon_tui.operators.lowering import Lowering, Site
from paragon_tui.operators.tensor import Tensor

Tier = Literal["integer", "exact", "guarded", "plain"]
"""The ground on which results are the same bits everywhere (NUMERICS.md), the strongest first; ``plain`` has none."""
TIERS: tuple[Tier, ...] = ("integer", "exact", "guarded", "plain")


@dataclass(frozen=True, slots=True)
class Cost:
    """The least that a computation takes, however it is done: additions and multiplications, and bytes moved."""

    operations: int
    bytes: int


class Operator(ABC):
    """What is computed, on operands of any size: rules for shapes and dtypes, cost, tier, and kernel steps.

    Operators are frozen dataclasses of their attributes. Their functions on arrays, canonical and as libraries have
    them, are in ``numerics``: whoever only lists what there is loads none of it.
    """

    @property
    @abstractmethod
    def operands(self) -> tuple[str, ...]:
        """The names of the operands, in order."""

    @property
    def results(self) -> tuple[str, ...]:
        """The names of the results, in order. One that is also an operand's name replaces that operand."""
        return ("y",)

    @abstractmethod
    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return the results' shapes and dtypes. Raises ``WrongOperands``."""

    @abstractmethod
    def operations(self, *operands: Tensor) -> int:
        """Return the additions, multiplications, comparisons and quotients that any computation of it needs."""

    @abstractmethod
    def tier(self, *operands: Tensor) -> Tier:
        """Return the tier whose identity the kernels claim at these dtypes."""

    @abstractmethod
    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return the ways to run it there, the most promising first. Raises ``Unsupported`` where there is none."""

    def cost(self, *operands: Tensor) -> Cost:
        """Return the operations, and the bytes of operands read once and of results written once."""
        moved = sum(tensor.bytes for tensor in (*operands, *self.infer(*operands)))
        return Cost(self.operations(*operands), moved)
