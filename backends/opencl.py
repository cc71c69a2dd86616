"""The OpenCL backend: every device of every platform, through pyopencl."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from paragon_tui import shaders
from paragon_tui.backends.adapter import POCL, Adapter, AdapterType, numbered
from paragon_tui.backends.build_options import without_build_options
from paragon_tui.backends.device import BackendError, NoSuchAdapter, PartlyListed, check_limits
from paragon_tui.backends.huge_pages import HUGE_PAGE, huge_page_memory
from paragon_tui.backends.opencl_drivers import WHEEL_PLATFORMS
from paragon_tui.backends.opencl_identity import device_pci_address, device_uuid
from paragon_tui.backends.plan import NUMPY_NAMES, Buffer, Language, Plan
from paragon_tui.backends.stopwatch import Stopwatch

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Returned = TypeVar("_Returned")

ROUNDED_DIVISION = "-cl-fp32-correctly-rounded-divide-sqrt"
_THREADED, _DIRECT = "pthread-", "basic-"
"""The beginnings of the names of PoCL's devices for the processor: with a thread for each core, and without threads."""
_DEVICES_VARIABLE = "POCL_DEVICES"
_BOTH_DEVICES = "pthread basic"
_EMPTY_KERNEL = "kernel void nothing() {}"
_UNKNOWN_PROCESSOR = "unknown target CPU"
_OTHER_DRIVERS = (
    "a newer PoCL may, as in Debian's and Ubuntu's package pocl-opencl-icd, "
    "and so does Intel's runtime: pip install 'paragon-tui[intel]'"
)


def _devices() -> tuple[list[tuple[str, Any, Any]], list[str]]:
    """Return (identity, platform, device) for all devices, and in words what could not be listed.

    A platform may have none. PoCL's device without threads, beside its one with threads, is no adapter of its own. PoCL
    offers the processor even where its compiler does not know it and every program fails: that device is left out, and
    told of where no other driver offers the processor.
    """
    import pyopencl as cl

    try:
        platforms = cl.get_platforms()
    except cl.LogicError as error:
        if "PLATFORM_NOT_FOUND" in str(error):
            return [], []
        raise BackendError(f"OpenCL could not list its platforms: {error}") from error
    devices, problems, useless = [], [], []
    for platform in platforms:
        try:
            offered = platform.get_devices()
        except cl.RuntimeError as error:
            if "DEVICE_NOT_FOUND" not in str(error):
                problems.append(f"the platform {platform.name} could not list its devices: {error}")
            continue
        threaded = any(device.name.startswith(_THREADED) for device in offered)
        for device in offered:
            if threaded and device.name.startswith(_DIRECT):
                continue
            if platform.name == POCL and (words := _cannot_compile(platform, device)):
                useless.append(words)
            else:
                devices.append((f"{platform.name}|{device.name}|{device.vendor_id}", platform, device))
    if not any(device.type & cl.device_type.CPU for _, _, device in devices):
        problems += useless
    # So that an extra that adds a driver leaves the others their numbers.
    return sorted(devices, key=lambda device: device[1].name in WHEEL_PLATFORMS), problems


def _cannot_compile(platform: Any, device: Any) -> str | None:
    """Return why a device compiles nothing, not even an empty kernel; ``None`` where it does."""
    import pyopencl as cl

    try:
        cl.Program(cl.Context([device]), _EMPTY_KERNEL).build(cache_dir=False)
    except cl.Error as error:
        driver = f"{platform.name} ({device.driver_version.strip()}) cannot compile for {device.name.strip()}"
        return f"{driver}: {_what_failed(str(error), platform.version)}"
    return None


def _what_failed(error: str, version: str) -> str:
    """Return in words what a compiler of PoCL's said; ``version`` is its platform's."""
    if _UNKNOWN_PROCESSOR not in error:
        return error
    compiler = re.search(r"LLVM [\d.]+", version)
    return f"its {compiler[0] if compiler else 'LLVM'} does not know this processor; {_OTHER_DRIVERS}"


@without_build_options()
def adapters(api: str) -> list[Adapter]:
    """Return all OpenCL devices; without any platform the list is empty, which is no failure.

    Raises ``BackendError``, or ``PartlyListed`` where a platform cannot list its own.
    """
    devices, problems = _devices()
    pairs = numbered(api, [identity for identity, _, _ in devices])
    found = [
        _describe(id_, identity, platform, device)
        for (id_, identity), (_, platform, device) in zip(pairs, devices, strict=True)
    ]
    if problems:
        raise PartlyListed("; ".join(problems), found)
    return found


