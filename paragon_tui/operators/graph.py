"""Graphs: operators with named tensors. A graph is one computation, whatever runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from paragon_tui.operators.operator import TIERS, Cost, Operator, Tier
from paragon_tui.operators.tensor import Tensor, WrongOperands


@dataclass(frozen=True, slots=True)
class Node:
    """An operator with the names of the tensors that it takes and gives, in its own order."""

    operator: Operator
    operands: tuple[str, ...]
    results: tuple[str, ...]

    def __post_init__(self) -> None:
        """Raise ``WrongOperands`` unless there is a name for each operand and each result."""
        operator = self.operator
        for kind, own, names in (
            ("operands", operator.operands, self.operands),
            ("results", operator.results, self.results),
        ):
            if len(own) != len(names):
                raise WrongOperands(f"{operator} has the {kind} {', '.join(own)}; got {', '.join(names) or 'none'}")


@dataclass(frozen=True)
class Graph:
    """Nodes in the order of their computation, the tensors that they are given, and the ``results`` to keep.

    ``states`` are tensors that one run leaves to the next: a node whose result is a state replaces its value, for all
    nodes after it. ``tensors`` are all tensors by name. Raises ``WrongOperands`` for operands that an operator does not
    take, and ``ValueError`` for a name that is unknown, given twice, or not replaced in place, for a result that no
    node gives, and for a graph without nodes.
    """

    operands: Mapping[str, Tensor]
    nodes: tuple[Node, ...]
    results: tuple[str, ...]
    states: Mapping[str, Tensor] = field(default_factory=dict)
    tensors: Mapping[str, Tensor] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        tensors = {**self.operands, **self.states}
        if len(tensors) != len(self.operands) + len(self.states):
            raise ValueError("an operand and a state share a name")
        if not self.nodes:
            raise ValueError("a graph has at least one node")
        for node in self.nodes:
            if unknown := [name for name in node.operands if name not in tensors]:
                raise ValueError(f"{node.operator} takes {', '.join(unknown)}, which nothing before it gives")
            self._check_replaced(node)
            given = node.operator.infer(*(tensors[name] for name in node.operands))
            for name, tensor in zip(node.results, given, strict=True):
                if name in tensors and name not in self.states:
                    raise ValueError(f"{node.operator} gives {name}, which exists already")
                if tensors.setdefault(name, tensor) != tensor:
                    raise WrongOperands(f"the state {name} is {tensors[name]}, {node.operator} gives {tensor}")
        computed = {name for node in self.nodes for name in node.results}
        if unknown := [name for name in self.results if name not in computed]:
            raise ValueError(f"no node gives the results {', '.join(unknown)}")
        object.__setattr__(self, "tensors", tensors)

    def _check_replaced(self, node: Node) -> None:
        """Raise ``ValueError`` unless results that replace an operand are that operand's tensor, a state named once."""
        operands = dict(zip(node.operator.operands, node.operands, strict=True))
        for own_name, name in zip(node.operator.results, node.results, strict=True):
            replaced = operands.get(own_name)
            if replaced is None and name in self.states:
                raise ValueError(f"{node.operator} gives a new {own_name}: the state {name} cannot be its name")
            if replaced is not None and (name != replaced or name not in self.states):
                raise ValueError(f"{node.operator} replaces its {own_name}: {replaced} must be a state, and the result")
            if replaced is not None and node.operands.count(name) > 1:
                raise ValueError(f"{node.operator} replaces {name}, which is another of its operands too")

    @classmethod
    def of(cls, operator: Operator, *operands: Tensor) -> Graph:
        """Return the graph of one operator, under its own names."""
        names = operator.operands
        if len(names) != len(operands):
            raise WrongOperands(f"{operator} takes {', '.join(names) or 'nothing'}, not {len(operands)} operands")
        given = dict(zip(names, operands, strict=True))
        return cls(given, (Node(operator, names, operator.results),), operator.results)

    @property
    def tier(self) -> Tier:
        """The weakest tier of all nodes."""
        tiers = (node.operator.tier(*self.operands_of(node)) for node in self.nodes)
        return max(tiers, key=TIERS.index)

    @property
    def cost(self) -> Cost:
        """The operations of all nodes; operands and results moved once: what lies between may stay in a cache."""
        moved = (*self.operands.values(), *(self.tensors[name] for name in self.results))
        operations = sum(node.operator.operations(*self.operands_of(node)) for node in self.nodes)
        return Cost(operations, sum(tensor.bytes for tensor in moved))

    def operands_of(self, node: Node) -> tuple[Tensor, ...]:
        """Return the tensors that a node takes."""
        return tuple(self.tensors[name] for name in node.operands)
