"""Graphs of operators, run on a real device in every way that they have there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paragon_tui.backends.adapter import Adapter
from paragon_tui.operators.graph import Graph
from paragon_tui.operators.numerics.transfers import packed, unpacked
from paragon_tui.operators.planning import Candidate, Given, candidates
from tests.support.kernels import as_gpu

Arrays = Mapping[str, NDArray[Any]]


def planned(graph: Graph, values: Arrays, adapter: Adapter, fed: Collection[str] = (), **ways: Any) -> list[Candidate]:
    """Return the candidates with ``values`` resident on the device, but those that are ``fed``."""
    fills = {name: partial(np.asarray, array) for name, array in values.items() if name not in fed}
    return list(candidates(graph, adapter, Given(fills), **ways))


def everywhere(
    graph: Graph, values: Arrays, adapter: Adapter, fed: Collection[str] = (), **ways: Any
) -> list[Candidate]:
    """Return the candidates for the adapter, for one with narrower vectors, and those that a GPU would get."""
    kinds = (adapter, replace(adapter, vector_width=None), as_gpu(adapter))
    return list({c.plan.name: c for kind in kinds for c in planned(graph, values, kind, fed, **ways)}.values())


def run(device: Any, candidate: Candidate, values: Arrays, guard: int = 0, runs: int = 1) -> dict[str, NDArray[Any]]:
    """Run a candidate ``runs`` times and return its results by name."""
    with prepared(device, candidate, guard) as compute:
        return compute(values, runs)


@contextmanager
def prepared(device: Any, candidate: Candidate, guard: int = 0) -> Iterator[Callable[..., dict[str, NDArray[Any]]]]:
    """Yield a function that runs a candidate, once or more often: it takes operands and returns results by name."""
    program = device.prepare(candidate.plan.with_constant("GUARD", guard))

    def compute(values: Arrays, runs: int = 1) -> dict[str, NDArray[Any]]:
        for _ in range(runs):
            program.run(packed(candidate.inputs, values))
        read = program.read(tuple(bound.buffer for bound in candidate.results))
        return {name: array.copy() for name, array in unpacked(candidate.results, read).items()}

    try:
        yield compute
    finally:
        program.close()
