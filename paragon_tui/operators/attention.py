"""Multi-head attention, with a causal mask or none: softmax(q·kᵀ/√d)·v, as in Vaswani et al. (2017)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from paragon_tui.arithmetic.constants import BLOCK, LANES, f32_bits
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.backends.plan import Buffer, Step
from paragon_tui.operators import layout
from paragon_tui.operators.lowering import Lowering, Site
from paragon_tui.operators.operator import Operator, Tier
from paragon_tui.operators.reducing import check_size, works_in_vectors
from paragon_tui.operators.tensor import Tensor, WrongOperands

_STREAM_SPAN = 1024
_EIGHT = 8  # lanes that kernels process at a time: fewer are padded with +0
_SOFTMAX_OPERATIONS = 5  # per score: a comparison, a difference, exp, a sum, a quotient


@dataclass(frozen=True, slots=True)
class Attention(Operator):
    """y = softmax(q·kᵀ/√d)·v of queries, keys and values (…, n, d), all of one shape; every head is a matrix.

    ``causal``: query i has the keys and values 0 to i alone. NUMERICS.md, "Attention and convolution", defines the
    roundings. Of f16 operands probabilities and results are rounded to f16.
    """

    causal: bool = False

    @property
    def operands(self) -> tuple[str, ...]:
        """``q``, ``k`` and ``v``."""
        return ("q", "k", "v")

    def infer(self, *operands: Tensor) -> tuple[Tensor, ...]:
        """Return y of the operands' common type, f32 or f16."""
        q, k, v = operands
        if len(q.shape) < 2 or q.dtype not in ("f32", "f16") or not q == k == v:
            raise WrongOperands(f"attention takes f32 or f16 of one shape (…, n, d), not {q}, {k} and {v}")
        return (q,)

    def operations(self, *operands: Tensor) -> int:
        """Count for each score two products and two sums of d elements, its scale and softmax."""
        *_, n, d = operands[0].shape
        scores = n * (n + 1) // 2 if self.causal else n * n
        return operands[0].count // (n * d) * scores * (4 * d + 1 + _SOFTMAX_OPERATIONS)

    def tier(self, *operands: Tensor) -> Tier:
        """Return guarded: exp, the scale and f32 sums of products with probabilities need it at f16 too."""
        return "guarded"

    def lowerings(self, site: Site) -> tuple[Lowering, ...]:
        """Return the one way, of operands as they are packed in memory or, where they are computed, one per word.

        Three steps rearrange the operands in the order of the sums; the fourth is the attention. Its scores, of four
        query rows or of one, stay in work-group memory. Raises ``Unsupported``.
        """
        (q, *_), adapter = site.tensors, site.adapter
        *_, n, d = q.shape
        if max(n, d) > BLOCK:
            raise Unsupported(f"attention supports sequences and heads of at most {BLOCK:,}, this is {n:,} × {d:,}")
        form = _form(n, adapter)
        lanes = min(LANES, max(_EIGHT, 1 << (d - 1).bit_length()))  # of a dot; lanes without elements are +0
        arranged = (
            _Arranged("q", d, n, 1, d, lanes, form.rows),
            _Arranged("k", d, n, 1, d, lanes, form.tile),
            _Arranged("v", n, d, d, 1, LANES, form.tile),
        )
        heads = q.count // (n * d)
        scratch = tuple(operand.buffer(heads) for operand in arranged)
        for buffer in scratch:  # each at least as large as its operand
            check_size(Tensor(buffer.shape))
        attend = _attend(q, form, arranged, self.causal)
        result = {"y": layout.widened(q)}

        def lowering(packed: frozenset[str]) -> Lowering:
            steps = tuple(operand.step(heads, operand.operand in packed, form.items) for operand in arranged)
            operands = {
                name: layout.packed(tensor) if name in packed else layout.widened(tensor)
                for name, tensor in site.operands.items()
            }
            reusable = frozenset(buffer.name for buffer in scratch)
            return Lowering(form.name, {**operands, **result}, (*steps, attend), scratch, reusable)

        if q.dtype == "f32":
            return (lowering(frozenset()),)
        packings = dict.fromkeys((frozenset(site.operands), site.constant))
        return tuple(map(lowering, packings))


