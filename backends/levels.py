"""The CPU instruction levels that NumPy can be limited to, by run-time switches of its own and of OpenBLAS.

Sources: NumPy's manual, "CPU/SIMD optimizations" (``NPY_DISABLE_CPU_FEATURES``; what is part of a build's baseline
cannot be switched off, and a name that the build does not know, or the processor does not have, changes nothing);
OpenBLAS's README (``OPENBLAS_CORETYPE``, for builds with ``DYNAMIC_ARCH``). Both are read once, when NumPy is imported.
The C library's own kernels, such as those of memcpy, are not limited by either.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import Any

from paragon_tui.backends.blas import loaded_blas
from paragon_tui.backends.device import BackendError
from paragon_tui.backends.registry import NUMPY_LEVELS


@dataclass(frozen=True, slots=True)
class Level:
    """One level, the ``id`` of its adapter, and what it is called.

    ``features``: NumPy's names for it, the groups of 2.4 and the single ones before; none for what no build is without.
    ``above``: how the names of everything beyond it begin. ``core``: the processor whose kernels OpenBLAS is to take.
    """

    id: str
    words: str
    features: frozenset[str]
    above: tuple[str, ...]
    core: str


_BASELINE, _AVX2, _AVX512 = NUMPY_LEVELS
LEVELS: tuple[Level, ...] = (
    Level(_BASELINE, "baseline", frozenset(), ("",), "Nehalem"),  # everything begins with nothing
    Level(_AVX2, "AVX2", frozenset({"X86_V3", "AVX2"}), ("X86_V4", "AVX512"), "Haswell"),
    Level(_AVX512, "AVX-512", frozenset({"X86_V4", "AVX512_SKX"}), (), "SkylakeX"),
)


def level_of(identity: str) -> Level | None:
    """The level of a host adapter, ``None`` where it is not limited."""
    return next((level for level in LEVELS if level.id == identity), None)


def levels_here(openblas: str) -> list[Level]:
    """The levels that this processor has and that NumPy can be limited to, all in all; ascending.

    ``openblas``: how NumPy's configuration describes the OpenBLAS that it came with. There is no level on anything but
    x86-64, nor with another BLAS than an OpenBLAS that holds the kernels of several processors: a row whose products
    were not limited would be named falsely.
    """
    if platform.machine().lower() not in ("x86_64", "amd64") or "DYNAMIC_ARCH" not in openblas:
        return []
    baseline, found, _ = _features()
    return [
        level
        for level in LEVELS
        if not level.features
        or (level.features & {*baseline, *found} and not any(name.startswith(level.above) for name in baseline))
    ]


def environment(level: Level) -> tuple[tuple[str, str], ...]:
    """What limits NumPy and OpenBLAS in a process that is started with it."""
    _, found, missing = _features()
    beyond = (name for name in (*found, *missing) if name.startswith(level.above))
    return (
        ("NPY_DISABLE_CPU_FEATURES", " ".join(beyond)),
        ("NPY_ENABLE_CPU_FEATURES", ""),  # NumPy takes one of the two alone
        ("OPENBLAS_CORETYPE", level.core),
    )


def check_limited(level: Level) -> None:
    """Raise ``BackendError`` where NumPy and its BLAS, as loaded in this process, are not at ``level``."""
    baseline, found, _ = _features()
    beyond = [name for name in found if name.startswith(level.above)]
    if beyond:
        raise BackendError(f"NumPy was not limited to {level.words}: it still uses {', '.join(beyond)}")
    if level.features and not level.features & {*baseline, *found}:
        raise BackendError(f"NumPy does not use {level.words} in this environment, but {highest_feature()} at most")
    core = (loaded_blas() or {}).get("architecture")
    if core != level.core:
        raise BackendError(
            f"NumPy's BLAS was not limited to {level.words}: it runs the kernels of {core or 'an unknown processor'}, "
            f"not those of {level.core}"
        )


def highest_feature() -> str:
    """NumPy's name of the most that it uses in this process: ``X86_V3`` (``AVX2`` before 2.4)."""
    baseline, found, _ = _features()
    return [*baseline, *found][-1]


def _features() -> tuple[list[str], list[str], list[str]]:
    """NumPy's CPU features, ascending: what its build takes for granted, what it uses beyond that, what it does not."""
    import numpy as np

    names: dict[str, Any] = dict(np.show_config(mode="dicts").get("SIMD Extensions", {}))
    return names.get("baseline", []), names.get("found", []), names.get("not found", [])
