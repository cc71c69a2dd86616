"""The interface of an operation, which ``network`` and each module of ``operations/`` implement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Plan
from paragon_tui.operators.operator import Cost, Tier
from paragon_tui.suites.case import Case, Chain, TrainingSchedule
from paragon_tui.suites.families import MODULES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A result in the form that is compared: its ``values`` (f32 or i32).

    For a network they are the logits, and ``output`` (f32) is their softmax; other operations have no ``output``.
    """

    values: NDArray[Any]
    output: NDArray[Any] | None = None


class Operation(Protocol):
    """An operation, defined once: its data, its right answer, its fast host form, its plans."""

    RESULTS: tuple[str, ...]
    """The names of the outputs and results, in plans and in the arrays that host forms return."""

    def describe(self, case: Case) -> str:
        """Return the size in a familiar notation: ``784 → 64 → 10``."""

    def megabytes(self, case: Case, dtype: str = "f32") -> float:
        """Return the MiB of parameters and activations, as Paragon-Py estimates them."""

    def cost(self, case: Case, dtype: str) -> Cost:
        """Return the operations and moved bytes that any computation of the case needs."""

    def variants(self, dtype: str) -> tuple[str, ...]:
        """Return those of ``case.VARIANTS`` that exist at this dtype, the usual one first."""

    def tier(self, dtype: str, variant: str) -> Tier:
        """Return the tier whose identity the plans claim."""

    def inputs(self, case: Case, dtype: str) -> Arrays:
        """Return the deterministic inputs by name, in the form that host forms take."""

    def host_form(self, case: Case, dtype: str, implementation: str) -> Callable[..., Arrays]:
        """Return the callable of ``numpy``, ``torch`` or ``reference``: inputs by name in, outputs by name out."""

    def plans(self, case: Case, dtype: str, variant: str, adapter: Adapter) -> tuple[Plan, ...]:
        """Return the plans for the adapter, the most promising first. All but those of ``plain`` give the same bits."""

    def answer(self, case: Case, dtype: str, outputs: Arrays) -> Answer:
        """Return the answer to compare, from the outputs."""


class Sampled(Protocol):
    """An operation whose right answer costs so much at some sizes that it is computed only at some indices."""

    def reference_at(self, case: Case, dtype: str, inputs: Arrays, indices: NDArray[Any]) -> NDArray[Any]:
        """Return the canonical values (k,) at ``indices`` (k,), ascending, of the flattened result."""


class Batched(Operation, Protocol):
    """The same for a batch of independent samples: some samples are computed completely."""

    def reference_of(self, case: Case, dtype: str, inputs: Arrays, samples: NDArray[Any]) -> Answer:
        """Return the canonical answer (k, …) of the ``samples`` (k,), ascending."""


class Fed(Operation, Protocol):
    """An operation whose plans have input buffers: every run transfers their data, as a sample to a network."""

    def device_inputs(self, inputs: Arrays, dtype: str) -> Arrays:
        """Return ``inputs`` in the form that the plans' input buffers take."""


class Digested(Fed, Protocol):
    """An operation whose right answers ship as digests, and whose naive kernel's possible results are known."""

    def parameter_arrays(self, case: Case, dtype: str) -> Iterator[NDArray[Any]]:
        """Yield all parameters, in the order in which they are digested."""

    def chains(self, case: Case) -> Iterator[tuple[Chain, NDArray[Any]]]:
        """Yield the values that a compiled ``plain`` kernel may give."""


class Trained(Operation, Protocol):
    """An operation whose plans are one step of a training; their state buffers persist from run to run.

    Host forms do one step per call and have ``reset`` (``backends/host.py::Stateful``). ``cost`` is for a timed run.
    """

    def schedule(self, case: Case) -> TrainingSchedule:
        """Return the training's length and its checkpoints."""

    def losses(self, outputs: Arrays) -> NDArray[np.float32]:
        """Return the loss before every step, f32 (steps,); those of steps not yet done are invalid."""


def operation(name: str) -> Operation:
    """Return the module of the operation that a case names."""
    return cast(Operation, cast(Any, import_module(MODULES[name])))


def fed(name: str) -> Fed:
    """Return the module of an operation whose plans have input buffers."""
    return cast(Fed, cast(Any, import_module(MODULES[name])))


def trained(name: str) -> Trained | None:
    """Return the module of an operation that is a training; ``None`` for all others."""
    module = cast(Any, import_module(MODULES[name]))
    return cast(Trained, module) if hasattr(module, "schedule") else None


def digested(name: str) -> Digested:
    """Return the module of an operation whose digests ship."""
    return cast(Digested, cast(Any, import_module(MODULES[name])))
