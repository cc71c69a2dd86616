"""The registry of APIs: the module that serves each, and the systems on which each exists."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
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

REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        "opencl": "no OpenCL platform; install a vendor's driver, or on x86-64 Linux: pip install 'pyopencl[pocl]'",
        "vulkan": "no Vulkan driver; install the GPU's driver, or a software one such as Debian's mesa-vulkan-drivers",
        "gl": "no OpenGL driver; on Debian: libegl1 and libgl1-mesa-dri",
    }
)
"""Advice for people where an API has no adapter."""

_ABSENT = {
    "linux": {"metal", "dx12"},
    "darwin": {"dx12", "gl"},
    "win32": {"metal"},
}

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

    Paragon-Py's users set this variable; wgpu-py itself does not read it. Unknown names are ignored.
    """
    names = [name.strip().lower() for name in environ.get("WGPU_BACKEND", "").split(",")]
    named = {_WGPU_BACKEND_NAMES[name] for name in names if name in _WGPU_BACKEND_NAMES}
    return tuple(api for api in WGPU_APIS if api in named) if named else None


def load(module: str) -> Backend:
    """Import a backend by module name. Importing it loads no driver and no numeric library."""
    return cast("Backend", cast(Any, import_module(module)))
