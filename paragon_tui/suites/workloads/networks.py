"""Dense networks of any widths, and the single layer; ``case.shape`` is all widths, from the inputs to the outputs."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from paragon_tui.operators.dense import Activation, Dense
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.operator import Cost, Tier
from paragon_tui.operators.softmax import Softmax
from paragon_tui.operators.tensor import ITEM_BYTES, Tensor
from paragon_tui.suites.case import VARIANTS, Case
from paragon_tui.suites.workloads.workload import Workload

LARGEST_WIDTH = 2**24  # more would need a further level of blocks, which the kernels do not support
MOST_PARAMETERS = 2**31
LONGEST_INTEGER_ROW = (2**31 - 2 * 127**2) // 127**2  # i8 sums plus a bias of at most 127² stay below 2^31
SHIFTS: dict[tuple[int, ...], tuple[int, ...]] = {
    (784, 64, 10): (12,),
    (784, 128, 10): (12,),
    (784, 256, 10): (12,),
    (784, 256, 256, 10): (12, 10),
    (784, 384, 384, 10): (12, 10),
    (784, 512, 512, 10): (12, 10),
    (784, 768, 768, 768, 10): (12, 11, 10),
    (784, 1024, 1024, 1024, 10): (12, 11, 11),
    (784, 1536, 1536, 1536, 1536, 10): (12, 12, 10, 12),
    (784, 2048, 2048, 2048, 2048, 10): (12, 12, 11, 11),
}
"""The shifts, in bits, of an i8 network's hidden sums, one per hidden layer (NUMERICS.md section 4)."""
_USUAL_SHIFT = 12
_TIERS: dict[str, Tier] = {"f32": "guarded", "f16": "exact", "i8": "integer"}
_BIASES = {"f32": "f32", "f16": "f32", "i8": "i32"}


def check_widths(widths: Sequence[int], dtype: str = "f32") -> None:
    """Raise ``ValueError`` unless ``widths`` describe a network that the kernels can compute at ``dtype``."""
    if len(widths) < 2 or not all(type(width) is int and width >= 1 for width in widths):
        raise ValueError(f"a network needs at least two widths, whole numbers of at least 1; got {list(widths)}")
    weights = sum(k * o for k, o in itertools.pairwise(widths))
    if max(widths) > LARGEST_WIDTH or weights > MOST_PARAMETERS:
        raise ValueError(f"widths up to 2^24 and 2^31 weights are supported; {list(widths)} has {weights:,} weights")
    if dtype == "i8" and max(widths[:-1]) > LONGEST_INTEGER_ROW:
        raise ValueError(f"i8 sums of more than {LONGEST_INTEGER_ROW:,} products may not fit 32 bits")


def check_batch(batch: int) -> None:
    """Raise ``ValueError`` unless ``batch`` is a number of samples."""
    if type(batch) is not int or batch < 1:
        raise ValueError(f"--batch-size takes whole numbers of at least 1; got {batch}")


