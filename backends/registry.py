"""The registry of APIs: the module that serves each, and the systems on which each exists."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from paragon_tui.backends.device import Backend

BACKENDS: Mapping[str, str] = MappingProxyType(
    {
        "host": "paragon_tui.backends.host",
        "opencl": "paragon_tui.backends.opencl",
        "vulkan": "paragon_tui.backends.webgpu",
        "metal": "paragon_tui.backends.webgpu",
        "dx12": "paragon_tui.backends.webgpu",
        "gl": "paragon_tui.backends.webgpu",
    }
)
"""The module of each API, in display order."""

WGPU_APIS = tuple(api for api, module in BACKENDS.items() if module == "paragon_tui.backends.webgpu")

NUMPY_LEVELS = ("numpy-baseline", "numpy-avx2", "numpy-avx512")
"""The ids of NumPy limited to an instruction level, ascending (``backends/levels.py``)."""

HOST_ADAPTERS = ("numpy", "reference", "torch", *NUMPY_LEVELS)
"""All ids of host adapters; people can type them in place of an API's name."""

_REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        "opencl": "no OpenCL platform; install a vendor's driver, or on x86-64 Linux: pip install 'pyopencl[pocl]'",
        "vulkan": "no Vulkan driver; install the GPU's driver, or a software one such as Debian's mesa-vulkan-drivers",
        "gl": "no OpenGL driver; on Debian: libegl1 and libgl1-mesa-dri",
    }
)
_ABSENT = {
    "linux": {"metal", "dx12"},
    "darwin": {"dx12", "gl"},
    "win32": {"metal"},
}

_VARIABLE = "WGPU_BACKEND"

_WGPU_BACKEND_NAMES = {
    "vulkan": "vulkan",
    "vk": "vulkan",
    "metal": "metal",
    "mtl": "metal",
    "dx12": "dx12",
    "d3d12": "dx12",
    "gl": "gl",
    "opengl": "gl",
    "gles": "gl",
}


def native_apis(platform: str = sys.platform) -> tuple[str, ...]:
    """Return the APIs that can exist on this operating system, in display order."""
    return tuple(api for api in BACKENDS if api not in _ABSENT.get(platform, set()))


def narrowed_by_environment(environ: Mapping[str, str] = os.environ) -> tuple[str, ...] | None:
    """Return the wgpu APIs that ``WGPU_BACKEND`` names (a list, separated by commas); ``None`` if it names none.

    wgpu in Rust reads this variable, wgpu-native and wgpu-py do not, so the program does. The spellings are wgpu's.
    Unknown names are ignored.
    """
    named = {_WGPU_BACKEND_NAMES[name] for name in _named(environ) if name in _WGPU_BACKEND_NAMES}
    return tuple(api for api in WGPU_APIS if api in named) if named else None


def ignored_in_environment(environ: Mapping[str, str] = os.environ) -> str | None:
    """Return a line on the names in ``WGPU_BACKEND`` that are no backend's; ``None`` if there are none."""
    unknown = [name for name in _named(environ) if name not in _WGPU_BACKEND_NAMES]
    if not unknown:
        return None
    reason = f"there is no backend {' or '.join(unknown)} ({', '.join(WGPU_APIS)})"
    part = f"{', '.join(unknown)} is" if narrowed_by_environment(environ) else "the variable is"
    return f"WGPU_BACKEND={environ[_VARIABLE]}: {reason}; {part} ignored"


def remedy(api: str, searched: Iterable[str], environ: Mapping[str, str] = os.environ) -> str:
    """Return why an API may have no adapter, and what to do.

    ``searched`` are the APIs that were searched: what ``WGPU_BACKEND`` leaves out besides may have adapters.
    """
    native = _REMEDIES.get(api, "no driver is installed")
    words = native if api in native_apis() else "this system does not have it"
    named = narrowed_by_environment(environ)
    left_out = [other for other in native_apis() if other in WGPU_APIS and other not in searched]
    if named is None or api not in named or not left_out:
        return words
    return f"{words}; WGPU_BACKEND={environ[_VARIABLE]} keeps {' and '.join(left_out)} from being searched"


def _named(environ: Mapping[str, str]) -> list[str]:
    names = (name.strip().lower() for name in environ.get(_VARIABLE, "").split(","))
    return [name for name in names if name]


def load(module: str) -> Backend:
    """Import a backend by module name. Importing it loads no driver and no numeric library."""
    return cast("Backend", cast(Any, import_module(module)))
