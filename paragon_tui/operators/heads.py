"""The heads of attention: features split into heads, and heads merged back; their kernel moves words.

f16 are moved one per word, as products give them and attention takes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from paragon_tui.arithmetic.constants import LANES
from paragon_tui.backends.plan import Step
from paragon_tui.operators import layout
from paragon_tui.operators.lowering import ANY_WAY, Lowering, Site
from paragon_tui.operators.movement import MOVED
from paragon_tui.operators.operator import Operator, Tier
from paragon_tui.operators.reducing import check_size, works_in_vectors
from paragon_tui.operators.tensor import Tensor, WrongOperands


class _Heads(Operator):
    """The common rules: of data that are only moved no operation counts."""

    @property
    def operands(self) -> tuple[str, ...]:
        """``x``."""
        return ("x",)

    def operations(self, *operands: Tensor) -> int:
        """Count nothing: a library may leave the data where they are."""
        return 0

    def tier(self, *operands: Tensor) -> Tier:
        """Return integer: words are moved, whatever they represent."""
        return "integer"


@dataclass(frozen=True, slots=True)
class SplitHeads(_Heads):
    """y (…, heads, n, d) of x (…, n, heads·d): head h has the elements from h·d on of each of the n rows.

    Raises ``ValueError`` for less than one head.
    """

    heads: int

    def __post_init__(self) -> None:
        if self.heads < 1:
            raise ValueError(f"there is at least one head, not {self.heads}")

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return y of the operand's dtype."""
        (x,) = operands
        if len(x.shape) < 2 or x.dtype not in MOVED or x.shape[-1] % self.heads:
            raise WrongOperands(f"{self.heads} heads are of {', '.join(MOVED)} (…, n, {self.heads}·d), not {x}")
        *batch, n, width = x.shape
        return (Tensor((*batch, self.heads, n, width // self.heads), x.dtype),)

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return one work-group for each of the n rows."""
        (x,) = site.tensors
        (y,) = self.infer(x)
        return (_lowering("split", x, y, y, site),)


@dataclass(frozen=True, slots=True)
class MergeHeads(_Heads):
    """y (…, n, heads·d) of x (…, heads, n, d): a row has the elements of all heads, one head after another."""

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return y of the operand's dtype."""
        (x,) = operands
        if len(x.shape) < 3 or x.dtype not in MOVED:
            raise WrongOperands(f"heads to merge are of {', '.join(MOVED)} (…, heads, n, d), not {x}")
        *batch, heads, n, d = x.shape
        return (Tensor((*batch, n, heads * d), x.dtype),)

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return one work-group for each of the n rows."""
        (x,) = site.tensors
        (y,) = self.infer(x)
        return (_lowering("merge", x, y, x, site),)


def _lowering(entry: Literal["split", "merge"], x: Tensor, y: Tensor, by_heads: Tensor, site: Site) -> Lowering:
    """Return the way; ``by_heads`` (…, heads, n, d) is the one of x and y that has an axis of heads."""
    check_size(x)
    *_, heads, n, d = by_heads.shape
    rows = x.count // (heads * d)
    step = Step(
        parts=("heads",),
        entry=entry,
        buffers=("x", "y"),
        writes=1,
        parameters=(("rows", rows), ("heads", heads), ("n", n), ("d", d)),
        constants=(),
        groups=rows,
        group_items=1 if works_in_vectors(site.adapter) else LANES,
    )
    return Lowering(ANY_WAY, {"x": layout.widened(x), "y": layout.widened(y)}, (step,))
