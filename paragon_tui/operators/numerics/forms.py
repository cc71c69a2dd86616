"""Graphs on arrays: canonical, and as NumPy and PyTorch compute them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.numerics.fusions import fused_form
from paragon_tui.operators.numerics.libraries import LIBRARIES, Library
from paragon_tui.operators.numerics.numerics import Sampled
from paragon_tui.operators.numerics.registry import numerics
from paragon_tui.operators.operator import Operator

Arrays = Mapping[str, NDArray[Any]]
HostForm = Callable[..., dict[str, NDArray[Any]]]
"""Takes by name the operands that it does not hold, and returns the results by name."""


def canonical(graph: Graph, operands: Arrays) -> dict[str, NDArray[Any]]:
    """Return the right results, by name, of a graph without states."""
    return host_form(graph, "reference", operands)()


def can_sample(graph: Graph) -> bool:
    """Return whether single values of the graph's result can be computed without all others."""
    return len(graph.nodes) == 1 and isinstance(numerics(graph.nodes[0].operator), Sampled)


def canonical_at(graph: Graph, operands: Arrays, indices: NDArray[np.int64]) -> NDArray[Any]:
    """Return the right values (k,) at ``indices`` (k,) of the flattened result. Raises ``ValueError`` if it cannot."""
    (node,) = graph.nodes
    sampled = numerics(node.operator)
    if not isinstance(sampled, Sampled):
        raise ValueError(f"{node.operator} gives all of its values or none")
    form = sampled.canonical_at(node.operator, indices, *graph.operands_of(node))
    return form(*(operands[name] for name in node.operands))


def host_form(graph: Graph, library: str, held: Arrays) -> HostForm:
    """Return the form of a graph in a library: ``reference``, ``numpy`` or ``torch``.

    ``held`` are the operands that never change, and the first values of states: without one, a state begins at zero.
    The form of a graph with states does one step in a call, and has ``reset`` (``backends/host.py::Stateful``). A call
    may overwrite the results of the one before.
    """
    form = fused_form(graph, library, held)
    if form is not None:
        return form
    way = LIBRARIES[library]
    kept = _kept(graph, way, held)
    calls = [_Call(way, node, graph) for node in graph.nodes]
    if graph.states:
        return Steps(graph, way, calls, kept)
    if len(calls) == 1 and len(kept) == len(graph.operands) and graph.results == calls[0].results:
        return _single(calls[0], way, kept)
    return _sequence(graph, way, calls, kept)


class _Call:
    """A node as it is computed."""

    def __init__(self, way: Library, node: Node, graph: Graph) -> None:
        self.form = way.form(node, graph.operands_of(node))
        self.operands, self.results = node.operands, node.results
        tensors = {name: graph.tensors[name] for name in node.results}
        self._halves = {name: way.passing(tensor) for name, tensor in tensors.items() if tensor.dtype == "f16"}
        self._only = node.results[0] if len(node.results) == 1 else None

    def __call__(self, values: dict[str, Any]) -> None:
        """Compute the node from ``values``, and add its results to them."""
        results = self.form(*[values[name] for name in self.operands])
        if self._only is None:
            values.update(zip(self.results, results, strict=True))
        else:
            values[self._only] = results[0]
        for name, passed in self._halves.items():
            values[name] = passed(values[name])


def _kept(graph: Graph, way: Library, held: Arrays) -> dict[str, Any]:
    """Return the operands that never change, each prepared for its operator, unless another kind takes it too."""
    uses: dict[str, dict[tuple[type[Operator], str], Operator]] = {}
    for node in graph.nodes:
        for own_name, name in zip(node.operator.operands, node.operands, strict=True):
            if name in held:
                uses.setdefault(name, {})[type(node.operator), own_name] = node.operator
    kept: dict[str, Any] = {}
    for name, operators in uses.items():
        (_, own_name), operator = next(iter(operators.items()))
        alike = len(operators) == 1
        kept[name] = way.held(operator, own_name, graph.tensors[name], held[name]) if alike else way.given(held[name])
    for name, tensor in graph.states.items():
        if name not in kept:
            kept[name] = way.given(held.get(name, np.zeros(tensor.shape, dtype=_ITEMS[tensor.dtype])))
    return kept


_ITEMS = {"f32": np.float32, "f16": np.float32, "i8": np.int8, "i32": np.int32, "u32": np.uint32}


def _single(call: _Call, way: Library, kept: dict[str, Any]) -> HostForm:
    """Return the form of one node whose operands never change: as little as possible around the library's call."""
    run = partial(call.form, *(kept[name] for name in call.operands))
    names, array, scope = call.results, way.array, way.scope

    def computed() -> dict[str, NDArray[Any]]:
        with scope():
            return dict(zip(names, map(array, run()), strict=True))

    def computed_plainly() -> dict[str, NDArray[Any]]:
        return dict(zip(names, run(), strict=True))

    def single_result() -> dict[str, NDArray[Any]]:
        return {name: run()[0]}

    if not way.is_numpy:
        return computed
    (name, *others) = names
    return computed_plainly if others else single_result


def _sequence(graph: Graph, way: Library, calls: list[_Call], kept: dict[str, Any]) -> HostForm:
    scope, held_for, array_of, results = way.scope, way.given, way.array, graph.results

    def computed(**given: NDArray[Any]) -> dict[str, NDArray[Any]]:
        values = {**kept, **{name: held_for(array) for name, array in given.items()}}
        for call in calls:
            call(values)
        return {name: array_of(values[name]) for name in results}

    def computed_in_scope(**given: NDArray[Any]) -> dict[str, NDArray[Any]]:
        with scope():
            return computed(**given)

    return computed if way.is_numpy else computed_in_scope


class Steps:
    """The form of a graph with states: each call is one step, from the states that the last one left."""

    def __init__(self, graph: Graph, way: Library, calls: list[_Call], kept: dict[str, Any]) -> None:
        self._graph, self._way, self._calls, self._kept = graph, way, calls, kept
        self.reset()

    def reset(self) -> None:
        """Return to the state before the first step."""
        self._values = dict(self._kept)

    def __call__(self, **given: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Do one step. A value that is NaN or infinite is valid, not an error."""
        with self._way.scope(), np.errstate(all="ignore"):
            self._values.update((name, self._way.given(array)) for name, array in given.items())
            for call in self._calls:
                call(self._values)
            return {name: self._way.array(self._values[name]) for name in self._graph.results}
