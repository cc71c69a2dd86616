"""Lowering of trainings: a plan is one step of SGD with momentum, whose results persist in state buffers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from paragon_tui.arithmetic.constants import BLOCK, LANES
from paragon_tui.arithmetic.training import MOMENTUM, Widths
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Buffer, Plan, Step
from paragon_tui.operators.contractions import Contraction, Operand, Variant, contraction
from paragon_tui.suites.operations.reducing import VECTOR_ITEMS, works_in_vectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Fill = Callable[[], NDArray[Any]]

_GROUP, _ROUNDS = 256, 4  # work-items per work-group, and elements per work-item
_SIMD_GROUP, _SIMD_ROUNDS = 64, 16  # the same on llvmpipe, where a work-item is a SIMD lane
_GROUPS_PER_UNIT = 8  # on PoCL, where a work-item loops over an equal share of all elements
_LEAST_TILED = 2**16  # products of the first layer: below it, packing the tiles takes longer than the products


@dataclass(frozen=True, slots=True)
class Training:
    """A network and its data: ``batches`` batches of ``batch`` samples, in turn. The first ``steps`` losses are kept.

    ``first`` returns the initial parameters (count,) in the layout of ``Widths``; ``x`` and ``targets`` return the
    data: (batches, batch, inputs) f32, and (batches, batch), f32 for one output and u32 labels for more.
    """

    widths: Widths
    batch: int
    batches: int
    steps: int
    rate: float
    first: Fill
    x: Fill
    targets: Fill


@dataclass(frozen=True, slots=True)
class _LossForm:
    """A form of the kernel `cross_entropy`: its work-groups have ``items`` work-items and compute ``samples``."""

    parts: tuple[str, ...]
    constants: tuple[tuple[str, int], ...]
    items: int
    samples: int


def plans(training: Training, adapter: Adapter) -> tuple[Plan, ...]:
    """Return the tiled plan; for a network too small for tiles the two others, of which autotuning takes the faster."""
    widths = training.widths
    if training.batch * widths.inputs * widths.hidden >= _LEAST_TILED:
        return (plan(training, "tiled", adapter),)
    return plan(training, "vector", adapter), plan(training, "for-loop", adapter)


def plan(training: Training, variant: Variant, adapter: Adapter) -> Plan:
    """Return the plan of one step, with products by the kernels of ``variant``. Its states are those of ``_states``."""
    widths, batch = training.widths, training.batch
    buffers = [*_states(training), *_data(training)]
    buffers += [
        Buffer("h", (batch, widths.hidden), "f32", "scratch"),
        Buffer("y", (batch, widths.outputs), "f32", "scratch"),
        Buffer("dy", (batch, widths.outputs), "f32", "scratch"),
        Buffer("dz", (batch, widths.hidden), "f32", "scratch"),
        Buffer("gradients", (widths.count,), "f32", "scratch"),
    ]
    steps = [_gather(training, adapter)] if training.batches > 1 else []
    for name, product in _forward(training).items():
        _extend(buffers, steps, contraction(name, product, "f32", variant, adapter))
    loss = _squared_error(training) if widths.outputs == 1 else _cross_entropy(training, adapter)
    _extend(buffers, steps, loss)
    for name, product in _backward(training).items():
        _extend(buffers, steps, contraction(name, product, "f32", variant, adapter))
    steps.append(_update(training, adapter))
    return Plan(f"a step, {variant}", tuple(buffers), tuple(steps))


def _extend(buffers: list[Buffer], steps: list[Step], addition: tuple[tuple[Buffer, ...], tuple[Step, ...]]) -> None:
    buffers += addition[0]
    steps += addition[1]


def _states(training: Training) -> list[Buffer]:
    """Return the buffers that persist from step to step: parameters, velocities, losses so far, and step number."""
    count = training.widths.count
    return [
        Buffer("parameters", (count,), "f32", "state", training.first),
        Buffer("velocities", (count,), "f32", "state"),
        Buffer("losses", (training.steps,), "f32", "state"),
        Buffer("step", (1,), "u32", "state"),
    ]


def _data(training: Training) -> list[Buffer]:
    shape = (training.batch, training.widths.inputs)
    targets = Buffer(
        "targets",
        (training.batches, training.batch),
        "f32" if training.widths.outputs == 1 else "u32",
        "weight",
        training.targets,
    )
    if training.batches == 1:
        return [targets, Buffer("x", shape, "f32", "weight", lambda: training.x()[0])]
    samples = Buffer("samples", (training.batches, *shape), "f32", "weight", training.x)
    return [targets, samples, Buffer("x", shape, "f32", "scratch")]


def _forward(training: Training) -> dict[str, Contraction]:
    """Return the contractions h = leaky(x W1ᵀ + b1) and y = h W2ᵀ + b2."""
    batch, (inputs, hidden, outputs), second = training.batch, _extents(training), _second_layer_offset(training)
    return {
        "first layer": Contraction(
            rows=batch,
            depth=inputs,
            columns=hidden,
            a=Operand("x", inputs, 1),
            b=Operand("parameters", inputs + 1, 1),
            y=Operand("h", hidden, 1),
            epilogue="leaky",
            extra=Operand("parameters", inputs + 1, 0, inputs),
        ),
        "second layer": Contraction(
            rows=batch,
            depth=hidden,
            columns=outputs,
            a=Operand("h", hidden, 1),
            b=Operand("parameters", hidden + 1, 1, second),
            y=Operand("y", outputs, 1),
            epilogue="bias",
            extra=Operand("parameters", hidden + 1, 0, second + hidden),
        ),
    }


def _backward(training: Training) -> dict[str, Contraction]:
    """Return dW2 = dyᵀ h, dz = dy W2 times leaky's slope, dW1 = dzᵀ x; biases get theirs from the column of ones."""
    batch, (inputs, hidden, outputs), second = training.batch, _extents(training), _second_layer_offset(training)
    return {
        "second gradient": Contraction(
            rows=outputs,
            depth=batch,
            columns=hidden,
            a=Operand("dy", 1, outputs),
            b=Operand("h", 1, hidden),
            y=Operand("gradients", hidden + 1, 1, second),
            ones=True,
            flush=True,
        ),
        "hidden gradient": Contraction(
            rows=batch,
            depth=outputs,
            columns=hidden,
            a=Operand("dy", outputs, 1),
            b=Operand("parameters", 1, hidden + 1, second),
            y=Operand("dz", hidden, 1),
            epilogue="slope",
            extra=Operand("h", hidden, 1),
            flush=True,
        ),
        "first gradient": Contraction(
            rows=hidden,
            depth=batch,
            columns=inputs,
            a=Operand("dz", 1, hidden),
            b=Operand("x", 1, inputs),
            y=Operand("gradients", inputs + 1, 1),
            ones=True,
            flush=True,
        ),
    }


