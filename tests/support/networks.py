"""Dense networks of any parameters and shifts: their graphs, and their operands by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.operators.dense import Dense
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.numerics.forms import canonical
from paragon_tui.suites.data.networks import named
from paragon_tui.suites.workloads.networks import network_graph
from tests.support.devices import Arrays

Layers = Sequence[tuple[NDArray[Any], NDArray[Any]]]


def widths_of(layers: Layers) -> tuple[int, ...]:
    """Return inputs, hidden widths and outputs."""
    return (layers[0][0].shape[1], *(len(bias) for _, bias in layers))


def graph_of(layers: Layers, dtype: str, shifts: Sequence[int] = (), batch: int = 1) -> Graph:
    """Return the graph of a network. ``shifts`` are those of hidden layers at i8, where they are not the usual ones."""
    graph = network_graph(widths_of(layers), dtype, batch)
    shifts = shifts if dtype == "i8" else ()
    hidden = [_shifted(node, shift) for node, shift in zip(graph.nodes, shifts, strict=False)]
    return replace(graph, nodes=(*hidden, *graph.nodes[len(hidden) :]))


def _shifted(node: Node, shift: int) -> Node:
    assert isinstance(node.operator, Dense) and node.operator.shift
    return replace(node, operator=replace(node.operator, shift=shift))


def results_of(layers: Layers, x: NDArray[Any], dtype: str, shifts: Sequence[int] = ()) -> Arrays:
    """Return the canonical ``logits`` and ``output`` of a sample (inputs,), or of samples (batch, inputs)."""
    graph = graph_of(layers, dtype, shifts, 1 if x.ndim == 1 else len(x))
    return canonical(graph, {**named(layers), "x": np.asarray(x)})


def logits_of(layers: Layers, x: NDArray[Any], dtype: str, shifts: Sequence[int] = ()) -> NDArray[Any]:
    """Return the canonical logits."""
    return results_of(layers, x, dtype, shifts)["logits"]
