"""A computation that is ready to run: a program of an adapter, and what it is given and gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from paragon_tui.backends.device import Program
from paragon_tui.backends.host import HostProgram
from paragon_tui.backends.plan import Fill, Plan
from paragon_tui.engine.worker.device_session import DeviceSession
from paragon_tui.operators.numerics.forms import HostForm
from paragon_tui.operators.numerics.transfers import packed, unpacked
from paragon_tui.operators.planning import Bound, Candidate
from paragon_tui.suites.computation import Computation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[Any]]


_DIRECT_OPERATIONS, _DIRECT_BYTES = 2**21, 2**22
"""What a core computes and reads in about 50 µs: beyond, a second core saves as much as waking it costs."""


@dataclass(frozen=True, slots=True)
class Executable:
    """A program, the ``inputs`` of every run, and the names of the arrays that hold its results.

    Every run reads ``fetched`` back. ``bound`` says how results lie in a device's buffers; a host's arrays are
    the results.
    """

    program: Program
    inputs: Arrays
    arrays: tuple[str, ...]
    fetched: tuple[str, ...]
    bound: tuple[Bound, ...] | None = None

    def read(self) -> dict[str, NDArray[Any]]:
        """Return copies of all arrays that hold results, as the last run left them."""
        return {name: values.copy() for name, values in self.program.read(self.arrays).items()}

    def results(self, arrays: Arrays) -> Arrays:
        """Return the results by name, from the arrays that ``read`` returned."""
        return arrays if self.bound is None else unpacked(self.bound, arrays)


def host_executable(
    computation: Computation, library: str, prepare: Callable[[HostForm], Program] = HostProgram
) -> Executable:
    """Return a computation as ``reference``, ``numpy`` or ``torch`` does it; ``prepare`` makes a program of it."""
    names = computation.graph.results
    return Executable(prepare(computation.host_form(library)), computation.fed, names, names)


@dataclass(frozen=True, slots=True)
class Launchable:
    """A candidate with the guards of its device and with its weights computed, and the arrays of its input buffers."""

    candidate: Candidate
    plan: Plan
    inputs: Arrays

    def executable(self, program: Program) -> Executable:
        """Return its program as an executable."""
        fetched = tuple(buffer.name for buffer in self.plan.with_role("output"))
        arrays = tuple(bound.buffer for bound in self.candidate.results)
        return Executable(program, self.inputs, arrays, fetched, self.candidate.results)


def launchable(candidate: Candidate, computation: Computation, session: DeviceSession) -> Launchable:
    """Return a candidate as it is launched on a device."""
    plan = materialised(session.guarded(candidate.plan))
    return Launchable(candidate, plan, packed(candidate.inputs, computation.fed))


def launchables(candidate: Candidate, computation: Computation, session: DeviceSession) -> tuple[Launchable, ...]:
    """Return all forms of a candidate on a device: where the work is small, the calling thread may do it alone.

    Waking the threads of a processor and waiting for them takes some 50 µs.
    """
    usual, cost = launchable(candidate, computation, session), computation.cost
    if not session.device.runs_directly or cost.operations > _DIRECT_OPERATIONS or cost.bytes > _DIRECT_BYTES:
        return (usual,)
    return usual, replace(usual, plan=usual.plan.directly())


def materialised(plan: Plan) -> Plan:
    """Return the plan with its weights computed, so that the upload's time does not include computing them."""
    return replace(plan, buffers=tuple(replace(buffer, fill=_computed(buffer.fill)) for buffer in plan.buffers))


def _computed(fill: Fill | None) -> Fill | None:
    if fill is None:
        return None
    values = fill()
    return lambda: values
