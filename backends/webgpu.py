"""The wgpu backend: every adapter under Vulkan, Metal, D3D12 and OpenGL."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from paragon_tui import shaders
from paragon_tui.backends.adapter import Adapter, AdapterType, numbered
from paragon_tui.backends.cffi_parser import declare_what_is_named
from paragon_tui.backends.device import BackendError, NoSuchAdapter, Unsupported, check_limits
from paragon_tui.backends.plan import NUMPY_NAMES, Buffer, Language, Plan, Step

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BACKEND_TYPES = {"vulkan": "Vulkan", "metal": "Metal", "dx12": "D3D12", "gl": "OpenGL"}
_INSTANCE_BACKENDS = {"vulkan": "Vulkan", "metal": "Metal", "dx12": "DX12", "gl": "GL"}
_TYPES: dict[str, AdapterType] = {
    "CPU": "cpu",
    "IntegratedGPU": "integrated-gpu",
    "DiscreteGPU": "discrete-gpu",
}
_VENDORS = {
    0x1002: "AMD",
    0x10005: "Mesa",
    0x1010: "Imagination",
    0x106B: "Apple",
    0x10DE: "NVIDIA",
    0x13B5: "Arm",
    0x1414: "Microsoft",
    0x5143: "Qualcomm",
    0x8086: "Intel",
}
_REQUESTED_LIMITS = ("max-buffer-size", "max-storage-buffer-binding-size", "max-compute-workgroup-storage-size")
_LEAST_BYTES = 4
_TIMESTAMP_BYTES = 16


def isolate(api: str) -> None:
    """Let wgpu load only the drivers of this API. Must be the first use of wgpu in a process."""
    from wgpu.backends.wgpu_native._ffi import ffi
    from wgpu.backends.wgpu_native.extras import set_instance_extras

    declare_what_is_named(ffi)
    set_instance_extras(backends=[_INSTANCE_BACKENDS[api]])


@cache
def _all_adapters() -> list[Any]:
    """Return wgpu's adapters of all APIs, listed once in a process. Raises ``BackendError``.

    wgpu locks the one OpenGL context of a process by a lock of each listed adapter. The devices of two listings would
    use it at the same time: one may be waited for in a thread of wgpu-py's, and wgpu ends the process.
    """
    import wgpu

    try:
        return list(wgpu.gpu.enumerate_adapters_sync())
    except (RuntimeError, OSError) as error:
        raise BackendError(f"wgpu could not list its adapters: {error}") from error


def _wgpu_adapters(api: str) -> list[tuple[str, Any]]:
    """Return (identity, wgpu adapter) for the adapters of one API, in wgpu's order."""
    all_adapters = _all_adapters()
    matching = [adapter for adapter in all_adapters if adapter.info["backend_type"] == _BACKEND_TYPES[api]]
    return [
        (f"{adapter.info['vendor_id']:04x}:{adapter.info['device_id']:04x}|{adapter.info['device']}", adapter)
        for adapter in matching
    ]


def adapters(api: str) -> list[Adapter]:
    """Return all adapters of one API; an API without a loader or driver has none."""
    listed = _wgpu_adapters(api)
    pairs = numbered(api, [identity for identity, _ in listed])
    return [_describe(api, id_, identity, adapter) for (id_, identity), (_, adapter) in zip(pairs, listed, strict=True)]


def _describe(api: str, id_: str, identity: str, adapter: Any) -> Adapter:
    info, limits = adapter.info, adapter.limits
    vendor = _VENDORS.get(info["vendor_id"], info["vendor"] or f"0x{info['vendor_id']:04x}")
    return Adapter(
        id=id_,
        identity=identity,
        api=api,
        name=info["device"],
        vendor=vendor,
        driver=info["vendor"] or _BACKEND_TYPES[api],
        driver_version=info["description"],
        type=_TYPES.get(info["adapter_type"], "unknown"),
        max_buffer_bytes=limits["max-buffer-size"],
        max_binding_bytes=limits["max-storage-buffer-binding-size"],
        max_group_items=min(limits["max-compute-invocations-per-workgroup"], limits["max-compute-workgroup-size-x"]),
        max_groups_per_dimension=limits["max-compute-workgroups-per-dimension"],
        local_memory_bytes=limits["max-compute-workgroup-storage-size"],
        features=tuple(sorted(adapter.features)),
        pci_id=_pci_id(info),
    )


def _pci_id(info: Any) -> str | None:
    """Return the PCI ids of vendor and device; some APIs tell none, and software has a vendor beyond those of PCI."""
    vendor, device = info["vendor_id"], info["device_id"]
    return f"{vendor:04x}:{device:04x}" if 0 < vendor <= 0xFFFF and device else None


