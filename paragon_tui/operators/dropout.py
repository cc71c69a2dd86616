"""Dropout as in training: drawing the mask is part of it."""

from __future__ import annotations

from dataclasses import dataclass

from paragon_tui.arithmetic.constants import f32_bits
from paragon_tui.arithmetic.masks import WORDS, scale, threshold
from paragon_tui.backends.plan import Step
from paragon_tui.operators.layout import PER_WORD, Layout, packed
from paragon_tui.operators.lowering import Lowering, Site
from paragon_tui.operators.operator import Operator, Tier
from paragon_tui.operators.reducing import VECTOR_ITEMS, check_size, works_in_vectors
from paragon_tui.operators.tensor import Tensor, WrongOperands

_QUAD_ELEMENTS = 4 * WORDS  # elements of four blocks: buffers are padded to a multiple of it
_RUN = 64  # times four blocks: the share of a work-item that is a stream of vector instructions
_GROUP = 128
_OPERATIONS = 3  # per element: a drawn word, a comparison and a product


@dataclass(frozen=True, slots=True)
class Dropout(Operator):
    """y = x·1/(1-rate) where the element's word of a Philox stream is kept, else +0; words follow x in C order.

    ``seed`` and ``stream`` are the key, 32 bits each. Raises ``ValueError`` for a rate below 0 or from 1 on, and for
    longer keys.
    """

    rate: float
    seed: int
    stream: int

    def __post_init__(self) -> None:
        if not 0 <= self.rate < 1:
            raise ValueError(f"a rate is from 0 to below 1, not {self.rate}")
        if not all(0 <= word < 2**32 for word in (self.seed, self.stream)):
            raise ValueError(f"seed and stream have 32 bits each: {self.seed} and {self.stream} do not fit")

    @property
    def operands(self) -> tuple[str, ...]:
        """``x``."""
        return ("x",)

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return y of x's shape and dtype, f32 or f16."""
        (x,) = operands
        if x.dtype not in ("f32", "f16") or not x.count:
            raise WrongOperands(f"dropout takes f32 or f16, not {x}")
        return (x,)

    def operations(self, *operands: Tensor) -> int:
        """Count a drawn word, a comparison and a product per element."""
        return _OPERATIONS * operands[0].count

    def tier(self, *operands: Tensor) -> Tier:
        """Return guarded, at f16 too: the scale uses all bits of an f32, so products are rounded."""
        return "guarded"

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return the one way: blocks of words, on CPUs runs of four blocks at a time."""
        (x,) = site.tensors
        check_size(x)
        padded_count = -(-x.count // _QUAD_ELEMENTS) * _QUAD_ELEMENTS
        if works_in_vectors(site.adapter):
            quads = padded_count // _QUAD_ELEMENTS
            constants = (("RUN", _RUN), ("WIDTH", VECTOR_ITEMS))
            step = self._step(x, "dropout_runs", ("fours", quads), -(-quads // _RUN), 1, constants)
        else:
            blocks = padded_count // WORDS
            step = self._step(x, "dropout", ("blocks", blocks), blocks, _GROUP, ())
        whole_blocks = _in_whole_blocks(x, padded_count)
        return (Lowering(step.entry, {"x": whole_blocks, "y": whole_blocks}, (step,)),)

    def _step(
        self,
        x: Tensor,
        entry: str,
        extent: tuple[str, int],
        items: int,
        group_items: int,
        constants: tuple[tuple[str, int], ...],
    ) -> Step:
        """Return the step of ``entry``, also the name of its kernel part, for ``items`` work-items."""
        return Step(
            parts=("rounding", "philox", entry),
            entry=entry,
            buffers=("x", "y"),
            writes=1,
            parameters=(extent,),
            constants=(
                ("PER_WORD", PER_WORD[packed(x).encoding]),
                ("SEED", self.seed),
                ("STREAM", self.stream),
                ("THRESHOLD", threshold(self.rate)),
                ("SCALE", f32_bits(scale(self.rate))),
                *constants,
            ),
            groups=-(-items // group_items),
            group_items=group_items,
        )


def _in_whole_blocks(x: Tensor, padded_count: int) -> Layout:
    """Return all elements in one row, padded to ``padded_count``."""
    encoding, words = packed(x).encoding, padded_count // PER_WORD[packed(x).encoding]
    return Layout(encoding, x.count, x.count, words, (words,), "u32")
