"""Multi-head attention: alone, of a batch, with a causal mask, and between projections.

``case.shape`` is (heads, n, d): every head has n queries, keys and values of d elements; of a batch (batch, heads, n,
d).
"""

from __future__ import annotations

from paragon_tui.operators.attention import Attention
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.heads import MergeHeads, SplitHeads
from paragon_tui.operators.operator import Cost
from paragon_tui.operators.products import MatMul
from paragon_tui.operators.tensor import Tensor
from paragon_tui.suites.case import VARIANTS, Case
from paragon_tui.suites.workloads.workload import HALVES, Draw, Single, Workload


def _operands(case: Case, dtype: str) -> tuple[Tensor, ...]:
    return (Tensor(case.shape, dtype),) * 3


def _text(case: Case) -> str:
    """Return the size as text: ``8 heads · 512 × 64``, of a batch ``4 × 8 heads · 512 × 64``."""
    *batch, heads, n, d = case.shape
    return f"{''.join(f'{samples} × ' for samples in batch)}{heads} heads · {n:,} × {d}"


class Projected(Workload):
    """y = attention(x·Wqᵀ, x·Wkᵀ, x·Wvᵀ)·Woᵀ of a sequence x (n, heads·d): a layer of attention, without biases."""

    uses_blas = True

    def graph(self, case: Case, dtype: str) -> Graph:
        """Return the graph; all weights are (heads·d, heads·d), and at f16 what is between nodes is f16 too."""
        heads, n, d = case.shape
        weights = dict.fromkeys(("wq", "wk", "wv", "wo"), Tensor((heads * d, heads * d), dtype))
        product, split = MatMul(transposed=True), SplitHeads(heads)
        nodes = (
            *(Node(product, ("x", f"w{name}"), (f"rows of {name}",)) for name in "qkv"),
            *(Node(split, (f"rows of {name}",), (name,)) for name in "qkv"),
            Node(Attention(), ("q", "k", "v"), ("heads",)),
            Node(MergeHeads(), ("heads",), ("attended",)),
            Node(product, ("attended", "wo"), ("y",)),
        )
        return Graph({"x": Tensor((n, heads * d), dtype), **weights}, nodes, ("y",))

    def describe(self, case: Case) -> str:
        """Return the size as text: ``8 heads · 512 × 64``."""
        return _text(case)

    def variants(self, dtype: str) -> tuple[str, ...]:
        """Return the canonical variant, for f32 and f16."""
        return VARIANTS[:1] if dtype in HALVES else ()

    def cost(self, case: Case, dtype: str) -> Cost:
        """Return the operations of the products and of attention; results count four bytes per element at f16 too."""
        graph = self.graph(case, dtype)
        stored = sum(tensor.bytes for tensor in graph.operands.values())
        return Cost(graph.cost.operations, stored + 4 * graph.tensors["y"].count)


def _single(operator: Attention) -> Single:
    drawn = (Draw(0), Draw(1), Draw(2))
    return Single(lambda case: operator, _operands, drawn, _text, HALVES, uses_blas=True, wide=True)


WORKLOADS: dict[str, Workload] = {
    "attention": _single(Attention()),
    "attention-batched": _single(Attention()),
    "attention-causal": _single(Attention(causal=True)),
    "attention-projected": Projected(),
}