def _attend(q: Tensor, form: _Form, arranged: tuple[_Arranged, ...], causal: bool) -> Step:
    """Return the step of the attention itself."""
    *_, n, d = q.shape
    queries = arranged[0]
    parameters = [("n", n), ("d", d), ("scale", f32_bits(1 / math.sqrt(d)))]
    constants = [("SPAN", form.span), ("HALF", int(q.dtype == "f16")), ("CAUSAL", int(causal))]
    if form.items == 1:
        constants += [("WIDTH", 8), ("LANES", queries.lanes), ("TERMS", queries.terms)]
    else:
        parameters += [("eights", queries.lanes // _EIGHT), ("terms", queries.terms)]
    return Step(
        parts=("rounding", "elementary", *form.parts),
        entry="attend",
        buffers=(*(operand.name for operand in arranged), "y"),
        writes=1,
        parameters=tuple(parameters),
        constants=tuple(constants),
        groups=q.count // (n * d) * queries.tiles,
        group_items=form.items,
    )


@dataclass(frozen=True, slots=True)
class _Form:
    """A form of the kernel: work-groups of ``items`` work-items, each group with ``rows`` query rows.

    ``tile`` keys, or columns of values, lie side by side. A row has room for ``span`` scores and ``extra`` more f32.
    """

    name: str
    parts: tuple[str, ...]
    items: int
    rows: int
    tile: int
    span: int
    extra: int

    @property
    def bytes(self) -> int:
        """The work-group memory it needs, in bytes."""
        return 4 * self.rows * (self.span + self.extra)


def _form(n: int, adapter: Adapter) -> _Form:
    """Return the first form that fits the adapter's work-group memory. Raises ``Unsupported`` where none does."""
    room = adapter.group_limit_bytes
    forms = _stream_forms(n) if works_in_vectors(adapter) else _group_forms(n)
    for form in forms:
        if room is None or form.bytes <= room:
            return form
    raise Unsupported(
        f"{forms[-1].rows} rows of {n:,} scores take {forms[-1].bytes / 1024:,.1f} KiB of work-group memory, "
        f"{adapter.id} has {(room or 0) / 1024:,.1f} KiB"
    )


def _stream_forms(n: int) -> tuple[_Form, ...]:
    """Return the form for work-items that are streams of vector instructions; one kernel serves all usual lengths."""
    span = _STREAM_SPAN if n <= _STREAM_SPAN else BLOCK
    return (_Form("streams", ("depth_first", "attention_tiles"), 1, 4, 16, span, 16),)


def _group_forms(n: int) -> tuple[_Form, ...]:
    """Return the forms for GPUs. Room is the next power of two only: less memory lets more work-groups run at once."""
    span = LANES << ((n - 1) // LANES).bit_length()
    return (
        _Form("groups of four rows", ("four_rows", "attention"), LANES, 4, LANES, span, LANES),
        _Form("groups of one row", ("one_row", "attention"), LANES, 1, LANES, span, LANES),
    )


@dataclass(frozen=True, slots=True)
class _Arranged:
    """An operand arranged by `lane_order`: ``count`` elements along the contraction, ``across`` sums side by side."""

    operand: str
    count: int
    across: int
    count_stride: int
    across_stride: int
    lanes: int
    tile: int

    @property
    def name(self) -> str:
        """The buffer's name."""
        return f"arranged {self.operand}"

    @property
    def terms(self) -> int:
        """The elements per lane."""
        return -(-self.count // self.lanes)

    @property
    def tiles(self) -> int:
        """The tiles per head."""
        return -(-self.across // self.tile)

    def buffer(self, heads: int) -> Buffer:
        """Return the buffer of the arrangement."""
        return Buffer(self.name, (heads, self.tiles, self.lanes, self.terms, self.tile), "f32", "scratch")

    def step(self, heads: int, packed: bool, group: int) -> Step:
        """Return the step that arranges it, ``packed`` if its elements are f16, two per word.

        Large work-groups take few lanes each, so that there are enough groups.
        """
        lanes_per_group = _EIGHT if group == self.tile else self.lanes
        return Step(
            parts=("rounding", "element", "depth_first", "lane_order"),
            entry="arrange",
            buffers=(self.operand, self.name),
            writes=1,
            parameters=(
                *(("count", self.count), ("across", self.across)),
                *(("count_stride", self.count_stride), ("across_stride", self.across_stride)),
                *(("bits", self.lanes.bit_length() - 1), ("terms", self.terms), ("each", lanes_per_group)),
            ),
            constants=(("TILE", self.tile), ("HALF", int(packed))),
            groups=heads * self.tiles * (self.lanes // lanes_per_group),
            group_items=group,
        )
