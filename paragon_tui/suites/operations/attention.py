"""Multi-head attention without a mask: softmax(q·kᵀ/√d)·v, as in Vaswani et al. (2017).

A case's shape is (heads, n, d): every head has n queries, keys and values of d elements. NUMERICS.md, "Attention and
convolution", defines the roundings.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.backends.plan import Buffer, Plan, Step
from paragon_tui.operators.operator import Cost, Tier
from paragon_tui.suites.case import Case
from paragon_tui.suites.operation import Answer
from paragon_tui.suites.product_lowering import packed_operand

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from paragon_tui.suites.operation import Arrays

    Fills = Mapping[str, Callable[[], NDArray[np.float32]]]

RESULTS = ("y",)
OPERANDS = ("q", "k", "v")
"""The operands in the order of their streams; each is (heads, n, d)."""

_LANES = 64
_BLOCK = 4096  # scores per row and elements per query that form one block of a sum: the kernels support no more
_STREAM_SPAN = 1024
_EIGHT = 8  # lanes that kernels process at a time: fewer are padded with +0
_SOFTMAX_OPERATIONS = 5  # per score: a comparison, a difference, exp, a sum, a quotient
_ITEM_BYTES = {"f32": 4, "f16": 2}


def describe(case: Case) -> str:
    """Return the size as text: ``8 heads · 512 × 64``."""
    heads, n, d = case.shape
    return f"{heads} heads · {n:,} × {d}"


def megabytes(case: Case, dtype: str = "f32") -> float:
    """Return the MiB of the three operands as the dtype stores them, and of the f32 result."""
    return cost(case, dtype).bytes / 2**20


def cost(case: Case, dtype: str) -> Cost:
    """Return the cost: per score two products and two sums of d elements, its scale and softmax.

    Bytes: the operands as ``dtype`` stores them and the result in f32. Scores need not leave an adapter's fast memory.
    """
    heads, n, d = case.shape
    scores, elements = heads * n * n, heads * n * d
    return Cost(scores * (4 * d + 1 + _SOFTMAX_OPERATIONS), elements * (len(OPERANDS) * _ITEM_BYTES[dtype] + 4))


def variants(dtype: str) -> tuple[str, ...]:
    """Return the usual variant, for f32 and f16."""
    return ("default",) if dtype in _ITEM_BYTES else ()


def tier(dtype: str, variant: str) -> Tier:
    """Return the tier, guarded at both dtypes: exp, the scale and f32 sums of products with probabilities need it."""
    return "guarded"


def inputs(case: Case, dtype: str) -> Arrays:
    """Return ``q``, ``k`` and ``v`` (heads, n, d), streams 0 to 2; at f16 rounded and widened again."""
    from paragon_tui.arithmetic.rounding import half

    values = {name: _operand(stream, case.shape) for stream, name in enumerate(OPERANDS)}
    return {name: half(x) for name, x in values.items()} if dtype == "f16" else values


def _operand(stream: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
    from paragon_tui.suites.operations.operands import operand

    return operand(stream, math.prod(shape)).reshape(shape)


def answer(case: Case, dtype: str, outputs: Arrays) -> Answer:
    """Return ``y`` (heads, n, d) as f32."""
    import numpy as np

    return Answer(outputs["y"].astype(np.float32, copy=False))


def host_form(case: Case, dtype: str, implementation: str) -> Callable[..., Arrays]:
    """Return the host form. ``reference``: canonical; ``numpy`` and ``torch``: BLAS on f32, at f16 rounded back."""
    if implementation == "reference":
        return partial(canonical, dtype)
    return _torch_form(case, dtype) if implementation == "torch" else _numpy_form(case, dtype)


def canonical(dtype: str, q: NDArray[np.float32], k: NDArray[np.float32], v: NDArray[np.float32]) -> Arrays:
    """Return the right answer ``y`` (heads, n, d) for operands that the dtype can hold, any n and d."""
    import numpy as np

    from paragon_tui.arithmetic.activations import softmax
    from paragon_tui.arithmetic.products import matmul
    from paragon_tui.arithmetic.rounding import half

    rounded = half if dtype == "f16" else np.asarray
    scale = _scale(q.shape[-1])
    y = np.empty_like(q)
    for queries, keys, values, result in zip(q, k, v, y, strict=True):
        scores = matmul(queries, np.ascontiguousarray(keys.T)) * scale
        result[:] = rounded(matmul(rounded(softmax(scores)), values))
    return {"y": y}


def _scale(d: int) -> np.float32:
    """Return 1/√d, computed in binary64 and rounded once."""
    import numpy as np

    return np.float32(1 / math.sqrt(d))


def _numpy_form(case: Case, dtype: str) -> Callable[..., Arrays]:
    """Return a form that computes all heads at once on BLAS.

    It scales the queries and divides the outputs, which takes n·d operations each, instead of the n² scores.
    """
    import numpy as np

    heads, n, _ = case.shape
    scale = _scale(case.shape[-1])
    scores = np.empty((heads, n, n), dtype=np.float32)
    per_row = np.empty((heads, n, 1), dtype=np.float32)
    scaled, y = np.empty((2, *case.shape), dtype=np.float32)
    halves = np.empty_like(y, dtype=np.float16)

    def attend(q: NDArray[np.float32], k: NDArray[np.float32], v: NDArray[np.float32]) -> Arrays:
        np.multiply(q, scale, out=scaled)
        np.matmul(scaled, k.transpose(0, 2, 1), out=scores)
        np.max(scores, axis=-1, keepdims=True, out=per_row)
        np.subtract(scores, per_row, out=scores)
        np.exp(scores, out=scores)
        np.sum(scores, axis=-1, keepdims=True, out=per_row)
        np.matmul(scores, v, out=y)
        np.divide(y, per_row, out=y)
        if dtype == "f32":
            return {"y": y}
        np.copyto(halves, y, casting="same_kind")
        return {"y": halves}

    return attend


def _torch_form(case: Case, dtype: str) -> Callable[..., Arrays]:
    import torch

    halves = torch.empty(case.shape, dtype=torch.float16)

    def attend(q: NDArray[np.float32], k: NDArray[np.float32], v: NDArray[np.float32]) -> Arrays:
        with torch.inference_mode():
            operands = (torch.from_numpy(x).unsqueeze(0) for x in (q, k, v))
            y = torch.nn.functional.scaled_dot_product_attention(*operands)[0]
            return {"y": (y if dtype == "f32" else halves.copy_(y)).numpy()}

    return attend


def plans(case: Case, dtype: str, variant: str, adapter: Adapter) -> tuple[Plan, ...]:
    """Return the one plan for the adapter. Raises ``Unsupported``."""
    heads, n, d = case.shape
    fills = {name: partial(_operand, stream, case.shape) for stream, name in enumerate(OPERANDS)}
    return plans_of((heads, n, d), dtype, fills, adapter)


def plans_of(shape: tuple[int, int, int], dtype: str, fills: Fills, adapter: Adapter) -> tuple[Plan, ...]:
    """Return the plan for operands of ``shape`` (heads, n, d), given by name. Raises ``Unsupported``.

    Three steps, inside the timed region, rearrange the operands in the order of the sums; the fourth is the attention.
    Its scores, of four query rows or of one, stay in workgroup memory.
    """
    heads, n, d = shape
    if max(n, d) > _BLOCK:
        raise Unsupported(f"attention supports sequences and heads of at most {_BLOCK:,}, this is {n:,} × {d:,}")
    form = _form(n, adapter)
    lanes = min(_LANES, max(_EIGHT, 1 << (d - 1).bit_length()))  # of a dot; lanes without elements are +0
    operands = (
        _Arranged("q", d, n, 1, d, lanes, form.rows),
        _Arranged("k", d, n, 1, d, lanes, form.tile),
        _Arranged("v", n, d, d, 1, _LANES, form.tile),
    )
    dot_terms = operands[0].terms
    parameters = [("n", n), ("d", d), ("scale", _bits(_scale(d)))]
    constants = [("SPAN", form.span), ("HALF", int(dtype == "f16"))]
    if form.items == 1:
        constants += [("WIDTH", 8), ("LANES", lanes), ("TERMS", dot_terms)]
    else:
        parameters += [("eights", lanes // _EIGHT), ("terms", dot_terms)]
    attend = Step(
        parts=("rounding", "elementary", *form.parts),
        entry="attend",
        buffers=(*(operand.name for operand in operands), "y"),
        writes=1,
        parameters=tuple(parameters),
        constants=tuple(constants),
        groups=heads * operands[0].tiles,
        group_items=form.items,
    )
    buffers = [buffer for operand in operands for buffer in operand.buffers(heads, dtype, fills[operand.operand])]
    steps = (*(operand.step(heads, dtype, form.items) for operand in operands), attend)
    return (Plan(form.name, (*buffers, Buffer("y", shape, "f32", "result")), steps),)


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
        """The workgroup memory it needs, in bytes."""
        return 4 * self.rows * (self.span + self.extra)


def _form(n: int, adapter: Adapter) -> _Form:
    """Return the first form that fits the adapter's workgroup memory. Raises ``Unsupported`` where none does."""
    room = adapter.local_memory_bytes
    forms = _stream_forms(n) if adapter.type == "cpu" and adapter.api == "opencl" else _group_forms(n)
    for form in forms:
        if room is None or form.bytes <= room:
            return form
    raise Unsupported(
        f"{forms[-1].rows} rows of {n:,} scores take {forms[-1].bytes / 1024:,.1f} KiB of workgroup memory, "
        f"{adapter.id} has {(room or 0) / 1024:,.1f} KiB"
    )


