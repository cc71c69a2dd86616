"""Lowering of dense networks: the kernels and their launches for each kind of adapter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from paragon_tui.arithmetic.constants import BLOCK, LANES
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.backends.plan import Buffer, Plan, Step
from paragon_tui.suites.packing import FORMATS, packed_weights, padded, padded_row_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ITEMS_PER_ROW = 16
ROWS_GROUP = 16  # work-items per work-group in OpenCL C, where a work-item computes one row
TILED_GROUP, ROWS_PER_ITEM = 8, 4  # and in WGSL, where it computes four
LANES_GROUPS = (128, 64, 256)  # work-items per work-group where sixteen work-items share a row
GROUPS_PER_UNIT = 4  # of `forward`: PoCL schedules several work-groups at a time, and each unit must get one
ORDERED_ATOMICS = "Portable Computing Language"  # PoCL's atomics order memory, which OpenCL 1.2 does not require
COMPARED = {"plain": (64, 64), "barriers": (32, 1)}  # work-items and rows per work-group of the comparison kernels


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer's extents, functions that create its arrays, and the shift after its sums.

    ``weights`` returns (outputs, inputs): f32, at f16 rounded to it, or at i8 int8; ``bias`` (outputs,): f32 or i32.
    ``shift`` applies at i8, to every layer but the last.
    """

    inputs: int
    outputs: int
    weights: Callable[[], NDArray[Any]]
    bias: Callable[[], NDArray[Any]]
    shift: int = 1


@dataclass(frozen=True, slots=True)
class Launch:
    """The launch of a layer's kernel: its entry point, and the work-items and rows per work-group."""

    name: str
    entry: str
    group_items: int
    group_rows: int


def plans(layers: Sequence[Layer], dtype: str, variant: str, adapter: Adapter) -> tuple[Plan, ...]:
    """Return the plans that run ``layers``, the most promising first; all but those of ``plain`` give the same bits.

    Every plan takes ``x`` as ``packing.packed_input`` returns it and gives ``logits`` and ``output``. Raises
    ``Unsupported`` where a row is too long for the textbook's kernel.
    """
    if variant != "default":
        if variant == "barriers" and max(layer.inputs for layer in layers) > BLOCK:
            raise Unsupported(f"the barriers kernel sums rows of at most {BLOCK} elements")
        return (_layered(layers, dtype, (variant,), Launch(variant, variant, *COMPARED[variant])),)
    parts = (*FORMATS[dtype].parts, "dense")
    layered = tuple(_layered(layers, dtype, parts, launch) for launch in launches(adapter))
    if adapter.type != "cpu" or adapter.api != "opencl":
        return layered
    single_launch = _single_launch(layers, dtype, adapter)
    limit = adapter.buffer_limit_bytes  # may be too low for the weights of all layers in one buffer
    fits = limit is None or single_launch.buffers[0].bytes <= limit
    return (single_launch, *layered) if fits and adapter.driver == ORDERED_ATOMICS else layered


