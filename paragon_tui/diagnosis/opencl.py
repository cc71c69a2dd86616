"""OpenCL's drivers: the files that name them, and whether each loads."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from paragon_tui.backends.opencl_drivers import driver_library, registered_drivers, shipped_drivers, wheel_drivers
from paragon_tui.diagnosis.finding import Finding, without_home
from paragon_tui.diagnosis.libraries import load_problem

AREA = "OpenCL"


def opencl_findings(environ: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Yield a finding for each driver that the loader would load, or one that says that there is none."""
    if sys.platform != "linux":
        yield Finding(AREA, "drivers", "note", "their registration is looked at on Linux alone")
        return
    files, wheels = [*registered_drivers(environ), *shipped_drivers()], list(wheel_drivers())
    for file in files:
        yield _finding(file)
    for library in wheels:
        problem = load_problem(str(library))
        remedy = "pip install --force-reinstall 'paragon-tui[intel]'" if problem else None
        yield Finding(AREA, library.name, "problem" if problem else "fine", problem or "loads", remedy)
    if not files and not wheels:
        remedy = "install a vendor's driver, or: pip install 'pyopencl[pocl]'"
        yield Finding(AREA, "drivers", "problem", "no driver is registered", remedy)


def _finding(file: Path) -> Finding:
    subject = without_home(file.name)
    library = driver_library(file)
    if library is None:
        return Finding(AREA, subject, "problem", "names no library", f"sudo rm {without_home(str(file))}")
    beside = file.parent / library
    problem = load_problem(str(beside) if beside.exists() else library)
    if problem is None:
        return Finding(AREA, subject, "fine", f"{Path(library).name} loads")
    remedy = f"reinstall the driver that {without_home(str(file))} belongs to, or delete that file"
    return Finding(AREA, subject, "problem", f"{Path(library).name}: {without_home(problem)}", remedy)
