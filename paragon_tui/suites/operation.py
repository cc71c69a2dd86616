"""What an operation must answer. A module of this package has these functions for one operation, or for a family."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.plan import Plan
from paragon_tui.suites.case import Case, Chain, Cost, Tier, TrainingSchedule
from paragon_tui.suites.families import MODULES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A result as it is compared: its ``values`` (f32 or i32).

    Those of a network are its logits, and ``output`` (f32) is their softmax; everything else has none.
    """

    values: NDArray[Any]
    output: NDArray[Any] | None = None


class Operation(Protocol):
    """An operation written once: its data, its right answer, its fast host form, its plans."""

    RESULTS: tuple[str, ...]
    """The names of the outputs and results, in plans and in what host forms return."""

    def describe(self, case: Case) -> str:
        """The size in the words people know: ``784 → 64 → 10``."""

    def megabytes(self, case: Case, dtype: str = "f32") -> float:
        """MiB of parameters and activations, as Paragon-Py estimates them."""

    def cost(self, case: Case, dtype: str) -> Cost:
        """Operations that must happen and bytes that must move, however it is computed."""

    def variants(self, dtype: str) -> tuple[str, ...]:
        """Which of ``case.VARIANTS`` there are at this dtype, the usual one first."""

    def tier(self, dtype: str, variant: str) -> Tier:
        """The tier whose identity its plans claim."""

    def inputs(self, case: Case, dtype: str) -> Arrays:
        """The deterministic inputs by name, as host forms take them."""

    def host_form(self, case: Case, dtype: str, implementation: str) -> Callable[..., Arrays]:
        """The host callable of ``numpy``, ``torch`` or ``reference``: inputs by name in, outputs by name out."""

    def plans(self, case: Case, dtype: str, variant: str, adapter: Adapter) -> tuple[Plan, ...]:
        """Ways to run it there, the likeliest best first. All give the same bits, but for the variant ``plain``."""

    def answer(self, case: Case, dtype: str, outputs: Arrays) -> Answer:
        """What is compared, from the outputs."""


class Sampled(Protocol):
    """An operation whose right answer is so much work at some sizes that it is computed at some indices alone."""

    def reference_at(self, case: Case, dtype: str, inputs: Arrays, indices: NDArray[Any]) -> NDArray[Any]:
        """The canonical values at ``indices`` (k,), ascending, of the flattened result. Returns (k,)."""


class Batched(Operation, Protocol):
    """The same, of a batch whose samples have nothing to do with one another: some of them are computed whole."""

    def reference_of(self, case: Case, dtype: str, inputs: Arrays, samples: NDArray[Any]) -> Answer:
        """The canonical answer of the ``samples`` (k,), ascending: (k, …)."""


class Fed(Operation, Protocol):
    """An operation whose plans have input buffers: what they hold travels in every run, as a sample to a network."""

    def device_inputs(self, inputs: Arrays, dtype: str) -> Arrays:
        """``inputs`` as the plans' input buffers take them."""


class Digested(Fed, Protocol):
    """An operation whose right answers ship as digests, and whose naive kernel is known."""

    def parameter_arrays(self, case: Case, dtype: str) -> Iterator[NDArray[Any]]:
        """All parameters, in the order in which they are digested."""

    def chains(self, case: Case) -> Iterator[tuple[Chain, NDArray[Any]]]:
        """The values that compilers may make of the variant ``plain``."""


class Trained(Operation, Protocol):
    """An operation whose plans are one step of a training: what lies in their states goes on from run to run.

    Host forms do a step a call and have ``reset`` (``backends/host.py::Stateful``). ``cost`` is that of a timed run.
    """

    def schedule(self, case: Case) -> TrainingSchedule:
        """How long it is, and when it is looked at."""

    def losses(self, outputs: Arrays) -> NDArray[np.float32]:
        """The loss ahead of every step, f32 (steps,), of which those ahead of steps that were done are valid."""


def operation(name: str) -> Operation:
    """The module of the operation that a case names."""
    return cast(Operation, cast(Any, import_module(MODULES[name])))


def fed(name: str) -> Fed:
    """The same, of an operation whose plans have input buffers."""
    return cast(Fed, cast(Any, import_module(MODULES[name])))


def trained(name: str) -> Trained | None:
    """The same, of an operation that is a training; ``None`` for all others."""
    module = cast(Any, import_module(MODULES[name]))
    return cast(Trained, module) if hasattr(module, "schedule") else None


def digested(name: str) -> Digested:
    """The same, of an operation whose digests ship."""
    return cast(Digested, cast(Any, import_module(MODULES[name])))
