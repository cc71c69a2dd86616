"""The plans of a dense network that takes a batch of samples: a matrix product a layer, then the softmax of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from paragon_tui.arithmetic.reduction import BLOCK, LANES
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import Unsupported
from paragon_tui.backends.plan import Buffer, Plan, Step
from paragon_tui.suites.contractions import MOST_OPERATIONS, Contraction, Operand, Tiling, check, tiled, tilings
from paragon_tui.suites.dense_lowering import Layer, softmax_step
from paragon_tui.suites.operations.softmax import rows_step
from paragon_tui.suites.packing import FORMATS, packed_weights, row_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST_WORDS = 2**32  # of a buffer: kernels count them in 32 bits
_TILE = 4  # rows and samples that an item of i8's kernel computes
_GROUP = 64
_NOTHING = "nothing"


def plans(layers: Sequence[Layer], batch: int, dtype: str, variant: str, adapter: Adapter) -> tuple[Plan, ...]:
    """Ways to run ``batch`` samples there, the likeliest best first: each sample has the bits that it has alone.

    Every plan takes ``x`` as ``packing.packed_batch`` makes it and gives ``logits`` and ``output`` (batch, outputs).
    Raises ``Unsupported`` for the kernels that are there for comparison, and where a buffer is beyond what kernels can
    address.
    """
    if variant != "default":
        raise Unsupported(f"the {variant} kernels run one sample at a time")
    widest = max(layers[0].inputs, *(layer.outputs for layer in layers))
    if batch * widest >= _MOST_WORDS:
        raise Unsupported(
            f"a batch of {batch:,} needs buffers of {batch * widest:,} numbers, kernels can address 4,294,967,295"
        )
    if dtype == "i8":
        return (_integers(layers, batch),)
    return tuple(_floats(layers, batch, dtype, tiling, adapter) for tiling in tilings(adapter))


def _floats(layers: Sequence[Layer], batch: int, dtype: str, tiling: Tiling, adapter: Adapter) -> Plan:
    buffers = [Buffer("x", (batch, layers[0].inputs), "f32", "input"), Buffer(_NOTHING, (1,), "f32", "scratch")]
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
            kind="bias" if last else "relu",
            extra=Operand(bias, 1, 0),
            half=dtype == "f16" and not last,
        )
        check(f"layer {index}", product, adapter, "tiled")
        (samples, panels), (pack, *tiles) = tiled(f"layer{index}", product, dtype, tiling)
        places = dict(pack.parameters)["places"]
        buffers += [
            Buffer(weights, panels.shape, "f32", "weight", partial(_panels, layer, places, tiling)),
            Buffer(bias, (layer.outputs,), "f32", "weight", layer.bias),
            samples,
            Buffer(target, (batch, layer.outputs), "f32", "output" if last else "scratch"),
        ]
        # Weights stay, in panels: a run packs nothing but samples.
        steps.append(
            replace(
                pack,
                buffers=(source, bias, samples.name, _NOTHING),
                parameters=tuple((name, 0 if name == "columns" else value) for name, value in pack.parameters),
                groups=-(-samples.items // (places * tiling.side * tiling.rows)) * -(-places // BLOCK),
            )
        )
        steps += [replace(step, buffers=(samples.name, weights, *step.buffers[2:])) for step in tiles]
        source = target
    buffers.append(Buffer("output", (batch, layers[-1].outputs), "f32", "output"))
    steps.append(rows_step("softmax", batch, layers[-1].outputs, "f32", ("logits", "output"), adapter))
    return Plan(tiling.name, tuple(buffers), tuple(steps))


def _panels(layer: Layer, places: int, tiling: Tiling) -> NDArray[np.float32]:
    """The weights as the part `panels` lays a factor out: [panel][place][column], +0 where there is no weight."""
    import numpy as np

    width = tiling.side * tiling.columns
    across = -(-layer.outputs // width)
    whole = np.zeros((across * width, places), dtype=np.float32)
    whole[: layer.outputs, : layer.inputs] = layer.weights()
    lanes = np.array([int(f"{leaf:06b}"[::-1], 2) for leaf in range(LANES)])
    order = np.concatenate(
        [
            (start + lanes[:, np.newaxis] + np.arange(0, min(BLOCK, places - start), LANES)).ravel()
            for start in range(0, places, BLOCK)
        ]
    )
    return np.ascontiguousarray(whole[:, order].reshape(across, width, places).transpose(0, 2, 1)).ravel()


def _integers(layers: Sequence[Layer], batch: int) -> Plan:
    stride = row_words(layers[0].inputs, "i8")
    buffers = [Buffer("x", (batch, stride), "u32", "input")]
    steps: list[Step] = []
    source = "x"
    for index, layer in enumerate(layers):
        last = layer is layers[-1]
        weights, bias, target = f"w{index}", f"b{index}", "logits" if last else f"h{index}"
        width = layer.outputs if last else row_words(layer.outputs, "i8")
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
    """One layer, in launches of at most ``MOST_OPERATIONS`` where four samples have no more."""
    an_operation = 2 * rows * stride * FORMATS["i8"].per_word
    most = max(1, MOST_OPERATIONS // (an_operation * _TILE)) * _TILE
    down = -(-rows // _TILE)
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
                ("end", min(first + most, batch)),
            ),
            constants=(("BLOCK", BLOCK), ("PER_WORD", FORMATS["i8"].per_word)),
            groups=-(-down * -(-(min(first + most, batch) - first) // _TILE) // _GROUP),
            group_items=_GROUP,
        )
        for first in range(0, batch, most)
    ]


def _packed(layer: Layer) -> NDArray[np.uint32]:
    weights: NDArray[Any] = layer.weights()
    return packed_weights(weights, "i8")