def open(adapter: Adapter) -> WebGPUDevice:
    """Open a device on the adapter with this identity. Raises ``Unsupported`` if it cannot compute."""
    listed = _wgpu_adapters(adapter.api)
    pairs = numbered(adapter.api, [identity for identity, _ in listed])
    for (_, identity), (_, wgpu_adapter) in zip(pairs, listed, strict=True):
        if identity == adapter.identity:
            return WebGPUDevice(adapter, wgpu_adapter)
    raise NoSuchAdapter(f"{adapter.id} ({adapter.name}) is gone; `paragon-tui adapters` lists what is available")


class WebGPUDevice:
    """An open wgpu device; a pipeline is created once for each source and entry point."""

    language: Language = "wgsl"
    runs_directly = False

    def __init__(self, adapter: Adapter, wgpu_adapter: Any) -> None:
        import wgpu

        if not adapter.max_group_items:
            raise Unsupported(f"{adapter.id} has no compute shaders ({adapter.driver} {adapter.driver_version})")
        start = time.perf_counter_ns()
        self.adapter = adapter
        self.clock: Callable[[], int] = time.perf_counter_ns
        self.timestamps = "timestamp-query" in wgpu_adapter.features
        try:
            self.device = wgpu_adapter.request_device_sync(
                required_features=["timestamp-query"] if self.timestamps else [],
                required_limits={name: wgpu_adapter.limits[name] for name in _REQUESTED_LIMITS},
            )
        except (RuntimeError, wgpu.GPUError) as error:  # an OpenGL that claims limits, but cannot compile for them
            reason = "; ".join(line.strip() for line in str(error).splitlines() if line.strip())
            driver = f"{adapter.driver} {adapter.driver_version}"
            raise Unsupported(f"{adapter.id} has no device that computes ({driver}): {reason}") from error
        self.init_ms = (time.perf_counter_ns() - start) / 1e6
        self.timestamp_period_ns = _timestamp_period_ns(self.device) if self.timestamps else 0.0
        self._pipelines: dict[tuple[tuple[str, ...], str, tuple[tuple[str, int], ...]], Any] = {}

    @property
    def compilations(self) -> int:
        """The number of pipelines created so far."""
        return len(self._pipelines)

    def prepare(self, plan: Plan) -> WebGPUProgram:
        """Compile, allocate and upload. Raises ``Unsupported`` or ``BackendError``."""
        import wgpu

        check_limits(plan, self.adapter)
        try:
            return WebGPUProgram(self, plan)
        except wgpu.GPUError as error:
            raise BackendError(f"wgpu refused plan {plan.name} on {self.adapter.id}: {error}") from error

    def pipeline(self, step: Step) -> Any:
        """Return the compute pipeline of a step; it binds storage buffers in order, then the parameter block."""
        import wgpu

        key = (step.parts, step.entry, step.all_constants)
        if key in self._pipelines:
            return self._pipelines[key]
        reads = len(step.buffers) - step.writes
        kinds = [wgpu.BufferBindingType.read_only_storage] * reads + [wgpu.BufferBindingType.storage] * step.writes
        layout = self.device.create_bind_group_layout(
            entries=[
                {"binding": index, "visibility": wgpu.ShaderStage.COMPUTE, "buffer": {"type": kind}}
                for index, kind in enumerate([*kinds, wgpu.BufferBindingType.uniform])
            ]
        )
        module = self.device.create_shader_module(code=shaders.source(step.parts, "wgsl", step.all_constants))
        self._pipelines[key] = self.device.create_compute_pipeline(
            layout=self.device.create_pipeline_layout(bind_group_layouts=[layout]),
            compute={"module": module, "entry_point": step.entry},
        )
        return self._pipelines[key]

    def close(self) -> None:
        """Destroy the device."""
        self.device.destroy()


