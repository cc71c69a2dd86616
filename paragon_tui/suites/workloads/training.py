"""The training of a network of two layers: SGD with momentum, on one batch after another (NUMERICS.md section 18).

``case.shape`` is inputs, hidden, outputs, steps, and the learning rate in millionths; ``case.batch`` is the number of
samples per step. One output learns XOR by its squared error, more learn classes by the cross-entropy of their softmax.
"""

from __future__ import annotations

from paragon_tui.backends.device import Unsupported
from paragon_tui.operators.dense import Activation
from paragon_tui.operators.graph import Graph, Node
from paragon_tui.operators.operator import Cost
from paragon_tui.operators.tensor import Tensor
from paragon_tui.operators.training import (
    STEP,
    CrossEntropy,
    Gather,
    Loss,
    Momentum,
    PackedGradients,
    PackedLinear,
    SquaredError,
    Widths,
)
from paragon_tui.suites.case import VARIANTS, Case, TrainingSchedule
from paragon_tui.suites.workloads.workload import F32, Trained, Workload

MOMENTUM = 0.9
XOR_SAMPLES = 4
LEAST_SAMPLES = 1024
"""The samples of classes, unless a batch has more or does not divide them."""
MOST_OPERATIONS = 2**38
"""The most operations in a whole training: the reference takes about a minute for them."""
_MILLIONTHS = 1_000_000
_EVERY = 100
_TIMED = 10
_TIMED_SMALL = 100  # for steps that take microseconds
_SMALL = 2**20  # operations per step
_UPDATE = 4  # operations per parameter: two products, a sum, a difference


def batches(outputs: int, batch: int) -> int:
    """Return the fewest whole batches that hold the data set: XOR for one output, classes for more."""
    return -(-(XOR_SAMPLES if outputs == 1 else LEAST_SAMPLES) // batch)


def widths(case: Case) -> Widths:
    """Return the extents of the network."""
    return Widths(*case.shape[:3])


def rate(case: Case) -> float:
    """Return the learning rate."""
    return case.shape[4] / _MILLIONTHS


def _network(widths: Widths) -> tuple[Node, Node]:
    """Return the two layers, from ``x`` and ``parameters`` to the outputs ``y``."""
    return (
        Node(PackedLinear(widths, 0, Activation.LEAKY_RELU), ("x", "parameters"), ("h",)),
        Node(PackedLinear(widths, 1), ("h", "parameters"), ("y",)),
    )


def forward_graph(widths: Widths, samples: int) -> Graph:
    """Return the network alone: ``y`` (samples, outputs) of ``x`` (samples, inputs) and ``parameters`` (count,)."""
    operands = {"x": Tensor((samples, widths.inputs)), "parameters": widths.parameters}
    return Graph(operands, _network(widths), ("y",))


def step_graph(widths: Widths, batch: int, batches: int, steps: int, rate: float) -> Graph:
    """Return one step, on ``batches`` batches of ``batch`` samples in turn. The first ``steps`` losses are kept.

    ``targets`` are (batches, batch): f32 for one output, u32 labels for more. ``samples`` are (batches, batch, inputs);
    a single batch is an operand ``x`` (batch, inputs). The states are the ``parameters`` and ``velocities`` (count,),
    the ``losses`` (steps,) and the number of the ``step``.
    """
    loss: Loss = SquaredError() if widths.outputs == 1 else CrossEntropy()
    x = Tensor((batch, widths.inputs))
    operands = {"targets": Tensor((batches, batch), loss.target)}
    nodes: tuple[Node, ...] = (
        *_network(widths),
        Node(loss, ("y", "targets", "step", "losses"), ("dy", "losses")),
        Node(PackedGradients(widths), ("dy", "h", "x", "parameters"), ("gradients",)),
        Node(
            Momentum(rate, MOMENTUM),
            ("gradients", "parameters", "velocities", "step"),
            ("parameters", "velocities", "step"),
        ),
    )
    if batches == 1:
        operands["x"] = x
    else:
        operands["samples"] = Tensor((batches, *x.shape))
        nodes = (Node(Gather(), ("samples", "step"), ("x",)), *nodes)
    states = {
        "parameters": widths.parameters,
        "velocities": widths.parameters,
        "losses": Tensor((steps,)),
        "step": STEP,
    }
    return Graph(operands, nodes, ("parameters", "losses"), states)


class Training(Trained):
    """A training; its graph is one step."""

    initial = ("parameters",)
    uses_blas = True
    takes_batch = True

    def graph(self, case: Case, dtype: str) -> Graph:
        """Return ``step_graph`` of the case."""
        count = batches(case.shape[2], case.batch)
        return step_graph(widths(case), case.batch, count, case.shape[3], rate(case))

    def schedule(self, case: Case) -> TrainingSchedule:
        """Return the steps of the shape, a checkpoint every hundred; ten are timed, or a hundred if they are tiny."""
        return TrainingSchedule(case.shape[3], _EVERY, _TIMED_SMALL if _operations(case) < _SMALL else _TIMED)

    def describe(self, case: Case) -> str:
        """Return the size as text: ``2 → 8 → 1 · 1,000 steps``."""
        return f"{' → '.join(map(str, case.shape[:3]))} · {case.shape[3]:,} steps"

    def variants(self, dtype: str) -> tuple[str, ...]:
        """Return the only variant, for f32 only."""
        return VARIANTS[:1] if dtype in F32 else ()

    def cost(self, case: Case, dtype: str) -> Cost:
        """Return the cost of a timed run. Each step reads a batch, and reads and writes parameters and velocities."""
        moved = 4 * (case.batch * case.shape[0] + 4 * widths(case).count)
        timed = self.schedule(case).timed
        return Cost(timed * _operations(case), timed * moved)

    def megabytes(self, case: Case, dtype: str = "f32") -> float:
        """Return the MiB of all samples, of a batch with its activations; of parameters, velocities and gradients."""
        inputs, hidden, outputs, *_ = case.shape
        data = batches(outputs, case.batch) * case.batch * (inputs + 1)
        return 4 * (data + case.batch * (inputs + 2 * hidden + 2 * outputs) + 3 * widths(case).count) / 2**20

    def check(self, case: Case, dtype: str) -> None:
        """Raise ``Unsupported`` for a training that is too long for the reference."""
        operations = self.schedule(case).steps * _operations(case)
        if operations > MOST_OPERATIONS:
            raise Unsupported(
                f"{case.id} needs {operations / 1e9:,.0f} billion operations, which would take the reference minutes; "
                f"the limit is {MOST_OPERATIONS / 1e9:,.0f} billion: choose a smaller --batch-size"
            )


def _operations(case: Case) -> int:
    """Return the operations per step: both layers, their gradients, and the update; the loss does not count."""
    inputs, hidden, outputs, *_ = case.shape
    sums = 2 * (hidden + outputs)  # of biases, and their gradients
    return case.batch * (4 * inputs * hidden + 6 * hidden * outputs + sums) + _UPDATE * widths(case).count


WORKLOADS: dict[str, Workload] = {"training": Training()}
