"""The contract of a workload's arrays: operands of its cases, and answers in the form that is compared."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from paragon_tui.operators.graph import Graph
from paragon_tui.suites.case import Case, Chain
from paragon_tui.suites.data.streams import drawn
from paragon_tui.suites.score import Score
from paragon_tui.suites.workloads.workload import Single, Workload

W = TypeVar("W", bound=Workload)
Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A result in the form that is compared: its ``values`` (f32 or i32).

    For a network they are the logits, and ``output`` (f32) is their softmax; other operations have no ``output``.
    """

    values: NDArray[Any]
    output: NDArray[Any] | None = None


class CaseData(ABC, Generic[W]):
    """The arrays of a workload's cases."""

    @abstractmethod
    def operands(self, workload: W, case: Case, dtype: str) -> dict[str, NDArray[Any]]:
        """Return the deterministic operands by name, also the first values of states; f16 as f32 that f16 can hold."""

    def size(self, graph: Graph) -> int:
        """Return the number of values of the answer."""
        return sum(graph.tensors[name].count for name in graph.results)

    def answer(self, case: Case, results: Arrays) -> Answer:
        """Return the answer to compare: the one result, as f32 or i32, in its own shape."""
        (values,) = results.values()
        return Answer(comparable(values))


class SingleData(CaseData[Single]):
    """The arrays of a workload of one operator: streams, as its table says."""

    def operands(self, workload: Single, case: Case, dtype: str) -> dict[str, NDArray[Any]]:
        """Return the operands that the table names."""
        return drawn(workload.draws(case), workload.graph(case, dtype).operands)


class DigestedData(CaseData[W]):
    """The arrays of a workload whose right answers ship as digests, and whose naive kernel's results are known."""

    @abstractmethod
    def parameters(self, case: Case, dtype: str) -> Iterator[NDArray[Any]]:
        """Yield all parameters, in the order in which they are digested."""

    @abstractmethod
    def chains(self, case: Case) -> Iterator[tuple[Chain, NDArray[Any]]]:
        """Yield the values that a compiled ``plain`` kernel may give."""


class BatchData(CaseData[W]):
    """The arrays of a workload of independent samples: the right answer of some can be computed without the others."""

    @abstractmethod
    def of_samples(self, case: Case, dtype: str, operands: Arrays, samples: NDArray[Any]) -> Answer:
        """Return the canonical answer (k, …) of the ``samples`` (k,), ascending."""


class TrainingData(CaseData[W]):
    """The arrays of a training."""

    @abstractmethod
    def losses(self, results: Arrays) -> NDArray[np.float32]:
        """Return the loss before every step, f32 (steps,); those of steps not yet done are invalid."""

    @abstractmethod
    def state(self, results: Arrays, step: int) -> tuple[NDArray[Any], ...]:
        """Return all that ``step`` steps leave behind, of results that include all states."""

    def score(self, case: Case, operands: Arrays, results: Arrays) -> Score | None:
        """Return how well the parameters in ``results`` answer the samples in ``operands``, by the canonical forward.

        ``None`` where an output is not finite, and for what does not learn to answer anything.
        """
        return None


def comparable(values: NDArray[Any]) -> NDArray[Any]:
    """Return values as they are compared: f32, or i32 with the bits of u32. Other integers must fit i32."""
    if values.dtype.kind == "f":
        return np.ascontiguousarray(values, dtype=np.float32)
    return np.ascontiguousarray(values.view(np.int32) if values.dtype == np.uint32 else values.astype(np.int32))
