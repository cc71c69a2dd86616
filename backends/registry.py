"""Which API is served by which module, and which of them this machine may have."""

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
"""API to module, in the order in which adapters are shown."""

WGPU_APIS = tuple(api for api, module in BACKENDS.items() if module == "paragon_tui.backends.webgpu")

NUMPY_LEVELS = ("numpy-baseline", "numpy-avx2", "numpy-avx512")
"""NumPy limited to an instruction level, ascending (``backends/levels.py``)."""

HOST_ADAPTERS = ("numpy", "reference", "torch", *NUMPY_LEVELS)
"""The ids that the host API can show; people name them like a backend."""

REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        "opencl": "no OpenCL platform; install a vendor's driver, or on x86-64 Linux: pip install 'pyopencl[pocl]'",
        "vulkan": "no Vulkan driver; install the GPU's driver, or a software one such as Debian's mesa-vulkan-drivers",
        "gl": "no OpenGL driver; on Debian: libegl1 and libgl1-mesa-dri",
    }
)
"""What to do where an API has no adapter."""

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
    """The APIs that can exist on this operating system, in display order."""
    return tuple(api for api in BACKENDS if api not in _ABSENT.get(platform, set()))


def narrowed_by_environment(environ: Mapping[str, str] = os.environ) -> tuple[str, ...] | None:
    """The wgpu APIs that ``WGPU_BACKEND`` names (a list, separated by commas), or ``None`` where it says nothing.

    Paragon-Py's users set this variable; wgpu-py itself does not read it. Unknown names are left out.
    """
    words = [word.strip().lower() for word in environ.get("WGPU_BACKEND", "").split(",")]
    named = {_WGPU_BACKEND_NAMES[word] for word in words if word in _WGPU_BACKEND_NAMES}
    return tuple(api for api in WGPU_APIS if api in named) if named else None


def load(module: str) -> Backend:
    """Import a backend by module name. Importing it loads no driver and no numeric library."""
    return cast("Backend", cast(Any, import_module(module)))
