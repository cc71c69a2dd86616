"""The Python interface: ``Paragon.new_network([784, 256, 10])``, computed on the CPU or a device with the same bits."""

from __future__ import annotations

import contextlib
import math
import operator
import os
import sys
import threading
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from paragon_tui.arithmetic.rounding import flush
from paragon_tui.backends import registry
from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import BackendError, PartlyListed, Program
from paragon_tui.backends.host_probes import UnsoundHost, check_host
from paragon_tui.backends.opencl_drivers import register_wheels
from paragon_tui.engine.runner.selection import adapters_named, apis_to_search
from paragon_tui.engine.worker.device_session import DeviceSession, open_adapter
from paragon_tui.operators.numerics.forms import canonical
from paragon_tui.operators.numerics.transfers import packed, unpacked
from paragon_tui.operators.operator import Tier
from paragon_tui.operators.planning import Candidate, Given, candidates
from paragon_tui.suites.data.networks import named
from paragon_tui.suites.data.parameters import SEED, parameters
from paragon_tui.suites.workloads.networks import check_widths, network_graph

SMALLEST_INPUT = 2.0**-64
"""The least magnitude of an input; below it products may be subnormal and flushed, and identity is not promised."""

_MOST_PREPARED = 4
"""Batch sizes that stay on devices: a loop over data has two, the last one smaller."""

LARGEST_SUM = 2.0**127
"""The bound for the largest possible sum of a layer; an overflow gives NaN, which relu would hide."""


class NoAdapter(RuntimeError):
    """No device adapter exists, or none with the given name; the text says what to do."""


class NoIdentity(RuntimeError):
    """The canonical bits are not to be had from an adapter, or from this process's NumPy; the text says what to do."""


class ForkedProcess(RuntimeError):
    """The process was forked after it had loaded a driver, and no driver works in such a child; the text says more."""


class FallbackWarning(UserWarning):
    """The host computed what a device was asked for; the text says why. The bits are those that were asked for."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A network on a device, for batches of one size."""

    candidate: Candidate
    program: Program

    def output(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run it on the samples ``x``, and return their softmax."""
        self.program.run(packed(self.candidate.inputs, {"x": x}))
        read = self.program.read(tuple(result.buffer for result in self.candidate.results))
        output: NDArray[np.float32] = unpacked(self.candidate.results, read)["output"].copy()
        return output


class _Drivers:
    """The drivers of this process: one thread at a time may be in them, and no process that was forked later.

    Not all drivers let two threads in at once, and those that do share buffers between the calls of a network.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded = self._forked = False
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._notice_fork)

    def _notice_fork(self) -> None:
        self._lock = threading.Lock()  # another thread may have held it, and does not exist here
        self._forked = self._loaded

    def __enter__(self) -> None:
        """Enter the drivers. Raises ``ForkedProcess``."""
        if self._forked:
            raise ForkedProcess(
                "this process was forked after its parent had loaded a driver, which does not work in such a child. "
                'Start it with multiprocessing.get_context("spawn"), or call forward_gpu in children alone; '
                "forward_cpu works, and fallback=True has it called instead"
            )
        self._lock.acquire()
        self._loaded = True

    def __exit__(self, *_: object) -> None:
        self._lock.release()


_DRIVERS = _Drivers()


