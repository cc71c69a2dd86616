"""The contract of a workload: the graph that an operation's cases compute, and what their operands are drawn from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from paragon_tui.operators.graph import Graph
from paragon_tui.operators.operator import Cost, Operator, Tier
from paragon_tui.operators.tensor import Tensor
from paragon_tui.suites.case import VARIANTS, Case, TrainingSchedule

Kind = Literal["uniform", "eightfold", "positive", "of variance one", "about one", "thousandths", "u32 keys"]
"""What is made of a stream of u in [-1, 1): u; 8u; fl(8·fl(u+1) + 2^-10), from 2^-10 to 16; fl(u·√3); fl(1 + u/2);
1000·u as an integer; k·65537, where k are the highest 16 bits of u, so that many are equal."""

F32 = ("f32",)
HALVES = ("f32", "f16")
"""The dtypes of operations that exist for f16 too."""


@dataclass(frozen=True, slots=True)
class Draw:
    """An operand's values: a random stream of the contract's seed (NUMERICS.md section 4), and what is made of it."""

    stream: int
    kind: Kind = "uniform"


class Workload(ABC):
    """What the cases of one operation compute. Its arrays are made in ``suites.data``."""

    fed: tuple[str, ...] = ()
    """The operands that travel to a device in every run, as a sample to a network; all others stay there."""
    initial: tuple[str, ...] = ()
    """The states that do not begin at zero: their first values are among the operands."""
    fetched = False
    """True if the results travel back in every run; otherwise they stay on the device until they are read."""
    uses_blas = False
    """True if NumPy computes it on its BLAS; all others it computes on one thread, in loops of its own."""
    takes_batch = False
    """True if a run takes a batch of any number of samples."""
    counted: Literal["FLOP", "OP"] | None = "FLOP"
    """The unit of its operations: comparisons, signs and integers are not floating-point; ``None`` if it only moves."""
    takes_halves: tuple[str, ...] = ()
    """The libraries that take f16 as they are; others compute with them in f32."""

    @abstractmethod
    def graph(self, case: Case, dtype: str) -> Graph:
        """Return the graph of a case."""

    @abstractmethod
    def describe(self, case: Case) -> str:
        """Return the size in a familiar notation: ``784 → 64 → 10``."""

    @abstractmethod
    def variants(self, dtype: str) -> tuple[str, ...]:
        """Return those of ``case.VARIANTS`` that exist at this dtype, the usual one first; none for other dtypes."""

    def cost(self, case: Case, dtype: str) -> Cost:
        """Return the operations and moved bytes that any computation of the case needs."""
        return self.graph(case, dtype).cost

    def megabytes(self, case: Case, dtype: str = "f32") -> float:
        """Return the MiB of parameters, operands and results."""
        return self.cost(case, dtype).bytes / 2**20

    def tier(self, case: Case, dtype: str, variant: str) -> Tier:
        """Return the tier whose identity the plans claim."""
        return "plain" if variant == "plain" else self.graph(case, dtype).tier

    def output_tier(self, case: Case, dtype: str, variant: str) -> Tier | None:
        """Return the tier of a network's output, the softmax of its values; ``None`` where there is no such output."""
        return None

    def check(self, case: Case, dtype: str) -> None:
        """Raise ``Unsupported``, before any work, for a size that would take the reference too long."""
        return


class Trained(Workload):
    """A workload whose graph is one step of a training; its states persist from run to run."""

    @abstractmethod
    def schedule(self, case: Case) -> TrainingSchedule:
        """Return the training's length and its checkpoints."""


@dataclass(frozen=True, slots=True)
class Single(Workload):
    """The workload of one operator: a row of a table.

    ``tensors`` returns its operands' types, in order, for a case at a dtype; ``drawn`` is what they are drawn from.
    ``wide``: results count four bytes per element at f16 too, since kernels leave them as f32.
    """

    operator: Callable[[Case], Operator]
    tensors: Callable[[Case, str], tuple[Tensor, ...]]
    drawn: tuple[Draw, ...]
    text: Callable[[Case], str]
    dtypes: tuple[str, ...] = F32
    uses_blas: bool = False
    counted: Literal["FLOP", "OP"] | None = "FLOP"
    takes_halves: tuple[str, ...] = ()
    wide: bool = False

    def graph(self, case: Case, dtype: str) -> Graph:
        """Return the graph of the one operator."""
        return Graph.of(self.operator(case), *self.tensors(case, dtype))

    def draws(self, case: Case) -> Mapping[str, Draw]:
        """Return what the operands are drawn from, by name."""
        return dict(zip(self.operator(case).operands, self.drawn, strict=True))

    def describe(self, case: Case) -> str:
        """Return the size as the table says."""
        return self.text(case)

    def variants(self, dtype: str) -> tuple[str, ...]:
        """Return the canonical variant, for the dtypes of the table."""
        return VARIANTS[:1] if dtype in self.dtypes else ()

    def cost(self, case: Case, dtype: str) -> Cost:
        """Return the operator's cost."""
        graph = self.graph(case, dtype)
        if not self.wide:
            return graph.cost
        stored = sum(tensor.bytes for tensor in graph.operands.values())
        return Cost(graph.cost.operations, stored + 4 * sum(graph.tensors[name].count for name in graph.results))


def times(case: Case) -> str:
    """Return the extents as text: ``1024 × 1024``, or with separators for a vector: ``1,000,000``."""
    return " × ".join(f"{extent:,}" if len(case.shape) == 1 else str(extent) for extent in case.shape)