def _describe(id_: str, identity: str, platform: Any, device: Any) -> Adapter:
    import pyopencl as cl

    kind = _type(device)
    return Adapter(
        id=id_,
        identity=identity,
        api="opencl",
        name=device.name.strip(),
        vendor=device.vendor.strip(),
        driver=platform.name.strip(),
        driver_version=f"{device.driver_version.strip()} ({device.version.strip()})",
        type=kind,
        compute_units=device.max_compute_units,
        memory_bytes=device.global_mem_size,
        max_buffer_bytes=device.max_mem_alloc_size,
        max_group_items=min(device.max_work_group_size, device.max_work_item_sizes[0]),
        local_memory_bytes=device.local_mem_size,
        features=tuple(sorted(device.extensions.split())),
        promises_rounding=bool(device.single_fp_config & cl.device_fp_config.ROUND_TO_NEAREST),
        promises_division=bool(device.single_fp_config & cl.device_fp_config.CORRECTLY_ROUNDED_DIVIDE_SQRT),
        environment=_with_direct_device(device),
        vector_width=device.native_vector_width_float or None,
        # A driver makes a UUID up for the host's processor: Mesa writes its own version there.
        uuid=None if kind == "cpu" else device_uuid(device),
        pci_address=None if kind == "cpu" else device_pci_address(device),
    )


def _with_direct_device(device: Any) -> tuple[tuple[str, str], ...]:
    """Return the variable that has PoCL offer its device without threads too, if the user has not chosen devices."""
    if _DEVICES_VARIABLE in os.environ or not device.name.startswith(_THREADED):
        return ()
    return ((_DEVICES_VARIABLE, _BOTH_DEVICES),)


def _direct_device(platform: Any, device: Any) -> Any:
    """Return PoCL's device without threads beside its one with threads; ``None`` where there is none."""
    if not device.name.startswith(_THREADED):
        return None
    return next((other for other in platform.get_devices() if other.name.startswith(_DIRECT)), None)


def _type(device: Any) -> AdapterType:
    import pyopencl as cl

    if device.type & cl.device_type.CPU:
        return "cpu"
    if device.type & cl.device_type.GPU:
        return "integrated-gpu" if device.host_unified_memory else "discrete-gpu"
    if device.type & cl.device_type.ACCELERATOR:
        return "accelerator"
    return "unknown"


@without_build_options()
def open(adapter: Adapter) -> OpenCLDevice:
    """Open a context and an in-order queue with profiling on the device with this identity."""
    devices, _ = _devices()
    pairs = numbered("opencl", [identity for identity, _, _ in devices])
    for (_, identity), (_, platform, device) in zip(pairs, devices, strict=True):
        if identity == adapter.identity:
            return OpenCLDevice(adapter, device, _direct_device(platform, device))
    raise NoSuchAdapter(f"{adapter.id} ({adapter.name}) is gone; `paragon-tui adapters` lists what is available")


class OpenCLDevice:
    """An open OpenCL device; each source is compiled once.

    ``direct`` is the same processor as a device that computes on the calling thread.
    """

    language: Language = "cl"

    def __init__(self, adapter: Adapter, device: Any, direct: Any = None) -> None:
        import pyopencl as cl

        start = time.perf_counter_ns()
        self.adapter = adapter
        self.clock: Callable[[], int] = time.perf_counter_ns
        self.device = device
        self.context = cl.Context([device])
        self.queue = cl.CommandQueue(self.context, properties=cl.command_queue_properties.PROFILING_ENABLE)
        self.init_ms = (time.perf_counter_ns() - start) / 1e6
        self._built: dict[tuple[tuple[str, ...], tuple[tuple[str, int], ...]], Any] = {}
        self._direct = OpenCLDevice(adapter, direct) if direct is not None else None
        self.runs_directly = self._direct is not None

    @property
    def cache_bytes(self) -> int | None:
        """The size of the cache of a GPU's memory; ``None`` where the driver does not tell, and for processors."""
        return None if self.adapter.type == "cpu" else int(self.device.global_mem_cache_size) or None

    @property
    def compilations(self) -> int:
        """The number of sources compiled so far."""
        return len(self._built)

    def prepare(self, plan: Plan) -> OpenCLProgram:
        """Compile, allocate and upload. Raises ``Unsupported`` or ``BackendError``."""
        import pyopencl as cl

        check_limits(plan, self.adapter)
        device = self
        if plan.direct:
            assert self._direct is not None, "only a device that runs_directly is given such a plan"
            device = self._direct
        try:
            return OpenCLProgram(device, plan)
        except (cl.Error, MemoryError) as error:
            raise BackendError(f"OpenCL refused plan {plan.name} on {self.adapter.id}: {error}") from error

    @without_build_options()
    def build(self, parts: tuple[str, ...], constants: tuple[tuple[str, int], ...]) -> Any:
        """Return the program of a source. No option relaxes arithmetic; one requests the promised correct division."""
        import pyopencl as cl

        key = (parts, constants)
        if key not in self._built:
            text = shaders.source(parts, "cl", constants)
            options = [ROUNDED_DIVISION] if self.adapter.promises_division else []
            self._built[key] = cl.Program(self.context, text).build(options, cache_dir=False)
        return self._built[key]

    def allocate(self, size: int, values: NDArray[Any] | None = None) -> Any:
        """Return a buffer of ``size`` bytes with these values, or zeros.

        Where the host's processor is the device, a large buffer is the host's memory in huge pages: drivers take pages
        of 4 KiB, and whoever reads a network's weights then waits for translations of addresses.
        """
        import numpy as np
        import pyopencl as cl

        flags = cl.mem_flags.READ_WRITE
        if self.adapter.type == "cpu" and size >= HUGE_PAGE:
            memory = huge_page_memory(size)
            memory[:] = 0 if values is None else values.reshape(-1).view(np.uint8)
            return cl.Buffer(self.context, flags | cl.mem_flags.USE_HOST_PTR, hostbuf=memory)  # which it keeps alive
        if values is not None:
            return cl.Buffer(self.context, flags | cl.mem_flags.COPY_HOST_PTR, hostbuf=values)
        allocated = cl.Buffer(self.context, flags, size=size)
        cl.enqueue_fill_buffer(self.queue, allocated, np.uint32(0), 0, size)
        return allocated

    def close(self) -> None:
        """Wait for all enqueued commands; the context is released with its last reference."""
        self.queue.finish()
        if self._direct is not None:
            self._direct.close()


