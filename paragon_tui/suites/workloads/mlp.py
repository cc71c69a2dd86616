"""A network of one hidden layer on a batch, forward and backward; ``case.shape`` is its inputs, hidden units, outputs.

z = x W1ᵀ + b1; h = leaky relu of z; y = h W2ᵀ + b2. Backward, from h and dy, the gradient of y: the gradients of
layer 2 are dyᵀ h and the sums of dy over the batch; dz = dy W2 times leaky relu's slope; those of layer 1 are dzᵀ x
and the sums of dz; dx = dz W1. A layer's gradients form a matrix (outputs, inputs + 1): in each row those of the
weights, then that of the bias.
"""

from __future__ import annotations

from paragon_tui.backends.device import Unsupported
from paragon_tui.operators.contractions import CONTRACTIONS
from paragon_tui.operators.dense import Activation, Dense
from paragon_tui.operators.gradients import HiddenGradient, LayerGradient
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.operator import Cost
from paragon_tui.operators.products import MatMul
from paragon_tui.operators.tensor import Tensor
from paragon_tui.suites.case import Case
from paragon_tui.suites.workloads.workload import HALVES, Workload

MOST_PRODUCTS = 2**32
"""The most products in a run. Beyond it the reference, the only source of the right answer, would take minutes."""


class Pass(Workload):
    """A pass through the network."""

    uses_blas = True
    takes_batch = True

    def describe(self, case: Case) -> str:
        """Return the size as text: ``64 → 64 → 16, batch 256``."""
        return f"{' → '.join(map(str, case.shape))}, batch {case.batch:,}"

    def variants(self, dtype: str) -> tuple[str, ...]:
        """Return the variants of contractions, for f32 and f16."""
        return tuple(CONTRACTIONS) if dtype in HALVES else ()

    def cost(self, case: Case, dtype: str) -> Cost:
        """Return the operations of the graph; operands and results count four bytes per element at f16 too.

        What is between the layers need not move.
        """
        graph = self.graph(case, dtype)
        moved = [*graph.operands.values(), *(graph.tensors[name] for name in graph.results)]
        return Cost(graph.cost.operations, 4 * sum(tensor.count for tensor in moved))

    def megabytes(self, case: Case, dtype: str = "f32") -> float:
        """Return the MiB of parameters, samples, activations and results, four bytes per element."""
        return 4 * sum(tensor.count for tensor in self.graph(case, dtype).tensors.values()) / 2**20

    def check(self, case: Case, dtype: str) -> None:
        """Raise ``Unsupported`` for a batch with more products, backward, than a run may have."""
        inputs, hidden, outputs = case.shape
        largest_batch = MOST_PRODUCTS // (2 * hidden * (inputs + outputs))
        if case.batch > largest_batch:
            raise Unsupported(f"{case.id} takes batches of up to {largest_batch:,} samples, not of {case.batch:,}")


class Forward(Pass):
    """The forward pass. For each sample a product and a sum per weight and a sum per bias count; leaky relu is free."""

    def graph(self, case: Case, dtype: str) -> Graph:
        """Return y (batch, outputs), f32, from x (batch, inputs) and the parameters; between them h, of the dtype."""
        inputs, hidden, outputs = case.shape
        operands = {
            "x": Tensor((case.batch, inputs), dtype),
            "w1": Tensor((hidden, inputs), dtype),
            "b1": Tensor((hidden,)),
            "w2": Tensor((outputs, hidden), dtype),
            "b2": Tensor((outputs,)),
        }
        nodes = (
            Node(Dense(Activation.LEAKY_RELU), ("x", "w1", "b1"), ("h",)),
            Node(Dense(widens=True), ("h", "w2", "b2"), ("y",)),
        )
        return Graph(operands, nodes, ("y",))


class Backward(Pass):
    """The backward pass, from the activations of the forward pass, as a library would have stored them.

    The products and sums of the forward pass's weights count twice; per sample a sum per bias, a product per slope.
    """

    def graph(self, case: Case, dtype: str) -> Graph:
        """Return ``layer1``, ``layer2`` and ``dx``, all f32, from x, h, dy (batch, outputs) and the weights."""
        inputs, hidden, outputs = case.shape
        operands = {
            "x": Tensor((case.batch, inputs), dtype),
            "h": Tensor((case.batch, hidden), dtype),
            "dy": Tensor((case.batch, outputs), dtype),
            "w1": Tensor((hidden, inputs), dtype),
            "w2": Tensor((outputs, hidden), dtype),
        }
        nodes = (
            Node(LayerGradient(), ("dy", "h"), ("layer2",)),
            Node(HiddenGradient(), ("dy", "w2", "h"), ("dz",)),
            Node(LayerGradient(), ("dz", "x"), ("layer1",)),
            Node(MatMul(widens=True), ("dz", "w1"), ("dx",)),
        )
        return Graph(operands, nodes, ("layer1", "layer2", "dx"))


WORKLOADS: dict[str, Workload] = {"mlp-forward": Forward(), "mlp-backward": Backward()}
