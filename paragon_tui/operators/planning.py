"""Plans of graphs: a lowering for each node, conversions where two neighbours disagree, buffers by their lifetimes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Buffer, Fill, Plan, Role, Step
from paragon_tui.operators.conversion import conversion
from paragon_tui.operators.fusions import fused
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.layout import Layout
from paragon_tui.operators.lowering import ANY_WAY, Lowering, Site
from paragon_tui.operators.tensor import Tensor
from paragon_tui.operators.values import Concatenated, Packed


@dataclass(frozen=True, slots=True)
class Bound:
    """A tensor in a buffer of a plan."""

    buffer: str
    name: str
    tensor: Tensor
    layout: Layout


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plan of a graph. ``inputs`` are the buffers to fill before every run, ``results`` those to read."""

    plan: Plan
    inputs: tuple[Bound, ...]
    results: tuple[Bound, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """What a graph is given. ``fills`` return the values that stay on the device, by name: of operands, and of states
    before the first step; a state without one is zero.

    All other operands travel to the device in every run; with ``fetched``, the results travel back.
    """

    fills: Mapping[str, Fill]
    fetched: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """One node, or several that are fused: the tensors that it takes and gives by the lowerings' names."""

    name: str
    operands: Mapping[str, str]
    results: Mapping[str, str]
    lowerings: tuple[Lowering, ...]
    is_fused: bool = False

    def named(self, name: str) -> tuple[Lowering, ...]:
        """Return the lowerings of this name, or those of the most promising name."""
        lowerings = tuple(lowering for lowering in self.lowerings if lowering.name == name)
        return lowerings or self.named(self.lowerings[0].name)


def candidates(graph: Graph, adapter: Adapter, given: Given, variant: str = "default") -> tuple[Candidate, ...]:
    """Return the plans of a graph on an adapter, the most promising first: fused ones before those of all nodes.

    Candidates have the names of their lowerings; a node without one of that name takes its most promising one. Raises
    ``Unsupported`` where a node has no lowering.
    """
    constant = frozenset(graph.operands) & given.fills.keys()
    ways: list[tuple[Lowering, ...]] = []
    found: dict[str, Candidate] = {}
    for parts in _partitions(graph, adapter, variant, constant):
        for name in _names(parts):
            choice = _choice(parts, name)
            if choice not in ways and name not in found:
                ways.append(choice)
                found[name] = _Assembly(graph, given).candidate(name, parts, choice)
    return tuple(found.values())


def _names(parts: Sequence[_Part]) -> tuple[str, ...]:
    """Return the names between which parts have a choice; where none has, the first part's that is not ``ANY_WAY``.

    Where nodes are fused, only fusions count, so that the names of single nodes are left to the plan of all of them.
    """
    counting = [part for part in parts if part.is_fused] or parts
    names = [tuple(dict.fromkeys(lowering.name for lowering in part.lowerings)) for part in counting]
    telling = [of_part for of_part in names if of_part != (ANY_WAY,)] or names
    choices = [of_part for of_part in telling if len(of_part) > 1] or telling[:1]
    return tuple(dict.fromkeys(name for of_part in choices for name in of_part))


def _partitions(graph: Graph, adapter: Adapter, variant: str, constant: frozenset[str]) -> Iterator[list[_Part]]:
    """Yield the parts with every fusion that applies, if any does, and then those of single nodes."""
    fusions = fused(graph, adapter, variant, constant)
    if fusions:
        parts, index = [], 0
        while index < len(graph.nodes):
            fusion = fusions.get(index)
            if fusion is None:
                parts.append(_part(graph, graph.nodes[index], adapter, variant, constant))
                index += 1
            else:
                parts.append(_Part(fusion.name, fusion.operands, fusion.results, fusion.lowerings, is_fused=True))
                index += fusion.nodes
        yield parts
    yield [_part(graph, node, adapter, variant, constant) for node in graph.nodes]


def _part(graph: Graph, node: Node, adapter: Adapter, variant: str, constant: frozenset[str]) -> _Part:
    operator = node.operator
    operands = dict(zip(operator.operands, node.operands, strict=True))
    site = Site(
        {own_name: graph.tensors[name] for own_name, name in operands.items()},
        adapter,
        variant,
        frozenset(own_name for own_name, name in operands.items() if name in constant),
    )
    results = dict(zip(operator.results, node.results, strict=True))
    return _Part(node.results[0], operands, results, operator.lowerings(site))


def _choice(parts: Sequence[_Part], name: str) -> tuple[Lowering, ...]:
    """Return a lowering for each part: of those called ``name``, the one that needs the fewest conversions.

    Parts are chosen from the last to the first, so that what gives a tensor adapts to what takes it.
    """
    offered: dict[str, set[Layout]] = {}
    for part in parts:
        for own_name, tensor in part.results.items():
            offered.setdefault(tensor, set()).update(lowering.layouts[own_name] for lowering in part.named(name))
    wanted: dict[str, set[Layout]] = {}
    chosen = []
    for part in reversed(parts):

        def conversions(lowering: Lowering, part: _Part = part) -> int:
            layouts = lowering.layouts
            refused = sum(len(wanted.get(name, set()) - {layouts[own]}) for own, name in part.results.items())
            taken = ((layouts[own], name) for own, name in part.operands.items() if own in layouts)
            missing = sum(name in offered and layout not in offered[name] for layout, name in taken)
            return refused + missing

        lowering = min(part.named(name), key=conversions)
        for own_name, tensor in part.operands.items():
            if own_name in lowering.layouts:
                wanted.setdefault(tensor, set()).add(lowering.layouts[own_name])
        chosen.append(lowering)
    return tuple(chosen[::-1])


class _Assembly:
    """A plan in the making."""

    def __init__(self, graph: Graph, given: Given) -> None:
        self._graph, self._given = graph, given
        self._buffers: dict[str, Buffer] = {}
        self._steps: list[Step] = []
        self._reusable: set[str] = set()
        self._placed: dict[str, dict[Layout, str]] = {}

    def candidate(self, name: str, parts: Sequence[_Part], lowerings: Sequence[Lowering]) -> Candidate:
        """Return the plan that runs ``parts`` in order, each by its lowering."""
        for part, lowering in zip(parts, lowerings, strict=True):
            self._run(part, lowering, prefix=f"{part.name}." if len(parts) > 1 else "")
        results = tuple(self._result(result) for result in self._graph.results)
        inputs = tuple(
            Bound(buffer, tensor, self._graph.tensors[tensor], layout)
            for tensor, layouts in self._placed.items()
            for layout, buffer in layouts.items()
            if self._buffers[buffer].role == "input"
        )
        title = f"a step, {name}" if self._graph.states else name
        return Candidate(Plan(title, *shared(self._buffers, self._steps, self._reusable)), inputs, results)

    def _run(self, part: _Part, lowering: Lowering, prefix: str) -> None:
        """Add a part's buffers and steps, after the conversions of its operands."""
        layouts = lowering.layouts
        buffers = {own: self._operand(name, layouts[own]) for own, name in part.operands.items() if own in layouts}
        for joined in lowering.joined:
            fills = tuple(
                Packed(layout, self._given.fills[part.operands[own_name]]) for own_name, layout in joined.members
            )
            words = sum(layout.words for _, layout in joined.members)
            buffers[joined.name] = self._add(
                Buffer(f"{prefix}{joined.name}", (words,), joined.dtype, "weight", Concatenated(fills))
            )
        for own_name, name in part.results.items():
            if own_name not in part.operands:
                buffers[own_name] = self._result_buffer(name, layouts[own_name])
        for buffer in lowering.own:
            buffers[buffer.name] = self._add(replace(buffer, name=f"{prefix}{buffer.name}"))
        self._reusable |= {buffers[name] for name in lowering.reusable}
        self._steps += lowering.on(buffers)
        for own_name, name in part.results.items():
            if own_name in part.operands:
                self._replaced(name, layouts[own_name], buffers[own_name])

    def _replaced(self, name: str, layout: Layout, buffer: str) -> None:
        """Note that a state has a new value in ``buffer``. Where that is a conversion, bring it back."""
        state_layout, state = next(
            (own, other) for own, other in self._placed[name].items() if self._buffers[other].role == "state"
        )
        self._placed[name] = {state_layout: state}  # all conversions are outdated
        if buffer != state:
            self._steps += conversion(layout, state_layout).on({"x": buffer, "y": state})
            self._placed[name][layout] = buffer

    def _operand(self, name: str, layout: Layout) -> str:
        """Return the buffer of a tensor in ``layout``; add it, or a conversion, where there is none yet."""
        placed = self._placed.setdefault(name, {})
        if layout not in placed:
            placed[layout] = self._new_operand(name, layout)
        return placed[layout]

    def _new_operand(self, name: str, layout: Layout) -> str:
        fill = self._given.fills.get(name)
        values = fill and Packed(layout, fill)
        if name in self._graph.operands:
            return self._add(layout.buffer(name, "input" if values is None else "weight", values))
        if name in self._graph.states and not self._placed.get(name):
            return self._add(layout.buffer(name, "state", values))
        return self._converted(name, layout)

    def _converted(self, name: str, layout: Layout) -> str:
        (source_layout, source), *_ = self._placed[name].items()
        target = self._add(layout.buffer(f"{name} ({layout.encoding})", "scratch"))
        if not layout.is_padded:
            self._reusable.add(target)
        self._steps += conversion(source_layout, layout).on({"x": source, "y": target})
        return target

    def _result_buffer(self, name: str, layout: Layout) -> str:
        kept: Role = "output" if self._given.fetched else "result"
        is_result = name in self._graph.results
        buffer = self._add(layout.buffer(name, kept if is_result else "scratch"))
        if not is_result and not layout.is_padded:
            self._reusable.add(buffer)
        self._placed[name] = {layout: buffer}
        return buffer

    def _result(self, name: str) -> Bound:
        (layout, buffer), *_ = self._placed[name].items()
        return Bound(buffer, name, self._graph.tensors[name], layout)

    def _add(self, buffer: Buffer) -> str:
        """Add a buffer, under a number where its name is taken; return its name."""
        name, number = buffer.name, 1
        while name in self._buffers:
            number += 1
            name = f"{buffer.name} {number}"
        self._buffers[name] = replace(buffer, name=name)
        return name


def shared(
    buffers: Mapping[str, Buffer], steps: Sequence[Step], reusable: set[str]
) -> tuple[tuple[Buffer, ...], tuple[Step, ...]]:
    """Return buffers and steps where each of ``reusable`` takes the place of an earlier one, if its time is over.

    Only buffers of one size share a place, so that kernels that ask for a buffer's length see their own.
    """
    last_use = {name: index for index, step in enumerate(steps) for name in step.buffers}
    place: dict[str, str] = {}
    free: list[str] = []
    for index, step in enumerate(steps):
        for name in step.buffers:
            if name in reusable and name not in place:
                fitting = (other for other in free if buffers[other].bytes == buffers[name].bytes)
                place[name] = next(fitting, name)
                if place[name] != name:
                    free.remove(place[name])
        free += [place[name] for name in dict.fromkeys(step.buffers) if name in place and last_use[name] == index]
    kept = tuple(buffer for name, buffer in buffers.items() if place.get(name, name) == name)
    renamed = tuple(replace(step, buffers=tuple(place.get(name, name) for name in step.buffers)) for step in steps)
    return kept, renamed
