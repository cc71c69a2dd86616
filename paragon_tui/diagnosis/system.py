"""The machine around drivers: device nodes and rights, the linker, variables, memory, the terminal."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil

from paragon_tui.diagnosis.finding import Finding, without_home
from paragon_tui.engine.runner.available_memory import available_mib

_NODES = ("dri/renderD*", "kfd", "nvidia[0-9]*", "nvidiactl")
_VARIABLES = (
    *("WGPU_BACKEND", "VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_LOADER_DEBUG", "VK_INSTANCE_LAYERS", "WGPU_DEBUG"),
    *("OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH", "PYOPENCL_CTX", "PYOPENCL_BUILD_OPTIONS", "PYOPENCL_NO_CACHE"),
    *("POCL_DEVICES", "POCL_CACHE_DIR", "POCL_CPU_MAX_CU_COUNT", "POCL_MAX_PTHREAD_COUNT", "LP_NUM_THREADS"),
    *("MESA_LOADER_DRIVER_OVERRIDE", "LIBGL_ALWAYS_SOFTWARE", "GALLIUM_DRIVER", "RUSTICL_ENABLE"),
    *("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "LD_LIBRARY_PATH", "LD_PRELOAD"),
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_CORETYPE", "PARAGON_QUIET_CORES"),
)


def node_findings(devices: Path = Path("/dev")) -> Iterator[Finding]:
    """Yield a finding for each device node of a GPU: whether this user may open it."""
    if sys.platform != "linux":
        return
    nodes = [node for pattern in _NODES for node in sorted(devices.glob(pattern))]
    for node in nodes:
        if os.access(node, os.R_OK | os.W_OK):
            yield Finding("GPU", f"/dev/{node.relative_to(devices)}", "fine", "may be opened")
            continue
        group = _group(node)
        remedy = f"sudo usermod -aG {group} $USER, then log in again" if group else "ask who administers this machine"
        yield Finding("GPU", f"/dev/{node.relative_to(devices)}", "problem", "may not be opened by this user", remedy)
    if not nodes:
        yield Finding("GPU", "device nodes", "note", "there is none: no GPU, or its kernel driver is not loaded")


def _group(node: Path) -> str | None:
    """Return the group that may open a node, ``None`` where that is root's or has no name."""
    try:
        group = node.group()
    except (KeyError, OSError):
        return None
    return None if group == "root" else group


def linker_findings() -> Iterator[Finding]:
    """Yield a finding for the linker, which PoCL needs for every kernel."""
    if sys.platform != "linux":
        return
    if shutil.which("ld"):
        yield Finding("OpenCL", "linker", "fine", "ld is on the path, as PoCL needs it")
    else:
        remedy = "sudo apt install binutils"
        yield Finding("OpenCL", "linker", "problem", "there is no ld on the path, and PoCL compiles nothing", remedy)


def variable_findings(environ: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Yield a note for each variable that is set and changes what drivers do."""
    for name in _VARIABLES:
        if value := environ.get(name):
            yield Finding("variables", name, "note", without_home(value))


def memory_findings(groups: Path = Path("/sys/fs/cgroup")) -> Iterator[Finding]:
    """Yield a finding on the memory that is available."""
    total = psutil.virtual_memory().total >> 20
    words = f"{available_mib(groups):,.0f} MiB of {total:,} MiB are available here, a container's limit included"
    yield Finding("machine", "memory", "fine", words)


def terminal_findings(environ: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Yield findings on the terminal that the interface would have."""
    name, size = environ.get("TERM", ""), shutil.get_terminal_size((0, 0))
    if name in ("", "dumb"):
        yield Finding("terminal", "TERM", "note", f"{name or 'not set'}: the interface needs another, `run` does not")
    else:
        encoding = getattr(sys.__stdout__, "encoding", None) or "unknown"
        yield Finding("terminal", "TERM", "fine", f"{name}, {size.columns}×{size.lines}, {encoding}")
