"""The plans of a dense network: which kernels, in which shapes, on which kind of adapter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from paragon_tui.arithmetic.reduction import BLOCK, LANES
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.backends.plan import Buffer, Plan, Step
from paragon_tui.suites.packing import FORMATS, packed_weights, padded, row_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ITEMS_PER_ROW = 16
ROWS_GROUP = 16  # items a work-group where an item takes a row, in OpenCL C
TILED_GROUP, ROWS_PER_ITEM = 8, 4  # and in WGSL, where it takes four
LANES_GROUPS = (128, 64, 256)  # items a work-group where sixteen items share a row
GROUPS_PER_UNIT = 4  # of `forward`: PoCL hands groups out in lumps, and each unit must get one
ORDERED_ATOMICS = "Portable Computing Language"  # PoCL's atomics order memory, which OpenCL 1.2's need not
COMPARED = {"plain": (64, 64), "barriers": (32, 1)}  # items and rows a work-group of what is there for comparison


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer's extents, its arrays when they are wanted, and what follows the sum.

    ``weights`` gives (outputs, inputs): f32, for f16 rounded to it, or for i8 int8; ``bias`` (outputs,): f32 or i32.
    ``shift`` is i8's, of a layer that is not the last.
    """

    inputs: int
    outputs: int
    weights: Callable[[], NDArray[Any]]
    bias: Callable[[], NDArray[Any]]
    shift: int = 1


@dataclass(frozen=True, slots=True)
class Launch:
    """How the kernel of a layer is launched: its entry, the items of a work-group and the rows that they compute."""

    name: str
    entry: str
    group_items: int
    group_rows: int


def plans(layers: Sequence[Layer], dtype: str, variant: str, adapter: Adapter) -> tuple[Plan, ...]:
    """Ways to run ``layers`` there, the likeliest best first; all give the same bits, but for the variant ``plain``.

    Every plan takes ``x`` as ``packing.packed_input`` makes it and gives ``logits`` and ``output``. Raises
    ``Unsupported`` where the textbook's kernel cannot hold a row.
    """
    if variant != "default":
        if variant == "barriers" and max(layer.inputs for layer in layers) > BLOCK:
            raise Unsupported(f"the barriers kernel sums rows of at most {BLOCK} elements")
        return (_layered(layers, dtype, (variant,), Launch(variant, variant, *COMPARED[variant])),)
    parts = (*FORMATS[dtype].parts, "dense")
    by_layers = tuple(_layered(layers, dtype, parts, launch) for launch in launches(adapter))
    if adapter.type != "cpu" or adapter.api != "opencl":
        return by_layers
    at_once = _forward(layers, dtype, adapter)
    limit = adapter.buffer_limit_bytes  # that all layers' weights in one buffer may be beyond
    fits = limit is None or at_once.buffers[0].bytes <= limit
    return (at_once, *by_layers) if fits and adapter.driver == ORDERED_ATOMICS else by_layers


def launches(adapter: Adapter) -> tuple[Launch, ...]:
    """Ways to launch the kernel `dense` there, the likeliest best first; the least where an adapter takes none."""
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
    """One layer. ``buffers`` are weights, bias, x and y; ``extents`` its inputs and outputs."""
    inputs, outputs = extents
    return Step(
        parts=parts,
        entry=launch.entry,
        buffers=buffers,
        writes=1,
        parameters=(("rows", outputs), ("stride", row_words(inputs, dtype)), ("activation", activation)),
        constants=_constants(dtype, inputs),
        groups=-(-outputs // launch.group_rows),
        group_items=launch.group_items,
    )


def _layered(layers: Sequence[Layer], dtype: str, parts: tuple[str, ...], launch: Launch) -> Plan:
    """One dispatch a layer, and one for the softmax."""
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
    """The softmax of the logits of each sample, in one work-group whose items are the lanes of its sum."""
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


def _forward(layers: Sequence[Layer], dtype: str, adapter: Adapter) -> Plan:
    """The whole network, its softmax included, in one launch."""
    table: list[int] = []
    words = biases = 0
    for layer in layers:
        stride = row_words(layer.inputs, dtype)
        activation = 0 if layer is layers[-1] else layer.shift
        table += [layer.outputs, stride, words, biases, activation, _tile(layer.outputs)]
        words += layer.outputs * stride
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
    long = any(row_words(columns, dtype) * per_word > BLOCK for columns in inputs)
    return (("BLOCK", BLOCK), ("PER_WORD", per_word), ("LONG", int(long)))


def _tile(rows: int) -> int:
    """Rows claimed at a time: whole cache lines of activations, and long runs of weights for the prefetcher."""
    return min(64, max(8, rows // 16 // 8 * 8))


def _weights(name: str, dtype: str, layers: Sequence[Layer]) -> Buffer:
    words = sum(layer.outputs * row_words(layer.inputs, dtype) for layer in layers)
    return Buffer(name, (words,), "u32", "weight", partial(_fill_weights, dtype, layers))


def _biases(name: str, dtype: str, layers: Sequence[Layer]) -> Buffer:
    count = sum(layer.outputs for layer in layers)
    return Buffer(name, (count,), FORMATS[dtype].total, "weight", partial(_fill_biases, layers))


def _activations(name: str, count: int, dtype: str, role: Literal["input", "scratch"]) -> Buffer:
    form = FORMATS[dtype]
    return Buffer(name, (padded(count) // form.activations_per_word,), form.activation, role)


def _fill_weights(dtype: str, layers: Sequence[Layer]) -> NDArray[Any]:
    return _joined([packed_weights(layer.weights(), dtype).reshape(-1) for layer in layers])


def _fill_biases(layers: Sequence[Layer]) -> NDArray[Any]:
    return _joined([layer.bias() for layer in layers])


def _joined(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    import numpy as np

    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _words(values: list[int]) -> NDArray[np.uint32]:
    import numpy as np

    return np.array(values, dtype=np.uint32)
