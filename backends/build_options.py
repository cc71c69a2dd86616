"""Environment variables that add options to the builds of OpenCL programs: kernels are built without them.

NUMERICS.md section 1: no build option may relax arithmetic. Options for debugging go the same way as
``-cl-unsafe-math-optimizations``, since no list of the harmless ones would stay complete. What compilers do by
themselves, or are told by other means (a driver's configuration files), is left to the probes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

VARIABLES: tuple[str, ...] = (
    "PYOPENCL_BUILD_OPTIONS",
    "POCL_EXTRA_BUILD_FLAGS",
    "AMD_OCL_BUILD_OPTIONS",
    "AMD_OCL_BUILD_OPTIONS_APPEND",
    "CLOVER_EXTRA_BUILD_OPTIONS",
    "CLOVER_EXTRA_COMPILE_OPTIONS",
    "CLOVER_EXTRA_LINK_OPTIONS",
    "CLVK_CLSPV_OPTIONS",
    "OCLGRIND_BUILD_OPTIONS",
)
"""Of pyopencl, and of the drivers that have such a variable; some read it when they are loaded, some at every build."""


@contextmanager
def without_build_options() -> Iterator[None]:
    """Hide the variables from drivers, for the time of a call that loads one or builds a program; also a decorator."""
    hidden = {name: os.environ.pop(name) for name in VARIABLES if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(hidden)


def ignored_build_options(environ: Mapping[str, str] = os.environ) -> str | None:
    """Return a line for people about the variables that are set and have no effect; ``None`` if none is."""
    names = [name for name in VARIABLES if environ.get(name)]
    if not names:
        return None
    has = "has" if len(names) == 1 else "have"
    return f"{' and '.join(names)} {has} no effect here: kernels are built without options that could change results"
