"""Dropout with a rate of 0.1, as in training: drawing the mask is part of what is measured.

Devices and the reference draw the words of Philox4x32-10, and their bits are compared. NumPy and PyTorch use their own
generators, the usual and fastest way, seeded once. Their masks differ, so their results differ too: no identity is
claimed for them, and their differences mean nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from paragon_tui.arithmetic.philox import WORDS, scale, threshold
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Buffer, Plan, Step
from paragon_tui.operators.operator import Cost, Tier
from paragon_tui.suites.case import VARIANTS, Case
from paragon_tui.suites.operations.words import PER_WORD, packed, padded, stored, unpacked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paragon_tui.suites.operation import Answer, Arrays

RESULTS = ("y",)
RATE = 0.1
SEED, STREAM = 42, 1
"""The key of the mask; the operand is stream 0 of this seed."""
_QUAD_ELEMENTS = 4 * WORDS  # elements of four blocks: rows are padded to a multiple of it
_RUN = 64  # times four blocks: the share of a work-item that is a stream of vector instructions
_GROUP = 128


def describe(case: Case) -> str:
    """Return the size as text: ``1024 × 1024``."""
    return " × ".join(map(str, case.shape))


def megabytes(case: Case, dtype: str = "f32") -> float:
    """Return the MiB of the operand and the result."""
    return cost(case, dtype).bytes / 2**20


def cost(case: Case, dtype: str) -> Cost:
    """Return the cost: per element a drawn word, a comparison and a product; one read and one write."""
    elements = _count(case)
    return Cost(3 * elements, 2 * elements * 4 // PER_WORD[dtype])


def variants(dtype: str) -> tuple[str, ...]:
    """Return the canonical variant, for f32 and f16."""
    return VARIANTS[:1] if dtype in PER_WORD else ()


def tier(dtype: str, variant: str) -> Tier:
    """Return the tier, guarded at f16 too: the scale uses all bits of an f32, so products are rounded."""
    return "guarded"


def inputs(case: Case, dtype: str) -> Arrays:
    """Return ``x`` of the case's shape: f32, at f16 rounded to it."""
    import numpy as np

    return {"x": _operand(case, dtype).astype(np.float32, copy=False)}


def host_form(case: Case, dtype: str, implementation: str) -> Callable[..., Arrays]:
    """Return the host form: canonical, ``Generator.random`` and ufuncs, or PyTorch's own ``dropout``.

    NumPy computes f16 in f32 and rounds the result; PyTorch computes in f16.
    """
    if implementation == "reference":
        return partial(_canonical, dtype)
    return _torch_form(case, dtype) if implementation == "torch" else _numpy_form(case, dtype)


def _canonical(dtype: str, x: NDArray[Any]) -> Arrays:
    from paragon_tui.arithmetic.philox import dropout

    return {"y": stored(dropout(x, RATE, SEED, STREAM), dtype)}


def _numpy_form(case: Case, dtype: str) -> Callable[..., Arrays]:
    import numpy as np

    drawn, y = np.empty(case.shape, dtype=np.float32), np.empty(case.shape, dtype=np.float32)
    mask = np.empty(case.shape, dtype=np.bool_)
    result = y if dtype == "f32" else np.empty(case.shape, dtype=np.float16)
    generator = np.random.default_rng(SEED)
    rate, factor = np.float32(RATE), np.float32(scale(RATE))

    def dropped(x: NDArray[Any]) -> Arrays:
        generator.random(dtype=np.float32, out=drawn)
        np.greater_equal(drawn, rate, out=mask)
        np.multiply(x, factor, out=y)
        np.multiply(y, mask, out=y)
        if result is not y:
            np.copyto(result, y, casting="same_kind")
        return {"y": result}

    return dropped


def _torch_form(case: Case, dtype: str) -> Callable[..., Arrays]:
    """Return a form on a tensor created beforehand."""
    import torch

    tensor = torch.from_numpy(_operand(case, dtype))
    torch.manual_seed(SEED)

    def dropped(x: NDArray[Any]) -> Arrays:
        with torch.inference_mode():
            return {"y": torch.nn.functional.dropout(tensor, RATE, training=True).numpy()}

    return dropped


def plans(case: Case, dtype: str, variant: str, adapter: Adapter) -> tuple[Plan, ...]:
    """Return the one plan for the adapter; see ``plans_of``."""
    return plans_of(_count(case), dtype, partial(_operand, case, dtype), adapter)


def plans_of(count: int, dtype: str, operand: Callable[[], NDArray[Any]], adapter: Adapter) -> tuple[Plan, ...]:
    """Return the plan for ``count`` elements, which ``operand`` returns as float32 or float16 of any shape.

    ``y`` (1, words) holds the results in C order, one f32 or two f16 per word.
    """
    padded_count = padded(count, _QUAD_ELEMENTS)
    shape = (1, padded_count // PER_WORD[dtype])
    buffers = (
        Buffer("x", shape, "u32", "weight", lambda: packed(operand().reshape(1, -1), shape)),
        Buffer("y", shape, "u32", "result"),
    )
    if adapter.type == "cpu" and adapter.api == "opencl":
        quads = padded_count // _QUAD_ELEMENTS
        step = _step(dtype, "dropout_runs", ("fours", quads), -(-quads // _RUN), 1, (("RUN", _RUN),))
    else:
        blocks = padded_count // WORDS
        step = _step(dtype, "dropout", ("blocks", blocks), blocks, _GROUP, ())
    return (Plan(step.entry, buffers, (step,)),)


def _step(
    dtype: str,
    entry: str,
    extent: tuple[str, int],
    items: int,
    group_items: int,
    constants: tuple[tuple[str, int], ...],
) -> Step:
    """Return the step of ``entry``, also the name of its kernel part, for ``items`` work-items."""
    scale_bits: int = struct.unpack("<I", struct.pack("<f", scale(RATE)))[0]
    return Step(
        parts=("rounding", "philox", entry),
        entry=entry,
        buffers=("x", "y"),
        writes=1,
        parameters=(extent,),
        constants=(
            ("PER_WORD", PER_WORD[dtype]),
            ("SEED", SEED),
            ("STREAM", STREAM),
            ("THRESHOLD", threshold(RATE)),
            ("SCALE", scale_bits),
            *constants,
        ),
        groups=-(-items // group_items),
        group_items=group_items,
    )


def answer(case: Case, dtype: str, outputs: Arrays) -> Answer:
    """Return the result (rows, columns), f32."""
    from paragon_tui.suites.operation import Answer

    count, y = _count(case), outputs["y"]
    return Answer(unpacked(y.reshape(1, -1), dtype, (1, count)).reshape(case.shape))


def _count(case: Case) -> int:
    rows, columns = case.shape
    return rows * columns


def _operand(case: Case, dtype: str) -> NDArray[Any]:
    """Return ``x`` as the dtype stores it."""
    from paragon_tui.suites.operations.operands import operand

    return stored(operand(0, _count(case)).reshape(case.shape), dtype)
