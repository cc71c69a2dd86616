"""Vulkan's and OpenGL's loaders and drivers: whether each is there, and loads."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from paragon_tui.diagnosis.finding import Finding, without_home
from paragon_tui.diagnosis.libraries import load_problem

AREA = "Vulkan"
_FOLDERS = ("/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/usr/share/vulkan/icd.d")
_LOADERS = (
    ("Vulkan", "libvulkan.so.1", "install the loader; on Debian: sudo apt install libvulkan1"),
    ("OpenGL", "libEGL.so.1", "install EGL; on Debian: sudo apt install libegl1 libgl1-mesa-dri"),
)


def loader_findings() -> Iterator[Finding]:
    """Yield a finding for the loader of each of wgpu's APIs."""
    if sys.platform != "linux":
        return
    for area, library, remedy in _LOADERS:
        problem = load_problem(library)
        words = f"{library} loads" if problem is None else problem
        yield Finding(area, "loader", "fine" if problem is None else "problem", words, remedy if problem else None)


def vulkan_findings(environ: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Yield a finding for each driver that the loader would load, or one that says that there is none."""
    if sys.platform != "linux":
        yield Finding(AREA, "drivers", "note", "their registration is looked at on Linux alone")
        return
    files = list(_manifests(environ))
    for file in files:
        yield _finding(file)
    if not files:
        remedy = "install the GPU's driver, or a software one: sudo apt install mesa-vulkan-drivers"
        yield Finding(AREA, "drivers", "problem", "no driver is registered", remedy)


def _manifests(environ: Mapping[str, str]) -> Iterator[Path]:
    named = environ.get("VK_DRIVER_FILES") or environ.get("VK_ICD_FILENAMES")
    if named:
        yield from (Path(path) for path in named.split(os.pathsep) if path)
        return
    for folder in _FOLDERS:
        yield from sorted(Path(folder).glob("*.json"))


def _finding(file: Path) -> Finding:
    subject = without_home(file.name)
    try:
        library = str(json.loads(file.read_text(encoding="utf-8"))["ICD"]["library_path"])
    except (OSError, ValueError, KeyError, TypeError):
        words = "is no description of a driver" if file.exists() else "does not exist"
        return Finding(AREA, subject, "problem", words, "reinstall its driver, or look at VK_DRIVER_FILES")
    problem = load_problem(str(file.parent / library) if "/" in library else library)
    if problem is None:
        return Finding(AREA, subject, "fine", f"{Path(library).name} loads")
    remedy = f"reinstall the driver that {without_home(str(file))} belongs to, or delete that file"
    return Finding(AREA, subject, "problem", f"{Path(library).name}: {without_home(problem)}", remedy)
