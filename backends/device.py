"""The contract of a backend: list adapters, open one, prepare a plan, run it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paragon_tui.backends.adapter import Adapter
    from paragon_tui.backends.plan import Language, Plan


class BackendError(Exception):
    """A driver refused something, or a device cannot do it; the text says what, why, and what to do."""


class PartlyListed(BackendError):
    """Some of an API's adapters could not be listed; the text says which and why. ``adapters`` are the others."""

    def __init__(self, text: str, adapters: list[Adapter]) -> None:
        super().__init__(text)
        self.adapters = adapters


class Unsupported(BackendError):
    """An adapter cannot hold or run a plan; raised before anything is allocated."""


class NoSuchAdapter(BackendError):
    """The requested adapter does not exist, or no longer exists."""


class Program(Protocol):
    """A plan or function that is ready to run: compiled, allocated, uploaded.

    Times are in milliseconds, ``None`` where nothing is uploaded, or nothing compiled, perhaps because it was compiled
    before. ``device_bytes`` is the memory allocated on the device, staging included; ``None`` for host code.
    """

    compile_ms: float | None
    upload_ms: float | None
    device_bytes: int | None

    def run(self, inputs: Mapping[str, NDArray[Any]], times: int = 1) -> int | None:
        """Upload inputs, run all steps ``times`` times, fetch outputs: one submission, one wait.

        Without a state all repeats give the same bits; a state continues from its present value.

        Returns device nanoseconds from the first kernel to the last, or ``None``. A driver's watchdog may end a
        submission of more than about 100 ms; the caller has to choose ``times`` accordingly.
        """

    def run_unclocked(self, inputs: Mapping[str, NDArray[Any]], times: int = 1) -> None:
        """Run without reading the device's clock, which is slow with some drivers; for measuring latency."""

    def round_trip(self) -> None:
        """Make the smallest possible exchange with the device: fetch a few bytes, compute nothing."""

    def host_ns(self, inputs: Mapping[str, NDArray[Any]]) -> int | None:
        """Return the nanoseconds of a run outside the driver's calls, in this program's code; ``None`` if unknown."""

    def reset(self) -> None:
        """Set every state to its initial values before the next run, without waiting; without a state do nothing."""

    def read(self, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
        """Return outputs, results and states as the last run left them; all but outputs are fetched now."""

    def close(self) -> None:
        """Release the buffers."""


class Device(Protocol):
    """An open adapter; ``init_ms`` is the time that opening it took, ``clock`` the host clock in nanoseconds."""

    adapter: Adapter
    init_ms: float
    clock: Callable[[], int]

    def close(self) -> None:
        """Release the device."""


class PlanDevice(Device, Protocol):
    """A device that runs kernels, written in the ``language`` of its API.

    ``runs_directly``: it can run a plan on the calling thread, which takes longer for large ones.
    """

    language: Language
    runs_directly: bool

    def prepare(self, plan: Plan) -> Program:
        """Compile, allocate and upload. Raises ``Unsupported`` or ``BackendError``."""


class HostDevice(Device, Protocol):
    """A device that calls host code: the operation's own function, passed by the engine."""

    def prepare_host(self, function: Callable[..., dict[str, NDArray[Any]]]) -> Program:
        """Wrap ``function``, which takes the inputs by name and returns the outputs by name."""


class Backend(Protocol):
    """A module of this folder that serves a family of APIs."""

    def adapters(self, api: str) -> list[Adapter]:
        """Return the present adapters, perhaps none.

        Raises ``BackendError`` if the search itself failed, ``PartlyListed`` if a part of it did.
        """

    def open(self, adapter: Adapter) -> PlanDevice | HostDevice:
        """Open an adapter by its identity. Raises ``NoSuchAdapter`` or ``BackendError``."""


def check_limits(plan: Plan, adapter: Adapter) -> None:
    """Raise ``Unsupported`` if buffers, work-groups or their memory exceed a limit that ``adapter`` states."""
    limit = adapter.buffer_limit_bytes
    largest = max(plan.buffers, key=lambda buffer: buffer.bytes)
    if limit is not None and largest.bytes > limit:
        raise Unsupported(
            f"buffer {largest.name} needs {largest.bytes / 2**20:.1f} MiB, "
            f"{adapter.id} allows {limit / 2**20:.1f} MiB per buffer"
        )
    total = sum(buffer.bytes for buffer in plan.buffers)
    if adapter.memory_bytes is not None and total > adapter.memory_bytes:
        raise Unsupported(
            f"{total / 2**20:.1f} MiB are needed, {adapter.id} has {adapter.memory_bytes / 2**20:.1f} MiB"
        )
    items = max(step.group_items for step in plan.steps)
    if adapter.max_group_items is not None and items > adapter.max_group_items:
        raise Unsupported(f"work-groups of {items} are needed, {adapter.id} allows {adapter.max_group_items}")
    room = adapter.group_limit_bytes
    needed = max(step.group_bytes(adapter.language) for step in plan.steps)
    if room is not None and needed > room:
        raise Unsupported(
            f"{needed / 1024:,.1f} KiB of work-group memory are needed, {adapter.id} has {room / 1024:,.1f} KiB"
        )
