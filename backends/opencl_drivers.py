"""OpenCL's drivers (ICDs): the files that name them, and which of them break whoever loads them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from paragon_tui.trial import tried

_VARIABLE = "OCL_ICD_VENDORS"
_FOLDER = Path("/etc/OpenCL/vendors")
_LIST = """
import pyopencl
for platform in pyopencl.get_platforms():
    try:
        platform.get_devices()
    except pyopencl.RuntimeError:
        pass
"""

_folders: list[tempfile.TemporaryDirectory[str]] = []
"""They end with this process."""


@dataclass(frozen=True, slots=True)
class BrokenDriver:
    """A driver that ends, or holds up, every process that lists OpenCL's devices; ``words`` say how."""

    file: Path
    words: str

    def __str__(self) -> str:
        library = driver_library(self.file)
        return f"{self.file.name} ({Path(library).name if library else 'names no library'}) {self.words}"


def registered_drivers(environ: Mapping[str, str] = os.environ) -> Iterator[Path]:
    """Yield the files that name drivers: those of the system, or of ``OCL_ICD_VENDORS``."""
    named = environ.get(_VARIABLE) or environ.get("OPENCL_VENDOR_PATH")
    place = Path(named) if named else _FOLDER
    yield from [place] if place.suffix == ".icd" else sorted(place.glob("*.icd"))


def shipped_drivers() -> Iterator[Path]:
    """Yield the files in pyopencl's own wheel, which its loader always reads: PoCL's, with the extra ``pocl``."""
    spec = find_spec("pyopencl")
    if spec is not None and spec.origin is not None:
        yield from sorted((Path(spec.origin).parent / ".libs").glob("*.icd"))


def driver_library(file: Path) -> str | None:
    """Return the library that a file names, ``None`` if it names none."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        return None
    return lines[0] if lines else None


def leave_out_broken_drivers() -> list[BrokenDriver]:
    """Try every registered driver in a process of its own, and have later processes load the sound ones alone.

    Returns those that were left out. Takes ``trial.LIMIT_S`` where one of them hangs.
    """
    files = list(registered_drivers())
    with ThreadPoolExecutor(max_workers=8) as pool:
        tried = list(pool.map(_try, files))
    broken = [driver for driver in tried if driver is not None]
    if broken:
        _load_alone([file for file, driver in zip(files, tried, strict=True) if driver is None])
    return broken


def _try(file: Path) -> BrokenDriver | None:
    trial = tried(_LIST, environment={_VARIABLE: str(file)})
    return BrokenDriver(file, trial.words) if trial.ended in ("crashed", "hung") else None


def _load_alone(sound: Sequence[Path]) -> None:
    """Point the loader, in processes that start later, at a folder with these files alone."""
    folder = tempfile.TemporaryDirectory(prefix="paragon-tui-opencl-")
    _folders.append(folder)
    for file in sound:
        Path(folder.name, file.name).write_bytes(file.read_bytes())
    os.environ[_VARIABLE] = folder.name
