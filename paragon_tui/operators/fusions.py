"""Fusions: kernels that compute several neighbouring nodes of a graph at once, where that is faster."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from paragon_tui.backends.adapter import Adapter
from paragon_tui.operators.forward import forward
from paragon_tui.operators.graph import Graph
from paragon_tui.operators.lowering import Fused


Fusion = Callable[[Graph, int, Adapter, str, frozenset[str]], Fused | None]
"""Returns what it makes of the nodes from an index on, on an adapter and in a variant, if it applies there."""

FUSIONS: tuple[Fusion, ...] = (forward,)


def fused(graph: Graph, adapter: Adapter, variant: str, constant: frozenset[str]) -> Mapping[int, Fused]:
    """Return the fusions that apply, by the index of their first node; none overlaps another."""
    fusions: dict[int, Fused] = {}
    index = 0
    while index < len(graph.nodes):
        found = (fusion(graph, index, adapter, variant, constant) for fusion in FUSIONS)
        first = next((candidate for candidate in found if candidate is not None), None)
        if first is not None:
            fusions[index] = first
        index += first.nodes if first else 1
    return fusions
