"""The library's face: ``Paragon.new_network([784, 256, 10])`` and two ways to the same bits."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from paragon_tui.backends import registry
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import BackendError
from paragon_tui.engine.worker.device_session import DeviceSession, open_adapter
from paragon_tui.suites import network
from paragon_tui.suites.forward import canonical
from paragon_tui.suites.inference import network_case
from paragon_tui.suites.parameters import SEED, parameters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SMALLEST_INPUT = 2.0**-64
"""Below it products could become subnormal, which devices may flush: identity could not be promised."""

LARGEST_SUM = 2.0**127
"""What the sums of a layer could reach is refused from here on: relu would hide the NaN of an overflow."""


class NoAdapter(RuntimeError):
    """No device adapter is there, or not the one that was named; the text says what to do."""


class Paragon:
    """A dense network of the inference suite's kind: relu between layers, softmax at the end."""

    def __init__(self, widths: tuple[int, ...], seed: int) -> None:
        self.widths = widths
        self.seed = seed
        self._opened: dict[str | None, DeviceSession] = {}
        self._programs: dict[str | None, tuple[int, Any]] = {}

    @classmethod
    def new_network(cls, widths: Sequence[int], seed: int = SEED) -> Paragon:
        """A network with the deterministic parameters of ``seed`` (NUMERICS.md section 4).

        Raises ``ValueError`` for widths that describe no network (``network.check_widths``).
        """
        network.check_widths(widths)
        return cls(tuple(widths), seed)

    def forward_cpu(self, x: NDArray[np.float32] | Sequence[float]) -> NDArray[np.float32]:
        """The canonical softmax output on the CPU. ``x`` f32 (inputs,), returns f32 (outputs,).

        A batch (batch, inputs) gives (batch, outputs): every row is what its sample alone gives, to the last bit.

        Raises ``TypeError`` for another dtype, ``ValueError`` for another shape, NaN, infinity, or a magnitude
        below 2^-64 other than zero, ``OverflowError`` where sums could overflow f32.
        """
        return canonical(parameters(self.widths, "f32", self.seed), self._checked(x), "f32")["output"]

    def forward_gpu(self, x: NDArray[np.float32] | Sequence[float], adapter: str | None = None) -> NDArray[np.float32]:
        """The same bits from a device. ``adapter`` is an id such as ``vulkan:0``; none takes a GPU, or any device.

        Raises as ``forward_cpu`` does, ``NoAdapter`` where there is none, ``BackendError`` where the driver refuses.
        """
        values = self._checked(x)
        batch = 1 if values.ndim == 1 else len(values)
        program = self._program(adapter, batch)
        program.run(network.device_inputs({"x": values if batch > 1 else values.ravel()}, "f32"))
        output: NDArray[np.float32] = program.read(("output",))["output"].copy()
        return output.reshape(*values.shape[:-1], -1)

    def _program(self, adapter: str | None, batch: int) -> Any:
        """The one for this adapter; another batch than last time takes its place."""
        prepared_for, program = self._programs.get(adapter, (None, None))
        if prepared_for != batch:
            if program is not None:
                self._programs.pop(adapter)[1].close()
            program = self._prepared(adapter, batch)
            self._programs[adapter] = batch, program
        return program

    def _prepared(self, name: str | None, batch: int) -> Any:
        if name not in self._opened:
            adapter = find_adapter(name)
            backend: Any = registry.load(registry.BACKENDS[adapter.api])
            self._opened[name] = open_adapter(backend, adapter)
        opened = self._opened[name]
        case = replace(network_case("-".join(map(str, self.widths)), self.widths), batch=batch)
        plan, *_ = network.plans(case, "f32", "default", opened.device.adapter, self.seed)
        return opened.device.prepare(opened.guarded(plan))

    def _checked(self, x: NDArray[np.float32] | Sequence[float]) -> NDArray[np.float32]:
        import numpy as np

        from paragon_tui.arithmetic.rounding import flush

        values = np.asarray(x) if isinstance(x, np.ndarray) else np.asarray(x, dtype=np.float32)
        if values.dtype != np.float32:
            raise TypeError(f"x is {values.dtype}; the contract is f32, so pass x.astype(numpy.float32)")
        if values.ndim not in (1, 2) or values.shape[-1] != self.widths[0] or not values.size:
            width = self.widths[0]
            raise ValueError(f"x has shape {values.shape}; this network takes ({width},), or (batch, {width})")
        if not np.isfinite(values).all():
            raise ValueError(
                f"{_first(values, ~np.isfinite(values))}; NaN and infinity are refused before anything runs"
            )
        tiny = (values != 0) & (np.abs(values) < np.float32(SMALLEST_INPUT))
        if tiny.any():
            raise ValueError(f"{_first(values, tiny)}; below 2^-64 identity cannot be promised: scale x, or use 0")
        self._check_growth(float(np.abs(values).max()))
        return np.ascontiguousarray(flush(values))

    def _check_growth(self, magnitude: float) -> None:
        """Refuse inputs whose sums could overflow in any layer: relu would hide a NaN, and nobody would see it."""
        for layer, k in enumerate(self.widths[:-1]):
            magnitude = magnitude * math.sqrt(6 * k) + 1  # K products of at most sqrt(6/K) each, and the bias
            if magnitude >= LARGEST_SUM:
                raise OverflowError(f"sums of layer {layer} could overflow f32; use smaller inputs or fewer layers")


def _first(values: NDArray[np.float32], wrong: NDArray[np.bool_]) -> str:
    """The first of ``values`` that is ``wrong``, in words: ``x[3] is nan``."""
    index = tuple(map(int, next(zip(*wrong.nonzero(), strict=True))))
    return f"x[{', '.join(map(str, index))}] is {values[index]}"


def find_adapter(name: str | None) -> Adapter:
    """The device adapter called ``name``; without a name a GPU under any API, else any device. Raises ``NoAdapter``."""
    found: list[Adapter] = []
    problems: list[str] = []
    for api in registry.native_apis():
        if api == "host" or (name is not None and name.partition(":")[0] != api):
            continue
        try:
            found += registry.load(registry.BACKENDS[api]).adapters(api)
        except (BackendError, ImportError) as error:
            problems.append(f"{api}: {error}")
    if name is not None:
        for adapter in found:
            if adapter.id == name:
                return adapter
        there = ", ".join(adapter.id for adapter in found) or "none under that API"
        raise NoAdapter(f"there is no device adapter {name!r}; there is: {there}. `paragon-tui adapters` lists all")
    if not found:
        why = "; ".join(problems) or "no OpenCL, Vulkan, Metal, D3D12 or OpenGL driver on this " + sys.platform
        raise NoAdapter(f"no device adapter was found ({why}); forward_cpu gives the same bits")
    preference = {"discrete-gpu": 0, "integrated-gpu": 1, "virtual-gpu": 2, "accelerator": 3}
    return min(found, key=lambda adapter: preference.get(adapter.type, 4))
