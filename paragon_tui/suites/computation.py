"""A case at a dtype, ready to be computed: its graph and its operands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from numpy.typing import NDArray

from paragon_tui.backends.adapter import Adapter
from paragon_tui.operators.graph import Graph
from paragon_tui.operators.numerics.forms import HostForm, host_form
from paragon_tui.operators.operator import Cost
from paragon_tui.operators.planning import Candidate, Given, candidates
from paragon_tui.suites.case import Case
from paragon_tui.suites.data.case_data import Answer, Arrays, CaseData
from paragon_tui.suites.data.registry import case_data
from paragon_tui.suites.workloads.registry import workload
from paragon_tui.suites.workloads.workload import Workload


@dataclass(frozen=True)
class Computation:
    """What a case computes at a dtype. Its operands are made when they are first needed."""

    case: Case
    dtype: str
    workload: Workload
    graph: Graph

    @cached_property
    def operands(self) -> dict[str, NDArray[Any]]:
        """The operands by name, and the first values of states."""
        return self.data.operands(self.workload, self.case, self.dtype)

    @property
    def cost(self) -> Cost:
        """The operations and moved bytes that any computation of it needs."""
        return self.workload.cost(self.case, self.dtype)

    @property
    def size(self) -> int:
        """The number of values of its answer."""
        return self.data.size(self.graph)

    @property
    def data(self) -> CaseData[Any]:
        """The maker of its arrays."""
        return case_data(self.workload)

    def with_states(self) -> Computation:
        """Return the same computation with every state among its results."""
        results = (*self.graph.results, *(name for name in self.graph.states if name not in self.graph.results))
        return replace(self, graph=replace(self.graph, results=results))

    @property
    def fed(self) -> dict[str, NDArray[Any]]:
        """The operands that every run is given, by name."""
        return {name: self.operands[name] for name in self.workload.fed}

    def candidates(self, adapter: Adapter, variant: str) -> tuple[Candidate, ...]:
        """Return the plans for the adapter, the most promising first. All but those of ``plain`` give the same bits.

        Raises ``Unsupported`` where there is none.
        """
        resident = [name for name in self.graph.operands if name not in self.workload.fed]
        fills = {name: partial(self._operand, name) for name in (*resident, *self.workload.initial)}
        return candidates(self.graph, adapter, Given(fills, self.workload.fetched), variant)

    def host_form(self, library: str) -> HostForm:
        """Return the form of ``numpy``, ``torch`` or ``reference``, which takes what is ``fed``."""
        held = {name: values for name, values in self.operands.items() if name not in self.workload.fed}
        return host_form(self.graph, library, held)

    def answer(self, results: Arrays) -> Answer:
        """Return the answer to compare, from the results by name."""
        return self.data.answer(self.case, results)

    def _operand(self, name: str) -> NDArray[Any]:
        return self.operands[name]


def computation(case: Case, dtype: str) -> Computation:
    """Return what a case computes at a dtype. Raises ``Unsupported`` for a size that would take too long."""
    computed = workload(case.operation)
    computed.check(case, dtype)
    return Computation(case, dtype, computed, computed.graph(case, dtype))
