"""The plans of a dense network."""

from __future__ import annotations

import itertools
from functools import partial
from typing import TYPE_CHECKING, Any

from backends.adapter import Adapter
from backends.plan import Buffer, Plan, Step
from paragon_tui.arithmetic.reduction import BLOCK, LANES
from paragon_tui.suites.case import Case
from paragon_tui.suites.parameters import parameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

VECTOR = 8  # elements of the widest load: rows and activations are padded to it with +0
CPU_GROUP = 16  # rows a work-group where a work-item takes a row
GPU_GROUP = 64  # items a work-group where sixteen items share a row
ITEMS_PER_ROW = 16


def plans(case: Case, dtype: str, variant: str, adapter: Adapter, seed: int) -> tuple[Plan, ...]:
    """One dispatch a layer: a row to a work-item on CPUs, a row to sixteen items elsewhere."""
    entry, group, rows_per_group = (
        ("rows", CPU_GROUP, CPU_GROUP) if adapter.type == "cpu" else ("lanes", GPU_GROUP, GPU_GROUP // ITEMS_PER_ROW)
    )
    widths = case.shape
    last = len(widths) - 2
    buffers = [Buffer("x", (_padded(widths[0]),), "f32", "input")]
    steps = []
    for layer, (k, o) in enumerate(itertools.pairwise(widths)):
        source = f"h{layer - 1}" if layer else "x"
        target = "logits" if layer == last else f"h{layer}"
        buffers += [
            Buffer(f"w{layer}", (o, _padded(k)), "f32", "weight", partial(_weights, widths, seed, layer)),
            Buffer(f"b{layer}", (o,), "f32", "weight", partial(_bias, widths, seed, layer)),
            Buffer(target, (o,), "f32", "output") if layer == last else Buffer(target, (_padded(o),), "f32", "scratch"),
        ]
        steps.append(
            Step(
                parts=("dense",),
                entry=entry,
                buffers=(f"w{layer}", f"b{layer}", source, target),
                writes=1,
                parameters=(("rows", o), ("stride", _padded(k)), ("relu", int(layer != last))),
                constants=(("BLOCK", BLOCK),),
                groups=-(-o // rows_per_group),
                group_items=group,
            )
        )
    buffers.append(Buffer("output", (widths[-1],), "f32", "output"))
    steps.append(softmax_step(widths[-1], dtype))
    return (Plan(f"{case.id} {entry}", tuple(buffers), tuple(steps)),)


def softmax_step(outputs: int, dtype: str) -> Step:
    """The softmax of the logits, in one work-group whose items are the lanes of its sum."""
    return Step(
        parts=("rounding", "elementary", "softmax"),
        entry="softmax",
        buffers=("logits", "output"),
        writes=1,
        parameters=(("n", outputs),),
        constants=(("BLOCK", BLOCK), ("INTEGER", int(dtype == "i8"))),
        groups=1,
        group_items=LANES,
    )


def _padded(extent: int) -> int:
    return -(-extent // VECTOR) * VECTOR


def _weights(widths: tuple[int, ...], seed: int, layer: int) -> NDArray[Any]:
    import numpy as np

    weights, _ = parameters(widths, "f32", seed)[layer]
    outputs, k = weights.shape
    if k == _padded(k):
        return weights
    padded = np.zeros((outputs, _padded(k)), dtype=np.float32)
    padded[:, :k] = weights
    return padded


def _bias(widths: tuple[int, ...], seed: int, layer: int) -> NDArray[Any]:
    return parameters(widths, "f32", seed)[layer][1]
