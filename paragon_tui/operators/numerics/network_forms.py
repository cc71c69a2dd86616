"""Dense networks as usually written in NumPy and PyTorch, from the first layer to the softmax."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.operators.dense import Dense
from paragon_tui.operators.forward import network
from paragon_tui.operators.graph import Graph
from paragon_tui.operators.numerics.dense import numpy_narrowing, torch_layer, torch_narrowing
from paragon_tui.operators.softmax import INTEGER_LOGIT_SCALE
from paragon_tui.operators.tensor import Tensor

Layer = tuple[NDArray[Any], NDArray[Any]]
Arrays = dict[str, NDArray[Any]]


def network_form(graph: Graph, library: str, held: Mapping[str, NDArray[Any]]) -> Callable[..., Arrays] | None:
    """Return a library's form of a graph that is a whole network, and holds its parameters; else ``None``.

    ``numpy``: ``dot`` on BLAS and ufuncs; ``torch``: ``addmm`` and its like. f16 and i8 run on BLAS in f32, on weights
    widened beforehand, and are rounded back between layers. Of a batch, a call takes that many samples, one per row.
    All arrays are made beforehand: every function has ``out=`` or works in place.
    """
    found = network(graph, 0)
    if found is None or len(found.layers) + 1 != len(graph.nodes):
        return None
    x, names = found.layers[0].operands[0], found.parameters
    whole = {x} == graph.operands.keys() - held.keys() and all(name in held for pair in names for name in pair)
    results = (*found.layers[-1].results, *found.softmax.results)
    if not whole or len(graph.tensors[x].shape) > 2 or set(graph.results) != set(results):
        return None
    layers = [(held[weights], held[bias]) for weights, bias in names]
    shifts = [node.operator.shift for node in found.layers if isinstance(node.operator, Dense)]
    form = _torch_form if library == "torch" else _numpy_form
    return form(layers, graph.tensors[x], shifts, results)


def _numpy_form(
    layers: Sequence[Layer], x: Tensor, shifts: Sequence[int], names: tuple[str, ...]
) -> Callable[..., Arrays]:
    """Return the form; of reductions it calls the ufuncs' own ``reduce``, which ``np.max`` and ``np.sum`` wrap."""
    samples, dtype = x.shape[:-1], x.dtype
    wide = [(w.astype(np.float32, copy=False).T, b.astype(np.float32, copy=False)) for w, b in layers]
    *hidden, logits = (np.empty((*samples, len(bias)), dtype=np.float32) for _, bias in wide)
    rounding = [_numpy_rounding(sums, dtype, shift) for sums, shift in zip(hidden, shifts[:-1], strict=True)]
    steps, (last_weights, last_bias) = list(zip(wide[:-1], hidden, rounding, strict=True)), wide[-1]
    widened, integers = np.empty(x.shape, dtype=np.float32), numpy_narrowing(logits, "i32")
    zero, scale = np.zeros((), dtype=np.float32), np.array(INTEGER_LOGIT_SCALE, dtype=np.float32)
    output, per_sample = np.empty_like(logits), np.empty(samples, dtype=np.float32)
    per_row = per_sample[..., np.newaxis] if samples else per_sample
    logits_name, output_name = names

    def forward(**given: NDArray[Any]) -> Arrays:
        (h,) = given.values()
        if dtype == "i8":
            np.copyto(widened, h)
            h = widened
        for (weights, bias), sums, round_back in steps:
            np.dot(h, weights, out=sums)
            np.add(sums, bias, out=sums)
            np.maximum(sums, zero, out=sums)
            round_back()
            h = sums
        np.dot(h, last_weights, out=logits)
        np.add(logits, last_bias, out=logits)
        z = np.multiply(logits, scale, out=output) if dtype == "i8" else logits
        np.maximum.reduce(z, axis=-1, out=per_sample)
        np.subtract(z, per_row, out=output)
        np.exp(output, out=output)
        np.add.reduce(output, axis=-1, out=per_sample)
        np.divide(output, per_row, out=output)
        return {logits_name: integers() if dtype == "i8" else logits, output_name: output}

    return forward


def _numpy_rounding(sums: NDArray[Any], dtype: str, shift: int) -> Callable[[], object]:
    """Return the function that rounds a layer's activations in ``sums`` as the dtype holds them, and keeps them f32."""
    narrowed = numpy_narrowing(sums, dtype, shift)
    return (lambda: np.copyto(sums, narrowed())) if dtype == "f16" else narrowed


def _torch_form(
    layers: Sequence[Layer], x: Tensor, shifts: Sequence[int], names: tuple[str, ...]
) -> Callable[..., Arrays]:
    import torch

    samples, dtype = x.shape[:-1], x.dtype
    tensors = [(torch.from_numpy(w).float(), torch.from_numpy(b).float()) for w, b in layers]
    *hidden, logits = (torch.empty((*samples, len(bias))) for _, bias in tensors)
    rounding = [_torch_rounding(sums, dtype, shift) for sums, shift in zip(hidden, shifts[:-1], strict=True)]
    steps = list(zip(tensors[:-1], hidden, map(torch_layer, hidden), rounding, strict=True))
    last_layer, integers = torch_layer(logits), torch_narrowing(logits, "i32")
    widened, scaled, output = torch.empty(x.shape), torch.empty_like(logits), torch.empty_like(logits)
    logits_name, output_name = names

    def forward(**given: NDArray[Any]) -> Arrays:
        (x,) = given.values()
        with torch.inference_mode():
            h = torch.from_numpy(x)
            if dtype == "i8":
                h = widened.copy_(h)
            for parameters, sums, layer, round_back in steps:
                layer(h, *parameters)
                sums.relu_()
                round_back()
                h = sums
            last_layer(h, *tensors[-1])
            z = torch.mul(logits, INTEGER_LOGIT_SCALE, out=scaled) if dtype == "i8" else logits
            torch.softmax(z, -1, out=output)
            return {logits_name: (integers() if dtype == "i8" else logits).numpy(), output_name: output.numpy()}

    return forward


def _torch_rounding(sums: Any, dtype: str, shift: int) -> Callable[[], object]:
    """Return the same function of PyTorch's tensors."""
    narrowed = torch_narrowing(sums, dtype, shift)
    return (lambda: sums.copy_(narrowed())) if dtype == "f16" else narrowed
