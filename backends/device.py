"""What a backend offers: find adapters, open one, prepare a plan, run it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paragon_tui.backends.adapter import Adapter
    from paragon_tui.backends.plan import Language, Plan


class BackendError(Exception):
    """Something a driver refused or a device cannot do, said in plain words: what, why, what to do."""


class Unsupported(BackendError):
    """This adapter cannot hold or run this plan; found before anything is allocated."""


class NoSuchAdapter(BackendError):
    """The adapter asked for is not there (any more)."""


class Program(Protocol):
    """Something made ready to run: compiled, allocated, uploaded.

    Times are in milliseconds, ``None`` where there is nothing to compile (any more) or to upload. ``device_bytes`` is
    what was allocated on the device, staging included; ``None`` for host code.
    """

    compile_ms: float | None
    upload_ms: float | None
    device_bytes: int | None

    def run(self, inputs: Mapping[str, NDArray[Any]], times: int = 1) -> int | None:
        """Inputs in, all steps ``times`` over, outputs out: one submission, one wait.

        Where there is no state all repeats give the same bits; a state goes on from where it is.

        Returns device nanoseconds, first kernel to last, or ``None``. A submission of more than about 100 ms may
        meet a driver's watchdog; how many ``times`` that is, only the caller can know.
        """

    def run_unclocked(self, inputs: Mapping[str, NDArray[Any]], times: int = 1) -> None:
        """``run`` without asking the device for its time, which some drivers are slow to tell: for latency."""

    def round_trip(self) -> None:
        """The least exchange with the device that there can be: a few bytes back, and nothing computed."""

    def host_ns(self, inputs: Mapping[str, NDArray[Any]]) -> int | None:
        """Nanoseconds of one run spent around the driver's calls, in this program; ``None`` where it cannot tell."""

    def reset(self) -> None:
        """Let every state hold what it held at first; what has none stays as it is. Nothing waits for it but a run."""

    def read(self, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
        """The values of outputs, results and states as the last run left them; all but outputs are fetched now."""

    def close(self) -> None:
        """Give buffers back."""


class Device(Protocol):
    """An adapter made ready; ``init_ms`` is what opening it took, ``clock`` the host clock in nanoseconds."""

    adapter: Adapter
    init_ms: float
    clock: Callable[[], int]

    def close(self) -> None:
        """Give the device back."""


class PlanDevice(Device, Protocol):
    """A device that runs kernels, in the ``language`` that its API takes."""

    language: Language

    def prepare(self, plan: Plan) -> Program:
        """Compile, allocate and upload. Raises ``Unsupported`` or ``BackendError``."""


class HostDevice(Device, Protocol):
    """A device that calls host code: the engine hands it the operation's own callable."""

    def prepare_host(self, function: Callable[..., dict[str, NDArray[Any]]]) -> Program:
        """Wrap ``function``, called with the inputs by name, which returns the outputs by name."""


class Backend(Protocol):
    """A module of this folder: one family of APIs."""

    def adapters(self, api: str) -> list[Adapter]:
        """What is there now. None found is an empty list; ``BackendError`` where looking itself failed."""

    def open(self, adapter: Adapter) -> PlanDevice | HostDevice:
        """Open by identity. Raises ``NoSuchAdapter`` or ``BackendError``."""


def check_limits(plan: Plan, adapter: Adapter) -> None:
    """Raise ``Unsupported`` where a buffer or work-group of ``plan`` exceeds a limit that ``adapter`` states."""
    limit = adapter.buffer_limit_bytes
    largest = max(plan.buffers, key=lambda buffer: buffer.bytes)
    if limit is not None and largest.bytes > limit:
        raise Unsupported(
            f"buffer {largest.name} needs {largest.bytes / 2**20:.1f} MiB, "
            f"{adapter.id} allows {limit / 2**20:.1f} MiB a buffer"
        )
    total = sum(buffer.bytes for buffer in plan.buffers)
    if adapter.memory_bytes is not None and total > adapter.memory_bytes:
        raise Unsupported(
            f"{total / 2**20:.1f} MiB are needed, {adapter.id} has {adapter.memory_bytes / 2**20:.1f} MiB"
        )
    items = max(step.group_items for step in plan.steps)
    if adapter.max_group_items is not None and items > adapter.max_group_items:
        raise Unsupported(f"work-groups of {items} are needed, {adapter.id} allows {adapter.max_group_items}")
