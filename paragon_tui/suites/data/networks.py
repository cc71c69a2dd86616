"""The arrays of dense networks and of the single layer."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.rounding import half
from paragon_tui.operators.graph import Graph
from paragon_tui.operators.numerics.forms import canonical
from paragon_tui.suites.case import Case, Chain
from paragon_tui.suites.data.case_data import Answer, Arrays, BatchData, CaseData, DigestedData
from paragon_tui.suites.data.parameters import Layer, network_input, parameters
from paragon_tui.suites.data.streams import stream
from paragon_tui.suites.workloads import networks
from paragon_tui.suites.workloads.networks import Network, network_graph

_LAYER_STREAM = 2  # of x; streams 0 and 1 are the layer's weights and bias


class NetworkData(DigestedData[Network], BatchData[Network]):
    """The arrays of networks: parameters of the suite's seed, and its one sample, or a batch that begins with it."""

    def operands(self, workload: Network, case: Case, dtype: str) -> dict[str, NDArray[Any]]:
        """Return ``x`` (inputs,) or (batch, inputs), and each layer's ``w`` and ``b``."""
        x = network_input(case.batch * case.shape[0], dtype)
        samples = x if case.batch == 1 else x.reshape(case.batch, -1)
        return {"x": samples, **named(parameters(case.shape, dtype))}

    def size(self, graph: Graph) -> int:
        """Return the number of logits."""
        return graph.tensors["logits"].count

    def answer(self, case: Case, results: Arrays) -> Answer:
        """Return the logits, (outputs,) or (batch, outputs), and their softmax."""
        return Answer(results["logits"], results["output"])

    def of_samples(self, case: Case, dtype: str, operands: Arrays, samples: NDArray[Any]) -> Answer:
        """Return the canonical answer of the ``samples`` (k,) of a batch."""
        x = operands["x"][samples]
        graph = network_graph(case.shape, dtype, len(x))
        return self.answer(case, canonical(graph, {**operands, "x": x if len(x) > 1 else x[0]}))

    def parameters(self, case: Case, dtype: str) -> Iterator[NDArray[Any]]:
        """Yield each layer's weights, then its bias."""
        return itertools.chain.from_iterable(parameters(case.shape, dtype))

    def chains(self, case: Case) -> Iterator[tuple[Chain, NDArray[np.float32]]]:
        """Yield the f32 logits that a compiled naive kernel may give."""
        return chains(parameters(case.shape), network_input(case.shape[0], "f32"))


class LayerData(CaseData[networks.Layer]):
    """The arrays of a single layer."""

    def operands(self, workload: networks.Layer, case: Case, dtype: str) -> dict[str, NDArray[Any]]:
        """Return f32 ``x`` (inputs,), ``w`` (outputs, inputs) and ``b`` (outputs,); at f16 x and w rounded."""
        ((weights, bias),) = parameters(case.shape, dtype)
        x = stream(_LAYER_STREAM, case.shape[0])
        return {"x": half(x) if dtype == "f16" else x, "w": weights, "b": bias}


def named(layers: Sequence[Layer]) -> dict[str, NDArray[Any]]:
    """Return the parameters of ``layers`` under the names of ``network_graph``."""
    return {f"{name}{index}": array for index, layer in enumerate(layers) for name, array in zip("wb", layer)}


def chains(layers: Sequence[Layer], x: NDArray[np.float32]) -> Iterator[tuple[Chain, NDArray[np.float32]]]:
    """Yield the f32 logits of ``acc += w*x`` in order: with every product rounded, and fused into its add."""
    yield "multiply-then-add", _chained(layers, x, lambda acc, w, v: acc + w * v)
    yield "fma", _chained(layers, x, fused)


def _chained(
    layers: Sequence[Layer],
    x: NDArray[np.float32],
    step: Callable[[NDArray[np.float32], NDArray[np.float32], np.float32], NDArray[np.float32]],
) -> NDArray[np.float32]:
    for layer, (weights, bias) in enumerate(layers):
        sums = np.zeros(len(bias), dtype=np.float32)
        for column, value in zip(np.ascontiguousarray(weights.T), x, strict=True):
            sums = step(sums, column, value)
        sums = sums + bias
        x = sums if layer == len(layers) - 1 else np.maximum(sums, np.float32(0))
    return x


def fused(acc: NDArray[np.float32], w: NDArray[np.float32], v: np.float32) -> NDArray[np.float32]:
    """Return ``acc + w·v`` rounded once, f32.

    The product is exact in binary64. The sum is rounded to odd there, so that the second rounding, to f32, is right.
    """
    product = w.astype(np.float64) * np.float64(v)
    wide = acc.astype(np.float64)
    total = product + wide
    part = total - product
    error = (product - (total - part)) + (wide - part)
    bits = total.view(np.int64)
    even_and_inexact = ((bits & 1) == 0) & (error != 0)
    away = np.where((error > 0) == (total > 0), 1, -1)  # the neighbour on the other side of the exact sum is odd
    return np.where(even_and_inexact, bits + away, bits).view(np.float64).astype(np.float32)
