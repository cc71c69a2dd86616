"""A dense network, one sample: y = relu(W x + b) layer by layer, the last one without relu, then softmax."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from backends.adapter import Adapter
from backends.plan import Buffer, Plan, Step
from paragon_tui.arithmetic.reduction import BLOCK
from paragon_tui.suites.case import Case, Tier

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from paragon_tui.suites.operation import Answer, Arrays

    Layer = tuple[NDArray[np.float32], NDArray[np.float32]]

RESULTS = ("logits",)
SEED = 42
VECTOR = 8  # elements of the widest load: rows and activations are padded to it with +0
LARGEST_WIDTH = 2**24  # beyond it block results need blocks of their own, which the kernels do not make
MOST_PARAMETERS = 2**31
CPU_GROUP = 16  # rows a work-group where a work-item takes a row
GPU_GROUP = 64  # items a work-group where sixteen items share a row
ITEMS_PER_ROW = 16


def check_widths(widths: Sequence[int]) -> None:
    """Raise ``ValueError`` where ``widths`` describe no network that the kernels can hold."""
    if len(widths) < 2 or not all(type(width) is int and width >= 1 for width in widths):
        raise ValueError(f"a network needs at least two widths, whole numbers of at least 1; got {list(widths)}")
    weights = sum(k * o for k, o in itertools.pairwise(widths))
    if max(widths) > LARGEST_WIDTH or weights > MOST_PARAMETERS:
        raise ValueError(f"widths up to 2^24 and 2^31 weights are possible; {list(widths)} has {weights:,} weights")


def describe(case: Case) -> str:
    """``784 → 64 → 10``."""
    return " → ".join(map(str, case.shape))


def megabytes(case: Case) -> float:
    """Paragon-Py's estMB: weights and activations in f32, MiB."""
    weights = sum(inputs * outputs for inputs, outputs in zip(case.shape, case.shape[1:], strict=False))
    return (weights + sum(case.shape[1:])) * 4 / 2**20


def tier(dtype: str) -> Tier:
    """f32 sums of guarded products."""
    return "guarded"


@lru_cache(maxsize=1)
def parameters(widths: tuple[int, ...], seed: int = SEED) -> tuple[Layer, ...]:
    """Each layer's weights f32 (outputs, inputs) and bias f32 (outputs,) from streams 2l and 2l+1 of ``seed``."""
    import numpy as np

    from paragon_tui.arithmetic.data import uniform

    layers = []
    for layer, (k, o) in enumerate(itertools.pairwise(widths)):
        weights = uniform(seed, 2 * layer, o * k) * np.float32(np.sqrt(6 / k))
        bias = uniform(seed, 2 * layer + 1, o) * np.float32(1 / np.sqrt(k))
        layers.append((weights.reshape(o, k), bias))
    return tuple(layers)


def inputs(case: Case, dtype: str) -> Arrays:
    """The suite's one sample, f32 (inputs,)."""
    from paragon_tui.arithmetic.data import pixels

    return {"x": pixels(case.shape[0])}


def host_form(case: Case, dtype: str, implementation: str) -> Callable[..., Arrays]:
    """``numpy``: idiomatic ``W @ x`` on BLAS; ``reference``: the canonical order; ``torch``: ``nn.functional``."""
    layers = parameters(case.shape)
    if implementation == "torch":
        return _torch_form(layers)
    forward = {"numpy": forward_numpy, "reference": forward_reference}[implementation]
    return lambda x: {"logits": forward(layers, x)}


def _torch_form(layers: tuple[Layer, ...]) -> Callable[..., Arrays]:
    import torch
    from torch.nn.functional import linear

    tensors = [(torch.from_numpy(weights), torch.from_numpy(bias)) for weights, bias in layers]

    def forward(x: NDArray[np.float32]) -> Arrays:
        with torch.inference_mode():
            h = torch.from_numpy(x)
            for weights, bias in tensors[:-1]:
                h = torch.relu(linear(h, weights, bias))
            return {"logits": linear(h, *tensors[-1]).numpy()}

    return forward


def forward_numpy(layers: tuple[Layer, ...], x: NDArray[np.float32]) -> NDArray[np.float32]:
    """The logits as one writes them in NumPy. Returns f32 (outputs,)."""
    import numpy as np

    for weights, bias in layers[:-1]:
        x = np.maximum(weights @ x + bias, 0)
    weights, bias = layers[-1]
    return weights @ x + bias


def forward_reference(layers: tuple[Layer, ...], x: NDArray[np.float32]) -> NDArray[np.float32]:
    """The canonical logits: y_j = fl(dot(W_j, x) + b_j). Returns f32 (outputs,)."""
    from paragon_tui.arithmetic.activations import relu
    from paragon_tui.arithmetic.reduction import matvec

    for weights, bias in layers[:-1]:
        x = relu(matvec(weights, x) + bias)
    weights, bias = layers[-1]
    return matvec(weights, x) + bias


def answer(outputs: Arrays) -> Answer:
    """The logits, and their canonical softmax, taken on the host."""
    from paragon_tui.arithmetic.activations import softmax
    from paragon_tui.suites.operation import Answer

    return Answer(outputs["logits"], softmax(outputs["logits"]))


def plans(case: Case, dtype: str, adapter: Adapter, seed: int = SEED) -> tuple[Plan, ...]:
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
    return (Plan(f"{case.id} {entry}", tuple(buffers), tuple(steps)),)


def _padded(extent: int) -> int:
    return -(-extent // VECTOR) * VECTOR


def _weights(widths: tuple[int, ...], seed: int, layer: int) -> NDArray[Any]:
    import numpy as np

    weights, _ = parameters(widths, seed)[layer]
    outputs, k = weights.shape
    if k == _padded(k):
        return weights
    padded = np.zeros((outputs, _padded(k)), dtype=np.float32)
    padded[:, :k] = weights
    return padded


def _bias(widths: tuple[int, ...], seed: int, layer: int) -> NDArray[Any]:
    return parameters(widths, seed)[layer][1]
