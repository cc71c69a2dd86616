"""Every adapter that wgpu finds under Vulkan, Metal, D3D12 and OpenGL."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from paragon_tui import shaders
from paragon_tui.backends.adapter import Adapter, AdapterType, numbered
from paragon_tui.backends.device import BackendError, NoSuchAdapter, check_limits
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
_LIMITS_ASKED_FOR = ("max-buffer-size", "max-storage-buffer-binding-size", "max-compute-workgroup-storage-size")
_LEAST_BYTES = 4
_TIMESTAMP_BYTES = 16


def isolate(api: str) -> None:
    """Let wgpu load this API's drivers alone. Must come before anything else asks wgpu in this process."""
    from wgpu.backends.wgpu_native.extras import set_instance_extras

    set_instance_extras(backends=[_INSTANCE_BACKENDS[api]])


def _listed(api: str) -> list[tuple[str, Any]]:
    """(identity, wgpu adapter) for the adapters of one API, in wgpu's order."""
    import wgpu

    try:
        everything = wgpu.gpu.enumerate_adapters_sync()
    except (RuntimeError, OSError) as error:
        raise BackendError(f"wgpu could not list its adapters: {error}") from error
    mine = [adapter for adapter in everything if adapter.info["backend_type"] == _BACKEND_TYPES[api]]
    return [
        (f"{adapter.info['vendor_id']:04x}:{adapter.info['device_id']:04x}|{adapter.info['device']}", adapter)
        for adapter in mine
    ]


def adapters(api: str) -> list[Adapter]:
    """All adapters of one API. An API without a loader or driver has none."""
    found = _listed(api)
    pairs = numbered(api, [identity for identity, _ in found])
    return [_describe(api, id_, identity, adapter) for (id_, identity), (_, adapter) in zip(pairs, found, strict=True)]


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
        max_group_items=limits["max-compute-invocations-per-workgroup"],
        max_groups_per_dimension=limits["max-compute-workgroups-per-dimension"],
        local_memory_bytes=limits["max-compute-workgroup-storage-size"],
        features=tuple(sorted(adapter.features)),
    )


def open(adapter: Adapter) -> WebGPUDevice:
    """A device on the adapter with this identity."""
    found = _listed(adapter.api)
    pairs = numbered(adapter.api, [identity for identity, _ in found])
    for (_, identity), (_, listed) in zip(pairs, found, strict=True):
        if identity == adapter.identity:
            return WebGPUDevice(adapter, listed)
    raise NoSuchAdapter(f"{adapter.id} ({adapter.name}) is not there any more; look at `paragon-tui adapters`")


