"""The plans of a dense network: which kernels, in which shapes, on which kind of adapter."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from backends.adapter import Adapter
from backends.device import Unsupported
from backends.plan import Buffer, Plan, Step
from paragon_tui.arithmetic.reduction import BLOCK, LANES
from paragon_tui.suites.forward import shifts
from paragon_tui.suites.packing import FORMATS, packed_weights, padded, row_words
from paragon_tui.suites.parameters import parameters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ITEMS_PER_ROW = 16
ROWS_GROUP = 16  # items a work-group where an item takes a row, in OpenCL C
TILED_GROUP, ROWS_PER_ITEM = 8, 4  # and in WGSL, where it takes four
LANES_GROUPS = (128, 64, 256)  # items a work-group where sixteen items share a row
GROUPS_PER_UNIT = 4  # of `forward`: PoCL hands groups out in lumps, and each unit must get one
COMPARED = {"plain": (64, 64), "barriers": (32, 1)}  # items and rows a work-group of what is there for comparison


@dataclass(frozen=True, slots=True)
class Network:
    """What is planned: a network's widths, its dtype, and the seed of its parameters."""

    widths: tuple[int, ...]
    dtype: str
    seed: int

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Its layers. ``activation`` is 0 in the last, else 1 for relu, or i8's shift."""
        hidden = shifts(self.widths) if self.dtype == "i8" else (1,) * (len(self.widths) - 2)
        extents = itertools.pairwise(self.widths)
        return tuple(
            Layer(self, index, k, o, activation)
            for index, ((k, o), activation) in enumerate(zip(extents, (*hidden, 0), strict=True))
        )


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a network, whose arrays are computed when they are wanted."""

    network: Network
    index: int
    inputs: int
    outputs: int
    activation: int

    @property
    def stride(self) -> int:
        """The words of a row of its weights."""
        return row_words(self.inputs, self.network.dtype)

    def arrays(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Weights (outputs, inputs) and bias (outputs,)."""
        return parameters(self.network.widths, self.network.dtype, self.network.seed)[self.index]


