"""What an operation must answer. Each operation is a module of this package with these functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from backends.adapter import Adapter
from backends.plan import Plan
from paragon_tui.suites.case import Case, Chain, Cost, Tier

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A result as it is compared: ``logits`` (f32 or i32) before softmax, ``output`` (f32) after it."""

    logits: NDArray[Any]
    output: NDArray[Any]


class Operation(Protocol):
    """An operation written once: its data, its right answer, its fast host form, its plans."""

    RESULTS: tuple[str, ...]
    """The names of the outputs, in plans and in what host forms return."""

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

    def device_inputs(self, inputs: Arrays, dtype: str) -> Arrays:
        """``inputs`` as the plans' input buffers take them."""

    def parameter_arrays(self, case: Case, dtype: str) -> Iterator[NDArray[Any]]:
        """All parameters, in the order in which they are digested."""

    def host_form(self, case: Case, dtype: str, implementation: str) -> Callable[..., Arrays]:
        """The host callable of ``numpy``, ``torch`` or ``reference``: inputs by name in, outputs by name out."""

    def plans(self, case: Case, dtype: str, variant: str, adapter: Adapter) -> tuple[Plan, ...]:
        """Ways to run it there, the likeliest best first. All give the same bits, but for the variant ``plain``."""

    def chains(self, case: Case) -> Iterator[tuple[Chain, NDArray[Any]]]:
        """The logits that compilers may make of the variant ``plain``."""

    def answer(self, outputs: Arrays) -> Answer:
        """What is compared, from the outputs."""


_MODULES = {"network": "paragon_tui.suites.network"}


def operation(name: str) -> Operation:
    """The module of the operation that a case names."""
    return cast(Operation, cast(Any, import_module(_MODULES[name])))