class WebGPUProgram:
    """A plan on a wgpu device; pipelines, bind groups and buffers are created once, and a run is one submission."""

    def __init__(self, device: WebGPUDevice, plan: Plan) -> None:
        import numpy as np

        self._np = np
        self._timestamp_period_ns = device.timestamp_period_ns
        self._device = device.device
        self._name = f"{plan.name} on {device.adapter.id}"
        self._groups_per_dimension = device.adapter.max_groups_per_dimension or 65535
        self._allocated: list[Any] = []
        compilations = device.compilations
        start = time.perf_counter_ns()
        pipelines = [device.pipeline(step) for step in plan.steps]
        compiled = time.perf_counter_ns()
        self._buffers = {buffer.name: self._allocate(buffer) for buffer in plan.buffers}
        self._states = [(self._buffers[b.name], self._initial_values(b)) for b in plan.with_role("state")]
        self._plan_readback(plan)
        self.reset()
        self._exchange()  # waits for the writes: wgpu-py 0.32 cannot wait for a queue, as its callback type is wrong
        uploaded = time.perf_counter_ns()
        self._dispatches = [
            (pipeline, self._bind(pipeline, step), self._grid(step.groups))
            for pipeline, step in zip(pipelines, plan.steps, strict=True)
        ]
        self.compile_ms = (compiled - start) / 1e6 if device.compilations > compilations else None
        self.upload_ms: float | None = (uploaded - compiled) / 1e6
        self.device_bytes: int | None = sum(buffer.size for buffer in self._allocated)

    def _create(self, **arguments: Any) -> Any:
        buffer = self._device.create_buffer(**arguments)
        self._allocated.append(buffer)
        return buffer

    def _allocate(self, buffer: Buffer) -> Any:
        import wgpu

        usage = wgpu.BufferUsage.STORAGE | wgpu.BufferUsage.COPY_DST | wgpu.BufferUsage.COPY_SRC
        created = self._create(size=buffer.bytes, usage=usage)  # WebGPU initialises it to zero
        if buffer.fill is not None and buffer.role != "state":
            self._device.queue.write_buffer(created, 0, self._np.ascontiguousarray(buffer.fill()))
        return created

    def _initial_values(self, buffer: Buffer) -> Any:
        """Return a buffer with the initial values of a state; ``None`` where these are zero."""
        import wgpu

        if buffer.fill is None:
            return None
        created = self._create(size=buffer.bytes, usage=wgpu.BufferUsage.COPY_DST | wgpu.BufferUsage.COPY_SRC)
        self._device.queue.write_buffer(created, 0, self._np.ascontiguousarray(buffer.fill()))
        return created

    def _bind(self, pipeline: Any, step: Step) -> Any:
        import wgpu

        # The last parameter is the run-time zero of the guarded tier; the size of the block is a multiple of 16 bytes.
        values = [value for _, value in step.parameters] + [0]
        values += [0] * (-len(values) % 4)
        block = self._create(size=4 * len(values), usage=wgpu.BufferUsage.UNIFORM | wgpu.BufferUsage.COPY_DST)
        self._device.queue.write_buffer(block, 0, self._np.array(values, dtype=self._np.uint32))
        buffers = [*(self._buffers[name] for name in step.buffers), block]
        return self._device.create_bind_group(
            layout=pipeline.get_bind_group_layout(0),
            entries=[{"binding": index, "resource": {"buffer": buffer}} for index, buffer in enumerate(buffers)],
        )

    def _grid(self, groups: int) -> tuple[int, int]:
        """Return (columns, rows) of a grid of at least ``groups`` groups, within the limit of a dimension."""
        if groups <= self._groups_per_dimension:
            return groups, 1
        rows = -(-groups // self._groups_per_dimension)
        return -(-groups // rows), rows

    def _plan_readback(self, plan: Plan) -> None:
        """Allocate one staging buffer (timestamps, then outputs), which a run maps once, and its copy on the host.

        A plan without outputs fetches four bytes of a result, since mapping is the way to wait for a run.
        """
        import wgpu

        self._queries = None
        self._timing: dict[str, Any] = {}
        offset = 0
        if self._timestamp_period_ns:
            self._queries = self._device.create_query_set(type="timestamp", count=2)
            usage = wgpu.BufferUsage.QUERY_RESOLVE | wgpu.BufferUsage.COPY_SRC
            self._resolved = self._create(size=_TIMESTAMP_BYTES, usage=usage)
            self._timing["timestamp_writes"] = {
                "query_set": self._queries,
                "beginning_of_pass_write_index": 0,
                "end_of_pass_write_index": 1,
            }
            offset = _TIMESTAMP_BYTES
        outputs = plan.with_role("output")
        self._results = {buffer.name: buffer for buffer in plan.with_role("result", "state")}
        size = offset + (sum(buffer.bytes for buffer in outputs) or _LEAST_BYTES)
        self._staging = self._create(size=size, usage=wgpu.BufferUsage.COPY_DST | wgpu.BufferUsage.MAP_READ)
        self._host_copy = self._np.zeros(size, dtype=self._np.uint8)
        self._copies: list[tuple[Any, int, int]] = []
        self._outputs: dict[str, NDArray[Any]] = {}
        for buffer in outputs:
            self._copies.append((self._buffers[buffer.name], offset, buffer.bytes))
            values = self._host_copy[offset : offset + buffer.bytes].view(NUMPY_NAMES[buffer.dtype])
            self._outputs[buffer.name] = values.reshape(buffer.shape)
            offset += buffer.bytes
        if not outputs:
            self._copies.append((self._buffers[next(iter(self._results))], offset, _LEAST_BYTES))

    def run(self, inputs: Mapping[str, NDArray[Any]], times: int = 1) -> int | None:
        """Upload inputs, run all steps ``times`` times in a pass, fetch outputs and timestamps: one submission."""
        self._call(self._submit, inputs, times, self._timing)
        return self._device_ns() if self._timing else None

    def run_unclocked(self, inputs: Mapping[str, NDArray[Any]], times: int = 1) -> None:
        """Run the same without timestamps: on llvmpipe each is a scene to rasterize, which takes 50 µs."""
        self._call(self._submit, inputs, times, {})

    def round_trip(self) -> None:
        """Fetch the first four bytes of an output again: a copy, a submission and a map."""
        self._call(self._exchange)

    def _call(self, exchange: Callable[..., Any], *arguments: Any) -> Any:
        """Call wgpu. Raises ``BackendError`` if it fails."""
        import wgpu

        try:
            return exchange(*arguments)
        except wgpu.GPUError as error:
            raise BackendError(f"wgpu could not run plan {self._name}: {error}") from error

    def _submit(self, inputs: Mapping[str, NDArray[Any]], times: int, timing: dict[str, Any]) -> None:
        queue = self._device.queue
        for name, values in inputs.items():
            queue.write_buffer(self._buffers[name], 0, values)
        encoder = self._device.create_command_encoder()
        compute = encoder.begin_compute_pass(**timing)
        for pipeline, group, (columns, rows) in self._dispatches * times:
            compute.set_pipeline(pipeline)
            compute.set_bind_group(0, group)
            compute.dispatch_workgroups(columns, rows)
        compute.end()
        if timing:
            encoder.resolve_query_set(self._queries, 0, 2, self._resolved, 0)
            encoder.copy_buffer_to_buffer(self._resolved, 0, self._staging, 0, _TIMESTAMP_BYTES)
        for buffer, offset, size in self._copies:
            encoder.copy_buffer_to_buffer(buffer, 0, self._staging, offset, size)
        queue.submit([encoder.finish()])
        self._staging.map_async("READ_NOSYNC").sync_wait()
        self._host_copy[:] = self._staging.read_mapped(copy=False)
        self._staging.unmap()

    def _device_ns(self) -> int | None:
        """Return the nanoseconds between the timestamps of the last run; ``None`` if the clock did not advance."""
        begin, end = self._host_copy[:_TIMESTAMP_BYTES].view(self._np.uint64).tolist()
        return round((end - begin) * self._timestamp_period_ns) if end > begin else None

    def _exchange(self) -> None:
        """Copy four bytes and map them: a map waits for the last submission that used the buffer, hence the copy."""
        buffer, offset, _ = self._copies[0]
        encoder = self._device.create_command_encoder()
        encoder.copy_buffer_to_buffer(buffer, 0, self._staging, offset, _LEAST_BYTES)
        self._device.queue.submit([encoder.finish()])
        self._staging.map_async("READ_NOSYNC").sync_wait()
        self._staging.read_mapped(copy=False)
        self._staging.unmap()

    def host_ns(self, inputs: Mapping[str, NDArray[Any]]) -> int | None:
        """Return ``None``: wgpu-py is Python too, so its time cannot be separated; ``round_trip`` measures both."""
        return None

    def reset(self) -> None:
        """Submit the initial values of all states, ahead of the next run."""
        if self._states:
            self._call(self._submit_reset)

    def _submit_reset(self) -> None:
        encoder = self._device.create_command_encoder()
        for state, initial in self._states:
            if initial is None:
                encoder.clear_buffer(state)
            else:
                encoder.copy_buffer_to_buffer(initial, 0, state, 0, state.size)
        self._device.queue.submit([encoder.finish()])

    def read(self, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
        """Return outputs as the last run fetched them, valid until the next run; results and states are fetched now."""
        return {name: self._fetched(name) if name in self._results else self._outputs[name] for name in names}

    def _fetched(self, name: str) -> NDArray[Any]:
        buffer = self._results[name]
        fetched = self._call(self._device.queue.read_buffer, self._buffers[name])
        values: NDArray[Any] = self._np.frombuffer(fetched, dtype=NUMPY_NAMES[buffer.dtype]).reshape(buffer.shape)
        return values

    def close(self) -> None:
        """Release the buffers now instead of at garbage collection."""
        for buffer in self._allocated:
            buffer.destroy()
        self._allocated, self._states = [], []
        self._buffers = {}


def _timestamp_period_ns(device: Any) -> float:
    """Return the nanoseconds of a tick: wgpu's timestamps are raw, and wgpu-py has no public name for the factor."""
    from wgpu.backends.wgpu_native import lib

    return float(lib.wgpuQueueGetTimestampPeriod(device.queue._internal))
