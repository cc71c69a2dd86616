"""Dense networks as usually written in NumPy and PyTorch, from the first layer to the softmax."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.operators.dense import LARGEST_ACTIVATION, Dense
from paragon_tui.operators.forward import network
from paragon_tui.operators.graph import Graph
from paragon_tui.operators.softmax import INTEGER_LOGIT_SCALE

Layer = tuple[NDArray[Any], NDArray[Any]]
Arrays = dict[str, NDArray[Any]]


def network_form(graph: Graph, library: str, held: Mapping[str, NDArray[Any]]) -> Callable[..., Arrays] | None:
    """Return a library's form of a graph that is a whole network, and holds its parameters; else ``None``.

    ``numpy``: idiomatic ``W @ x`` on BLAS; ``torch``: ``nn.functional``. f16 and i8 run on BLAS in f32, on weights
    widened beforehand, and are rounded back between layers. Of a batch, a call takes that many samples, one per row,
    and NumPy's arrays are allocated beforehand.
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
    shape, dtype = graph.tensors[x].shape, graph.tensors[x].dtype
    if library == "torch":
        return _torch_form(layers, dtype, shifts, results)
    if len(shape) == 1:
        return _numpy_form(layers, dtype, shifts, results)
    return _numpy_batch_form(layers, dtype, shifts, results, shape[0])


def _numpy_form(
    layers: Sequence[Layer], dtype: str, shifts: Sequence[int], names: tuple[str, ...]
) -> Callable[..., Arrays]:
    wide = [tuple(values.astype(np.float32, copy=False) for values in layer) for layer in layers]
    between = _between(dtype, shifts)

    logits_name, output_name = names

    def forward(**given: NDArray[Any]) -> Arrays:
        (x,) = given.values()
        h = x.astype(np.float32, copy=False)
        for layer, (weights, bias) in enumerate(wide[:-1]):
            h = between(np.maximum(weights @ h + bias, 0), layer)
        weights, bias = wide[-1]
        logits = weights @ h + bias
        z = logits * np.float32(INTEGER_LOGIT_SCALE) if dtype == "i8" else logits
        e = np.exp(z - z.max())
        if dtype == "i8":
            logits = np.rint(logits).astype(np.int32)
        return {logits_name: logits, output_name: e / e.sum()}

    return forward


def _numpy_batch_form(
    layers: Sequence[Layer], dtype: str, shifts: Sequence[int], names: tuple[str, ...], batch: int
) -> Callable[..., Arrays]:
    wide = [(weights.T.astype(np.float32, copy=False), bias.astype(np.float32, copy=False)) for weights, bias in layers]
    sums = [np.empty((batch, len(bias)), dtype=np.float32) for _, bias in wide]
    between = _between(dtype, shifts)
    output = np.empty_like(sums[-1])
    per_row = np.empty((batch, 1), dtype=np.float32)

    logits_name, output_name = names

    def forward(**given: NDArray[Any]) -> Arrays:
        (x,) = given.values()
        h = x.astype(np.float32, copy=False)
        for layer, (weights, bias) in enumerate(wide):
            y = np.matmul(h, weights, out=sums[layer])
            y += bias
            h = between(np.maximum(y, 0, out=y), layer) if layer < len(wide) - 1 else y
        logits = h
        z = np.multiply(logits, np.float32(INTEGER_LOGIT_SCALE), out=output) if dtype == "i8" else logits
        np.subtract(z, np.max(z, axis=1, keepdims=True, out=per_row), out=output)
        np.exp(output, out=output)
        np.divide(output, np.sum(output, axis=1, keepdims=True, out=per_row), out=output)
        return {logits_name: np.rint(logits).astype(np.int32) if dtype == "i8" else logits, output_name: output}

    return forward


def _between(dtype: str, shifts: Sequence[int]) -> Callable[[NDArray[Any], int], NDArray[Any]]:
    """Return the function that rounds a layer's activations, given the layer's number, before the next layer."""
    if dtype == "f16":
        return lambda h, layer: h.astype(np.float16).astype(np.float32)
    if dtype == "i8":
        scales = [2.0**-shift for shift in shifts]
        return lambda h, layer: np.minimum(
            np.floor(h * np.float32(scales[layer]) + np.float32(0.5)), LARGEST_ACTIVATION
        )
    return lambda h, layer: h


def _torch_form(
    layers: Sequence[Layer], dtype: str, shifts: Sequence[int], names: tuple[str, ...]
) -> Callable[..., Arrays]:
    import torch
    from torch.nn.functional import linear

    tensors = [(torch.from_numpy(w).float(), torch.from_numpy(b).float()) for w, b in layers]
    scales = [2.0**-shift for shift in shifts]

    def between(h: Any, layer: int) -> Any:
        if dtype == "f16":
            return h.half().float()
        if dtype == "i8":
            return torch.clamp(torch.floor(h * scales[layer] + 0.5), max=LARGEST_ACTIVATION)
        return h

    logits_name, output_name = names

    def forward(**given: NDArray[Any]) -> Arrays:
        (x,) = given.values()
        with torch.inference_mode():
            h = torch.from_numpy(x).float()
            for layer, (weights, bias) in enumerate(tensors[:-1]):
                h = between(torch.relu(linear(h, weights, bias)), layer)
            logits = linear(h, *tensors[-1])
            output = torch.softmax(logits * INTEGER_LOGIT_SCALE if dtype == "i8" else logits, dim=-1)
            if dtype == "i8":
                logits = torch.round(logits).int()
            return {logits_name: logits.numpy(), output_name: output.numpy()}

    return forward