class WebGPUDevice:
    """An open wgpu device; pipelines are made once for each source and entry."""

    language: Language = "wgsl"

    def __init__(self, adapter: Adapter, listed: Any) -> None:
        start = time.perf_counter_ns()
        self.adapter = adapter
        self.clock: Callable[[], int] = time.perf_counter_ns
        self.timestamps = "timestamp-query" in listed.features
        self.device = listed.request_device_sync(
            required_features=["timestamp-query"] if self.timestamps else [],
            required_limits={name: listed.limits[name] for name in _LIMITS_ASKED_FOR},
        )
        self.init_ms = (time.perf_counter_ns() - start) / 1e6
        self.timestamp_period_ns = _timestamp_period_ns(self.device) if self.timestamps else 0.0
        self._pipelines: dict[tuple[tuple[str, ...], str, tuple[tuple[str, int], ...]], Any] = {}

    @property
    def compilations(self) -> int:
        """How many pipelines have been made so far."""
        return len(self._pipelines)

    def prepare(self, plan: Plan) -> WebGPUProgram:
        """Compile, allocate and upload."""
        import wgpu

        check_limits(plan, self.adapter)
        try:
            return WebGPUProgram(self, plan)
        except wgpu.GPUError as error:
            raise BackendError(f"wgpu refused plan {plan.name} on {self.adapter.id}: {error}") from error

    def pipeline(self, step: Step) -> Any:
        """The compute pipeline of one step: storage buffers in binding order, then the parameter block."""
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
    """A plan on a wgpu device: pipelines, bind groups and buffers are made once, a run is one submission."""

    def __init__(self, device: WebGPUDevice, plan: Plan) -> None:
        import numpy as np

        self._np = np
        self._timestamp_period_ns = device.timestamp_period_ns
        self._device = device.device
        self._name = f"{plan.name} on {device.adapter.id}"
        self._limit = device.adapter.max_groups_per_dimension or 65535
        self._owned: list[Any] = []
        compilations = device.compilations
        start = time.perf_counter_ns()
        pipelines = [device.pipeline(step) for step in plan.steps]
        compiled = time.perf_counter_ns()
        self._buffers = {buffer.name: self._allocate(buffer) for buffer in plan.buffers}
        self._states = [(self._buffers[b.name], self._filled(b)) for b in plan.with_role("state")]
        self._plan_readback(plan)
        self.reset()
        self._exchange()  # behind the writes: wgpu-py 0.32 cannot wait for a queue (its callback type is wrong)
        uploaded = time.perf_counter_ns()
        self._dispatches = [
            (pipeline, self._bind(pipeline, step), self._fold(step.groups))
            for pipeline, step in zip(pipelines, plan.steps, strict=True)
        ]
        self.compile_ms = (compiled - start) / 1e6 if device.compilations > compilations else None
        self.upload_ms: float | None = (uploaded - compiled) / 1e6
        self.device_bytes: int | None = sum(buffer.size for buffer in self._owned)

    def _create(self, **arguments: Any) -> Any:
        buffer = self._device.create_buffer(**arguments)
        self._owned.append(buffer)
        return buffer

    def _allocate(self, buffer: Buffer) -> Any:
        import wgpu

        usage = wgpu.BufferUsage.STORAGE | wgpu.BufferUsage.COPY_DST | wgpu.BufferUsage.COPY_SRC
        made = self._create(size=buffer.bytes, usage=usage)  # zero-initialised, as WebGPU promises
        if buffer.fill is not None and buffer.role != "state":
            self._device.queue.write_buffer(made, 0, self._np.ascontiguousarray(buffer.fill()))
        return made

    def _filled(self, buffer: Buffer) -> Any:
        """What a state holds at first, which nobody writes to; ``None`` where that is zero."""
        import wgpu

        if buffer.fill is None:
            return None
        made = self._create(size=buffer.bytes, usage=wgpu.BufferUsage.COPY_DST | wgpu.BufferUsage.COPY_SRC)
        self._device.queue.write_buffer(made, 0, self._np.ascontiguousarray(buffer.fill()))
        return made

    def _bind(self, pipeline: Any, step: Step) -> Any:
        import wgpu

        # The run-time zero of the guarded tier closes the block, whose size is a multiple of 16 bytes.
        values = [value for _, value in step.parameters] + [0]
        values += [0] * (-len(values) % 4)
        block = self._create(size=4 * len(values), usage=wgpu.BufferUsage.UNIFORM | wgpu.BufferUsage.COPY_DST)
        self._device.queue.write_buffer(block, 0, self._np.array(values, dtype=self._np.uint32))
        bound = [*(self._buffers[name] for name in step.buffers), block]
        return self._device.create_bind_group(
            layout=pipeline.get_bind_group_layout(0),
            entries=[{"binding": index, "resource": {"buffer": buffer}} for index, buffer in enumerate(bound)],
        )

    def _fold(self, groups: int) -> tuple[int, int]:
        """Groups as rows of at most the limit of one dimension; kernels count them row by row."""
        if groups <= self._limit:
            return groups, 1
        rows = -(-groups // self._limit)
        return -(-groups // rows), rows

    def _plan_readback(self, plan: Plan) -> None:
        """One staging buffer, timestamps first, then outputs: a run maps once. And its image on the host.

        Where nothing comes back, four bytes of a result do all the same: a run is waited for by mapping.
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
        self._image = self._np.zeros(size, dtype=self._np.uint8)
        self._copies: list[tuple[Any, int, int]] = []
        self._outputs: dict[str, NDArray[Any]] = {}
        for buffer in outputs:
            self._copies.append((self._buffers[buffer.name], offset, buffer.bytes))
            values = self._image[offset : offset + buffer.bytes].view(NUMPY_NAMES[buffer.dtype])
            self._outputs[buffer.name] = values.reshape(buffer.shape)
            offset += buffer.bytes
        if not outputs:
            self._copies.append((self._buffers[next(iter(self._results))], offset, _LEAST_BYTES))

    def run(self, inputs: Mapping[str, NDArray[Any]], times: int = 1) -> int | None:
        """Inputs in, all steps ``times`` over in one pass, outputs and timestamps out: one submission, one map."""
        self._asked(self._submit, inputs, times, self._timing)
        return self._device_ns() if self._timing else None

    def run_unclocked(self, inputs: Mapping[str, NDArray[Any]], times: int = 1) -> None:
        """The same without timestamps: to llvmpipe each is a scene to rasterize, 50 µs."""
        self._asked(self._submit, inputs, times, {})

    def round_trip(self) -> None:
        """The first four bytes of an output, once more: a copy, a submission, a map, and a look at what is there."""
        self._asked(self._exchange)

    def _asked(self, exchange: Callable[..., Any], *arguments: Any) -> Any:
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
        self._image[:] = self._staging.read_mapped(copy=False)
        self._staging.unmap()

    def _device_ns(self) -> int | None:
        """Between the two timestamps of the last run; a clock that stepped back has measured nothing."""
        begin, end = self._image[:_TIMESTAMP_BYTES].view(self._np.uint64).tolist()
        return round((end - begin) * self._timestamp_period_ns) if end > begin else None

    def _exchange(self) -> None:
        """Without the copy the map would not wait: wgpu has it wait for the last submission that used the buffer."""
        buffer, offset, _ = self._copies[0]
        encoder = self._device.create_command_encoder()
        encoder.copy_buffer_to_buffer(buffer, 0, self._staging, offset, _LEAST_BYTES)
        self._device.queue.submit([encoder.finish()])
        self._staging.map_async("READ_NOSYNC").sync_wait()
        self._staging.read_mapped(copy=False)
        self._staging.unmap()

    def host_ns(self, inputs: Mapping[str, NDArray[Any]]) -> int | None:
        """``None``: wgpu-py is Python too, so nothing tells its share from ours; ``round_trip`` does for both."""
        return None

    def reset(self) -> None:
        """A submission of its own, which the next run comes behind."""
        if self._states:
            self._asked(self._submit_reset)

    def _submit_reset(self) -> None:
        encoder = self._device.create_command_encoder()
        for state, first in self._states:
            if first is None:
                encoder.clear_buffer(state)
            else:
                encoder.copy_buffer_to_buffer(first, 0, state, 0, state.size)
        self._device.queue.submit([encoder.finish()])

    def read(self, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
        """Outputs as the last run brought them back, valid until the next; results and states, fetched now."""
        return {name: self._fetched(name) if name in self._results else self._outputs[name] for name in names}

    def _fetched(self, name: str) -> NDArray[Any]:
        buffer = self._results[name]
        fetched = self._asked(self._device.queue.read_buffer, self._buffers[name])
        values: NDArray[Any] = self._np.frombuffer(fetched, dtype=NUMPY_NAMES[buffer.dtype]).reshape(buffer.shape)
        return values

    def close(self) -> None:
        """Give the buffers back now, not when the garbage collector comes by."""
        for buffer in self._owned:
            buffer.destroy()
        self._owned, self._states = [], []
        self._buffers = {}


def _timestamp_period_ns(device: Any) -> float:
    """Nanoseconds a tick: wgpu's timestamps are raw, and wgpu-py has no public name for the factor."""
    from wgpu.backends.wgpu_native import lib

    return float(lib.wgpuQueueGetTimestampPeriod(device.queue._internal))