def shifts(widths: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shifts of a network's hidden layers; 12 for custom networks, whose larger sums are clamped."""
    return SHIFTS.get(widths, (_USUAL_SHIFT,) * (len(widths) - 2))


def network_graph(widths: tuple[int, ...], dtype: str, batch: int = 1) -> Graph:
    """Return the graph of a network: ``x``, each layer's ``w`` and ``b`` with its number; ``logits`` and ``output``.

    Between layers relu, and activations of the dtype; then the softmax of the logits. A sample is (inputs,), a batch
    (batch, inputs).
    """
    operands = {"x": Tensor(widths[:1] if batch == 1 else (batch, widths[0]), dtype)}
    nodes = []
    source = "x"
    for layer, (inputs, outputs) in enumerate(itertools.pairwise(widths)):
        weights, bias = f"w{layer}", f"b{layer}"
        operands[weights] = Tensor((outputs, inputs), dtype)
        operands[bias] = Tensor((outputs,), _BIASES[dtype])
        if layer < len(widths) - 2:
            shift = shifts(widths)[layer] if dtype == "i8" else 0
            operator, target = Dense(Activation.RELU, shift=shift), f"h{layer}"
        else:
            operator, target = Dense(widens=True), "logits"
        nodes.append(Node(operator, (source, weights, bias), (target,)))
        source = target
    nodes.append(Node(Softmax(), ("logits",), ("output",)))
    return Graph(operands, tuple(nodes), ("logits", "output"))


class Network(Workload):
    """y = relu(W x + b) layer by layer, the last one without relu, then softmax; a sample or a batch."""

    fed = ("x",)
    fetched = True
    uses_blas = True
    takes_batch = True

    def graph(self, case: Case, dtype: str) -> Graph:
        """Return the graph of the case's widths and batch."""
        return network_graph(case.shape, dtype, case.batch)

    def describe(self, case: Case) -> str:
        """Return the size as text: ``784 → 64 → 10``, or for a batch ``784 → 64 → 10, batch 64``."""
        widths = " → ".join(map(str, case.shape))
        return f"{widths}, batch {case.batch}" if case.batch > 1 else widths

    def variants(self, dtype: str) -> tuple[str, ...]:
        """Return the variants: naive and textbook kernels exist for f32 only; f16 and i8 have the canonical ones."""
        return VARIANTS[:3] if dtype == "f32" else VARIANTS[:1]

    def cost(self, case: Case, dtype: str) -> Cost:
        """Return the cost: a product and a sum per weight, a sum per bias; relu and softmax do not count.

        Bytes: the input and the weights as ``dtype`` stores them, biases and logits in four bytes. Activations between
        two layers may stay in a cache, so they need not move. The operations, input and logits count for each sample;
        the weights and biases move once.
        """
        weights, biases, batch = _weights(case), sum(case.shape[1:]), case.batch
        moved = (batch * case.shape[0] + weights) * ITEM_BYTES[dtype] + 4 * (biases + batch * case.shape[-1])
        return Cost(batch * (2 * weights + biases), moved)

    def megabytes(self, case: Case, dtype: str = "f32") -> float:
        """Return Paragon-Py's estMB in MiB: weights as the dtype stores them, and activations in four bytes.

        It leaves a single sample out. In a batch, all samples but the first count with their activations, since they
        may be the largest part.
        """
        activations = sum(case.shape[1:]) * case.batch + case.shape[0] * (case.batch - 1)
        return (_weights(case) * ITEM_BYTES[dtype] + activations * 4) / 2**20

    def tier(self, case: Case, dtype: str, variant: str) -> Tier:
        """Return the tier of the logits."""
        return "plain" if variant == "plain" else _TIERS[dtype]

    def output_tier(self, case: Case, dtype: str, variant: str) -> Tier:
        """Return the tier of the softmax, which is of floats at every dtype: the weakest of the whole network's."""
        return super().tier(case, dtype, variant)


class Layer(Workload):
    """One dense layer for one sample: y = relu(W x + b); ``case.shape`` is its inputs and outputs."""

    uses_blas = True

    def graph(self, case: Case, dtype: str) -> Graph:
        """Return the graph of the layer; at f16, W, x and y are rounded to f16."""
        inputs, outputs = case.shape
        tensors = Tensor((inputs,), dtype), Tensor((outputs, inputs), dtype), Tensor((outputs,))
        return Graph.of(Dense(Activation.RELU), *tensors)

    def describe(self, case: Case) -> str:
        """Return the size as text: ``64 → 64``."""
        return " → ".join(map(str, case.shape))

    def variants(self, dtype: str) -> tuple[str, ...]:
        """Return the canonical variant, for f32 and f16."""
        return VARIANTS[:1] if dtype in ("f32", "f16") else ()

    def cost(self, case: Case, dtype: str) -> Cost:
        """Return the cost: a comparison per output counts too; four bytes per result, since kernels leave it as f32."""
        graph = self.graph(case, dtype)
        return Cost(
            graph.cost.operations + case.shape[1], sum(x.bytes for x in graph.operands.values()) + 4 * case.shape[1]
        )


def _weights(case: Case) -> int:
    return sum(inputs * outputs for inputs, outputs in itertools.pairwise(case.shape))


WORKLOADS: dict[str, Workload] = {"network": Network(), "dense": Layer()}