def launches(adapter: Adapter) -> tuple[Launch, ...]:
    """Return launches of the kernel `dense`, the most promising first; where none fits the adapter, the smallest."""
    if adapter.type != "cpu":
        groups = [group for group in LANES_GROUPS if group <= (adapter.max_group_items or group)]
        return tuple(
            Launch(f"lanes {group}", "lanes", group, group // ITEMS_PER_ROW) for group in groups or [min(LANES_GROUPS)]
        )
    if adapter.api != "opencl":
        return (Launch("rows", "rows", TILED_GROUP, TILED_GROUP * ROWS_PER_ITEM),)
    return (Launch("rows", "rows", ROWS_GROUP, ROWS_GROUP),)


def layer_step(
    launch: Launch,
    parts: tuple[str, ...],
    buffers: tuple[str, ...],
    extents: tuple[int, int],
    dtype: str,
    activation: int,
) -> Step:
    """Return the step of one layer. ``buffers``: weights, bias, x and y; ``extents``: its inputs and outputs."""
    inputs, outputs = extents
    return Step(
        parts=parts,
        entry=launch.entry,
        buffers=buffers,
        writes=1,
        parameters=(("rows", outputs), ("stride", padded_row_words(inputs, dtype)), ("activation", activation)),
        constants=_constants(dtype, inputs),
        groups=-(-outputs // launch.group_rows),
        group_items=launch.group_items,
    )


def _layered(layers: Sequence[Layer], dtype: str, parts: tuple[str, ...], launch: Launch) -> Plan:
    """Return the plan of one launch per layer, and one for the softmax."""
    buffers = [_activations("x", layers[0].inputs, dtype, "input")]
    steps = []
    source = "x"
    for index, layer in enumerate(layers):
        last = layer is layers[-1]
        target = "logits" if last else f"h{index}"
        buffers += [
            _weights(f"w{index}", dtype, (layer,)),
            _biases(f"b{index}", dtype, (layer,)),
            Buffer(target, (layer.outputs,), FORMATS[dtype].total, "output")
            if last
            else _activations(target, layer.outputs, dtype, "scratch"),
        ]
        steps.append(
            layer_step(
                launch,
                parts,
                (f"w{index}", f"b{index}", source, target),
                (layer.inputs, layer.outputs),
                dtype,
                0 if last else layer.shift,
            )
        )
        source = target
    buffers.append(Buffer("output", (layers[-1].outputs,), "f32", "output"))
    steps.append(softmax_step(layers[-1].outputs, dtype))
    return Plan(launch.name, tuple(buffers), tuple(steps))


def softmax_step(outputs: int, dtype: str, samples: int = 1) -> Step:
    """Return the step of the softmax: a work-group per sample, a work-item per lane of its sum."""
    return Step(
        parts=("rounding", "elementary", "terms", "logit", "words", "lanes", "softmax_terms", "softmax"),
        entry="softmax",
        buffers=("logits", "output"),
        writes=1,
        parameters=(("n", outputs),),
        constants=(("BLOCK", BLOCK), ("INTEGER", int(dtype == "i8"))),
        groups=samples,
        group_items=LANES,
    )


def _single_launch(layers: Sequence[Layer], dtype: str, adapter: Adapter) -> Plan:
    """Return the plan that computes the whole network, softmax included, in one launch."""
    table: list[int] = []
    weight_words = biases = 0
    for layer in layers:
        stride = padded_row_words(layer.inputs, dtype)
        activation = 0 if layer is layers[-1] else layer.shift
        table += [layer.outputs, stride, weight_words, biases, activation, _rows_per_claim(layer.outputs)]
        weight_words += layer.outputs * stride
        biases += layer.outputs
    width = padded(max(layer.outputs for layer in layers))
    buffers = (
        _weights("weights", dtype, layers),
        _biases("biases", dtype, layers),
        Buffer("table", (len(table),), "u32", "weight", partial(_words, table)),
        _activations("x", layers[0].inputs, dtype, "input"),
        _activations("scratch", 2 * width, dtype, "scratch"),
        Buffer("counters", (16 * (2 * len(layers) + 1),), "u32", "scratch"),
        Buffer("logits", (layers[-1].outputs,), FORMATS[dtype].total, "output"),
        Buffer("output", (layers[-1].outputs,), "f32", "output"),
    )
    step = Step(
        parts=tuple(dict.fromkeys(("rounding", "elementary", "logit", *FORMATS[dtype].parts, "forward"))),
        entry="forward",
        buffers=tuple(buffer.name for buffer in buffers),
        writes=4,
        parameters=(("layers", len(layers)), ("width", width)),
        constants=(*_constants(dtype, *(layer.inputs for layer in layers)), ("INTEGER", int(dtype == "i8"))),
        groups=GROUPS_PER_UNIT * (adapter.compute_units or 1),
        group_items=1,
    )
    return Plan("forward", buffers, (step,))


def _constants(dtype: str, *inputs: int) -> tuple[tuple[str, int], ...]:
    per_word = FORMATS[dtype].per_word
    long = any(padded_row_words(columns, dtype) * per_word > BLOCK for columns in inputs)
    return (("BLOCK", BLOCK), ("PER_WORD", per_word), ("LONG", int(long)))


def _rows_per_claim(rows: int) -> int:
    """Return the rows claimed at a time: whole cache lines of activations, long runs of weights to prefetch."""
    return min(64, max(8, rows // 16 // 8 * 8))


def _weights(name: str, dtype: str, layers: Sequence[Layer]) -> Buffer:
    words = sum(layer.outputs * padded_row_words(layer.inputs, dtype) for layer in layers)
    return Buffer(name, (words,), "u32", "weight", partial(_fill_weights, dtype, layers))


def _biases(name: str, dtype: str, layers: Sequence[Layer]) -> Buffer:
    count = sum(layer.outputs for layer in layers)
    return Buffer(name, (count,), FORMATS[dtype].total, "weight", partial(_fill_biases, layers))


def _activations(name: str, count: int, dtype: str, role: Literal["input", "scratch"]) -> Buffer:
    layout = FORMATS[dtype]
    return Buffer(name, (padded(count) // layout.activations_per_word,), layout.activation, role)


def _fill_weights(dtype: str, layers: Sequence[Layer]) -> NDArray[Any]:
    return _concatenated([packed_weights(layer.weights(), dtype).reshape(-1) for layer in layers])


def _fill_biases(layers: Sequence[Layer]) -> NDArray[Any]:
    return _concatenated([layer.bias() for layer in layers])


def _concatenated(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    import numpy as np

    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _words(values: list[int]) -> NDArray[np.uint32]:
    import numpy as np

    return np.array(values, dtype=np.uint32)
