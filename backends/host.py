"""The host backend: NumPy on its BLAS, the canonical oracle (``reference``), and PyTorch where it is installed."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module, metadata, util
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from paragon_tui.backends.adapter import Adapter
from paragon_tui.backends.device import BackendError, NoSuchAdapter
from paragon_tui.backends.levels import LEVELS, Level, available_levels, check_limited, environment, level_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NAMES = {"numpy": "NumPy", "reference": "Canonical reference", "torch": "PyTorch"}


def adapters(api: str) -> list[Adapter]:
    """Return ``numpy`` and ``reference``, ``torch`` where it is installed, and NumPy at each available level."""
    import numpy as np

    blas = np.show_config(mode="dicts").get("Build Dependencies", {}).get("blas", {})
    blas_text = f"{blas.get('name', 'unknown BLAS')} {blas.get('version', '')}".strip()
    cpu, vendor = cpu_name_and_vendor()
    versions = {"numpy": f"{np.__version__}, {blas_text}", "reference": np.__version__}
    if util.find_spec("torch") is not None:
        versions["torch"] = metadata.version("torch")
    usual = [
        Adapter(
            id=identity,
            identity=identity,
            api=api,
            name=f"{_NAMES[identity]} on {cpu}",
            vendor=vendor,
            driver="PyTorch" if identity == "torch" else "NumPy",
            driver_version=version,
            type="cpu",
            compute_units=os.cpu_count(),
            memory_bytes=_physical_memory(),
        )
        for identity, version in versions.items()
    ]
    return [*usual, *(_limited(usual[0], level) for level in available_levels(str(blas.get("openblas configuration"))))]


def _limited(numpy: Adapter, level: Level) -> Adapter:
    return replace(
        numpy,
        id=level.id,
        identity=level.id,
        name=numpy.name.replace(_NAMES["numpy"], f"{_NAMES['numpy']} limited to {level.label}", 1),
        driver_version=f"{numpy.driver_version} with the kernels of {level.core}",
        environment=environment(level),
        on_request=True,
    )


def open(adapter: Adapter) -> OpenHost:
    """Open the host: nothing but the import of its library, which the first use would wait for.

    Raises ``BackendError`` if NumPy should be limited to a level and is not limited in this process.
    """
    level = level_of(adapter.identity)
    if adapter.identity not in _NAMES and level is None:
        known = (*_NAMES, *(limited.id for limited in LEVELS))
        raise NoSuchAdapter(f"there is no host adapter {adapter.identity!r}; there are {', '.join(known)}")
    start = time.perf_counter_ns()
    try:
        import_module("torch" if adapter.identity == "torch" else "numpy")
    except ImportError as error:
        raise BackendError(f"{_NAMES[adapter.implementation]} cannot be imported: {error}") from error
    init_ms = (time.perf_counter_ns() - start) / 1e6
    if level is not None:
        check_limited(level)
    return OpenHost(adapter, init_ms)


@runtime_checkable
class Stateful(Protocol):
    """A host function with a state that continues from call to call, such as a training, where a call is a step."""

    def reset(self) -> None:
        """Return to the initial state."""


class OpenHost:
    """The open host CPU."""

    def __init__(self, adapter: Adapter, init_ms: float) -> None:
        self.adapter = adapter
        self.init_ms = init_ms
        self.clock: Callable[[], int] = time.perf_counter_ns

    def prepare_host(self, function: Callable[..., dict[str, NDArray[Any]]]) -> HostProgram:
        """Wrap a function; nothing is compiled or uploaded."""
        return HostProgram(function)

    def close(self) -> None:
        """Do nothing: no resources are held."""


class HostProgram:
    """A function with the outputs of its last call."""

    compile_ms: float | None = None  # nothing is compiled or uploaded, so there is no time to report
    upload_ms: float | None = None
    device_bytes: int | None = None

    def __init__(self, function: Callable[..., dict[str, NDArray[Any]]]) -> None:
        self._function = function
        self._outputs: dict[str, NDArray[Any]] = {}

    def run(self, inputs: Mapping[str, NDArray[Any]], times: int = 1) -> int | None:
        """Call the function ``times`` times. Returns ``None``, since there is no device time."""
        for _ in range(times):
            self._outputs = self._function(**inputs)
        return None

    def run_unclocked(self, inputs: Mapping[str, NDArray[Any]], times: int = 1) -> None:
        """Run as ``run`` does."""
        self.run(inputs, times)

    def reset(self) -> None:
        """Reset the function if it has a state."""
        if isinstance(self._function, Stateful):
            self._function.reset()

    def round_trip(self) -> None:
        """Do nothing: there is no device to exchange anything with."""

    def host_ns(self, inputs: Mapping[str, NDArray[Any]]) -> int | None:
        """Return ``None``: the function is the measured code itself."""
        return None

    def read(self, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
        """Return outputs of the last call."""
        return {name: self._outputs[name] for name in names}

    def close(self) -> None:
        """Release the arrays."""
        self._outputs = {}


def cpu_name_and_vendor() -> tuple[str, str]:
    """Return the processor's model name and vendor, as the system states them."""
    cpuinfo = Path("/proc/cpuinfo")
    fields: dict[str, str] = {}
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            fields.setdefault(key.strip(), value.strip())
    vendors = {"AuthenticAMD": "AMD", "GenuineIntel": "Intel"}
    vendor = vendors.get(fields.get("vendor_id", ""), fields.get("vendor_id", platform.machine()))
    return fields.get("model name") or platform.processor() or platform.machine(), vendor


def _physical_memory() -> int | None:
    names = getattr(os, "sysconf_names", {})
    if "SC_PHYS_PAGES" not in names or "SC_PAGE_SIZE" not in names:
        return None
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