def _extents(training: Training) -> tuple[int, int, int]:
    return training.widths.inputs, training.widths.hidden, training.widths.outputs


def _second_layer_offset(training: Training) -> int:
    """Return the index at which the second layer begins in the parameters."""
    rows, columns = training.widths.shapes[0]
    return rows * columns


def _gather(training: Training, adapter: Adapter) -> Step:
    words = training.batch * training.widths.inputs
    rounds, groups, group = _work_split(words, adapter)
    return Step(
        parts=("gather",),
        entry="gather",
        buffers=("samples", "step", "x"),
        writes=1,
        parameters=(("n", words), ("count", training.batches), ("rounds", rounds)),
        constants=(),
        groups=groups,
        group_items=group,
    )


def _squared_error(training: Training) -> tuple[tuple[Buffer, ...], tuple[Step, ...]]:
    step = Step(
        parts=("rounding", "elementary", "terms", "errors", "lanes", "without_small", "squared_error"),
        entry="squared_error",
        buffers=("y", "targets", "step", "dy", "losses"),
        writes=2,
        parameters=(
            ("n", training.batch),
            ("count", training.batches),
            ("steps", training.steps),
            ("mean", _bits(1 / training.batch)),
            ("slope", _bits(2 / training.batch)),
        ),
        constants=(("BLOCK", BLOCK),),
        groups=1,
        group_items=LANES,
    )
    return (), (step,)