def _stream_forms(n: int) -> tuple[_Form, ...]:
    """Return the form for work-items that are streams of vector instructions; one kernel serves all usual lengths."""
    return (
        _Form(
            "streams", ("depth_first", "attention_tiles"), 1, 4, 16, _STREAM_SPAN if n <= _STREAM_SPAN else _BLOCK, 16
        ),
    )


def _group_forms(n: int) -> tuple[_Form, ...]:
    """Return the forms for GPUs. Room is the next power of two only: less memory lets more work-groups run at once."""
    span = _LANES << ((n - 1) // _LANES).bit_length()
    return (
        _Form("groups of four rows", ("four_rows", "attention"), _LANES, 4, _LANES, span, _LANES),
        _Form("groups of one row", ("one_row", "attention"), _LANES, 1, _LANES, span, _LANES),
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

    def buffers(self, heads: int, dtype: str, fill: Callable[[], NDArray[np.float32]]) -> tuple[Buffer, Buffer]:
        """Return the buffers of the operand as the dtype stores it, and of its arrangement in f32."""
        words = -(-heads * self.count * self.across * _ITEM_BYTES[dtype] // 4)
        shape = (heads, self.tiles, self.lanes, self.terms, self.tile)
        return (
            Buffer(self.operand, (words,), "u32", "weight", partial(packed_operand, fill, dtype)),
            Buffer(self.name, shape, "f32", "scratch"),
        )

    def step(self, heads: int, dtype: str, group: int) -> Step:
        """Return the step that arranges it. Large work-groups take few lanes each, so that there are enough groups."""
        lanes_per_group = _EIGHT if group == self.tile else self.lanes
        return Step(
            parts=("element", "depth_first", "lane_order"),
            entry="arrange",
            buffers=(self.operand, self.name),
            writes=1,
            parameters=(
                *(("count", self.count), ("across", self.across)),
                *(("count_stride", self.count_stride), ("across_stride", self.across_stride)),
                *(("bits", self.lanes.bit_length() - 1), ("terms", self.terms), ("each", lanes_per_group)),
            ),
            constants=(("TILE", self.tile), ("HALF", int(dtype == "f16"))),
            groups=heads * self.tiles * (self.lanes // lanes_per_group),
            group_items=group,
        )


def _bits(value: np.float32) -> int:
    import numpy as np

    return int(value.view(np.uint32))