def plans(network: Network, variant: str, adapter: Adapter) -> tuple[Plan, ...]:
    """Ways to run ``network`` there, the likeliest best first; all give the same bits, but for the variant ``plain``.

    Every plan takes ``x`` as ``packing.packed_input`` makes it and gives ``logits`` and ``output``. Raises
    ``Unsupported`` where the textbook's kernel cannot hold a row.
    """
    if variant != "default":
        if variant == "barriers" and max(network.widths[:-1]) > BLOCK:
            raise Unsupported(f"the barriers kernel sums rows of at most {BLOCK} elements")
        return (_layered(variant, network, (variant,), variant, *COMPARED[variant]),)
    parts = (*FORMATS[network.dtype].parts, "dense")
    if adapter.type != "cpu":
        return tuple(
            _layered(f"lanes {group}", network, parts, "lanes", group, group // ITEMS_PER_ROW)
            for group in LANES_GROUPS
            if group <= (adapter.max_group_items or group)
        )
    if adapter.api != "opencl":
        return (_layered("rows", network, parts, "rows", TILED_GROUP, TILED_GROUP * ROWS_PER_ITEM),)
    return _forward(network, adapter), _layered("rows", network, parts, "rows", ROWS_GROUP, ROWS_GROUP)


def _layered(
    name: str, network: Network, parts: tuple[str, ...], entry: str, group_items: int, group_rows: int
) -> Plan:
    """One dispatch a layer, and one for the softmax."""
    form = FORMATS[network.dtype]
    layers = network.layers
    buffers = [_activations("x", layers[0].inputs, network.dtype, "input")]
    steps = []
    source = "x"
    for layer in layers:
        target = f"h{layer.index}" if layer.activation else "logits"
        buffers += [
            _weights(f"w{layer.index}", (layer,)),
            _biases(f"b{layer.index}", (layer,)),
            _activations(target, layer.outputs, network.dtype, "scratch")
            if layer.activation
            else Buffer(target, (layer.outputs,), form.total, "output"),
        ]
        steps.append(
            Step(
                parts=("rounding", *parts),
                entry=entry,
                buffers=(f"w{layer.index}", f"b{layer.index}", source, target),
                writes=1,
                parameters=(("rows", layer.outputs), ("stride", layer.stride), ("activation", layer.activation)),
                constants=_constants((layer,)),
                groups=-(-layer.outputs // group_rows),
                group_items=group_items,
            )
        )
        source = target
    buffers.append(Buffer("output", (layers[-1].outputs,), "f32", "output"))
    steps.append(
        Step(
            parts=("rounding", "elementary", "logit", "softmax"),
            entry="softmax",
            buffers=("logits", "output"),
            writes=1,
            parameters=(("n", layers[-1].outputs),),
            constants=_constants(layers),
            groups=1,
            group_items=LANES,
        )
    )
    return Plan(name, tuple(buffers), tuple(steps))


def _forward(network: Network, adapter: Adapter) -> Plan:
    """The whole network, its softmax included, in one launch."""
    form = FORMATS[network.dtype]
    layers = network.layers
    table: list[int] = []
    words = biases = 0
    for layer in layers:
        table += [layer.outputs, layer.stride, words, biases, layer.activation, _tile(layer.outputs)]
        words += layer.outputs * layer.stride
        biases += layer.outputs
    width = padded(max(layer.outputs for layer in layers))
    buffers = (
        _weights("weights", layers),
        _biases("biases", layers),
        Buffer("table", (len(table),), "u32", "weight", partial(_words, table)),
        _activations("x", layers[0].inputs, network.dtype, "input"),
        _activations("scratch", 2 * width, network.dtype, "scratch"),
        Buffer("counters", (16 * (2 * len(layers) + 1),), "u32", "scratch"),
        Buffer("logits", (layers[-1].outputs,), form.total, "output"),
        Buffer("output", (layers[-1].outputs,), "f32", "output"),
    )
    step = Step(
        parts=("rounding", "elementary", "logit", *form.parts, "forward"),
        entry="forward",
        buffers=tuple(buffer.name for buffer in buffers),
        writes=4,
        parameters=(("layers", len(layers)), ("width", width)),
        constants=_constants(layers),
        groups=GROUPS_PER_UNIT * (adapter.compute_units or 1),
        group_items=1,
    )
    return Plan("forward", buffers, (step,))


def _constants(layers: Sequence[Layer]) -> tuple[tuple[str, int], ...]:
    dtype = layers[0].network.dtype
    per_word = FORMATS[dtype].per_word
    long = any(layer.stride * per_word > BLOCK for layer in layers)
    return (("BLOCK", BLOCK), ("PER_WORD", per_word), ("LONG", int(long)), ("INTEGER", int(dtype == "i8")))


def _tile(rows: int) -> int:
    """Rows claimed at a time: whole cache lines of activations, and long runs of weights for the prefetcher."""
    return min(64, max(8, rows // 16 // 8 * 8))


def _weights(name: str, layers: Sequence[Layer]) -> Buffer:
    words = sum(layer.outputs * layer.stride for layer in layers)
    return Buffer(name, (words,), "u32", "weight", partial(_fill_weights, layers))


def _biases(name: str, layers: Sequence[Layer]) -> Buffer:
    total = FORMATS[layers[0].network.dtype].total
    return Buffer(name, (sum(layer.outputs for layer in layers),), total, "weight", partial(_fill_biases, layers))


def _activations(name: str, count: int, dtype: str, role: Literal["input", "scratch"]) -> Buffer:
    form = FORMATS[dtype]
    return Buffer(name, (padded(count) // form.activations_per_word,), form.activation, role)


def _fill_weights(layers: Sequence[Layer]) -> NDArray[Any]:
    return _joined([packed_weights(layer.arrays()[0], layer.network.dtype).reshape(-1) for layer in layers])


def _fill_biases(layers: Sequence[Layer]) -> NDArray[Any]:
    return _joined([layer.arrays()[1] for layer in layers])


def _joined(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    import numpy as np

    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _words(values: list[int]) -> NDArray[np.uint32]:
    import numpy as np

    return np.array(values, dtype=np.uint32)