def _cross_entropy(training: Training, adapter: Adapter) -> tuple[tuple[Buffer, ...], tuple[Step, ...]]:
    """Return a step for the samples, and one for the mean of their losses."""
    mean = _bits(1 / training.batch)
    form = _loss_form(training.widths.outputs, adapter)
    samples = Step(
        parts=("rounding", "elementary", *form.parts),
        entry="cross_entropy",
        buffers=("y", "targets", "step", "dy", "terms"),
        writes=2,
        parameters=(
            ("rows", training.batch),
            ("n", training.widths.outputs),
            ("count", training.batches),
            ("mean", mean),
        ),
        constants=(("BLOCK", BLOCK), *form.constants),
        groups=-(-training.batch // form.samples),
        group_items=form.items,
    )
    mean_loss = Step(
        parts=("rounding", "elementary", "terms", "logit", "words", "lanes", "mean_loss"),
        entry="mean_loss",
        buffers=("terms", "step", "losses"),
        writes=1,
        parameters=(("n", training.batch), ("steps", training.steps), ("mean", mean)),
        constants=(("BLOCK", BLOCK), ("INTEGER", 0)),
        groups=1,
        group_items=LANES,
    )
    return (Buffer("terms", (training.batch,), "f32", "scratch"),), (samples, mean_loss)


def _loss_form(outputs: int, adapter: Adapter) -> _LossForm:
    if works_in_vectors(adapter):
        vectors = ("terms", "vectors", "softmax_terms", "without_small", "cross_entropy_vectors")
        return _LossForm(vectors, (("WIDTH", VECTOR_ITEMS), ("PACKED", 0), ("PRODUCTS", 0)), 1, 1)
    if adapter.type == "cpu" and adapter.api != "opencl" and outputs <= BLOCK:
        return _LossForm(("depth_first", "without_small", "cross_entropy_rows"), (), _SIMD_GROUP, _SIMD_GROUP)
    lanes = ("terms", "logit", "words", "lanes", "softmax_terms", "without_small", "cross_entropy")
    return _LossForm(lanes, (("INTEGER", 0),), LANES, 1)


def _update(training: Training, adapter: Adapter) -> Step:
    count = training.widths.count
    width = VECTOR_ITEMS if works_in_vectors(adapter) else 1
    rounds, groups, group = _work_split(-(-count // width), adapter)
    return Step(
        parts=("without_small", "update"),
        entry="update",
        buffers=("gradients", "parameters", "velocities", "step"),
        writes=3,
        parameters=(
            ("n", count),
            ("rounds", rounds),
            ("momentum", _bits(MOMENTUM)),
            ("rate", _bits(training.rate)),
        ),
        constants=(("WIDTH", width),),
        groups=groups,
        group_items=group,
    )


def _work_split(count: int, adapter: Adapter) -> tuple[int, int, int]:
    """Return rounds per work-item, work-groups, and work-items per work-group for ``count`` elements or vectors."""
    if works_in_vectors(adapter):
        rounds = max(LANES, -(-count // (_GROUPS_PER_UNIT * (adapter.compute_units or 1))))
        return rounds, -(-count // rounds), 1
    group, rounds = (_SIMD_GROUP, _SIMD_ROUNDS) if adapter.type == "cpu" else (_GROUP, _ROUNDS)
    group = min(group, adapter.max_group_items or group)
    return rounds, -(-count // (group * rounds)), group


def _bits(value: float) -> int:
    """Return the bits of the f32 nearest to ``value``."""
    import numpy as np

    return int(np.float32(value).view(np.uint32))