class Paragon:
    """A dense network of the inference suite's kind: relu between layers, softmax at the end.

    Any number of threads may use one network, and ``with`` or ``close`` gives back what it holds on devices.
    """

    def __init__(self, widths: tuple[int, ...], seed: int) -> None:
        self.widths = widths
        self.seed = seed
        self._sessions: dict[str | None, DeviceSession] = {}
        self._prepared: dict[tuple[str | None, int], _Prepared] = {}  # by adapter and batch, the last used at the end

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back what the network holds on devices; ``forward_gpu`` would open them anew. Never raises."""
        with contextlib.suppress(ForkedProcess), _DRIVERS:  # a child has nothing to give back
            for adapter in tuple(self._sessions):
                self._release(adapter)

    @classmethod
    def new_network(cls, widths: Sequence[int], seed: int = SEED) -> Paragon:
        """Return a network with the deterministic parameters of ``seed`` (NUMERICS.md section 4).

        Widths are whole numbers of any type, NumPy's too. Raises ``ValueError`` for widths that describe no network
        (``check_widths``).
        """
        whole = tuple(map(_whole, widths))
        check_widths(whole)
        return cls(whole, seed)

    def forward_cpu(self, x: NDArray[np.float32] | Sequence[float]) -> NDArray[np.float32]:
        """Return the canonical softmax output, computed on the CPU: ``x`` f32 (inputs,) gives f32 (outputs,).

        A batch (batch, inputs) gives (batch, outputs); every row has the same bits as its sample alone.

        Raises ``TypeError`` for another dtype, ``ValueError`` for another shape, NaN, infinity, or a magnitude
        below 2^-64 other than zero, ``OverflowError`` where sums could overflow f32, ``NoIdentity`` where NumPy in
        this process does not compute as IEEE 754 defines.
        """
        values = self._checked(x)
        samples = values if len(values.shape) == 1 or len(values) > 1 else values[0]
        graph = network_graph(self.widths, "f32", 1 if samples.ndim == 1 else len(samples))
        output: NDArray[np.float32] = canonical(graph, {"x": samples, **self._parameters()})["output"]
        return output.reshape(*values.shape[:-1], -1)

    def forward_gpu(
        self, x: NDArray[np.float32] | Sequence[float], adapter: str | None = None, *, fallback: bool = False
    ) -> NDArray[np.float32]:
        """Return the same bits from a device: a GPU, or any device. ``adapter`` names one as ``--adapter`` does.

        Raises as ``forward_cpu`` does, ``TypeError`` for an adapter that is no text, ``NoAdapter`` if there is no such
        adapter, ``BackendError`` if the driver refuses, ``ForkedProcess`` in a process that was forked after a driver
        was loaded, and ``NoIdentity`` where the adapter's probes show that it does not compute these bits. With
        ``fallback``, the host computes the same bits instead in the last four cases, and a ``FallbackWarning`` says
        why.
        """
        if not (adapter is None or isinstance(adapter, str)):
            raise TypeError(f"adapter is a text such as 'vulkan:0' or 'nvidia', not {adapter!r}")
        values = self._checked(x)
        batch = 1 if values.ndim == 1 else len(values)
        try:
            with _DRIVERS:
                output = self._output(adapter, batch, values if batch > 1 else values.ravel())
        except (NoAdapter, NoIdentity, BackendError, ForkedProcess) as error:
            if not fallback:
                raise
            warnings.warn(f"computed on the host: {error}", FallbackWarning, stacklevel=2)
            return self.forward_cpu(x)
        return output.reshape(*values.shape[:-1], -1)

    def _release(self, adapter: str | None) -> None:
        """Close what the network holds on an adapter. Never raises."""
        held: list[Any] = [self._prepared.pop(key).program for key in [*self._prepared] if key[0] == adapter]
        if (session := self._sessions.pop(adapter, None)) is not None:
            held.append(session.device)
        for each in held:
            with contextlib.suppress(Exception):  # the device may be lost, with all that it holds
                each.close()

    def _parameters(self) -> dict[str, NDArray[Any]]:
        return named(parameters(self.widths, "f32", self.seed))

    def _output(self, adapter: str | None, batch: int, values: NDArray[np.float32]) -> NDArray[np.float32]:
        try:
            return self._network(adapter, batch).output(values)
        except BackendError:
            self._release(adapter)  # the device may be lost: the next call opens it anew
            raise

    def _network(self, adapter: str | None, batch: int) -> _Prepared:
        """Return the network on an adapter, ready for a batch size; the one used longest ago makes room for it."""
        prepared = self._prepared.pop((adapter, batch), None)
        if prepared is None:
            while len(self._prepared) >= _MOST_PREPARED:
                self._prepared.pop(next(iter(self._prepared))).program.close()
            prepared = self._prepare(adapter, batch)
        self._prepared[adapter, batch] = prepared
        return prepared

    def _prepare(self, name: str | None, batch: int) -> _Prepared:
        if name not in self._sessions:
            adapter = find_adapter(name)
            backend: Any = registry.load(registry.BACKENDS[adapter.api])
            self._sessions[name] = open_adapter(backend, adapter)
        session = self._sessions[name]
        graph = network_graph(self.widths, "f32", batch)
        _check_standing(session, graph.tier)
        fills = {name: partial(np.asarray, array) for name, array in self._parameters().items()}
        candidate, *_ = candidates(graph, session.device.adapter, Given(fills, fetched=True))
        return _Prepared(candidate, session.device.prepare(session.guarded(candidate.plan)))

    def _checked(self, x: NDArray[np.float32] | Sequence[float]) -> NDArray[np.float32]:
        """Return ``x`` as a contiguous f32 array, or raise as ``forward_cpu`` says."""
        try:
            check_host()  # NumPy makes the parameters too, wherever they are used
        except UnsoundHost as error:
            raise NoIdentity(str(error)) from error
        if isinstance(x, np.ma.MaskedArray):
            raise TypeError("x is a masked array, and a network takes every value: pass x.filled(…) or x.data")
        with np.errstate(over="ignore"):  # what is too large for f32 is refused below
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
        """Raise ``OverflowError`` for inputs whose sums could overflow in a layer: relu would hide the NaN."""
        for layer, k in enumerate(self.widths[:-1]):
            magnitude = magnitude * math.sqrt(6 * k) + 1  # K weights of at most sqrt(6/K), and a bias of at most 1
            if magnitude >= LARGEST_SUM:
                raise OverflowError(f"sums of layer {layer} could overflow f32; use smaller inputs or fewer layers")


def _whole(width: Any) -> Any:
    """Return a whole number of any type as an ``int``; all else, ``True`` too, as it is: ``check_widths`` names it."""
    try:
        return width if isinstance(width, bool) else operator.index(width)
    except TypeError:
        return width


def _first(values: NDArray[np.float32], wrong: NDArray[np.bool_]) -> str:
    """Return the first of ``values`` that is ``wrong``, in words: ``x[3] is nan``."""
    index = tuple(map(int, next(zip(*wrong.nonzero(), strict=True))))
    return f"x[{', '.join(map(str, index))}] is {values[index]}"


def _check_standing(session: DeviceSession, tier: Tier) -> None:
    """Raise ``NoIdentity`` where ``tier`` does not hold on an adapter."""
    seen, adapter = session.fingerprint, session.device.adapter
    if seen is None or seen.tiers.standing(tier) != "not here":
        return
    failing = ", ".join(result.name for result in seen.probes if tier in result.required and not result.holds)
    raise NoIdentity(
        f"{adapter.id} ({adapter.short_name}) does not compute the canonical bits: the {tier} tier, which this "
        f"network needs, does not hold there. Probes that fail: {failing}. Use another adapter or driver (`paragon-tui "
        "adapters` lists them), forward_cpu, or fallback=True, which has the host compute the same bits"
    )


def find_adapter(name: str | None) -> Adapter:
    """Return a device adapter that ``name`` names; without a name one under any API. A GPU comes before other devices.

    Raises ``NoAdapter``.
    """
    register_wheels()
    adapters: list[Adapter] = []
    problems: list[str] = []
    for api in registry.native_apis() if name is None else apis_to_search((name,), ()):
        if api == "host":
            continue
        try:
            adapters += registry.load(registry.BACKENDS[api]).adapters(api)
        except PartlyListed as error:
            adapters += error.adapters
            problems.append(f"{api}: {error}")
        except (BackendError, ImportError) as error:
            problems.append(f"{api}: {error}")
    matching = adapters if name is None else adapters_named(name, adapters)
    if name is not None and not matching:
        available = ", ".join(f"{adapter.id} ({adapter.short_name})" for adapter in adapters) or "none under that API"
        raise NoAdapter(f"no device adapter {name!r}; available: {available}. `paragon-tui adapters` lists all")
    if not matching:
        reason = "; ".join(problems) or "no OpenCL, Vulkan, Metal, D3D12 or OpenGL driver on this " + sys.platform
        raise NoAdapter(f"no device adapter was found ({reason}); forward_cpu gives the same bits")
    preference = {"discrete-gpu": 0, "integrated-gpu": 1, "virtual-gpu": 2, "accelerator": 3}
    return min(matching, key=lambda adapter: preference.get(adapter.type, 4))
