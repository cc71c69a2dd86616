"""Lowering of batched dense networks: one matrix product per layer, then the softmax of each sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from paragon_tui.arithmetic.constants import BLOCK, LANES
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.backends.plan import Buffer, Plan, Step
from paragon_tui.operators.contractions import MOST_OPERATIONS, Contraction, Operand, Tiling, check, tiled, tilings
from paragon_tui.suites.dense_lowering import Layer, softmax_step
from paragon_tui.suites.operations.softmax import rows_step
from paragon_tui.suites.packing import FORMATS, packed_weights, padded_row_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST_WORDS = 2**32  # per buffer: kernels count words in 32 bits
_TILE = 4  # rows and samples per work-item of the i8 kernel
_GROUP = 64
_PLACEHOLDER = "nothing"


def plans(layers: Sequence[Layer], batch: int, dtype: str, variant: str, adapter: Adapter) -> tuple[Plan, ...]:
    """Return the plans that run ``batch`` samples, the most promising first. A sample's bits are those it has alone.

    Every plan takes ``x`` as ``packing.packed_batch`` returns it and gives ``logits`` and ``output`` (batch, outputs).
    Raises ``Unsupported`` for the kernels that exist for comparison, and where a buffer has more elements than kernels
    can address.
    """
    if variant != "default":
        raise Unsupported(f"the {variant} kernels run one sample at a time")
    widest = max(layers[0].inputs, *(layer.outputs for layer in layers))
    if batch * widest >= _MOST_WORDS:
        raise Unsupported(
            f"a batch of {batch:,} needs buffers of {batch * widest:,} numbers, kernels can address only 4,294,967,295"
        )
    if dtype == "i8":
        return (_integer_plan(layers, batch),)
    return tuple(_float_plan(layers, batch, dtype, tiling, adapter) for tiling in tilings(adapter))


def _float_plan(layers: Sequence[Layer], batch: int, dtype: str, tiling: Tiling, adapter: Adapter) -> Plan:
    buffers = [Buffer("x", (batch, layers[0].inputs), "f32", "input"), Buffer(_PLACEHOLDER, (1,), "f32", "scratch")]
    steps: list[Step] = []
    source = "x"
    for index, layer in enumerate(layers):
        last = layer is layers[-1]
        weights, bias, target = f"w{index}", f"b{index}", "logits" if last else f"h{index}"
        product = Contraction(
            rows=batch,
            depth=layer.inputs,
            columns=layer.outputs,
            a=Operand(source, layer.inputs, 1),
            b=Operand(weights, layer.inputs, 1),
            y=Operand(target, layer.outputs, 1),
            epilogue="bias" if last else "relu",
            extra=Operand(bias, 1, 0),
            half=dtype == "f16" and not last,
        )
        check(f"layer {index}", product, adapter, "tiled")
        (samples, panels), (pack, *tiles) = tiled(f"layer{index}", product, dtype, tiling)
        padded_depth = dict(pack.parameters)["places"]
        buffers += [
            Buffer(weights, panels.shape, "f32", "weight", partial(_weight_panels, layer, padded_depth, tiling)),
            Buffer(bias, (layer.outputs,), "f32", "weight", layer.bias),
            samples,
            Buffer(target, (batch, layer.outputs), "f32", "output" if last else "scratch"),
        ]
        # The weights stay on the device, already in panels, so a run packs only the samples.
        steps.append(
            replace(
                pack,
                buffers=(source, bias, samples.name, _PLACEHOLDER),
                parameters=tuple((name, 0 if name == "columns" else value) for name, value in pack.parameters),
                groups=-(-samples.items // (padded_depth * tiling.side * tiling.rows)) * -(-padded_depth // BLOCK),
            )
        )
        steps += [replace(step, buffers=(samples.name, weights, *step.buffers[2:])) for step in tiles]
        source = target
    buffers.append(Buffer("output", (batch, layers[-1].outputs), "f32", "output"))
    steps.append(rows_step("softmax", batch, layers[-1].outputs, "f32", ("logits", "output"), adapter))
    return Plan(tiling.name, tuple(buffers), tuple(steps))


def _weight_panels(layer: Layer, padded_depth: int, tiling: Tiling) -> NDArray[np.float32]:
    """Return the weights in the layout of the kernel part `panels`: [panel][depth][column], padded with +0."""
    import numpy as np

    width = tiling.side * tiling.columns
    panels = -(-layer.outputs // width)
    padded = np.zeros((panels * width, padded_depth), dtype=np.float32)
    padded[: layer.outputs, : layer.inputs] = layer.weights()
    tree_order = np.array([int(f"{leaf:06b}"[::-1], 2) for leaf in range(LANES)])
    order = np.concatenate(
        [
            (start + tree_order[:, np.newaxis] + np.arange(0, min(BLOCK, padded_depth - start), LANES)).ravel()
            for start in range(0, padded_depth, BLOCK)
        ]
    )
    return np.ascontiguousarray(padded[:, order].reshape(panels, width, padded_depth).transpose(0, 2, 1)).ravel()


def _integer_plan(layers: Sequence[Layer], batch: int) -> Plan:
    stride = padded_row_words(layers[0].inputs, "i8")
    buffers = [Buffer("x", (batch, stride), "u32", "input")]
    steps: list[Step] = []
    source = "x"
    for index, layer in enumerate(layers):
        last = layer is layers[-1]
        weights, bias, target = f"w{index}", f"b{index}", "logits" if last else f"h{index}"
        width = layer.outputs if last else padded_row_words(layer.outputs, "i8")
        buffers += [
            Buffer(weights, (layer.outputs, stride), "u32", "weight", partial(_packed, layer)),
            Buffer(bias, (layer.outputs,), "i32", "weight", layer.bias),
            Buffer(target, (batch, width), "i32" if last else "u32", "output" if last else "scratch"),
        ]
        steps += _integer_steps(
            layer.outputs, stride, 0 if last else layer.shift, width, batch, (weights, bias, source, target)
        )
        source, stride = target, width
    buffers.append(Buffer("output", (batch, layers[-1].outputs), "f32", "output"))
    steps.append(softmax_step(layers[-1].outputs, "i8", batch))
    return Plan("tiles", tuple(buffers), tuple(steps))


def _integer_steps(rows: int, stride: int, shift: int, width: int, batch: int, buffers: tuple[str, ...]) -> list[Step]:
    """Return the launches of one layer, each of at most ``MOST_OPERATIONS`` unless four samples have more."""
    operations_per_sample = 2 * rows * stride * FORMATS["i8"].per_word
    samples_per_launch = max(1, MOST_OPERATIONS // (operations_per_sample * _TILE)) * _TILE
    row_tiles = -(-rows // _TILE)
    return [
        Step(
            parts=(*FORMATS["i8"].parts, "batch_i8"),
            entry="tiles",
            buffers=buffers,
            writes=1,
            parameters=(
                ("rows", rows),
                ("stride", stride),
                ("activation", shift),
                ("width", width),
                ("first", first),
                ("end", min(first + samples_per_launch, batch)),
            ),
            constants=(("BLOCK", BLOCK), ("PER_WORD", FORMATS["i8"].per_word)),
            groups=-(-row_tiles * -(-(min(first + samples_per_launch, batch) - first) // _TILE) // _GROUP),
            group_items=_GROUP,
        )
        for first in range(0, batch, samples_per_launch)
    ]


def _packed(layer: Layer) -> NDArray[np.uint32]:
    weights: NDArray[Any] = layer.weights()
    return packed_weights(weights, "i8")
