"""OpenCL's drivers (ICDs): the files that name them, and which of them break whoever loads them."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from importlib.util import find_spec
from pathlib import Path

from paragon_tui.trial import tried

_VARIABLE = "OCL_ICD_VENDORS"
_FILES_VARIABLE = "OCL_ICD_FILENAMES"
_FOLDER = Path("/etc/OpenCL/vendors")
_WHEELS = {"intel-opencl-rt": ("libintelocl.so", "intelocl64.dll")}
WHEEL_PLATFORMS = ("Intel(R) OpenCL",)
"""The platforms of the drivers that ``register_wheels`` finds."""
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


def wheel_drivers() -> Iterator[Path]:
    """Yield the libraries of drivers that come as wheels without being registered: Intel's for processors."""
    for wheel, names in _WHEELS.items():
        with suppress(PackageNotFoundError):
            for file in files(wheel) or ():
                if file.name in names:
                    yield Path(str(file.locate())).resolve()


def register_wheels() -> None:
    """Have the loader read the drivers of wheels too: in later processes, and in this one if it has not loaded yet."""
    registered = list(registered_drivers())
    known = {driver_library(file) for file in registered}
    new = [library for library in wheel_drivers() if str(library) not in known]
    if not new:
        return
    if sys.platform == "win32":  # the loader has no folder there
        named = os.environ.get(_FILES_VARIABLE, "").split(os.pathsep)
        os.environ[_FILES_VARIABLE] = os.pathsep.join(dict.fromkeys(filter(None, [*named, *map(str, new)])))
        return
    folder = _load_alone(registered)
    for library in new:
        (folder / f"{library.stem}.icd").write_text(f"{library}\n", encoding="utf-8")


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
    registered = list(registered_drivers())
    with ThreadPoolExecutor(max_workers=8) as pool:
        trials = list(pool.map(_try, registered))
    broken = [driver for driver in trials if driver is not None]
    if broken:
        _load_alone([file for file, driver in zip(registered, trials, strict=True) if driver is None])
    return broken


def _try(file: Path) -> BrokenDriver | None:
    trial = tried(_LIST, environment={_VARIABLE: str(file)})
    return BrokenDriver(file, trial.words) if trial.ended in ("crashed", "hung") else None


def _load_alone(sound: Sequence[Path]) -> Path:
    """Point the loader, in processes that start later, at a folder with these files alone; return it."""
    folder = tempfile.TemporaryDirectory(prefix="paragon-tui-opencl-")
    _folders.append(folder)
    for file in sound:
        with suppress(OSError):  # the loader could not read it either
            Path(folder.name, file.name).write_bytes(file.read_bytes())
    os.environ[_VARIABLE] = folder.name
    return Path(folder.name)
