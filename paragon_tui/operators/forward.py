"""The kernel ``forward``: a whole network in one launch, for CPUs, where a launch costs more than a small layer."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from paragon_tui.backends.adapter import POCL, Adapter
from paragon_tui.backends.plan import Buffer, Step
from paragon_tui.operators import layout
from paragon_tui.operators.dense import Activation, Dense
from paragon_tui.operators.dense_kernel import constants, padded, row_words, vector_layout, weights_layout
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.lowering import Fused, Joined, Lowering
from paragon_tui.operators.softmax import Softmax
from paragon_tui.operators.tensor import Tensor
from paragon_tui.operators.values import Words

ORDERED_ATOMICS = POCL
"""The driver whose atomics order memory, as the kernel needs: PoCL's, though OpenCL 1.2 does not require it."""
_GROUPS_PER_UNIT = 4  # PoCL schedules several work-groups at a time, and each unit must get one
_PARTS = {
    "f32": ("rounding", "elementary", "logit", "canonical", "dot_f32", "forward"),
    "f16": ("rounding", "elementary", "logit", "canonical", "dot_f16", "relu_f16", "forward"),
    "i8": ("rounding", "elementary", "logit", "dot_i8", "forward"),
}


@dataclass(frozen=True, slots=True)
class Network:
    """A dense network in a graph: its layers, the last one of sums alone, and the softmax of those."""

    layers: tuple[Node, ...]
    softmax: Node

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """The names of each layer's weights and bias."""
        return tuple((weights, bias) for _, weights, bias in (node.operands for node in self.layers))


def network(graph: Graph, index: int) -> Network | None:
    """Return the network whose nodes begin at ``index``, if one does and nothing else takes what is between them."""
    end = index
    while end < len(graph.nodes) and isinstance(graph.nodes[end].operator, Dense):
        end += 1
    layers = graph.nodes[index:end]
    if not layers or end == len(graph.nodes) or graph.nodes[end].operator != Softmax():
        return None
    if any(isinstance(node.operator, Dense) and node.results[0] == layers[0].operands[0] for node in graph.nodes):
        return None  # the network begins earlier
    softmax = graph.nodes[end]
    for node, following in itertools.pairwise((*layers, softmax)):
        operator, (between,) = node.operator, node.results
        takers = [other for other in graph.nodes if between in other.operands]
        if takers != [following] or following.operands[0] != between or not isinstance(operator, Dense):
            return None
        is_hidden = following is not softmax
        if operator.widens is is_hidden or operator.activation is not (
            Activation.RELU if is_hidden else Activation.NONE
        ):
            return None
    hidden = {node.results[0] for node in layers[:-1]}
    return Network(layers, softmax) if not hidden & set(graph.results) else None


def forward(graph: Graph, index: int, adapter: Adapter, variant: str, constant: frozenset[str]) -> Fused | None:
    """Return the launch that computes a network of one sample with constant parameters, where the kernel runs."""
    found = network(graph, index)
    if found is None or variant != "default" or adapter.type != "cpu" or adapter.driver != ORDERED_ATOMICS:
        return None
    names = [name for pair in found.parameters for name in pair]
    x = graph.tensors[found.layers[0].operands[0]]
    if len(x.shape) != 1 or not constant.issuperset(names):
        return None
    lowering = _lowering(graph, found, adapter)
    limit = adapter.buffer_limit_bytes  # may be too low for the weights of all layers in one buffer
    if limit is not None and 4 * sum(member.words for _, member in lowering.joined[0].members) > limit:
        return None
    operands = {"x": found.layers[0].operands[0]}
    for own_names, layer_names in zip(_parameter_names(found), found.parameters, strict=True):
        operands.update(zip(own_names, layer_names, strict=True))
    results = {"logits": found.layers[-1].results[0], "output": found.softmax.results[0]}
    return Fused("network", len(found.layers) + 1, operands, results, (lowering,))


def _parameter_names(found: Network) -> list[tuple[str, str]]:
    """Return the lowering's own names of each layer's weights and bias."""
    return [(f"w{index}", f"b{index}") for index, _ in enumerate(found.layers)]


def _lowering(graph: Graph, found: Network, adapter: Adapter) -> Lowering:
    layers = [(graph.tensors[weights], graph.tensors[bias]) for weights, bias in found.parameters]
    x = graph.tensors[found.layers[0].operands[0]]
    (logits,), (output,) = found.layers[-1].results, found.softmax.results
    width = max(padded(bias.count) for _, bias in layers)
    scratch = vector_layout(Tensor((2 * width,), x.dtype))
    table = _table(found, [weights for weights, _ in layers])
    own = (
        Buffer("table", (len(table),), "u32", "weight", Words(table)),
        scratch.buffer("scratch", "scratch"),
        Buffer("counters", (16 * (2 * len(layers) + 1),), "u32", "scratch"),
    )
    members = zip(_parameter_names(found), layers, strict=True)
    weight_members, bias_members = zip(
        *(((names[0], weights_layout(w)), (names[1], layout.words(b))) for names, (w, b) in members), strict=True
    )
    step = Step(
        parts=_PARTS[x.dtype],
        entry="forward",
        buffers=("weights", "biases", "table", "x", "scratch", "counters", "logits", "output"),
        writes=4,
        parameters=(("layers", len(layers)), ("width", width)),
        constants=(*constants(*(weights for weights, _ in layers)), ("INTEGER", int(x.dtype == "i8"))),
        groups=_GROUPS_PER_UNIT * (adapter.compute_units or 1),
        group_items=1,
    )
    layouts = {
        "x": vector_layout(x),
        "logits": layout.words(graph.tensors[logits]),
        "output": layout.words(graph.tensors[output]),
    }
    joined = (Joined("weights", "u32", weight_members), Joined("biases", bias_members[0][1].dtype, bias_members))
    return Lowering("forward", layouts, (step,), own, joined=joined)


def _table(found: Network, weights: Sequence[Tensor]) -> tuple[int, ...]:
    """Return six numbers a layer: rows, stride, first word of its weights, first bias, activation, rows per claim."""
    table: list[int] = []
    first_word = first_bias = 0
    for node, matrix in zip(found.layers, weights, strict=True):
        rows, columns = matrix.shape
        stride = row_words(columns, matrix.dtype)
        assert isinstance(node.operator, Dense)
        activation = 0 if node.operator.widens else node.operator.shift or 1
        table += [rows, stride, first_word, first_bias, activation, _rows_per_claim(rows)]
        first_word += rows * stride
        first_bias += rows
    return tuple(table)


def _rows_per_claim(rows: int) -> int:
    """Return the rows claimed at a time: whole cache lines of activations, long runs of weights to prefetch."""
    return min(64, max(8, rows // 16 // 8 * 8))