@dataclass(frozen=True, slots=True)
class _Calls:
    """The driver calls that a run makes."""

    copy: Callable[..., Any]
    launch: Callable[..., Any]
    finish: Callable[[], None]
    elapsed: Callable[[Any, Any], int | None]

    def timed(self, stopwatch: Stopwatch) -> _Calls:
        """Return the calls, each timed by ``stopwatch``."""
        around = stopwatch.around
        return _Calls(around(self.copy), around(self.launch), around(self.finish), around(self.elapsed))


def _elapsed(first: Any, last: Any) -> int | None:
    """Return device nanoseconds from the start of the ``first`` event to the end of the ``last``.

    ``None`` where the clock did not advance: some drivers' step back.
    """
    taken = int(last.profile.end) - int(first.profile.start)
    return taken if taken > 0 else None


class OpenCLProgram:
    """A plan on an OpenCL device; kernels, arguments and buffers are created once."""

    def __init__(self, device: OpenCLDevice, plan: Plan) -> None:
        import numpy as np
        import pyopencl as cl

        self._cl = cl
        self._np = np
        self._queue = device.queue
        self._calls = _Calls(cl.enqueue_copy, cl.enqueue_nd_range_kernel, device.queue.finish, _elapsed)
        self._name = f"{plan.name} on {device.adapter.id}"
        compilations = device.compilations
        start = time.perf_counter_ns()
        built = [device.build(step.parts, step.all_constants) for step in plan.steps]
        kernels = [cl.Kernel(program, step.entry) for program, step in zip(built, plan.steps, strict=True)]
        compiled = time.perf_counter_ns()
        self._buffers = {b.name: self._allocate(device, b) for b in plan.buffers if b.role != "output"}
        self._allocate_outputs(device, plan.with_role("output"))
        self._results = {buffer.name: buffer for buffer in plan.with_role("result", "state")}
        self._states = [(self._buffers[b.name], self._initial_values(device, b)) for b in plan.with_role("state")]
        self.reset()
        device.queue.finish()
        uploaded = time.perf_counter_ns()
        for kernel, step in zip(kernels, plan.steps, strict=True):
            # The last parameter is the run-time zero of the opaque step.
            scalars = [np.uint32(value) for value in (*(value for _, value in step.parameters), 0)]
            kernel.set_args(*(self._buffers[name] for name in step.buffers), *scalars)
        self._launches = [
            (kernel, (step.groups * step.group_items,), (step.group_items,))
            for kernel, step in zip(kernels, plan.steps, strict=True)
        ]
        self.compile_ms = (compiled - start) / 1e6 if device.compilations > compilations else None
        self.upload_ms: float | None = (uploaded - compiled) / 1e6
        outputs = {buffer.name for buffer in plan.with_role("output")}
        allocated = [buffer for name, buffer in self._buffers.items() if name not in outputs]
        allocated += [self._all_outputs, *(initial for _, initial in self._states)]
        self.device_bytes: int | None = sum(buffer.size for buffer in allocated if buffer is not None)
        self._round_trip_buffer = self._all_outputs if outputs else self._buffers[next(iter(self._results))]
        self._first_bytes = np.empty(4, dtype=np.uint8)

    def _allocate(self, device: OpenCLDevice, buffer: Buffer) -> Any:
        if buffer.role == "state":
            return device.allocate(buffer.bytes)
        return self._initial_values(device, buffer) or device.allocate(buffer.bytes)

    def _initial_values(self, device: OpenCLDevice, buffer: Buffer) -> Any:
        """Return a buffer with the initial values; ``None`` where these are zero."""
        if buffer.fill is None:
            return None
        return device.allocate(buffer.bytes, self._np.ascontiguousarray(buffer.fill()))

    def _allocate_outputs(self, device: OpenCLDevice, outputs: tuple[Buffer, ...]) -> None:
        """Allocate outputs as regions of one buffer, so that a run fetches them with one command and one wake-up."""
        np = self._np
        self._outputs: dict[str, NDArray[Any]] = {}
        self._all_outputs: Any = None
        if not outputs:
            return
        alignment = device.device.mem_base_addr_align // 8
        starts = [0]
        for buffer in outputs:
            starts.append(-(-(starts[-1] + buffer.bytes) // alignment) * alignment)
        self._all_outputs = device.allocate(starts[-1])
        self._staging = np.empty(starts[-1], dtype=np.uint8)
        for start, buffer in zip(starts, outputs, strict=False):
            self._buffers[buffer.name] = self._all_outputs.get_sub_region(start, buffer.bytes)
            values = self._staging[start : start + buffer.bytes].view(NUMPY_NAMES[buffer.dtype])
            self._outputs[buffer.name] = values.reshape(buffer.shape)

    def run(self, inputs: Mapping[str, NDArray[Any]], times: int = 1) -> int | None:
        """Upload inputs, run all kernels ``times`` times, fetch outputs: one in-order batch, one wait."""
        return self._call(self._clocked, inputs, times)

    def run_unclocked(self, inputs: Mapping[str, NDArray[Any]], times: int = 1) -> None:
        """Run the same batch without reading the times of events."""
        self._call(self._batch, inputs, times)

    def round_trip(self) -> None:
        """Fetch four bytes of an output or result again: one command, one wait."""
        self._call(self._cl.enqueue_copy, self._queue, self._first_bytes, self._round_trip_buffer)

    def _call(self, call: Callable[..., _Returned], *arguments: Any) -> _Returned:
        """Call the driver. Raises ``BackendError`` if it fails."""
        try:
            return call(*arguments)
        except self._cl.Error as error:  # some drivers allocate a buffer only at its first use
            raise BackendError(f"OpenCL could not run plan {self._name}: {error}") from error

    def _clocked(self, inputs: Mapping[str, NDArray[Any]], times: int) -> int | None:
        return self._calls.elapsed(*self._batch(inputs, times))

    def _batch(self, inputs: Mapping[str, NDArray[Any]], times: int) -> tuple[Any, Any]:
        """Run and wait. Return the events of the first and the last kernel."""
        calls, queue = self._calls, self._queue
        # pyopencl waits for a copy when its event is released, so events are held until the batch is done.
        copies = [calls.copy(queue, self._buffers[name], values, is_blocking=False) for name, values in inputs.items()]
        launches = [calls.launch(queue, *launch) for launch in self._launches * times]
        if self._all_outputs is not None:
            copies.append(calls.copy(queue, self._staging, self._all_outputs, is_blocking=False))
        calls.finish()
        return launches[0], launches[-1]

    def host_ns(self, inputs: Mapping[str, NDArray[Any]]) -> int | None:
        """Return the nanoseconds of a run outside the driver's calls, less the stopwatch's own time."""
        stopwatch = Stopwatch()
        untimed, self._calls = self._calls, self._calls.timed(stopwatch)
        try:
            start = time.perf_counter_ns()
            self.run(inputs)
            taken_ns = time.perf_counter_ns() - start
        finally:
            self._calls = untimed
        return stopwatch.outside(taken_ns)

    def reset(self) -> None:
        """Enqueue the initial values of all states, copied on the device, ahead of the next run."""
        for state, initial in self._states:
            if initial is None:
                self._call(self._cl.enqueue_fill_buffer, self._queue, state, self._np.uint32(0), 0, state.size)
            else:
                self._call(self._cl.enqueue_copy, self._queue, state, initial)

    def read(self, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
        """Return outputs as the last run fetched them, valid until the next run; results and states are fetched now."""
        return {name: self._fetched(name) if name in self._results else self._outputs[name] for name in names}

    def _fetched(self, name: str) -> NDArray[Any]:
        buffer = self._results[name]
        values = self._np.empty(buffer.shape, dtype=NUMPY_NAMES[buffer.dtype])
        self._call(self._cl.enqueue_copy, self._queue, values, self._buffers[name])
        return values

    def close(self) -> None:
        """Release the buffers now instead of at garbage collection."""
        initial = (buffer for _, buffer in self._states)
        for buffer in (*self._buffers.values(), self._all_outputs, *initial):
            if buffer is not None:
                buffer.release()
        self._buffers, self._states = {}, []
